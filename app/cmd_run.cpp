#include "app/commands.h"
#include "app/permissions.h"
#include "app/plan_size.h"
#include "app/plan_source.h"
#include "app/session_files.h"
#include "app/terminal.h"
#include "app/turn_lines.h"
#include "app/world.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "calibrate/calibration_file.h"
#include "domain/plan_check.h"
#include "engine/host_processes.h"
#include "engine/sweep_thread.h"
#include "loop/loop_design.h"
#include "record/record_json.h"
#include "record/record_store.h"
#include "store/load_session.h"
#include "store/session.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax run plan.json --out DIR
looptax run --preset NAME --target T... --out DIR
looptax run --resume SESSION [plan.json] [--retry-failed] [--allow-changed-runtime]

Runs a plan. Each finished turn is a line here and a record on disk; Ctrl-C ends cleanly, and a session that was cut
short goes on with --resume: whole runs are made again, what is complete is kept.

  --out DIR         where the session folder is made
  --resume SESSION  go on with that session; a plan given beside it must be the same one
  --retry-failed    with --resume: make failed runs again too
  --allow-changed-runtime
                    with --resume: continue although a target runs another build than before; the open repeat is
                    measured again from its first run. A session never continues on another model
  --trust-plan      this time the plan file, or the session's plan, may start any command with any arguments, talk to
                    any address and send any variable as a key
  --quiet           nothing but the last line
  --json-progress   the journal's lines on standard output, without replies; with --resume from the first line on
)";

int s_signalPipe[2] = {-1, -1};

extern "C" void onSignal(int) {
    // A second Ctrl-C means now: the journal stands up to a cut anywhere.
    static volatile std::sig_atomic_t s_count = 0;
    s_count = s_count + 1;
    if (s_count > 1) _exit(kExitInterrupted);
    const char byte = 1;
    [[maybe_unused]] const ssize_t n = write(s_signalPipe[1], &byte, 1);
}

class Screen {
public:
    Screen(bool quiet, bool json, std::int64_t knownLines) : m_quiet(quiet), m_json(json), m_knownLines(knownLines) {}

    // Said at once: after a power cut this is what --resume needs.
    void folder(const std::string& folder) {
        if (!m_quiet && !m_json) say((m_knownLines > 0 ? "going on with " : "writing to ") + folder);
    }

    void line(const JournalLine& line) {
        if (m_quiet || (!m_json && line.seq <= m_knownLines)) return;
        if (m_json) {
            Json body = *line.body;
            body.erase("reply");
            body.erase("reply_base64");
            printOut(jsonText(body) + "\n");
            return;
        }
        if (line.type == "turn_done" || line.type == "turn_fail") {
            const auto record = readRecord(*line.body);
            if (!record) return;
            const int columns = terminalAt(STDOUT_FILENO).columns;
            if (!m_headShown) say(turnTableHead(columns));
            m_headShown = true;
            say(turnLine(*record, columns));
            if (const auto odd = line.body->find("warnings"); odd != line.body->end() && odd->is_array())
                for (const Json& text : *odd)
                    if (text.is_string()) say("  odd: " + stripControls(text.get<std::string>()));
        } else if (line.type == "note" && line.body->contains("text") && (*line.body)["text"].is_string()) {
            say(stripControls((*line.body)["text"].get<std::string>()));
        } else if (line.type == "session") {
            doubts(*line.body);
        }
    }

    void progress(const SweepProgress& progress) {
        if (m_quiet || m_json) return;
        const Terminal terminal = terminalAt(STDOUT_FILENO);
        if (terminal.rewrites) {
            // Not into the last column: there some terminals begin the next line at once.
            printOut(kEraseLine + fitted(progressLine(progress), terminal.columns - 1));
            m_dirty = true;
        } else if (progress.phase != m_phase && progress.phase != SweepPhase::Running && progress.phase != SweepPhase::Ended) {
            say(stripControls(progress.text));
        }
        m_phase = progress.phase;
    }

    void clear() {
        if (m_dirty) printOut(kEraseLine);
        m_dirty = false;
    }

private:
    void doubts(const Json& session) {
        const auto targets = session.find("targets");
        if (targets == session.end() || !targets->is_array()) return;
        for (const Json& target : *targets)
            for (const Json& doubt : target.value("doubts", Json::array()))
                if (doubt.is_string())
                    say(stripControls("target " + target.value("id", "") + ", warning: " + doubt.get<std::string>()));
    }

    void say(const std::string& text) {
        clear();
        printOut(text + "\n");
    }

    bool m_quiet, m_json;
    std::int64_t m_knownLines; // of a resumed journal: a table of turns from last week helps nobody
    bool m_headShown = false;
    bool m_dirty = false;
    SweepPhase m_phase = SweepPhase::Ended;
};

struct RunOrder {
    SweepRequest request;
    std::int64_t known_lines = 0; // of the journal that is resumed
};

