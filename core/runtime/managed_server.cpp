#include "runtime/managed_server.h"

#include "base/file_ops.h"
#include "base/text.h"
#include "base/words.h"
#include "runtime/http_client.h"

#include <QProcess>

#include <algorithm>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace looptax {

namespace {

constexpr std::int64_t kStepNs = 100'000'000;
constexpr std::int64_t kHealthMs = 2'000;
constexpr std::int64_t kTailBytes = 4096;
constexpr int kVersionMs = 10'000;
constexpr int kAttempts = 3;
constexpr int kEndedAtStart = 1; // Error::code

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

bool isExecutable(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// 0 asks for any free one, and is the answer when the port is taken.
int boundPort(int wanted) {
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return 0;
    const int on = 1;
    ::setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(std::uint16_t(wanted));
    socklen_t size = sizeof address;
    int port = 0;
    if (::bind(s, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size) == 0)
        port = ntohs(address.sin_port);
    ::close(s);
    return port;
}

int freePort() { return boundPort(0); }
bool isFree(int port) { return boundPort(port) == port; }

std::int64_t sizeOf(const std::string& path) {
    SystemFileOps files;
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return 0;
    const auto size = files.size(*file);
    (void)files.close(*file);
    return size ? *size : 0;
}

std::string tailOf(const std::string& path, std::int64_t from) {
    SystemFileOps files;
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return {};
    std::string text;
    if (const auto size = files.size(*file)) {
        const std::int64_t start = std::max(from, *size - kTailBytes);
        if (auto bytes = files.readAt(*file, start, std::size_t(kTailBytes))) text = bytes.take();
        if (start > from && !text.empty()) text = std::string(lastBytes(text, text.size() - 1));
    }
    (void)files.close(*file);
    std::vector<std::string> lines;
    for (const std::string& line : splitOn(stripControls(repairUtf8(text)), '\n'))
        if (!trimmed(line).empty()) lines.emplace_back(trimmed(line));
    if (lines.size() > 5) lines.erase(lines.begin(), lines.end() - 5);
    return joined(lines, " | ");
}

} // namespace

std::string dataFolder() {
    if (const std::string given = variable("LOOPTAX_DATA_DIR"); !given.empty()) return given;
    const std::string xdg = variable("XDG_DATA_HOME");
    return (xdg.empty() ? variable("HOME") + "/.local/share" : xdg) + "/looptax";
}

std::string resolveCommand(const std::string& command) {
    if (command.find('/') != std::string::npos) return isExecutable(command) ? command : std::string{};
    if (command == "looptax-llama-server") {
        const std::string path = dataFolder() + "/runtime/looptax-llama-server";
        if (isExecutable(path)) return path;
    }
    for (const std::string& folder : splitOn(variable("PATH"), ':'))
        if (!folder.empty() && isExecutable(folder + "/" + command)) return folder + "/" + command;
    return {};
}

std::string resolveModelFile(const std::string& file) {
    if (::access(file.c_str(), R_OK) == 0) return file;
    const std::string inData = dataFolder() + "/models/" + file;
    return file.find('/') == std::string::npos && ::access(inData.c_str(), R_OK) == 0 ? inData : std::string{};
}

Result<std::unique_ptr<ManagedServer>> ManagedServer::start(const ManagedCommand& command, int contextTokens,
                                                            const std::string& logPath, Clock& clock,
                                                            const std::function<void(const std::string&)>& progress,
                                                            const CancelFlag& cancel, std::int64_t deadlineMs) {
    const std::string program = resolveCommand(command.command);
    if (program.empty())
        return Error{ErrorKind::Unreachable, "the command " + command.command + " was not found", "managed.command",
                     "packaging/get-runtime.sh installs the embedded one", 0};
    const std::string model = resolveModelFile(command.model_file);
    if (model.empty())
        return Error{ErrorKind::Unreachable, "the model file " + command.model_file + " was not found", "managed.model_file",
                     "give its whole path, or put it into " + dataFolder() + "/models", 0};
    for (int attempt = 1;; ++attempt) {
        const int port = freePort();
        if (port == 0) return Error{ErrorKind::Unreachable, "no free port on 127.0.0.1", {}, {}, 0};
        std::vector<std::string> words{program,
                                       "--model",
                                       model,
                                       "--host",
                                       "127.0.0.1",
                                       "--port",
                                       std::to_string(port),
                                       "-c",
                                       std::to_string(contextTokens)};
        words.insert(words.end(), command.args.begin(), command.args.end());
        auto started = startOn(port, std::move(words), command.command, logPath, clock, progress, cancel, deadlineMs);
        // Between our look and its bind another program may have taken the port; then what it said is about that.
        if (started || started.error().code != kEndedAtStart || attempt == kAttempts || isFree(port)) return started;
    }
}

Result<std::unique_ptr<ManagedServer>> ManagedServer::startOn(int port, std::vector<std::string> words, const std::string& name,
                                                              const std::string& logPath, Clock& clock,
                                                              const std::function<void(const std::string&)>& progress,
                                                              const CancelFlag& cancel, std::int64_t deadlineMs) {
    const std::string program = words.front();
    const std::int64_t logStart = sizeOf(logPath);
    auto process = ServerProcess::start(std::move(words), logPath);
    if (!process) return process.error();
    std::unique_ptr<ManagedServer> server(new ManagedServer(program, process.take(), port, logPath, logStart));
    HttpClient http(Url{false, "127.0.0.1", port, ""}, {}, Deadlines{}, clock);
    const std::int64_t began = clock.monotonicNs();
    std::int64_t said = -1;
    while (true) {
        if (cancel) return Error{ErrorKind::Cancelled, "cancelled while the server was starting", program, {}, 0};
        const std::int64_t left = deadlineMs - (clock.monotonicNs() - began) / 1'000'000;
        const auto health = http.fetch({"GET", "/health", {}}, std::clamp<std::int64_t>(left, 1, kHealthMs), cancel);
        // In this order: whoever answers there after our server has died is another program.
        if (!server->alive())
            return Error{ErrorKind::Unreachable,
                         "the server ended while it was starting" + server->endedHow() + ": " + server->lastWords(), program,
                         "its log is " + logPath, kEndedAtStart};
        if (health && health->status == 200) return server;
        const std::int64_t elapsed = clock.monotonicNs() - began;
        if (elapsed >= deadlineMs * 1'000'000)
            return Error{ErrorKind::Unreachable,
                         "the server did not get ready within " + secondsText(deadlineMs) + ": " + server->lastWords(), program,
                         "its log is " + logPath, 0};
        if (elapsed / 1'000'000'000 > said) {
            said = elapsed / 1'000'000'000;
            const bool loading = health && health->status == 503;
            if (progress && said > 0)
                progress((loading ? "loading the model with " : "starting ") + name + ", " + std::to_string(said) + " s");
        }
        clock.sleepNs(kStepNs);
    }
}

bool ManagedServer::alive() { return m_process->alive(); }

std::string ManagedServer::version() const {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels); // llama-server says it on stderr
    process.start(QString::fromStdString(m_program), {QStringLiteral("--version")});
    if (!process.waitForFinished(kVersionMs)) {
        process.kill();
        process.waitForFinished(kVersionMs);
        return {};
    }
    for (const std::string& line : splitOn(stripControls(repairUtf8(process.readAll().toStdString())), '\n'))
        if (line.rfind("version: ", 0) == 0) return std::string(trimmed(line.substr(9)));
    return {};
}

std::string ManagedServer::lastWords() const {
    const std::string words = tailOf(m_logPath, m_logStart);
    if (!words.empty()) return words;
    const std::string ending = m_process->ending();
    return "it wrote nothing" + (ending.empty() ? "" : " and ended with " + ending);
}

// A signal is worth a word even beside what the server said; an exit code is not.
std::string ManagedServer::endedHow() const { return m_process->wasKilled() ? " (" + m_process->ending() + ")" : ""; }

ManagedServer::~ManagedServer() = default;

} // namespace looptax
