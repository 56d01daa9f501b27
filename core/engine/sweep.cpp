#include "engine/sweep.h"

#include "base/build_info.h"
#include "base/hash.h"
#include "base/json_read.h"
#include "base/text.h"
#include "engine/facts_json.h"
#include "engine/host_facts.h"
#include "engine/run_machine.h"
#include "engine/token_budget.h"
#include "loop/warmup.h"
#include "record/record_json.h"
#include "record/record_store.h"
#include "record/schedule_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

constexpr std::int64_t kAskAgainNs = 2'000'000'000; // how often a lost target is asked whether it is back
constexpr int kWarmupTokens = 8;
constexpr std::int64_t kGiveBackMs = 5'000;
constexpr std::int64_t kGiveBackCutMs = 700; // a person who ends a sweep must not wait

} // namespace

Sweep::Sweep(SweepRequest request, Catalogue catalogue, std::shared_ptr<const TaskPack> pack, EngineWorld& world,
             SweepControl& control, SweepListener& listener, LiveTurn* live)
    : m_request(std::move(request))
    , m_catalogue(catalogue)
    , m_pack(std::move(pack))
    , m_world(world)
    , m_control(control)
    , m_listener(listener)
    , m_live(live)
    , m_explainer(m_world, m_runs.plan, m_pack, m_control.cut,
                  [this](const std::string& text) { progress(SweepPhase::Explaining, text); }) {}

Sweep::~Sweep() = default;

SweepResult Sweep::run() {
    const auto failed = [&](const Status& status) {
        if (status) return false;
        m_result.error = status.error();
        if (status.error().kind == ErrorKind::Cancelled) m_result.cancelled = true;
        return true;
    };
    if (failed(openSession())) return m_result;
    // A new session has looked at the foreign targets already, before its folder was made.
    Status status = m_request.resume ? preflight(false) : Status{};
    if (status) status = preflight(true);
    if (status) status = writeOpening();
    const bool opened = bool(status);
    if (status) status = sayMemory();
    for (std::size_t target = 0; status && target < m_targets.size() && !stopAsked(); ++target) {
        status = runTarget(target);
        const Status given = giveBack(*m_targets[target]);
        if (status) status = given;
    }
    failed(status);
    if (stopAsked()) m_result.cancelled = true;

    const bool storage = m_result.error && m_result.error->kind == ErrorKind::Storage;
    // What never began has no end: its journal stays as it was, and a later --resume finds nothing strange.
    if (opened && m_session && m_session->journal && !storage) {
        Json end;
        end["reason"] = m_result.cancelled ? "interrupted by the user" : m_result.error ? m_result.error->text() : "complete";
        end["runs_open"] = m_runs.open.size();
        if (const Status written = append("session_end", end, Durability::Synced); !written && !m_result.error)
            m_result.error = written.error();
        if (const Status closed = m_session->journal->close(); !closed && !m_result.error) m_result.error = closed.error();
        m_explainer.finish(m_session->paths.folder, m_targets, !m_result.error && !m_result.cancelled);
    }
    for (auto& target : m_targets) target->close();
    progress(SweepPhase::Ended, m_result.error ? m_result.error->text() : "the sweep is over");
    return m_result;
}

Status Sweep::openSession() { return m_request.resume ? openOld() : openNew(); }

Status Sweep::openNew() {
    if (const Status allowed = permitted(m_request.plan, m_request.trust, {}); !allowed) return allowed;
    m_runs = newSweep(m_request.plan, m_catalogue);
    if (const Status status = preflight(false); !status) return status;
    auto session = createSession(m_world.files, m_world.clock, m_request.out, m_runs.plan_text);
    if (!session) return session.error();
    m_session.emplace(session.take());
    m_result.folder = m_session->paths.folder;
    m_listener.onSession(m_result.folder);
    return {};
}

