#include "calibrate/calibration.h"

#include "base/build_info.h"
#include "base/json_fwd.h"
#include "base/seeded_random.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "calibrate/bare_socket.h"
#include "calibrate/busy_threads.h"
#include "calibrate/simulated_server.h"
#include "engine/host_facts.h"
#include "loop/loop_design.h"
#include "record/record_store.h"
#include "runtime/server_process.h"
#include "sim/sim_options.h"
#include "sim/truth_file.h"

#include <QString>
#include <QSysInfo>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace looptax {

namespace {

constexpr int kRunTurns = 6, kRoundTurns = 3 * kRunTurns; // A, B and C once each
// Tokens come as from a fast card; the first after as long as a small model needs, and never twice the same.
constexpr const char* kIntervalMs = "1";
constexpr const char* kOverheadMs = "3";
constexpr const char* kTokenMs = "0.05";
constexpr std::int64_t kStepNs = 10'000'000;
constexpr int kMostSteps = 1'000;

// Gone with all it holds, whatever happened.
class WorkFolder {
public:
    WorkFolder(FileOps& files, const std::string& parent)
        : m_path(joinPath(parent, "calibration-" + systemRandomHex(8)))
        , m_made(files.makeDirs(m_path)) {}
    ~WorkFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    const Status& made() const { return m_made; }
    std::string file(const std::string& name) const { return joinPath(m_path, name); }
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
    Status m_made;
};

// The number behind the word that a helper says when it is ready.
Result<int> numberFrom(FileOps& files, Clock& clock, ServerProcess& helper, const std::string& who, const std::string& log,
                       const std::string& word) {
    const std::string lead = word + " ";
    for (int step = 0; step < kMostSteps; ++step) {
        const auto said = readFile(files, log);
        if (said && said->rfind(lead, 0) == 0 && said->find('\n') != std::string::npos)
            if (const auto number = parseInteger(said->substr(lead.size(), said->find('\n') - lead.size()))) return int(*number);
        if (!helper.alive())
            return Error{ErrorKind::Unreachable, who + " ended at once: " + helper.ending(), log,
                         said ? stripControls(*said) : std::string(), 0};
        clock.sleepNs(kStepNs);
    }
    return Error{ErrorKind::Unreachable, who + " did not say \"" + word + "\"", log, {}, 0};
}

// After each run of the sweep, on its thread, while no request is outstanding.
class Reference {
public:
    Reference(int port, const WorkFolder& folder, FileOps& files, Clock& clock, std::shared_ptr<const TaskPack> pack,
              const CancelFlag& cancel)
        : m_port(port)
        , m_folder(folder)
        , m_files(files)
        , m_clock(clock)
        , m_pack(std::move(pack))
        , m_cancel(cancel) {}
    ~Reference() {
        if (m_file) [[maybe_unused]]
            const Status closed = m_files.close(*m_file);
    }
    Reference(const Reference&) = delete;
    Reference& operator=(const Reference&) = delete;

    // Each kind of stamps goes first every other time: what the one leaves behind is no advantage of the other.
    Status run(bool withState) {
        m_kernelFirst = !m_kernelFirst;
        for (const bool kernel : {m_kernelFirst, !m_kernelFirst}) {
            const Status done = chats(kernel ? BareStamps::Kernel : BareStamps::Poll, withState, kernel ? m_kernel : m_poll);
            if (!done) return done;
        }
        return {};
    }
    const std::vector<TimedChat>& poll() const { return m_poll; }
    const std::vector<TimedChat>& kernel() const { return m_kernel; } // empty where this system's kernel does not stamp

private:
    Status chats(BareStamps stamps, bool withState, std::vector<TimedChat>& out) {
        auto socket = BareSocket::connect(m_port, stamps);
        if (!socket) return socket.error();
        if (!socket->canStamp()) return {};
        LoopSettings settings;
        settings.n = kRunTurns;
        const auto design = makeLoopDesign("A", m_pack, settings);
        std::optional<double> gap;
        for (int turn = 1; turn <= kRunTurns; ++turn) {
            auto answer =
                socket->chat(design->messages(turn, "00000000", std::nullopt), simulatedName("simulated-oracle"), m_cancel);
            if (!answer) return answer.error();
            design->remember(turn, answer->text);
            answer->times.gap_ms = gap;
            answer->times.with_state_file = withState;
            out.push_back(answer->times);
            const auto kept = keep(answer->text, withState);
            if (!kept) return kept.error();
            gap = *kept;
        }
        return {};
    }

