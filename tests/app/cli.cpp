#include "app/cli.h"

#include "base/clock.h"
#include "base/text.h"
#include "domain/plan_json.h"
#include "support/places.h"
#include "support/temp_folder.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QProcessEnvironment>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <sys/resource.h>

namespace looptax {

namespace {

double nowSeconds() { return double(SystemClock().monotonicNs()) / 1e9; }

} // namespace

std::string CliEnd::lastLine() const {
    const auto lines = linesOf(out);
    return lines.empty() ? std::string() : lines.back();
}

std::string CliEnd::sessionFolder() const {
    static const std::string kLead = "session: ";
    const std::string line = lastLine();
    return line.rfind(kLead, 0) == 0 ? line.substr(kLead.size()) : std::string();
}

std::string CliEnd::all() const {
    return "exit " + std::to_string(code) + (timed_out ? " (deadline)" : "") + "\nstdout:\n" + out + "\nstderr:\n" + err;
}

CliProcess::CliProcess(const std::vector<std::string>& words, const Environment& environment, std::int64_t maxFileBytes) {
    QProcessEnvironment all = QProcessEnvironment::systemEnvironment();
    // Whatever is installed on this machine must not take part.
    all.insert(QStringLiteral("LOOPTAX_DATA_DIR"), QStringLiteral("/nonexistent/looptax"));
    all.insert(QStringLiteral("XDG_CONFIG_HOME"), QStringLiteral("/nonexistent/config")); // what was allowed here
    for (const auto& [name, value] : environment) all.insert(QString::fromStdString(name), QString::fromStdString(value));
    m_process.setProcessEnvironment(all);
    QStringList arguments;
    for (const std::string& word : words) arguments.append(QString::fromStdString(word));
    m_began = nowSeconds();
    if (maxFileBytes > 0) {
        m_process.setChildProcessModifier([maxFileBytes] {
            const rlimit limit{rlim_t(maxFileBytes), rlim_t(maxFileBytes)};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            ::signal(SIGXFSZ, SIG_IGN); // the write fails instead
        });
    }
    m_process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax"), arguments);
    m_process.waitForStarted(kCliDeadlineMs);
    m_process.closeWriteChannel();
}

CliProcess::~CliProcess() {
    if (!isRunning()) return;
    m_process.kill();
    m_process.waitForFinished(kCliDeadlineMs);
}

template <class Condition> bool CliProcess::waitUntil(Condition condition, int timeoutMs) {
    QDeadlineTimer deadline(timeoutMs);
    while (true) {
        m_out += m_process.readAllStandardOutput().toStdString();
        if (condition()) return true;
        if (deadline.hasExpired()) return false;
        if (!isRunning() && m_process.bytesAvailable() == 0) return false;
        m_process.waitForReadyRead(int(std::max<qint64>(1, deadline.remainingTime())));
    }
}

bool CliProcess::waitForOut(const std::string& text, int timeoutMs) {
    return waitUntil([&] { return contains(m_out, text); }, timeoutMs);
}

bool CliProcess::waitForLines(int count, int timeoutMs) {
    return waitUntil([&] { return std::count(m_out.begin(), m_out.end(), '\n') >= count; }, timeoutMs);
}

void CliProcess::signal(int number) {
    if (const qint64 id = pid(); id > 0) ::kill(pid_t(id), number);
}

CliEnd CliProcess::finish(int timeoutMs) {
    CliEnd end;
    if (isRunning() && !m_process.waitForFinished(timeoutMs)) {
        end.timed_out = true;
        m_process.kill();
        m_process.waitForFinished(kCliDeadlineMs);
    }
    end.seconds = nowSeconds() - m_began;
    m_out += m_process.readAllStandardOutput().toStdString();
    end.out = m_out;
    end.err = m_process.readAllStandardError().toStdString();
    if (m_process.error() == QProcess::FailedToStart) end.err += m_process.errorString().toStdString();
    else if (!end.timed_out && m_process.exitStatus() == QProcess::NormalExit) end.code = m_process.exitCode();
    return end;
}

CliEnd runLooptax(const std::vector<std::string>& words, const CliProcess::Environment& environment, int timeoutMs) {
    return CliProcess(words, environment).finish(timeoutMs);
}

std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> lines = splitOn(text, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
}

std::vector<Json> jsonLines(const std::string& text) {
    std::vector<Json> out;
    for (const std::string& line : linesOf(text)) {
        out.push_back(Json::parse(line, nullptr, false));
        if (!out.back().is_object()) qFatal("not a JSON object: %s", line.c_str());
    }
    return out;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

int countLines(const std::string& text, const std::string& part) {
    const auto lines = linesOf(text);
    return int(std::count_if(lines.begin(), lines.end(), [&](const std::string& l) { return contains(l, part); }));
}

std::vector<std::map<std::string, std::string>> csvRows(const std::string& text) {
    std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
    bool inQuotes = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        std::string& cell = rows.back().back();
        if (inQuotes) {
            if (c != '"') cell += c;
            else if (i + 1 < text.size() && text[i + 1] == '"') cell += text[++i];
            else inQuotes = false;
        } else if (c == '"') {
            inQuotes = true;
        } else if (c == ',') {
            rows.back().emplace_back();
        } else if (c == '\n') {
            rows.emplace_back(1, std::string());
        } else if (c != '\r') {
            cell += c;
        }
    }
    if (rows.back().size() == 1 && rows.back()[0].empty()) rows.pop_back();
    std::vector<std::map<std::string, std::string>> out;
    for (std::size_t r = 1; r < rows.size(); ++r) {
        if (rows[r].size() != rows[0].size()) qFatal("row %zu has %zu cells", r, rows[r].size());
        for (std::size_t c = 0; c < rows[r].size(); ++c) {
            if (c == 0) out.emplace_back();
            out.back()[rows[0][c]] = rows[r][c];
        }
    }
    return out;
}

std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

std::string fileText(const std::string& path) { return slurp(path); }

std::vector<Json> journalOf(const std::string& sessionFolder) {
    const std::string text = fileText(sessionFolder + "/journal.jsonl");
    return jsonLines(text.substr(0, text.rfind('\n') + 1));
}

std::string onlySessionIn(const std::string& out) {
    const QStringList names = QDir(QString::fromStdString(out)).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    if (names.size() != 1) qFatal("%d folders in %s", int(names.size()), out.c_str());
    return out + "/" + names.front().toStdString();
}

int countType(const std::vector<Json>& journal, const std::string& type) {
    return int(std::count_if(journal.begin(), journal.end(), [&](const Json& line) { return line["type"] == type; }));
}

Plan tinyPlan(std::vector<Target> targets) {
    Plan plan;
    plan.name = "tiny";
    plan.targets = std::move(targets);
    plan.cells = {{"A", {2}, {}, {}}, {"C", {4}, {3}, {}}};
    plan.repeats = 1;
    plan.order = Order::Listed;
    return plan;
}

Target targetAt(TargetKind kind, const std::string& url, const std::string& model, const std::string& id) {
    Target target;
    target.id = !id.empty() ? id : kind == TargetKind::LlamaServer ? "llamacpp" : std::string(name(kind));
    target.kind = kind;
    target.url = url;
    target.model = model;
    return target;
}

std::string planFile(const std::string& folder, const Plan& plan, const std::string& name) {
    const std::string path = folder + "/" + name;
    spit(path, writePlan(plan));
    return path;
}

} // namespace looptax