Status Sweep::openOld() {
    RecordStore store;
    std::vector<JournalLine> lines;
    auto session = reopenSession(m_world.files, *m_request.resume, [&](JournalLine line) {
        store.apply(line);
        lines.push_back(std::move(line));
    });
    if (!session) return session.error();
    m_session.emplace(session.take());
    m_result.folder = m_session->paths.folder;
    m_listener.onSession(m_result.folder);
    auto state = resumedSweep(m_world.files, m_session->paths.plan(), store, lines, m_catalogue, m_request.retry_failed);
    if (!state) return state.error();
    m_runs = state.take();
    Trust trust = m_request.trust;
    trust.origin = Origin::Session;
    if (const Status allowed = permitted(m_runs.plan, trust, m_session->paths.folder); !allowed) return allowed;
    for (const JournalLine& line : lines) m_listener.onLine(line);
    if (const std::string& torn = m_session->tornFile; !torn.empty() && store.sessionLine())
        if (const Status said = note("torn_tail",
                                     "the last write had been cut off; its " + std::to_string(m_session->recovered.tornBytes) +
                                         " bytes were moved to " + torn,
                                     {});
            !said)
            return said;
    for (const ScheduledRun& run : m_runs.schedule) {
        const RunView* last = store.lastAttempt(run.run);
        if (last == nullptr || last->outcome) continue;
        Json end;
        end["run"] = run.run;
        end["run_attempt"] = last->run_attempt;
        end["run_outcome"] = std::string(name(RunOutcome::Interrupted));
        end["reason"] = "the program ended in the middle of the run";
        if (const Status status = append("run_end", end, Durability::Synced); !status) return status;
    }
    return {};
}

Status Sweep::preflight(bool managed) {
    if (m_targets.empty()) {
        for (const Target& target : m_runs.plan.targets)
            m_targets.push_back(std::make_unique<TargetSession>(target, m_runs.plan, m_world));
        const std::string out = m_session ? parentFolder(m_session->paths.folder) : m_request.out;
        m_eta.emplace(m_runs.plan, m_pack, pacesBefore(m_world.files, out, m_runs.plan, m_pack));
        for (const ScheduledRun& run : m_runs.schedule)
            if (m_runs.open.count(run.run) != 0) m_eta->add(run);
    }
    const auto say = [&](const std::string& text) { progress(SweepPhase::StartingServer, text); };
    bool earlier = false; // a target before this one has runs to make
    for (std::size_t i = 0; i < m_targets.size(); ++i) {
        TargetSession& session = *m_targets[i];
        std::vector<ScheduledRun> open;
        for (const ScheduledRun& run : m_runs.schedule)
            if (run.target == int(i) && m_runs.open.count(run.run) != 0) open.push_back(run);
        if (open.empty()) continue;
        if (session.managed() == managed && !session.isOpen()) {
            progress(SweepPhase::Preflight, "looking at target " + session.target().id);
            const std::string log = managed ? m_session->paths.runtimeLog() : std::string{};
            if (const Status status = session.open(log, say, m_control.cut); !status) return status;
            if (const Status same = sameTarget(session, m_runs.watches[session.target().id].identity.compare(session.facts()));
                !same)
                return same;
            if (const Status fits = checkContext(m_runs.plan, open, session.contextTokens(), session.target().id, m_pack); !fits)
                return fits;
            // Two managed models in memory at once would take from each other: only the first to run stays up.
            if (managed && earlier) session.close();
        }
        earlier = true;
    }
    return {};
}

bool Sweep::asksAboutBuild(const std::string& target) const {
    return m_request.resume && !m_request.changed_runtime && m_runs.before.count(target) != 0;
}

Status Sweep::sameTarget(const TargetSession& session, const IdentityChanges& changes) {
    const std::string& id = session.target().id;
    if (!changes.hard.empty())
        return Error{ErrorKind::Plan, "target " + id + " " + joined(changes.hard, "; it "), session.facts().url,
                     "two models in one session cannot be compared: load that one again, or start a new session", 0};
    if (changes.soft.empty()) return {};
    const std::string text = "target " + id + " " + joined(changes.soft, "; it ");
    if (asksAboutBuild(id)) {
        m_result.changed_runtime = true;
        return Error{
            ErrorKind::Plan, text, session.facts().url,
            "--resume with --allow-changed-runtime continues on it and measures the open repeat again from its first run", 0};
    }
    if (const Status status = note("runtime_changed", text, id); !status) return status;
    return m_runs.before.count(id) != 0 ? measureBlocksAgain(id) : Status{};
}