    // The least a durable loop does between two turns; milliseconds.
    Result<double> keep(const std::string& text, bool withState) {
        const std::int64_t begin = m_clock.monotonicNs();
        if (!m_file) {
            auto file = m_files.open(m_folder.file("bare.jsonl"), OpenMode::CreateExclusive);
            if (!file) return file.error();
            m_file = *file;
        }
        const auto written = m_files.write(*m_file, text + "\n");
        if (!written) return written.error();
        if (const Status synced = m_files.sync(*m_file); !synced) return synced.error();
        if (withState)
            if (const Status replaced = replaceFile(m_files, m_folder.file("bare.json"), text); !replaced)
                return replaced.error();
        return double(m_clock.monotonicNs() - begin) / 1e6;
    }

    int m_port;
    const WorkFolder& m_folder;
    FileOps& m_files;
    Clock& m_clock;
    std::shared_ptr<const TaskPack> m_pack;
    const CancelFlag& m_cancel;
    std::optional<FileOps::Handle> m_file;
    std::vector<TimedChat> m_poll;
    std::vector<TimedChat> m_kernel;
    bool m_kernelFirst = true; // of the run before
};

class Watcher final : public SweepListener {
public:
    Watcher(Reference& reference, const CalibrationListener& listener, SweepControl& control, Load load, int turns)
        : m_reference(reference)
        , m_listener(listener)
        , m_control(control)
        , m_load(load)
        , m_turns(turns) {}

