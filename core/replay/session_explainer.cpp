#include "replay/session_explainer.h"

#include "base/bytes_json.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "domain/simulated.h"
#include "loop/warmup.h"
#include "prefix/explain_turn.h"
#include "prefix/explanation_json.h"
#include "record/line_fields.h"
#include "record/record_json.h"
#include "record/record_store.h"
#include "replay/loop_predictions.h"
#include "replay/run_replay.h"
#include "store/session.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace looptax {

namespace {

constexpr int kMostFailures = 3; // in a row, of a server that answers with errors
constexpr std::size_t kLogChunk = std::size_t(1) << 20;
constexpr std::string_view kFullReread = "forcing full prompt re-processing"; // llama-server's words

// A server's log may be longer than memory: read in pieces that overlap, for a phrase across two of them.
bool fileHas(FileOps& files, const std::string& path, std::string_view phrase) {
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return false;
    std::string tail;
    bool found = false;
    for (std::int64_t at = 0; !found;) {
        const auto chunk = files.readAt(*file, at, kLogChunk);
        if (!chunk || chunk->empty()) break;
        at += std::int64_t(chunk->size());
        tail += *chunk;
        found = tail.find(phrase) != std::string::npos;
        tail.erase(0, tail.size() - std::min(tail.size(), phrase.size() - 1));
    }
    (void)files.close(*file); // it was only read
    return found;
}

// What a request left behind, before anybody asked for its tokens.
struct LeftBehind {
    Messages messages;
    std::string reply;
    std::string reasoning;
    std::optional<std::int64_t> predicted; // tokens generated, the stop token included
    int run = 0;
    int run_attempt = 0;
    std::string by;
};

struct TargetMemory {
    std::optional<LeftBehind> left;
    bool foreign = true; // not started by the sweep: what it held before is anybody's
    MemoryHints hints;
    std::shared_ptr<PromptReader> reader;
    std::string borrowed; // the target whose reader it is; empty: its own
    std::string given_up; // why it is not asked any more
    int failures = 0;
};

struct Sent {
    std::string tag;
    std::string sha256;
    bool cache_prompt = true;
};

class Explainer {
public:
    Explainer(FileOps& files, Clock& clock, const ExplainRequest& request, const CancelFlag& cancel)
        : m_files(files)
        , m_clock(clock)
        , m_request(request)
        , m_cancel(cancel)
        , m_began(clock.monotonicNs()) {}

    void take(const JournalLine& line) {
        m_store.apply(line);
        if (m_cancel) return;
        if (line.type == "session") sessionLine(*line.body);
        else if (line.type == "plan") planLine();
        else if (line.type == "note") noteLine(*line.body);
        else if (line.type == "warmup") warmupLine(*line.body);
        else if (line.type == "run_start") m_run.reset();
        else if (line.type == "turn_start")
            m_sent = Sent{textField(*line.body, "tag").value_or(kNeutralTag),
                          textField(*line.body, "prompt_sha256").value_or(std::string()),
                          !line.body->contains("cache_prompt") || (*line.body)["cache_prompt"] != false};
        else if (line.type == "turn_done" || line.type == "turn_fail") turnLine(*line.body);
    }

    SessionExplanations finish() {
        for (auto& [id, memory] : m_targets) {
            if (!memory.given_up.empty()) m_out.absent.push_back("target " + id + ": " + memory.given_up);
            else if (memory.reader && memory.borrowed.empty()) // what is promised has no count to be held against
                predict(id, memory);
        }
        return std::move(m_out);
    }

private:
    bool outOfTime() const { return m_request.most_ns > 0 && m_clock.monotonicNs() - m_began > m_request.most_ns; }

