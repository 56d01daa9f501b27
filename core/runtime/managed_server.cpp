#include "runtime/managed_server.h"

#include "base/file_ops.h"
#include "base/text.h"
#include "runtime/http_client.h"

#include <QProcess>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace looptax {

namespace {

constexpr std::int64_t kStepNs = 100'000'000;
constexpr int kGraceSteps = 50; // of kStepNs: then SIGKILL
constexpr std::int64_t kTailBytes = 4096;
constexpr int kVersionMs = 10'000;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

bool isExecutable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

// Another program may take the port before the server does: the caller tries again.
int freePort() {
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return 0;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    int port = 0;
    if (::bind(s, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size) == 0)
        port = ntohs(address.sin_port);
    ::close(s);
    return port;
}

std::string tailOf(const std::string& path, std::int64_t from) {
    SystemFileOps files;
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return {};
    std::string text;
    if (const auto size = files.size(*file)) {
        const std::int64_t start = std::max(from, *size - kTailBytes);
        if (auto bytes = files.readAt(*file, start, std::size_t(kTailBytes))) text = bytes.take();
    }
    (void)files.close(*file);
    std::vector<std::string> lines;
    for (const std::string& line : splitOn(stripControls(repairUtf8(text)), '\n'))
        if (!trimmed(line).empty()) lines.emplace_back(trimmed(line));
    if (lines.size() > 5) lines.erase(lines.begin(), lines.end() - 5);
    return joined(lines, " | ");
}

// Between fork and exec: only calls that are safe after fork in a program with threads.
[[noreturn]] void becomeServer(char* const* argv, int log, pid_t parent) {
    ::setpgid(0, 0);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    const int null = ::open("/dev/null", O_RDONLY);
    if (null >= 0) ::dup2(null, STDIN_FILENO);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
#ifdef __linux__
    // Sent when the thread that forked ends: the sweep's worker, which ends the server before it ends itself.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127); // it died before the line above
#else
    (void)parent;
#endif
    ::execv(argv[0], argv);
    static constexpr char kText[] = "cannot execute the command\n";
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    ::_exit(127);
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
    const int port = freePort();
    if (port == 0) return Error{ErrorKind::Unreachable, "no free port on 127.0.0.1", {}, {}, 0};

    std::vector<std::string> words{program, "--model", model, "--host", "127.0.0.1", "--port", std::to_string(port),
                                   "-c", std::to_string(contextTokens)};
    words.insert(words.end(), command.args.begin(), command.args.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    const int log = ::open(logPath.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0)
        return Error{ErrorKind::Storage, std::string("cannot write the server's log: ") + std::strerror(errno), logPath, {}, errno};
    const std::int64_t logStart = ::lseek(log, 0, SEEK_END);
    ::setenv("LOOPTAX_DIE_WITH_PARENT", "1", 1); // the launcher's own child dies with it too
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) becomeServer(argv.data(), log, parent);
    ::close(log);
    if (pid < 0) return Error{ErrorKind::Unreachable, std::string("cannot start a process: ") + std::strerror(errno), program, {}, errno};
    ::setpgid(pid, pid); // also here: whichever of the two comes first

    std::unique_ptr<ManagedServer> server(new ManagedServer(program, pid, port, logPath, logStart));
    HttpClient http(Url{false, "127.0.0.1", port, ""}, {}, Deadlines{}, clock);
    const std::int64_t began = clock.monotonicNs();
    std::int64_t said = -1;
    while (true) {
        if (cancel) return Error{ErrorKind::Cancelled, "cancelled while the server was starting", program, {}, 0};
        if (!server->alive())
            return Error{ErrorKind::Unreachable, "the server ended while it was starting: " + server->lastWords(), program,
                         "its log is " + logPath, 0};
        const auto health = http.fetch({"GET", "/health", {}}, 2'000, cancel);
        if (health && health->status == 200) return server;
        const std::int64_t elapsed = clock.monotonicNs() - began;
        if (elapsed > deadlineMs * 1'000'000)
            return Error{ErrorKind::Unreachable, "the server did not get ready within " + std::to_string(deadlineMs / 1000) +
                             " s: " + server->lastWords(), program, "its log is " + logPath, 0};
        if (elapsed / 1'000'000'000 > said) {
            said = elapsed / 1'000'000'000;
            if (progress && said > 0) progress("starting " + command.command + ", " + std::to_string(said) + " s");
        }
        clock.sleepNs(kStepNs);
    }
}

bool ManagedServer::alive() {
    if (m_ended) return false;
    int status = 0;
    if (::waitpid(m_pid, &status, WNOHANG) == m_pid) m_ended = true;
    return !m_ended;
}

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

std::string ManagedServer::lastWords() const { return tailOf(m_logPath, m_logStart); }

ManagedServer::~ManagedServer() {
    SystemClock clock;
    if (!m_ended) {
        ::kill(-m_pid, SIGTERM);
        for (int step = 0; step < kGraceSteps && alive(); ++step) clock.sleepNs(kStepNs / 5);
    }
    ::kill(-m_pid, SIGKILL); // what of the group did not listen, or outlived its leader
    if (!m_ended) {
        int status = 0;
        while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
}

} // namespace looptax