Result<RunOrder> orderToResume(const Arguments& arguments, std::string folder) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    RunOrder order;
    order.request.resume = folder;
    order.request.retry_failed = arguments.has("--retry-failed");
    order.request.changed_runtime = arguments.has("--allow-changed-runtime");
    SystemFileOps files;
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    order.known_lines = session->read.nextSeq - 1;
    std::string hash = session->store.planHash();
    if (session->store.plan()) {
        order.request.plan = *session->store.plan();
    } else {
        // Killed before the plan line; the engine takes the folder's copy then, and so do we.
        const auto text = readFile(files, SessionPaths(folder).plan());
        if (!text) return text.error();
        order.request.plan = readPlan(*text).plan;
        hash = sha256Hex(*text);
    }
    if (!arguments.words().empty() || arguments.has("--preset")) {
        const auto given = planFrom(arguments);
        if (!given) return given.error();
        if (planHash(given->plan) != hash)
            return Error{ErrorKind::Plan, "the plan given is not the session's", SessionPaths(folder).plan(),
                         "leave the plan out, or start a new session with --out", 0};
    }
    order.request.trust = trustFrom(arguments, order.request.plan, Origin::Session);
    if (const Status allowed = permitted(order.request.plan, order.request.trust, folder); !allowed) return allowed.error();
    return order;
}

Result<RunOrder> orderFrom(const Arguments& arguments) {
    if (const auto folder = arguments.value("--resume")) return orderToResume(arguments, *folder);
    RunOrder order;
    for (const std::string flag : {"--retry-failed", "--allow-changed-runtime"})
        if (arguments.has(flag))
            return Error{ErrorKind::Usage, flag + " goes with --resume", {}, "name the session: --resume SESSION " + flag, 0};
    const auto out = arguments.value("--out");
    if (!out || out->empty())
        return Error{ErrorKind::Usage, "--out DIR is missing", {}, "it is where the session folder is made", 0};
    order.request.out = *out;
    const auto sourced = planFrom(arguments);
    if (!sourced) return sourced.error();
    const bool wrong = hasErrors(sourced->problems);
    if (wrong || !arguments.has("--quiet")) printProblems(sourced->problems);
    if (wrong) return Error{ErrorKind::Plan, "the plan cannot be run", {}, "fix the errors above", 0};
    order.request.plan = sourced->plan;
    order.request.trust = trustFrom(arguments, sourced->plan, sourced->origin);
    if (const Status allowed = permitted(sourced->plan, order.request.trust, sourced->file); !allowed) return allowed.error();
    return order;
}

// A plan spelled out on the command line needs no permission, the session made from it does.
bool asksToResume(const SweepRequest& request) {
    SystemFileOps files;
    return !needsTrust(request.plan, Trust{Origin::Session, {}, readPermissions(files, permissionsFile())}).empty();
}

} // namespace

int runCommand(const Words& words) {
    const auto arguments = Arguments::parse(words, {{"--out", true},
                                                    {"--resume", true},
                                                    {"--retry-failed", false},
                                                    {"--allow-changed-runtime", false},
                                                    {"--preset", true},
                                                    {"--target", true},
                                                    {"--trust-plan", false},
                                                    {"--quiet", false},
                                                    {"--json-progress", false},
                                                    {"--help", false},
                                                    {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    auto order = orderFrom(*arguments);
    if (!order) return complain(order.error());
    const auto pack = loadTaskPack(order->request.plan.task.pack);
    if (!pack) return complain(pack.error());

    SystemFileOps files;
    SystemClock clock;
    order->request.instrument = [&files] { return fittingInstrument(files, false); };
    Screen screen(arguments->has("--quiet"), arguments->has("--json-progress"), order->known_lines);
    SweepResult result;
    SweepThread sweep(catalogue(), *pack, realWorld(files, clock), [&](SweepBatch batch) {
        if (!batch.folder.empty()) screen.folder(batch.folder);
        for (const JournalLine& line : batch.lines) screen.line(line);
        if (batch.progress) screen.progress(*batch.progress);
        if (batch.result) {
            result = std::move(*batch.result);
            QCoreApplication::exit(0);
        }
    });
    if (pipe2(s_signalPipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return complain({ErrorKind::Internal, "cannot make a pipe for signals", {}, {}, 0});
    QSocketNotifier notifier(s_signalPipe[0], QSocketNotifier::Read);
    QObject::connect(&notifier, &QSocketNotifier::activated, &notifier, [&] {
        notifier.setEnabled(false);
        sweep.control().cut = true;
    });
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, onSignal);
    if (!order->request.resume && !arguments->has("--quiet") && !arguments->has("--json-progress"))
        printOut(sizeText(order->request.plan) + "; " + timeText(order->request.plan, order->request.out) + "\n");
    if (!arguments->has("--quiet") && !arguments->has("--json-progress"))
        if (const std::string busy = busyNow(thisHost(), clock, order->request.plan); !busy.empty())
            printErr("warning: " + busy + "\n");
    sweep.start(order->request);
    QCoreApplication::exec();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    screen.clear();

    int code = result.turns_failed > 0 ? kExitTurnsFailed : kExitDone;
    if (!result.folder.empty()) {
        const auto failedRuns = writeDerivedFiles(files, result.folder);
        if (!failedRuns) code = complain(failedRuns.error());
        // A resumed session may hold runs that failed before this call and were not made again.
        else if (*failedRuns > 0) code = kExitTurnsFailed;
    }
    if (result.error) code = complain(*result.error);
    if (result.cancelled) code = kExitInterrupted;
    if (result.cancelled && !result.folder.empty() && !arguments->has("--quiet"))
        printErr("interrupted; go on with: looptax run --resume " + result.folder +
                 (asksToResume(order->request) ? " --trust-plan" : "") + "\n");
    if (!result.folder.empty()) printOut("session: " + result.folder + "\n");
    return code;
}

} // namespace looptax