    void sessionLine(const Json& line) {
        const auto targets = line.find("targets");
        if (targets == line.end() || !targets->is_array()) return;
        for (const Json& facts : *targets) {
            const auto id = facts.is_object() ? textField(facts, "id") : std::nullopt;
            if (!id ||
                (textField(facts, "kind") != std::string(name(TargetKind::LlamaServer)) && m_request.sources.count(*id) == 0))
                continue;
            TargetMemory& memory = m_targets[*id];
            memory.foreign = !(facts.contains("managed") && facts["managed"] == true);
            if (!memory.foreign) memory.left.reset(); // a new process
            memory.hints.may_have_restarted = memory.left.has_value();
            // The scripted server caches by the byte and has no vocabulary: an account of it would be of
            // nothing.
            if (simulatedFact(facts).value_or(namedSimulated(textField(facts, "version").value_or(std::string()))))
                memory.given_up = "a simulated server has no vocabulary to explain";
            if (const auto slots = countField(facts, "slots")) memory.hints.slots = *slots;
        }
    }

    void planLine() {
        if (!m_store.plan()) return;
        const bool lostWindow =
            onlyManaged(*m_store.plan()) && fileHas(m_files, SessionPaths(m_request.folder).runtimeLog(), kFullReread);
        for (const Target& target : m_store.plan()->targets) {
            const auto source = m_request.sources.find(target.id);
            if (target.kind != TargetKind::LlamaServer && source == m_request.sources.end()) continue;
            TargetMemory& memory = m_targets[target.id];
            const auto args = target.managed ? target.managed->args : std::vector<std::string>{};
            const auto flag = std::find(args.begin(), args.end(), "--cache-ram");
            memory.hints.ram_cache = flag == args.end() || std::next(flag) == args.end() || *std::next(flag) != "0";
            memory.hints.lost_window = target.managed && lostWindow;
            if (source == m_request.sources.end()) continue;
            memory.borrowed = source->second.borrowed;
            if (!source->second.reader && memory.given_up.empty()) memory.given_up = source->second.why;
            else if (memory.given_up.empty()) memory.reader = source->second.reader;
        }
    }

    // All managed targets write into one log: with two of them nobody can say whose line it is.
    static bool onlyManaged(const Plan& plan) {
        return std::count_if(plan.targets.begin(), plan.targets.end(),
                             [](const Target& target) { return target.managed && target.kind == TargetKind::LlamaServer; }) == 1;
    }

    void noteLine(const Json& line) {
        const auto kind = textField(line, "kind");
        auto named = textField(line, "target");
        if (!named) named = targetNamedIn(textField(line, "text").value_or(std::string()));
        for (auto& [id, memory] : m_targets) {
            if (named && *named != id) continue;
            if (kind == "server_restart" && !memory.foreign) memory.left.reset();
            if (kind == "target_back") memory.hints.may_have_restarted = true;
        }
    }

    // Of journals whose notes have no member for the target: "the server of ID was lost ...".
    std::optional<std::string> targetNamedIn(const std::string& text) const {
        if (!m_store.plan()) return std::nullopt;
        for (const Target& target : m_store.plan()->targets)
            if (text.rfind("the server of " + target.id + " was lost", 0) == 0) return target.id;
        return std::nullopt;
    }

    void warmupLine(const Json& line) {
        const auto memory = m_targets.find(textField(line, "target").value_or(std::string()));
        if (memory == m_targets.end()) return;
        LeftBehind left;
        left.messages = warmupMessages();
        left.by = "the warm-up";
        memory->second.left = std::move(left);
    }

