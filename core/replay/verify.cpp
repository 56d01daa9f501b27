#include "replay/verify.h"

#include "base/bytes_json.h"
#include "base/hash.h"
#include "base/whole_file.h"
#include "domain/amendment.h"
#include "domain/plan_json.h"
#include "record/journal_line.h"
#include "record/line_fields.h"
#include "record/record_json.h"
#include "record/record_store.h"
#include "replay/record_check.h"
#include "store/session.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace looptax {

namespace {

constexpr std::size_t kMaxFindings = 1000;

struct Attempt {
    int run = 0;
    int attempt = 0;
    bool operator<(const Attempt& other) const { return std::pair(run, attempt) < std::pair(other.run, other.attempt); }
    std::string text() const { return "run " + std::to_string(run) + " attempt " + std::to_string(attempt); }
};

// A send that has no answer yet; at most one an attempt.
struct Pending {
    int turn = 0;
    int send_attempt = 1;
};

// What stays of a text when git or an editor saves it with other line ends or a byte order mark.
std::string withoutLineEnds(std::string_view text) {
    std::string out(withoutAdditions(text, true));
    out.erase(std::remove_if(out.begin(), out.end(), [](char c) { return c == '\r' || c == '\n'; }), out.end());
    return out;
}

class Verifier {
public:
    explicit Verifier(const Rejudge& rejudge) : m_rejudge(rejudge) {}

    void take(const JournalLine& line) {
        m_store.apply(line);
        if (line.type == "turn_start") turnStart(line);
        else if (line.type == "turn_done" || line.type == "turn_fail") turnEnd(line);
        else if (line.type == "run_end") runEnd(line);
        else if (line.type == "amendment") amendment(line);
        else if (line.type == "warmup") ++m_report.counts.warmups;
    }

    void journal(const JournalRead& read) {
        m_report.counts.lines = read.lines;
        if (read.damagedLine != 0)
            say(Severity::Lost, "line " + std::to_string(read.damagedLine),
                read.damage + "; the journal is damaged here and can only be read");
        else if (read.lines == 0)
            say(Severity::Lost, "journal.jsonl",
                "not one whole line is in it: the sweep ended before its first line, or what was measured is gone");
        for (const std::string& change : read.changes) say(Severity::Info, "journal.jsonl", change + "; every check sum holds");
        if (read.tornBytes > 0)
            say(Severity::Info, {},
                "the last write was cut off: " + std::to_string(read.tornBytes) +
                    " bytes after the last whole line; --resume sets them aside");
        if (read.newer) say(Severity::Info, {}, "a newer version wrote lines that this one may not understand");
        const Severity unread = read.newer ? Severity::Info : Severity::Wrong;
        for (const std::string& warning : m_store.warnings()) say(unread, {}, warning);
    }

    void plan(FileOps& files, const SessionPaths& paths) {
        if (!m_store.sessionLine() && m_report.counts.lines > 0)
            say(Severity::Wrong, {}, "the journal does not begin with a session line");
        if (!m_store.plan()) {
            // Before the plan nothing is measured: that cannot be told from a record that was lost.
            if (m_report.counts.lines > 0)
                say(Severity::Lost, {},
                    "the journal contains no plan: the sweep ended before its first turn, or what was measured is gone");
            return;
        }
        if (sha256Hex(m_store.planText()) != m_store.planHash())
            say(Severity::Wrong, {}, "the plan is not the one that its sha256 names");
        if (!m_store.rulesHash().empty() && rulesHash(m_store.plan()->analysis) != m_store.rulesHash())
            say(Severity::Wrong, {}, "the rules of the analysis are not those that their sha256 names");
        const auto onDisk = readFile(files, paths.plan());
        if (!onDisk) say(Severity::Wrong, "plan.json", onDisk.error().text());
        else if (*onDisk != m_store.planText() && withoutLineEnds(*onDisk) == withoutLineEnds(m_store.planText()))
            say(Severity::Info, "plan.json", "its line ends were changed; it says the same");
        else if (*onDisk != m_store.planText())
            say(Severity::Wrong, "plan.json", "the file is not the plan that was run; the journal holds that one");
    }

