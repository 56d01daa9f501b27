// The real looptax binary as a user calls it: a process with a deadline, its output read as it comes. Its
// environment is the test's own but for what would let the machine's runtimes and keys in.
#pragma once

#include "base/json_fwd.h"
#include "domain/plan.h"
#include "support/patience.h"

#include <QProcess>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

inline constexpr int kCliDeadlineMs = 60'000 * kPatience;

struct CliEnd {
    int code = -1; // -1: killed by a signal, or by the deadline
    bool timed_out = false;
    std::string out;
    std::string err;
    double seconds = 0; // from the start to the end

    std::string lastLine() const;      // of stdout
    std::string sessionFolder() const; // what the last line names; empty when it names none
    std::string all() const;           // for a message when an assertion fails
};

class CliProcess {
public:
    using Environment = std::map<std::string, std::string>;

    // maxFileBytes: no file may grow beyond it, as if the disk were full then; 0 = no such limit.
    explicit CliProcess(const std::vector<std::string>& words, const Environment& environment = {},
                        std::int64_t maxFileBytes = 0);
    ~CliProcess(); // kills what still runs

    // Waits until stdout holds the text, or that many lines; false when the process ended or the time is up.
    bool waitForOut(const std::string& text, int timeoutMs = kCliDeadlineMs);
    bool waitForLines(int count, int timeoutMs = kCliDeadlineMs);
    void signal(int number);
    qint64 pid() const { return m_process.processId(); }
    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    const std::string& outSoFar() const { return m_out; }
    CliEnd finish(int timeoutMs = kCliDeadlineMs);

private:
    template <class Condition> bool waitUntil(Condition condition, int timeoutMs);

    QProcess m_process;
    std::string m_out;
    double m_began = 0;
};

// From start to end.
CliEnd runLooptax(const std::vector<std::string>& words, const CliProcess::Environment& environment = {},
                  int timeoutMs = kCliDeadlineMs);

// Lines of a text without their LF; a last line without LF counts.
std::vector<std::string> linesOf(const std::string& text);
// Fails the test when a line is not a JSON object.
std::vector<Json> jsonLines(const std::string& text);
bool contains(const std::string& text, const std::string& part);
// Lines that hold the part.
int countLines(const std::string& text, const std::string& part);

// A CSV file with a header row, RFC 4180: each row by column name.
std::vector<std::map<std::string, std::string>> csvRows(const std::string& text);

// JSON with ' for ", because moc of Qt 6.4 loses its way in raw string literals.
std::string quoted(std::string text);

// Whole file, and the journal's lines as JSON; a tail without its LF is left out, CRCs are not looked at.
std::string fileText(const std::string& path);
std::vector<Json> journalOf(const std::string& sessionFolder);
// The session folder that a run made in its --out folder; fails the test when there is none or more than one.
std::string onlySessionIn(const std::string& out);
int countType(const std::vector<Json>& journal, const std::string& type);

// A small plan for one target: A with 2 turns and C with 4, once each, as written. Targets are added by the
// test.
Plan tinyPlan(std::vector<Target> targets);
Target targetAt(TargetKind kind, const std::string& url, const std::string& model = "simulated-oracle",
                const std::string& id = {});
// Writes the plan into the folder and gives the file's path.
std::string planFile(const std::string& folder, const Plan& plan, const std::string& name = "plan.json");

} // namespace looptax