    void turnLine(const Json& line) {
        const auto sent = std::exchange(m_sent, std::nullopt);
        const auto record = readRecord(line);
        if (!record || !sent || !m_store.plan()) return;
        const auto memory = m_targets.find(record->target);
        if (memory == m_targets.end()) return;
        if (!m_run || m_runKey != std::pair(record->run, record->run_attempt)) {
            m_run.emplace(*record, *m_store.plan(), m_request.pack);
            m_runKey = {record->run, record->run_attempt};
        }
        const bool asked = record->outcome == Outcome::Ok && m_request.sources.count(record->target) > 0;
        if (!m_run->known()) {
            if (asked) leaveOut(*record, "the prompt cannot be made again: the task pack or the design is not known");
            return;
        }
        LeftBehind left;
        left.messages = m_run->prompt(record->turn, sent->tag);
        left.reply = getBytes(line, "reply").value_or(std::string());
        left.reasoning = getBytes(line, "reasoning").value_or(std::string());
        left.predicted = record->predicted_tokens;
        left.run = record->run;
        left.run_attempt = record->run_attempt;
        left.by = "turn " + std::to_string(record->turn) + " of run " + std::to_string(record->run);
        if (record->stratum == "load") memory->second.hints.may_have_restarted = true; // what was loaded for it held nothing
        if (record->outcome == Outcome::Ok) {
            if (memory->second.reader && memory->second.given_up.empty()) explain(*record, *sent, left, memory->second);
            else if (asked) leaveOut(*record, memory->second.given_up);
            m_run->answered(record->turn, left.reply, getBytes(line, "state"));
        }
        memory->second.hints.may_have_restarted = false;
        // A request that was refused or never arrived left the slot as it was; one that was cut was answered.
        const bool refused = record->outcome == Outcome::Overflow && !record->prompt_truncated.value_or(false);
        const bool untouched =
            record->outcome == Outcome::HttpError || record->outcome == Outcome::TimeoutConnect || refused || !record->t_sent_ns;
        if (!untouched) memory->second.left = std::move(left);
    }

    static void identify(TurnExplanation& account, const TurnRecord& record) {
        account.target = record.target;
        account.cell = record.cell;
        account.design = record.design;
        account.run = record.run;
        account.run_attempt = record.run_attempt;
        account.turn = record.turn;
    }

    // In the list all the same: who counts the explained ones must see how many there were.
    void leaveOut(const TurnRecord& record, const std::string& why) {
        TurnExplanation account;
        account.absent = why;
        identify(account, record);
        m_out.turns.push_back(std::move(account));
    }

    void explain(const TurnRecord& record, const Sent& sent, const LeftBehind& now, TargetMemory& memory) {
        if (outOfTime()) return leaveOut(record, "the time for explanations was over; looptax explain SESSION makes them all");
        if (m_request.progress && m_out.turns.size() % 20 == 0) {
            m_request.progress("explaining what was read anew: " + std::to_string(m_out.turns.size()) + " turns");
        }
        auto asked = ask(record, sent, now, memory);
        if (!asked) {
            failed(asked.error(), memory);
            return leaveOut(record, asked.error().text());
        }
        memory.failures = 0;
        TurnExplanation account = asked.take();
        if (!account.absent.empty()) return leaveOut(record, account.absent);
        if (!memory.borrowed.empty() && record.prompt_tokens != account.prompt_tokens)
            return leaveOut(record, "target " + memory.borrowed + ", which cut the prompt, counts " +
                                        std::to_string(account.prompt_tokens) + " tokens in it, its own runtime " +
                                        (record.prompt_tokens ? std::to_string(*record.prompt_tokens) : std::string("none")) +
                                        ": another model or template");
        account.prompt_proved = isPromptOf(now.messages, sent.sha256);
        if (!account.prompt_proved)
            return leaveOut(record, "the prompt that was sent cannot be made again: the task pack or the design has "
                                    "changed since");
        identify(account, record);
        m_out.turns.push_back(std::move(account));
    }

    Result<TurnExplanation> ask(const TurnRecord& record, const Sent& sent, const LeftBehind& now, TargetMemory& memory) {
        AskedPrompt asked;
        asked.messages = now.messages;
        asked.cache_prompt = sent.cache_prompt;
        asked.prompt_tokens = record.prompt_tokens;
        asked.cached = record.cached_tokens;
        asked.processed = record.processed_tokens;
        auto rendered = memory.reader->render(now.messages);
        if (!rendered) return rendered.error();
        asked.rendered = rendered.take();
        auto tokens = memory.reader->prompt(asked.rendered);
        if (!tokens) return tokens.error();
        asked.tokens = tokens.take();
        if (!memory.left || !sent.cache_prompt) {
            if (sent.cache_prompt && memory.foreign)
                return Error{ErrorKind::Protocol, "what the slot held before this session is not known", {}, {}, 0};
            return explainTurn(asked, nullptr, memory.hints);
        }
        auto held = heldBy(*memory.left, *memory.reader);
        if (!held) return held.error();
        held->same_run = memory.left->run == record.run && memory.left->run_attempt == record.run_attempt;
        return explainTurn(asked, &*held, memory.hints);
    }