// A repeat that is half on one build and half on another compares nothing: its ended runs are made again.
Status Sweep::measureBlocksAgain(const std::string& target) {
    const auto own = [&](const ScheduledRun& run) { return m_runs.plan.targets[std::size_t(run.target)].id == target; };
    std::set<int> blocks;
    for (const ScheduledRun& run : m_runs.schedule)
        if (own(run) && (m_runs.open.count(run.run) != 0 || m_runs.begun.count(run.run) != 0)) blocks.insert(run.repeat);
    for (const ScheduledRun& run : m_runs.schedule) {
        if (!own(run) || blocks.count(run.repeat) == 0 || m_runs.begun.count(run.run) != 0 || !m_runs.open.insert(run.run).second)
            continue;
        m_eta->add(run);
        m_reopened = true;
        Json end;
        end["run"] = run.run;
        end["run_attempt"] = m_runs.attempts[std::size_t(run.run) - 1];
        end["run_outcome"] = std::string(name(RunOutcome::Interrupted));
        end["reason"] = "measured again: the other runs of its repeat are made on another build of the runtime";
        end["again"] = true;
        if (const Status status = append("run_end", end, Durability::Synced); !status) return status;
    }
    return {};
}

Status Sweep::writeOpening() {
    Json session;
    session["looptax"] = {{"version", versionText()}, {"commit", buildCommit()}};
    session["session"] = m_session->paths.id();
    session["resumed"] = m_request.resume.has_value();
    session["host"] = hostFacts();
    session["task"] = {{"pack", m_runs.plan.task.pack}, {"sha256", m_pack->sha256}};
    session["durability"] = "synced";
    const std::string instrument = m_request.instrument ? m_request.instrument() : std::string();
    session["instrument"] = Json::parse(instrument.empty() ? "null" : instrument, nullptr, false);
    session["targets"] = Json::array();
    for (const auto& target : m_targets)
        if (target->wasOpened()) session["targets"].push_back(factsJson(target->target(), target->facts()));
    if (const Status status = append("session", session, Durability::Buffered); !status) return status;
    // Once, whatever was resumed before its first run: a second plan line would hide what was amended in between.
    if (m_runs.plan_is_journalled) return {};
    Json plan;
    plan["text"] = m_runs.plan_text;
    plan["sha256"] = sha256Hex(m_runs.plan_text);
    plan["analysis_sha256"] = rulesHash(m_runs.plan.analysis);
    plan["schedule"] = scheduleToJson(m_runs.schedule, m_runs.plan);
    return append("plan", plan, Durability::Synced);
}

// Before the first turn: a person may want another flag, or another model.
Status Sweep::sayMemory() {
    for (const auto& target : m_targets)
        if (const std::string& doubt = target->memoryDoubt(); !doubt.empty())
            if (const Status status = note("memory", "target " + target->target().id + ": " + doubt, target->target().id);
                !status)
                return status;
    return {};
}

// What other programs do cannot be told where the runtime's processes are not known.
Status Sweep::sayHost(const TargetSession& session, bool over) {
    const std::string& id = session.target().id;
    const std::string why = m_hosts[id] ? m_hosts[id]->takeNote(over) : std::string();
    return why.empty() ? Status{} : note("host_activity", "target " + id + ": what other programs use is not known: " + why, id);
}

// After the last turn of the target, however its part of the sweep ended.
Status Sweep::giveBack(TargetSession& session) {
    if (!session.isOpen()) return {};
    auto said = session.client().giveBack(kGiveBackMs, m_control.cut);
    if (!said && m_control.cut) said = session.client().giveBack(kGiveBackCutMs, CancelFlag{false});
    if (said && said->empty()) return {};
    return said ? note("keep_alive", *said, session.target().id)
                : note("keep_alive_failed", "warning: " + said.error().text(), session.target().id);
}