    void runs() {
        VerifyCounts& counts = m_report.counts;
        std::map<int, std::vector<const RunView*>> attempts;
        for (const RunView& view : m_store.runs()) attempts[view.run].push_back(&view);
        std::set<int> planned;
        for (const ScheduledRun& run : m_store.schedule()) {
            planned.insert(run.run);
            countRun(run, attempts[run.run]);
        }
        counts.planned_runs = std::int64_t(planned.size());
        if (m_store.plan())
            for (const auto& [run, views] : attempts)
                if (planned.count(run) == 0) say(Severity::Wrong, "run " + std::to_string(run), "the run is not in the schedule");
        // A kill leaves one run open, the last to begin; the next start ends it as interrupted.
        for (const RunView& view : m_store.runs())
            if (!view.outcome && &view != &m_store.runs().back())
                say(Severity::Wrong, Attempt{view.run, view.run_attempt}.text(), "the attempt never ended");
        for (const auto& [attempt, pending] : m_pending) {
            ++counts.cut_short;
            say(Severity::Info, attempt.text() + " turn " + std::to_string(pending.turn),
                "the turn was under way when the program ended");
        }
    }

    void tornFiles(FileOps& files, const SessionPaths& paths) {
        const auto names = files.list(paths.folder);
        if (!names) return;
        for (const std::string& name : *names) {
            if (name.size() < 5 || name.substr(name.size() - 5) != ".torn") continue;
            ++m_report.counts.torn_files;
            say(Severity::Info, name, "a write that was cut off was set aside here");
        }
    }

    // What is on record stays as it is; what later rules would have made of it is said, once a kind.
    void today() {
        for (const auto& [what, turns] : m_today)
            say(Severity::Info, turns.second,
                "recorded by an older version; by the rules of today " + what +
                    (turns.first > 1 ? " (so " + std::to_string(turns.first) + " turns)" : ""));
    }

    VerifyReport finish() { return std::move(m_report); }

private:
    void say(Severity severity, std::string where, std::string text) {
        if (severity != Severity::Lost && m_report.findings.size() >= kMaxFindings) {
            if (severity == Severity::Wrong) ++m_report.unsaid;
            return;
        }
        m_report.findings.push_back({severity, std::move(where), std::move(text)});
    }

    void turnStart(const JournalLine& line) {
        ++m_report.counts.turn_starts;
        const auto run = countField(*line.body, "run");
        const auto attempt = countField(*line.body, "run_attempt");
        const auto turn = countField(*line.body, "turn");
        if (!run || !attempt || !turn)
            return say(Severity::Wrong, "line " + std::to_string(line.seq), "turn_start does not say which turn");
        const Attempt key{*run, *attempt};
        const Pending now{*turn, countField(*line.body, "send_attempt").value_or(1)};
        const auto before = m_pending.find(key);
        if (before != m_pending.end()) {
            // A busy runtime refuses before any output; the same turn is sent again and only the last send is
            // judged.
            if (before->second.turn == now.turn && before->second.send_attempt + 1 == now.send_attempt)
                ++m_report.counts.sent_again;
            else
                say(Severity::Lost, key.text() + " turn " + std::to_string(before->second.turn),
                    "the turn was sent and nothing says how it ended");
        }
        m_pending[key] = now;
    }

    void turnEnd(const JournalLine& line) {
        const bool done = line.type == "turn_done";
        ++(done ? m_report.counts.turns_done : m_report.counts.turns_failed);
        const auto record = readRecord(*line.body);
        if (!record) return; // the store has warned
        const Attempt key{record->run, record->run_attempt};
        const std::string where = key.text() + " turn " + std::to_string(record->turn);
        const auto pending = m_pending.find(key);
        if (pending == m_pending.end() || pending->second.turn != record->turn ||
            pending->second.send_attempt != record->send_attempt)
            say(Severity::Wrong, where, "the turn ended without having been sent");
        else m_pending.erase(pending);
        if (done != (record->outcome == Outcome::Ok))
            say(Severity::Wrong, where, line.type + " with outcome " + std::string(name(record->outcome)));
        int& last = m_lastTurn[key];
        if (record->turn != last + 1) say(Severity::Lost, where, "the turn before it is missing");
        last = record->turn;

        const auto reply = getBytes(*line.body, "reply");
        for (const std::string& text : contradictions(*record, reply)) say(Severity::Wrong, where, text);
        std::optional<std::string>& state = m_state[key];
        if (m_rejudge && reply && done) {
            ++m_report.counts.judged_again;
            const Rejudged again = m_rejudge(*record, *reply, state);
            if (!again.differs.empty()) say(Severity::Wrong, where, again.differs);
            sayOfToday(again.today, where);
        }
        if (done && !record->hit_max_tokens) byLaterRules(*record, where);
        if (auto next = getBytes(*line.body, "state")) state = std::move(next);
    }

    void byLaterRules(const TurnRecord& record, const std::string& where) {
        if (hitMaxTokens(record) && record.all_pass.value_or(false))
            sayOfToday("the reply hit max_tokens and would not pass", where);
        if (!record.finish_reason.empty() && !endsByModel(record.finish_reason))
            sayOfToday("finish_reason " + record.finish_reason + " would make it a failed turn", where);
    }
    void sayOfToday(const std::string& what, const std::string& where) {
        if (what.empty()) return;
        const auto [at, isNew] = m_today.try_emplace(what, 0, where);
        ++at->second.first;
    }