    Result<HeldPrompt> heldBy(const LeftBehind& left, PromptReader& reader) {
        HeldPrompt held;
        held.by = left.by;
        held.messages = left.messages;
        auto rendered = reader.render(left.messages);
        if (!rendered) return rendered.error();
        held.rendered = rendered.take();
        auto prompt = reader.prompt(held.rendered);
        if (!prompt) return prompt.error();
        held.prompt = prompt.take();
        std::string said = left.reply;
        if (!left.reasoning.empty()) said = "<think>\n" + left.reasoning + "\n</think>\n\n" + said;
        if (said.empty()) return held;
        auto generated = reader.text(said);
        if (!generated) return generated.error();
        held.generated = generated.take();
        // The last generated token was sampled and never computed. A reply that ended by itself has the stop
        // token for it, which is not in the text; one that was cut off has its own last.
        const auto computed =
            left.predicted ? std::max<std::int64_t>(0, *left.predicted - 1) : std::int64_t(held.generated.size());
        if (std::int64_t(held.generated.size()) > computed) held.generated.resize(std::size_t(computed));
        return held;
    }

    void failed(const Error& error, TargetMemory& memory) {
        const bool missing = error.code == 404 || error.code == 501 || error.kind == ErrorKind::Unreachable;
        if (error.kind == ErrorKind::Protocol && (error.code == 0 || error.code == 200) && !missing) return; // of this turn alone
        if (!missing && ++memory.failures < kMostFailures) return;
        memory.given_up = error.text();
    }

    void predict(const std::string& id, TargetMemory& memory) {
        const auto stop = [&] { return bool(m_cancel) || outOfTime(); };
        auto loops = predictLoops(*m_store.plan(), m_request.pack, *memory.reader, stop);
        if (!loops) {
            m_out.absent.push_back(
                "target " + id + ": what other designs would read was not worked out: " +
                (outOfTime() ? "the time for explanations was over; looptax explain SESSION makes it" : loops.error().text()));
            return;
        }
        for (PredictedLoop& loop : *loops) {
            loop.target = id;
            m_out.loops.push_back(std::move(loop));
        }
    }

    FileOps& m_files;
    Clock& m_clock;
    const ExplainRequest& m_request;
    const CancelFlag& m_cancel;
    std::int64_t m_began;
    RecordStore m_store;
    std::map<std::string, TargetMemory> m_targets;
    std::optional<RunReplay> m_run;
    std::pair<int, int> m_runKey;
    std::optional<Sent> m_sent;
    SessionExplanations m_out;
};

} // namespace

Result<SessionExplanations> explainSession(FileOps& files, Clock& clock, const ExplainRequest& request,
                                           const CancelFlag& cancel) {
    Explainer explainer(files, clock, request, cancel);
    const auto read =
        readJournal(files, SessionPaths(request.folder).journal(), [&](const JournalLine& line) { explainer.take(line); });
    if (!read) return read.error();
    SessionExplanations all = explainer.finish();
    if (cancel) return Error{ErrorKind::Cancelled, "stopped before all turns were explained", request.folder, {}, 0};
    return all;
}

Status writeExplanationsFile(FileOps& files, const std::string& folder, const SessionExplanations& all) {
    return replaceFile(files, SessionPaths(folder).explanations(), writeExplanations(all));
}

Result<SessionExplanations> loadExplanations(FileOps& files, const std::string& folder) {
    const std::string path = SessionPaths(folder).explanations();
    if (!files.exists(path)) return SessionExplanations{};
    const auto text = readFile(files, path);
    if (!text) return text.error();
    return readExplanations(*text);
}

} // namespace looptax