Status Sweep::runTarget(std::size_t target) {
    TargetSession& session = *m_targets[target];
    const auto due = [&](const ScheduledRun& run) { return run.target == int(target) && m_runs.open.count(run.run) != 0; };
    if (std::none_of(m_runs.schedule.begin(), m_runs.schedule.end(), due)) return {};
    if (!session.isOpen()) {
        const auto say = [&](const std::string& text) { progress(SweepPhase::StartingServer, text); };
        if (const Status status = session.open(m_session->paths.runtimeLog(), say, m_control.cut); !status) return status;
        if (const Status same = sameTarget(session, m_runs.watches[session.target().id].identity.compare(session.facts())); !same)
            return same;
    }
    if (const Status status = warmUp(session); !status) return status;
    do {
        m_reopened = false;
        for (const ScheduledRun& run : m_runs.schedule) {
            if (!due(run) || m_runs.begun.count(run.run) != 0) continue;
            if (stopAsked() || !coolDown()) return {};
            while (m_control.pause && !stopAsked()) {
                progress(SweepPhase::Paused, "paused");
                m_world.clock.sleepNs(kSliceNs);
            }
            if (stopAsked()) return {};
            if (const Status status = runOne(session, run); !status) return status;
        }
    } while (m_reopened);
    if (const Status status = sayHost(session, true); !status) return status;
    const auto later = [&](const ScheduledRun& run) { return run.target > int(target) && m_runs.open.count(run.run) != 0; };
    // Two managed models in memory at once would take from each other: this one is asked for its account now.
    if (session.managed() && std::any_of(m_runs.schedule.begin(), m_runs.schedule.end(), later)) {
        m_explainer.beforeItEnds(m_session->paths.folder, session);
        session.close();
    }
    return {};
}

Status Sweep::warmUp(TargetSession& session) {
    const auto target = std::size_t(
        std::find_if(m_targets.begin(), m_targets.end(), [&](const auto& t) { return t.get() == &session; }) - m_targets.begin());
    const std::string& id = session.target().id;
    TargetWatch& watch = m_runs.watches[id];
    std::unique_ptr<HostActivity>& host = m_hosts[id];
    if (m_world.host) host = std::make_unique<HostActivity>(*m_world.host, m_world.clock, session.place());
    if (host) host->look();
    for (int i = 1; i <= m_runs.plan.warmup_requests && !stopAsked(); ++i) {
        progress(SweepPhase::WarmingUp, "warming up " + session.target().id);
        ChatRequest request;
        request.messages = warmupMessages();
        request.model = session.facts().model;
        request.sampling = m_runs.plan.sampling;
        request.seed = m_runs.plan.sampling.seed;
        request.max_tokens = kWarmupTokens;
        // A server that refuses a format must do so here and not in turn 1; any design's schema tells that.
        request.format = m_runs.plan.reply.format;
        if (request.format == ReplyFormat::JsonSchema)
            request.schema_json = replySchemaJson(*m_catalogue.design(m_runs.plan.cells.front().design), *m_pack);
        request.thinking = m_runs.plan.reply.thinking;
        if (session.facts().can_switch_cache) request.cache_prompt = false;
        request.context_tokens = m_runs.plan.context_tokens;
        Json line;
        line["target"] = id;
        line["warmup"] = i;
        if (const Status status = append("warmup", line, Durability::Buffered); !status) return status;
        TurnRecorder recorder(m_live);
        if (host) host->begin();
        const ChatEnd end = session.client().chat(request, recorder, m_control.cut);
        if (host) {
            host->end();
            host->wasWarmup();
        }
        if (!end.refused_field.empty() && !recorder.sawOutput()) {
            if (const Status status = append("note", refusedNote(id, end), Durability::Synced); !status) return status;
            --i; // sent again, without the field
            continue;
        }
        TurnRecord record;
        recorder.finish(end, record);
        Json result;
        result["target"] = id;
        result["outcome"] = std::string(name(end.outcome));
        result["ttft_ms"] = orNull(record.ttft_ms);
        result["prompt_tokens"] = orNull(record.prompt_tokens);
        result["predicted_tokens"] = orNull(record.predicted_tokens);
        result["kind"] = "warmup_result";
        result["text"] =
            "warm-up of " + id + ": " + std::string(name(end.outcome)) + (end.error_text.empty() ? "" : ": " + end.error_text);
        if (const Status status = append("note", result, Durability::Synced); !status) return status;
        if (end.outcome != Outcome::Ok) session.client().dropConnection();
        if (end.outcome == Outcome::Ok) {
            m_runs.cache_checks[id].warmedUp(record.prompt_tokens);
            if (const Status same = sameTarget(session, watch.identity.compare(end)); !same) return same;
            if (const auto sent = sentNote(id, m_runs.plan, end, watch.sent))
                if (const Status status = append("note", *sent, Durability::Synced); !status) return status;
        }
        for (const Message& message : request.messages) record.prompt_chars += codePoints(message.content);
        if (end.outcome == Outcome::Ok) m_eta->learnWarmup(target, record);
    }
    return {};
}