    void amendment(const JournalLine& line) {
        const auto read = readAmendment(*line.body);
        if (!read) return; // the store has warned
        const std::string where = "line " + std::to_string(line.seq);
        if (!read->after_data && m_report.counts.turn_starts > 0)
            say(Severity::Wrong, where, "the amendment says that it came before the first turn, and it did not");
        if (read->analysis && rulesHash(*read->analysis) != textField(*line.body, "analysis_sha256"))
            say(Severity::Wrong, where, "the amended rules are not those that their sha256 names");
        say(Severity::Info, where, amendmentSentence(*read));
    }

    void runEnd(const JournalLine& line) {
        const auto run = countField(*line.body, "run");
        const auto attempt = countField(*line.body, "run_attempt");
        if (!run || !attempt) return; // the store has warned
        const Attempt key{*run, *attempt};
        m_state.erase(key);
        const auto pending = m_pending.find(key);
        if (pending == m_pending.end()) return;
        const std::string where = key.text() + " turn " + std::to_string(pending->second.turn);
        if (textField(*line.body, "run_outcome") == std::string(name(RunOutcome::Interrupted))) {
            ++m_report.counts.cut_short;
            say(Severity::Info, where, "the turn was under way when the program ended");
        } else {
            say(Severity::Lost, where, "the turn was sent and nothing says how it ended");
        }
        m_pending.erase(pending);
    }

    void countRun(const ScheduledRun& run, const std::vector<const RunView*>& attempts) {
        VerifyCounts& counts = m_report.counts;
        int complete = 0;
        for (std::size_t i = 0; i < attempts.size(); ++i) {
            const RunView& view = *attempts[i];
            const std::string where = Attempt{view.run, view.run_attempt}.text();
            if (view.run_attempt != int(i) + 1) say(Severity::Lost, where, "the attempt before it is missing");
            if (view.cell != run.cell) say(Severity::Wrong, where, "the cell is not the planned one: " + view.cell);
            if (view.outcome != RunOutcome::Complete) continue;
            ++complete;
            if (std::int64_t(view.turns.size()) != run.n)
                say(Severity::Lost, where,
                    "the run is complete, but " + std::to_string(view.turns.size()) + " of " + std::to_string(run.n) +
                        " turns are there");
            for (const std::size_t turn : view.turns)
                if (m_store.turns()[turn].outcome != Outcome::Ok)
                    say(Severity::Wrong, where, "the run is complete, but a turn of it failed");
        }
        if (complete > 1) say(Severity::Wrong, "run " + std::to_string(run.run), "the run was completed twice");
        const std::optional<RunOutcome> last = attempts.empty() ? std::nullopt : attempts.back()->outcome;
        if (complete > 0) ++counts.complete_runs;
        else if (last == RunOutcome::Failed) ++counts.failed_runs;
        else if (last == RunOutcome::Stopped) ++counts.stopped_runs;
        else ++counts.open_runs;
    }

    const Rejudge& m_rejudge;
    VerifyReport m_report;
    RecordStore m_store;
    std::map<Attempt, Pending> m_pending;
    std::map<Attempt, int> m_lastTurn;
    std::map<Attempt, std::optional<std::string>> m_state;               // of attempts under way
    std::map<std::string, std::pair<std::int64_t, std::string>> m_today; // by what later rules say: turns, the first of them
};

} // namespace

std::string Finding::sentence() const { return where.empty() ? text : where + ": " + text; }

bool VerifyReport::clean() const {
    return unsaid == 0 && std::all_of(findings.begin(), findings.end(),
                                      [](const Finding& finding) { return finding.severity == Severity::Info; });
}

bool VerifyReport::lost() const {
    return std::any_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.severity == Severity::Lost; });
}

Result<VerifyReport> verifySession(FileOps& files, const std::string& folder, const Rejudge& rejudge) {
    const SessionPaths paths(folder);
    if (!files.exists(paths.journal()))
        return Error{ErrorKind::Storage, "there is no session here (no journal.jsonl)", folder,
                     "give the folder that `looptax run` named in its last line", 0};
    Verifier verifier(rejudge);
    const auto read = readJournal(files, paths.journal(), [&](const JournalLine& line) { verifier.take(line); });
    if (!read) return read.error();
    verifier.journal(*read);
    verifier.plan(files, paths);
    verifier.runs();
    verifier.today();
    verifier.tornFiles(files, paths);
    return verifier.finish();
}

} // namespace looptax