    void onSession(const std::string&) override {}
    void onProgress(const SweepProgress&) override {}
    void onLine(const JournalLine& line) override {
        m_store.apply(line);
        if (m_listener.line) m_listener.line(line);
        if (line.type != "run_end" || m_control.cut || !m_trouble) return;
        const RunView& run = m_store.runs().back();
        if (run.outcome != RunOutcome::Complete) return;
        m_trouble = m_reference.run(!m_store.turns().empty() && m_store.turns().back().design != "A");
        if (!m_trouble) m_control.finish = true; // without its counterpart the rest is worth nothing
        if (m_listener.progress) m_listener.progress(m_load, int(m_store.turns().size()), m_turns);
    }
    const RecordStore& store() const { return m_store; }
    const Status& trouble() const { return m_trouble; }

private:
    Reference& m_reference;
    const CalibrationListener& m_listener;
    SweepControl& m_control;
    Load m_load;
    int m_turns;
    RecordStore m_store;
    Status m_trouble;
};

Instrument labelled(const CalibrationOrder& order, Load load, const Clock& clock) {
    Instrument out;
    const Json host = hostFacts();
    out.machine = stripControls(QSysInfo::machineHostName().toStdString());
    if (host["cpu"].is_string()) out.cpu = host["cpu"].get<std::string>();
    if (host["cores"].is_number_integer()) out.cores = host["cores"].get<int>();
    out.date = isoUtc(clock.wallMs());
    out.version = versionText();
    out.commit = buildCommit();
#ifndef __OPTIMIZE__
    out.optimised = false;
#endif
    out.window = order.window;
    out.load = load;
    return out;
}

std::vector<TimedChat> timedChats(const std::vector<TurnRecord>& turns) {
    std::vector<TimedChat> out;
    for (const TurnRecord& turn : turns)
        if (turn.outcome == Outcome::Ok) out.push_back(timedChat(turn));
    return out;
}

Result<Instrument> calibrateUnder(Load load, const CalibrationOrder& order, EngineWorld& world,
                                  const std::shared_ptr<const TaskPack>& pack, SweepControl& control,
                                  const CalibrationListener& listener) {
    const WorkFolder folder(world.files, order.folder);
    if (!folder.made()) return folder.made().error();
    const std::string log = folder.file("server.log"), truthFile = folder.file("truth");
    auto server = ServerProcess::start({order.program, kSimulatedServerCommand, "--truth", truthFile, "--interval-ms",
                                        kIntervalMs, "--overhead-ms", kOverheadMs, "--token-ms", kTokenMs},
                                       log);
    if (!server) return server.error();
    std::unique_ptr<ServerProcess> process = server.take();
    const auto port = numberFrom(world.files, world.clock, *process, "the scripted server", log, "listening");
    if (!port) return port.error();

    Instrument out = labelled(order, load, world.clock);
    // Ended with this scope, and by the system should we be killed.
    std::unique_ptr<ServerProcess> busy;
    if (load == Load::Busy) {
        const std::string busyLog = folder.file("busy.log");
        const std::string threads = std::to_string(kBusyThreadsPerCore * std::max(1, out.cores));
        auto started = ServerProcess::start({order.program, kBusyThreadsCommand, threads}, busyLog);
        if (!started) return started.error();
        busy = started.take();
        if (const auto run = numberFrom(world.files, world.clock, *busy, "the process of busy threads", busyLog, "busy"); !run)
            return run.error();
    }
    SweepRequest request;
    request.plan = calibrationPlan("http://127.0.0.1:" + std::to_string(*port), order.turns);
    request.out = folder.path();
    request.trust.origin = Origin::Typed;
    Reference reference(*port, folder, world.files, world.clock, pack, control.cut);
    Watcher watcher(reference, listener, control, load, request.plan.repeats * kRoundTurns);
    const SweepResult result = Sweep(request, catalogue(), pack, world, control, watcher).run();
    if (control.cut) return Error{ErrorKind::Cancelled, "the calibration was stopped", {}, {}, 0};
    if (!watcher.trouble()) return watcher.trouble().error();
    if (result.error) return *result.error;
    if (result.turns_failed > 0)
        return Error{ErrorKind::Protocol,
                     "turns against the scripted server failed: " + std::to_string(result.turns_failed),
                     {},
                     "try again; if they still fail, another program may be answering on its port",
                     0};
    if (busy && !busy->alive())
        return Error{ErrorKind::Internal, "the busy threads ended before the calibration: " + busy->ending(), {}, "try again", 0};
    busy.reset();
    process.reset(); // it writes its stamps when it is told to end
    const auto text = readFile(world.files, truthFile);
    if (!text) return text.error();
    const auto truth = readTruth(*text);
    if (!truth) return truth.error();
    std::vector<KnownChat> known;
    for (const ChatTruth& chat : *truth) known.push_back({chat.arrived_ns, chat.sends, chat.token_ns});
    out.ours = instrumentFigures(timedChats(watcher.store().turns()), known);
    out.bare = instrumentFigures(reference.poll(), known);
    out.kernel = instrumentFigures(reference.kernel(), known);
    if (out.ours.unmatched + out.bare.unmatched + out.kernel.unmatched > 0 || out.ours.ttft_ms.n == 0)
        return Error{ErrorKind::Protocol, "the scripted server does not know of every turn", truthFile, "try again", 0};
    return out;
}

} // namespace

Plan calibrationPlan(const std::string& url, int turns) {
    Plan plan;
    plan.name = "calibration";
    Target target;
    target.id = "scripted";
    target.url = url;
    target.model = simulatedName("simulated-oracle");
    plan.targets = {target};
    plan.cells = {{"A", {kRunTurns}, {}, {}}, {"B", {kRunTurns}, {}, {}}, {"C", {kRunTurns}, {3}, {}}};
    plan.repeats = std::max(1, (turns + kRoundTurns - 1) / kRoundTurns);
    return plan;
}

Result<std::vector<Instrument>> calibrate(const CalibrationOrder& order, EngineWorld& world, std::shared_ptr<const TaskPack> pack,
                                          SweepControl& control, const CalibrationListener& listener) {
    std::vector<Instrument> out;
    for (const Load load : order.loads) {
        auto one = calibrateUnder(load, order, world, pack, control, listener);
        if (!one) return one.error();
        out.push_back(one.take());
    }
    return out;
}

} // namespace looptax