Status Sweep::runOne(TargetSession& session, const ScheduledRun& run) {
    const std::size_t index = std::size_t(run.run) - 1;
    const int attempt = ++m_runs.attempts[index];
    m_runs.begun.insert(run.run);
    m_eta->beginRun(run);
    progress(SweepPhase::Running,
             "run " + std::to_string(run.run) + " of " + std::to_string(m_runs.schedule.size()) + ": " + run.cell);
    std::vector<TurnRecord> ran;
    TargetWatch& watch = m_runs.watches[session.target().id];
    HostActivity* const host = m_hosts[session.target().id].get();
    if (host != nullptr) host->look();
    if (const Status status = sayHost(session, false); !status) return status;
    RunContext context{
        m_runs.plan,
        run,
        attempt,
        m_session->paths.id(),
        session.facts().model,
        session.facts().can_switch_cache,
        session.client(),
        *m_session->journal,
        m_world.files,
        m_world.clock,
        m_control,
        m_live,
        m_session->paths.stateDir(),
        m_pack,
        [&](const JournalLine& line) {
            if (line.type == "turn_done") ++m_result.turns_ok;
            if (line.type == "turn_fail") ++m_result.turns_failed;
            if (line.type == "turn_done" || line.type == "turn_fail") {
                m_eta->endTurn();
                if (auto record = readRecord(*line.body)) ran.push_back(record.take());
            }
            m_listener.onLine(line);
            if (line.type == "turn_done") progress(SweepPhase::Running, run.cell);
        },
        [&](bool paused) { progress(paused ? SweepPhase::Paused : SweepPhase::Running, paused ? "paused" : run.cell); },
        &m_runs.cache_checks[session.target().id],
        &watch,
        [&] { return session.ask(m_control.cut); },
        m_runs.before.count(session.target().id) != 0,
        asksAboutBuild(session.target().id),
        host};
    const RunEnd end = RunMachine(std::move(context)).run();
    m_control.skip = false;
    m_eta->endRun(); // a run that was skipped stays open for a later --resume, but is not made in this sweep
    if (end.storage) return *end.storage;
    if (end.outcome == RunOutcome::Complete || end.outcome == RunOutcome::Stopped || end.outcome == RunOutcome::Failed)
        m_runs.open.erase(run.run);
    if (end.outcome == RunOutcome::Complete) m_eta->learn(run, ran);
    // Without a warm-up the first reply of a resume comes here: what it tells is a question to whoever resumed.
    if (const Status same = sameTarget(session, end.changes); !same) return same;
    if (std::any_of(ran.begin(), ran.end(), [](const TurnRecord& turn) { return turn.outcome == Outcome::Ok; }))
        m_runs.before.erase(session.target().id);
    if (end.outcome != RunOutcome::Failed || stopAsked()) return {};
    if (!session.serverAlive()) return recoverTarget(session, end.reason);
    const auto facts = session.ask(m_control.cut);
    if (!facts && facts.error().kind == ErrorKind::Plan) return facts.error(); // it answers, and has another model
    if (!facts) return recoverTarget(session, end.reason);
    return sameTarget(session, watch.identity.compare(*facts));
}

