#include "app/arguments.h"
#include "app/commands.h"
#include "app/world.h"
#include "base/text.h"
#include "loop/loop_design.h"
#include "loop/reply_checker.h"
#include "record/record_store.h"
#include "replay/verify.h"
#include "store/load_session.h"

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax verify SESSION

Reads a session's journal from end to end: is every line there and whole, was every request answered and every planned
run counted once, do the numbers follow from what they were made of, and does the checker still judge each reply as
recorded. Changes nothing. Exit 0 when all is well, 1 when something contradicts itself, 4 when something is lost.
)";

std::string count(std::int64_t n, const std::string& what) { return std::to_string(n) + " " + what; }

// Judges each reply again, design by design as the run went. One conversation at a time is held.
class Judge {
public:
    Judge(const Plan& plan, std::shared_ptr<const TaskPack> pack) : m_plan(plan), m_pack(std::move(pack)) {}

    Rejudged operator()(const TurnRecord& record, const std::string& reply, const std::optional<std::string>& stateFedIn) {
        if (record.outcome != Outcome::Ok) return {};
        LoopSettings settings;
        settings.n = record.n;
        settings.cap = record.cap;
        settings.padding = record.padding;
        settings.format = m_plan.reply.format;
        settings.on_bad_turn = m_plan.on_bad_turn;
        settings.task_seed = m_plan.task.seed;
        const auto design = makeLoopDesign(record.design, m_pack, settings);
        if (!design) return {"the design " + record.design + " is not known to this version", {}};
        const auto state = stateFedIn ? stateFedIn : design->initialState();
        Expectation expected = design->expectation(record.turn, state);
        expected.hit_max_tokens = record.hit_max_tokens.value_or(false);
        expected.thoughts_apart = record.reasoning_in_content.has_value();
        const Judgement again = checkReply(reply, expected);
        std::string out;
        const auto hold = [&](const char* flag, bool now, const std::optional<bool>& then) {
            if (then && *then != now)
                out += std::string(out.empty() ? "" : ", ") + flag + " is " + (now ? "true" : "false") + " now";
        };
        hold("valid_json", again.valid_json, record.valid_json);
        hold("schema_ok", again.schema_ok, record.schema_ok);
        hold("count_match", again.count_match, record.count_match);
        hold("entries_complete", again.entries_complete, record.entries_complete);
        hold("sort_correct", again.sort_correct, record.sort_correct);
        hold("all_pass", again.all_pass, record.all_pass);
        hold("content_exact", again.content_exact, record.content_exact);
        Rejudged result{std::move(out), {}};
        if (expected.thoughts_apart) return result;
        expected.thoughts_apart = true;
        const Judgement today = checkReply(reply, expected);
        if (today.all_pass != again.all_pass)
            result.today = std::string("the reply, judged without the thoughts in its content, would ") +
                           (today.all_pass ? "pass" : "not pass");
        return result;
    }

private:
    const Plan& m_plan;
    std::shared_ptr<const TaskPack> m_pack;
};

} // namespace

int verifyCommand(const Words& words) {
    const auto arguments = Arguments::parse(words, {{"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (arguments->words().size() != 1)
        return complain({ErrorKind::Usage, "verify needs one session folder", {}, "looptax verify --help", 0});
    const std::string& folder = arguments->words()[0];
    SystemFileOps files;
    const auto session = loadSession(files, folder);
    if (!session) return complain(session.error());
    Rejudge rejudge;
    if (const auto& plan = session->store.plan())
        if (auto pack = loadTaskPack(plan->task.pack)) rejudge = Judge(*plan, pack.take());
    const auto report = verifySession(files, folder, rejudge);
    if (!report) return complain(report.error());
    const VerifyCounts& c = report->counts;
    printOut(count(c.lines, "lines, ") + count(c.turn_starts, "turns sent, ") + count(c.turns_done, "done, ") +
             count(c.turns_failed, "failed, ") + count(c.sent_again, "sent again, ") + count(c.cut_short, "cut short, ") +
             count(c.warmups, "warm-ups\n") + count(c.planned_runs, "runs planned: ") + count(c.complete_runs, "complete, ") +
             count(c.stopped_runs, "stopped, ") + count(c.failed_runs, "failed, ") + count(c.open_runs, "open\n") +
             count(c.judged_again, "replies judged again\n"));
    for (const Finding& finding : report->findings) printOut(stripControls(finding.sentence()) + "\n");
    if (report->unsaid > 0) printOut("and " + std::to_string(report->unsaid) + " more\n");
    printOut(report->clean() ? "clean\n" : report->lost() ? "something is lost\n" : "something contradicts itself\n");
    if (report->lost()) return kExitStorage;
    return report->clean() ? kExitDone : kExitTurnsFailed;
}

} // namespace looptax