Status Sweep::recoverTarget(TargetSession& session, const std::string& why) {
    const std::string id = session.target().id;
    if (session.managed()) {
        if (const Status status =
                note("server_restart", "the server of " + id + " was lost (" + why + "); starting it again", id);
            !status)
            return status;
        const auto say = [&](const std::string& text) { progress(SweepPhase::StartingServer, text); };
        if (const Status status = session.open(m_session->paths.runtimeLog(), say, m_control.cut); !status) return status;
        if (const Status same = sameTarget(session, m_runs.watches[id].identity.compare(session.facts())); !same) return same;
        return warmUp(session);
    }
    if (const Status status = note("target_lost", id + " does not answer (" + why + "); waiting for it", id); !status)
        return status;
    const std::int64_t deadline = m_world.clock.monotonicNs() + m_runs.plan.deadlines.first_output * 1'000'000;
    while (!stopAsked()) {
        const std::int64_t left = deadline - m_world.clock.monotonicNs();
        if (left <= 0)
            return Error{ErrorKind::Unreachable,
                         id + " did not answer again within " + std::to_string(m_runs.plan.deadlines.first_output / 1000) + " s",
                         session.target().url, "start it, then go on with --resume", 0};
        progress(SweepPhase::TargetLost, id + " does not answer; the sweep goes on when it does, or ends in " +
                                             std::to_string((left + 999'999'999) / 1'000'000'000) + " s");
        for (std::int64_t waited = 0; waited < kAskAgainNs && !stopAsked() && !m_control.ask_again; waited += kSliceNs)
            m_world.clock.sleepNs(kSliceNs);
        m_control.ask_again = false;
        const auto facts = session.ask(m_control.cut);
        if (!facts && facts.error().kind == ErrorKind::Plan) return facts.error();
        if (!facts) continue;
        if (const Status status = note("target_back", id + " answers again", id); !status) return status;
        if (const Status same = sameTarget(session, m_runs.watches[id].identity.compare(*facts)); !same) return same;
        return warmUp(session);
    }
    return {};
}

void Sweep::progress(SweepPhase phase, const std::string& text) {
    SweepProgress p;
    p.phase = phase;
    p.text = text;
    p.turns_done = m_result.turns_ok + m_result.turns_failed;
    p.turns_left = m_eta ? m_eta->turnsLeft() : 0;
    p.runs_left = std::int64_t(m_runs.open.size());
    if (phase != SweepPhase::TargetLost && phase != SweepPhase::Explaining && phase != SweepPhase::Ended && m_eta) {
        const TimeEstimate left = m_eta->timeLeft();
        p.seconds_left = left.low_s;
        if (left.basis != EstimateBasis::Ran) p.seconds_high = left.high_s;
        p.estimate_from = left.basis;
    }
    m_listener.onProgress(p);
}

bool Sweep::coolDown() {
    for (std::int64_t left = m_runs.plan.cooldown_ms * 1'000'000; left > 0; left -= kSliceNs) {
        if (stopAsked()) return false;
        m_world.clock.sleepNs(std::min(left, kSliceNs));
    }
    return true;
}

Status Sweep::note(const std::string& kind, const std::string& text, const std::string& target) {
    Json json;
    json["kind"] = kind;
    json["target"] = target;
    json["text"] = text;
    return append("note", json, Durability::Synced);
}

Status Sweep::append(std::string_view type, const Json& fields, Durability durability) {
    Json stamped;
    stamped["t"] = isoUtc(m_world.clock.wallMs());
    stamped.update(fields);
    auto line = m_session->journal->append(type, stamped, durability);
    if (!line) return line.error();
    m_listener.onLine(*line);
    return {};
}

} // namespace looptax
