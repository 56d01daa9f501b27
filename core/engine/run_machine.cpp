#include "engine/run_machine.h"

#include "base/bytes_json.h"
#include "base/hash.h"
#include "base/json_append.h"
#include "base/json_read.h"
#include "base/seeded_random.h"
#include "base/short_slice.h"
#include "base/text.h"
#include "base/words.h"
#include "engine/facts_json.h"
#include "engine/token_budget.h"
#include "record/record_json.h"
#include "record/record_store.h"
#include "store/turn_texts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace looptax {

namespace {

constexpr int kMaxBusy = 3;                          // sends more after 429/503
constexpr std::int64_t kSuspendedNs = 1'000'000'000; // boot time ran this much ahead: the machine slept
constexpr std::int64_t kStarvedNs = 1'000'000;       // less is what a busy machine always does
constexpr std::array<std::int64_t, 3> kRetryWaitsMs{1'000, 4'000, 15'000};

} // namespace

RunMachine::RunMachine(RunContext context) : m_context(std::move(context)) {
    const ScheduledRun& run = m_context.run;
    LoopSettings settings;
    settings.n = run.n;
    settings.cap = run.cap;
    settings.padding = run.padding;
    settings.format = m_context.plan.reply.format;
    settings.on_bad_turn = m_context.plan.on_bad_turn;
    settings.task_seed = m_context.plan.task.seed;
    m_design = makeLoopDesign(run.design, m_context.pack, settings);
    m_runTag = kNeutralTag;
    if (run.cache_mode == CacheMode::RunIsolated && !m_context.can_switch_cache) m_runTag = systemRandomHex(8);
}

RunMachine::~RunMachine() = default;

RunEnd RunMachine::run() {
    const ScheduledRun& run = m_context.run;
    Json start;
    start["run"] = run.run;
    start["run_attempt"] = m_context.run_attempt;
    start["cell"] = run.cell;
    start["target"] = m_context.plan.targets[std::size_t(run.target)].id;
    start["block_index"] = run.repeat;
    start["repeat"] = run.repeat;
    start["tag"] = m_runTag;
    if (!append("run_start", start, Durability::Buffered)) return m_end;

    if (const auto initial = m_design->initialState()) {
        m_stateFile =
            std::make_unique<StateFile>(m_context.files, m_context.clock,
                                        joinPath(m_context.state_folder, "run" + std::to_string(run.run) + "-" +
                                                                             std::to_string(m_context.run_attempt) + ".json"));
        const auto replaced = m_stateFile->write(*initial);
        if (!replaced) {
            storageFailed(replaced.error());
            return m_end;
        }
        m_replaceMs = *replaced;
    }
    turns();
    tell();
    if (m_end.storage) return m_end;
    whoAnswersNow();
    Json end;
    end["run"] = run.run;
    end["run_attempt"] = m_context.run_attempt;
    end["run_outcome"] = std::string(name(m_end.outcome));
    end["reason"] = m_end.reason;
    append("run_end", end, Durability::Synced);
    return m_end;
}

// Turn after turn, until the last one is on record or something ends the run; m_end says what.
void RunMachine::turns() {
    for (;;) {
        if (prepare() == StepEnd::StorageFailed) return;
        StepEnd sent = send();
        while (sent == StepEnd::Busy) {
            const StepEnd waited = wait();
            if (waited == StepEnd::StorageFailed) return;
            sent = waited == StepEnd::StopAsked ? StepEnd::Failed : send();
        }
        if (sent == StepEnd::StorageFailed) return;
        if (sent == StepEnd::Done) judge();
        if (recordTurn() != StepEnd::Done) return;
        StepEnd next = advance();
        if (next == StepEnd::PauseAsked && pause() == StepEnd::Done) next = StepEnd::MoreTurns;
        if (next != StepEnd::MoreTurns) return;
    }
}

std::string RunMachine::tag() {
    if (m_context.run.cache_mode == CacheMode::Cold && !m_context.can_switch_cache) return systemRandomHex(8);
    return m_runTag;
}

RunMachine::StepEnd RunMachine::prepare() {
    const Plan& plan = m_context.plan;
    m_record = TurnRecord{};
    m_sendAttempt = 1;
    m_busySends = 0;
    m_retryWaitMs = 0;
    m_stateText.reset();
    if (m_stateFile) {
        // What is fed in is what stands on the disk, as a loop of the user's own would read it.
        const auto text = m_stateFile->read();
        if (!text) return storageFailed(text.error());
        m_stateText = text->text;
        m_record.state_file_bytes = text->bytes;
        m_record.state_replace_ms = m_replaceMs;
    }
    m_request = ChatRequest{};
    m_request.messages = m_design->messages(m_turn, tag(), m_stateText);
    m_request.model = m_context.model;
    m_request.sampling = plan.sampling;
    m_request.seed = requestSeed(plan.sampling, m_context.run.repeat);
    m_request.format = plan.reply.format;
    if (plan.reply.format == ReplyFormat::JsonSchema)
        m_request.schema_json = replySchemaJson(*catalogue().design(m_context.run.design), *m_context.pack);
    m_request.thinking = plan.reply.thinking;
    m_request.context_tokens = plan.context_tokens;
    m_request.max_tokens =
        plan.reply.max_tokens.value_or(maxTokensFor(m_design->expectedReplyChars(m_turn), plan.reply.thinking));
    if (m_context.can_switch_cache) {
        const CacheMode mode = m_context.run.cache_mode;
        m_request.cache_prompt = mode == CacheMode::Natural || (mode == CacheMode::RunIsolated && m_turn > 1);
    }
    for (const Message& message : m_request.messages) m_record.prompt_chars += codePoints(message.content);
    m_record.context_tokens_estimate = m_record.prompt_chars / 4;
    m_record.max_tokens = m_request.max_tokens;
    identify(m_record);
    return StepEnd::Done;
}

void RunMachine::identify(TurnRecord& record) const {
    const ScheduledRun& run = m_context.run;
    record.session = m_context.session;
    record.run = run.run;
    record.run_attempt = m_context.run_attempt;
    record.cell = run.cell;
    record.target = m_context.plan.targets[std::size_t(run.target)].id;
    record.model = m_context.model;
    record.design = run.design;
    record.n = run.n;
    record.padding = run.padding;
    record.cap = run.cap;
    record.cache_mode = run.cache_mode;
    record.repeat = run.repeat;
    record.turn = m_turn;
    record.seed = m_request.seed;
    // Turn 1 of a natural run depends on what ran before it: not comparable, so marked.
    record.carry_over = run.cache_mode == CacheMode::Natural && m_turn == 1;
}

RunMachine::StepEnd RunMachine::send() {
    const std::string prompt = promptText(m_request.messages);
    Json start;
    start["run"] = m_context.run.run;
    start["run_attempt"] = m_context.run_attempt;
    start["turn"] = m_turn;
    start["send_attempt"] = m_sendAttempt;
    start["seed"] = orNull(m_request.seed);
    start["max_tokens"] = m_request.max_tokens;
    start["cache_prompt"] = orNull(m_request.cache_prompt);
    start["tag"] = m_request.messages.front().content.substr(0, 8);
    start["prompt_chars"] = m_record.prompt_chars;
    start["prompt_sha256"] = sha256Hex(prompt);
    m_written.state = m_stateText.value_or(std::string());
    m_promptSize = PromptCheck::sizeOf(m_request.messages, m_written);
    // What a resume learns from: later turns are held against those that passed.
    if (m_promptSize.plain()) start["prompt_size"] = m_promptSize.all;
    // The disk has had the turn before while this one was prepared.
    if (!sync()) return StepEnd::StorageFailed;
    auto begun = write("turn_start", std::move(start), Durability::Buffered);
    if (!begun) return StepEnd::StorageFailed;
    m_untold.push_back(std::move(*begun));

    m_recorder = std::make_unique<TurnRecorder>(m_context.live);
    // Whoever listens takes its time: not out of the gap between two turns, but while the runtime has something to do.
    m_recorder->atSent([this] { tell(); });
    const std::int64_t sleptBefore = m_context.clock.boottimeNs() - m_context.clock.monotonicNs();
    if (m_context.host != nullptr) m_context.host->begin();
    m_context.clock.watchStops();
    const std::int64_t ready = m_context.clock.monotonicNs();
    m_record.t_wall = isoUtc(m_context.clock.wallMs());
    // Only until the first piece came: what runs in short turns is put behind the others as soon as it has something to do.
    std::optional<ShortSlice> soonAwake(std::in_place);
    m_recorder->atFirstDelta([&soonAwake] { soonAwake.reset(); });
    m_chatEnd = m_context.client.chat(m_request, *m_recorder, m_context.control.cut);
    soonAwake.reset();
    if (m_context.host != nullptr) m_context.host->end();
    tell(); // where nothing could be sent
    const std::int64_t stopped = m_context.clock.stoppedNs();
    const std::int64_t slept = m_context.clock.boottimeNs() - m_context.clock.monotonicNs() - sleptBefore;
    m_recorder->setTexts(m_context.client.withoutApiKey(m_recorder->content()),
                         m_context.client.withoutApiKey(m_recorder->reasoning()));

    m_record.send_attempt = m_sendAttempt;
    if (m_retryWaitMs > 0) m_record.retry_wait_ms = m_retryWaitMs;
    if ((slept > kSuspendedNs || stopped > 0) && m_chatEnd.outcome != Outcome::Cancelled) {
        const std::string was = m_chatEnd.outcome == Outcome::Ok
                                    ? ""
                                    : "; it ended as " + std::string(name(m_chatEnd.outcome)) + ": " + m_chatEnd.error_text;
        m_chatEnd.outcome = Outcome::Suspended;
        m_chatEnd.error_text =
            (slept > kSuspendedNs ? "the machine slept for " + fixedText(double(slept) / 1e9, 1)
                                  : "the program was stopped for about " + fixedText(double(stopped) / 1e9, 1)) +
            " s during the turn" + was;
    }
    if (const auto generated = m_chatEnd.counts.predicted_tokens; generated && *generated > m_request.max_tokens + 1)
        m_chatEnd.warnings.push_back("the server ignored max_tokens " + std::to_string(m_request.max_tokens) + " and generated " +
                                     std::to_string(*generated) + " tokens");
    if (m_chatEnd.outcome == Outcome::Ok && m_context.watch != nullptr) whoAnswered();
    // Before the record is made: a turn that is not ok has neither a decode rate nor a judgement.
    m_promptTruncated.reset();
    m_promptTokens.reset();
    if (m_chatEnd.outcome == Outcome::Ok && m_context.watch != nullptr && !wasPromptWhole()) return StepEnd::StorageFailed;
    m_recorder->finish(m_chatEnd, m_record);
    if (m_context.host != nullptr) m_context.host->judge(m_record);
    m_record.prompt_truncated = m_promptTruncated;
    if (!m_record.stream.empty() && m_context.watch != nullptr && m_context.watch->streams.insert(m_record.stream).second)
        if (const auto note = streamNote(m_record))
            if (!append("note", *note, Durability::Buffered)) return StepEnd::StorageFailed;
    // The requests of a run carry the same fields until one is refused.
    if (m_chatEnd.outcome == Outcome::Ok && m_context.watch != nullptr && (m_turn == 1 || m_sendAttempt > 1))
        if (const auto note = sentNote(m_record.target, m_context.plan, m_chatEnd, m_context.watch->sent))
            if (!append("note", *note, Durability::Buffered)) return StepEnd::StorageFailed;
    // A seed that the server refuses is in no request.
    if (!m_chatEnd.sent.empty() && m_chatEnd.sent.find("\"seed\":") == std::string::npos) m_record.seed.reset();
    m_reconnected = m_reconnected || m_record.connect_ms;
    if (const auto sent = m_recorder->sentNs()) {
        const auto connectNs = std::int64_t(m_record.connect_ms.value_or(0) * 1e6);
        m_record.send_lag_ns = std::max<std::int64_t>(0, *sent - ready - connectNs);
        if (m_previousEnd) m_record.gap_before_ns = *sent - *m_previousEnd - m_pausedNs;
    }
    if (m_sendAttempt == 1) m_firstSentNs = m_recorder->sentNs().value_or(ready);
    if (!m_recorder->sawOutput() && !m_chatEnd.refused_field.empty()) return StepEnd::Busy;
    if (m_chatEnd.busy && !m_recorder->sawOutput() && m_busySends < kMaxBusy) {
        const std::int64_t leftMs = m_context.plan.deadlines.total - (m_context.clock.monotonicNs() - m_firstSentNs) / 1'000'000;
        if (busyWaitMs() <= leftMs) return StepEnd::Busy;
        m_chatEnd.error_text += std::string("; ") +
                                (m_chatEnd.retry_after_ms ? "the server asks to wait " : "waiting again would take ") +
                                secondsText(busyWaitMs()) + ", more than the " + secondsText(std::max<std::int64_t>(0, leftMs)) +
                                " that are left of the turn's total deadline";
    }
    return m_chatEnd.outcome == Outcome::Ok ? StepEnd::Done : StepEnd::Failed;
}

void RunMachine::whoAnswered() {
    IdentityChanges changes = m_context.watch->identity.compare(m_chatEnd);
    const std::string target = "target " + m_record.target + " ";
    for (const std::string& soft : changes.soft) m_chatEnd.warnings.push_back(target + soft);
    const bool first = m_context.first_after_resume && m_turn == 1;
    const bool softCounts = first && m_context.refuse_changed_build && changes.hard.empty();
    if (const auto& refused = softCounts ? changes.soft : changes.hard; !refused.empty()) {
        m_chatEnd.outcome = Outcome::Protocol;
        m_chatEnd.error_text = target + joined(refused, "; it ");
        m_staysOpen = first;
    }
    if (first) m_end.changes = std::move(changes);
}

bool RunMachine::wasPromptWhole() {
    PromptCheck& prompts = m_context.watch->prompts;
    PromptFinding found = prompts.judge(m_context.run.design, m_request.messages, m_promptSize, m_chatEnd.counts, m_promptBefore);
    prompts.sent(m_request.messages, m_recorder->content());
    m_promptTruncated = found.truncated;
    m_promptTokens = found.whole;
    // Where the server can count without generating, it settles a suspicion, and tells of a prompt longer than those it has
    // told of; the time for that lies in no gap. Other servers than llama-server may not know the route: only where need is.
    const bool suspected = found.truncated.value_or(false);
    const bool llama = m_context.plan.targets[std::size_t(m_context.run.target)].kind == TargetKind::LlamaServer;
    const bool other = !found.disagree.empty(); // it counts another thing, as it seems
    const auto sayOther = [&] {
        std::string& disagree = m_chatEnd.counts.disagree;
        if (!found.disagree.empty()) disagree += (disagree.empty() ? "" : "; ") + found.disagree;
        return true;
    };
    if (!suspected && !(llama && (other || (found.truncated && !prompts.isConfirmed(m_promptSize))))) return sayOther();
    const std::int64_t asked = m_context.clock.monotonicNs();
    const auto counted = m_context.client.countPrompt(m_request, m_context.control.cut);
    m_settledNs = m_context.clock.monotonicNs() - asked;
    const std::int64_t tokens = *m_chatEnd.counts.prompt_tokens;
    if (counted) {
        found.why = "the runtime counts " + std::to_string(tokens) + " tokens in a prompt of which its own tokenizer makes " +
                    std::to_string(*counted);
        if (!PromptCheck::fewer(tokens, *counted)) {
            m_promptTruncated = false;
            m_promptTokens = tokens;
            found.disagree.clear();
            prompts.confirmed(m_promptSize);
        } else if (!other) {
            m_promptTruncated = true;
        }
    }
    if (!suspected && !m_promptTruncated.value_or(false)) return sayOther();
    Json note;
    note["kind"] = "prompt_check";
    note["target"] = m_record.target;
    note["run"] = m_context.run.run;
    note["run_attempt"] = m_context.run_attempt;
    note["turn"] = m_turn;
    note["prompt_tokens"] = tokens;
    if (counted) note["counted_tokens"] = *counted;
    const std::string turn =
        m_record.target + ", run " + std::to_string(m_context.run.run) + ", turn " + std::to_string(m_turn) + ": ";
    note["text"] = turn + found.why + (*m_promptTruncated ? ": it dropped the rest without a word" : ": the prompt was whole");
    if (*m_promptTruncated) {
        m_promptTokens.reset();
        m_chatEnd.outcome = Outcome::Overflow;
        m_chatEnd.error_text = found.why + ": it dropped the rest without a word; give it a larger context";
    }
    return append("note", note, Durability::Buffered);
}

// A server that was started again lost the connection. What it serves now is asked after the run, where nothing is timed:
// a reply may go on naming the model that was requested.
void RunMachine::whoAnswersNow() {
    if (!m_reconnected || !m_context.facts || m_context.watch == nullptr || m_end.outcome == RunOutcome::Failed) return;
    const auto facts = m_context.facts();
    if (!facts) return; // nobody can say; the next turn finds out
    const IdentityChanges changes = m_context.watch->identity.compare(*facts);
    const std::string target = "target " + m_context.plan.targets[std::size_t(m_context.run.target)].id + " ";
    if (!changes.soft.empty()) {
        Json note;
        note["kind"] = "runtime_changed";
        note["target"] = m_context.plan.targets[std::size_t(m_context.run.target)].id;
        note["run"] = m_context.run.run;
        note["text"] = target + joined(changes.soft, "; it ");
        if (!append("note", note, Durability::Buffered)) return;
    }
    if (changes.hard.empty()) return;
    m_end.outcome = RunOutcome::Failed;
    m_end.reason = target + joined(changes.hard, "; it ");
}

// Never sooner than the server asks; longer where it asks for no time, or for the same short one again and again.
std::int64_t RunMachine::busyWaitMs() const {
    return std::max(m_chatEnd.retry_after_ms.value_or(0), kRetryWaitsMs[std::size_t(m_busySends)]);
}

RunMachine::StepEnd RunMachine::wait() {
    if (!m_chatEnd.refused_field.empty()) {
        Json note = refusedNote(m_record.target, m_chatEnd);
        note["run"] = m_context.run.run;
        note["run_attempt"] = m_context.run_attempt;
        note["turn"] = m_turn;
        note["send_attempt"] = m_sendAttempt;
        if (!append("note", note, Durability::Buffered)) return StepEnd::StorageFailed;
        ++m_sendAttempt;
        return StepEnd::Done;
    }
    const std::int64_t waitMs = busyWaitMs();
    Json note;
    note["kind"] = "busy_wait";
    note["run"] = m_context.run.run;
    note["run_attempt"] = m_context.run_attempt;
    note["turn"] = m_turn;
    note["send_attempt"] = m_sendAttempt;
    note["http_status"] = m_chatEnd.http_status;
    note["wait_ms"] = waitMs;
    if (m_chatEnd.retry_after_ms) note["retry_after_ms"] = *m_chatEnd.retry_after_ms;
    note["text"] = "the runtime is busy (HTTP " + std::to_string(m_chatEnd.http_status) + ")" +
                   (m_chatEnd.retry_after_ms ? " and asks to wait " + secondsText(*m_chatEnd.retry_after_ms) : "") +
                   ", waiting " + std::to_string(waitMs) + " ms before sending turn " + std::to_string(m_turn) + " again";
    if (!append("note", note, Durability::Buffered)) return StepEnd::StorageFailed;
    const std::int64_t until = m_context.clock.monotonicNs() + waitMs * 1'000'000;
    for (std::int64_t left = waitMs * 1'000'000; left > 0; left = until - m_context.clock.monotonicNs()) {
        // No request is in flight: what waits for the end of the turn need not wait for this.
        if (m_context.control.cut || m_context.control.finish || m_context.control.skip) {
            m_record.outcome = m_chatEnd.outcome = Outcome::Cancelled;
            m_chatEnd.error_text = "stopped while the runtime was busy";
            return StepEnd::StopAsked;
        }
        m_context.clock.sleepNs(std::min(left, kSliceNs));
    }
    m_retryWaitMs += double(waitMs);
    ++m_busySends;
    ++m_sendAttempt;
    return StepEnd::Done;
}

void RunMachine::judge() {
    const std::string& reply = m_recorder->content();
    Expectation expected = m_design->expectation(m_turn, m_stateText);
    expected.hit_max_tokens = m_record.hit_max_tokens.value_or(false);
    m_judgement = checkReply(reply, expected);
    m_record.valid_json = m_judgement.valid_json;
    m_record.schema_ok = m_judgement.schema_ok;
    m_record.count_match = m_judgement.count_match;
    m_record.entries_complete = m_judgement.entries_complete;
    m_record.sort_correct = m_judgement.sort_correct;
    m_record.all_pass = m_judgement.all_pass;
    if (m_stateText) {
        m_record.all_pass_local = m_judgement.all_pass_local;
        m_record.state_diverged = m_judgement.state_diverged;
    } else {
        // Without a state file nothing but the conversation is fed in: both judgements are the same one.
        m_record.all_pass_local = m_judgement.all_pass;
        m_record.state_diverged = false;
    }
    m_record.content_exact = m_judgement.content_exact;
    m_record.duplicate_keys = m_judgement.duplicate_keys;
    m_record.invalid_utf8 = m_judgement.invalid_utf8 || m_chatEnd.invalid_utf8;
    m_record.reasoning_in_content = m_judgement.reasoning_in_content;
    m_record.fence = std::string(name(m_judgement.fence));
    m_record.fail_reason = m_judgement.fail_reason;
    if (reply.empty() && !*m_record.hit_max_tokens) {
        if (m_recorder->sawTool()) m_record.fail_reason = "the reply is a tool call and has no text";
        else if (!m_recorder->reasoning().empty()) m_record.fail_reason = "the reply has thoughts and no answer";
    }
}

RunMachine::StepEnd RunMachine::recordTurn() {
    const bool ok = m_record.outcome == Outcome::Ok;
    const std::string& reply = m_recorder->content();
    if (ok || !reply.empty()) {
        m_record.reply_chars = codePoints(reply);
        m_record.reply_sha256 = sha256Hex(reply);
    }
    if (!ok && m_record.fail_reason.empty()) m_record.fail_reason = m_chatEnd.error_text;
    if (m_context.cache != nullptr && m_record.prompt_chars > 0)
        m_context.cache->judge(m_record, m_request.cache_prompt.has_value(),
                               double(codePoints(m_request.messages.front().content)) / double(m_record.prompt_chars));
    Json line;
    writeRecord(line, m_record);
    if (!m_request.thinking && !m_recorder->reasoning().empty())
        m_chatEnd.warnings.push_back("thinking is off in the plan, but the reply has " +
                                     std::to_string(codePoints(m_recorder->reasoning())) + " characters of thoughts");
    if (!m_request.thinking && m_record.reasoning_in_content.value_or(false))
        m_chatEnd.warnings.emplace_back(
            "thinking is off in the plan, but thoughts stand in the reply; what follows them is judged");
    if (const auto lag = m_record.wake_lag_max_ns; clientStarved(m_record) && *lag >= kStarvedNs)
        m_chatEnd.warnings.push_back("this program got a processor up to " + fixedText(double(*lag) / 1e6, 1) +
                                     " ms after bytes had arrived: the machine is busy");
    if (!m_chatEnd.warnings.empty()) line["warnings"] = m_chatEnd.warnings;
    if (!m_chatEnd.address.empty()) line["address"] = m_chatEnd.address;
    if (m_chatEnd.http_status != 0) line["http_status"] = m_chatEnd.http_status;
    if (m_chatEnd.overflow_prompt_tokens) line["overflow_prompt_tokens"] = *m_chatEnd.overflow_prompt_tokens;
    if (m_chatEnd.overflow_context) line["overflow_context"] = *m_chatEnd.overflow_context;
    std::optional<std::string> next;
    if (ok && m_stateFile) {
        next = m_design->nextState(m_turn, m_judgement);
    }
    putTurnTexts(line, reply, next);
    if (!m_recorder->reasoning().empty()) putBytes(line, "reasoning", m_recorder->reasoning());
    auto done = write(ok ? "turn_done" : "turn_fail", std::move(line), Durability::Begun);
    if (!done) return StepEnd::StorageFailed;
    // Told later: a window that paints the turn would keep the syncs waiting for the processor (3.9 ms instead of 1.4 on two
    // cores).
    m_untold.push_back(std::move(*done));
    m_end.last_turn = m_record.outcome;
    if (!ok) {
        if (!sync()) return StepEnd::StorageFailed;
        m_context.client.dropConnection();
        const bool cancelled = m_record.outcome == Outcome::Cancelled;
        m_end.outcome = cancelled ? RunOutcome::Cancelled : m_staysOpen ? RunOutcome::Interrupted : RunOutcome::Failed;
        m_end.reason = "turn " + std::to_string(m_turn) + ": " + std::string(name(m_record.outcome)) +
                       (m_record.fail_reason.empty() ? "" : ": " + m_record.fail_reason);
        return StepEnd::Failed;
    }
    m_replaceMs.reset();
    if (next) {
        // Journal first: after a crash between the two the journal wins and the state file is rewritten from it.
        if (!sync()) return StepEnd::StorageFailed;
        const auto replaced = m_stateFile->write(*next);
        if (!replaced) return storageFailed(replaced.error());
        m_replaceMs = *replaced;
    }
    m_design->remember(m_turn, reply);
    m_previousEnd = *m_record.t_sent_ns + *m_record.end_ns;
    m_promptBefore.reset();
    m_written.reply_tokens.push_back(m_record.predicted_tokens.value_or(0));
    if (next && m_context.plan.on_bad_turn != OnBadTurn::Oracle) m_written.state_tokens = m_record.predicted_tokens.value_or(0);
    if (m_promptTokens) {
        m_promptBefore = PromptBefore{m_promptSize, *m_promptTokens, !m_stateFile};
        if (m_record.all_pass.value_or(false))
            m_context.watch->prompts.passed(m_context.run.design, m_promptSize, *m_promptTokens);
    }
    m_pausedNs = std::exchange(m_settledNs, 0);
    return StepEnd::Done;
}

RunMachine::StepEnd RunMachine::advance() {
    const StepEnd event = whatNext();
    return event == StepEnd::MoreTurns || sync() ? event : StepEnd::StorageFailed;
}

RunMachine::StepEnd RunMachine::whatNext() {
    if (m_context.plan.on_bad_turn == OnBadTurn::Stop && !m_judgement.all_pass) {
        m_end.outcome = RunOutcome::Stopped;
        m_end.reason = "turn " + std::to_string(m_turn) + " did not pass: " + m_judgement.fail_reason;
        return StepEnd::StopAsked;
    }
    if (m_turn == m_context.run.n) {
        m_end.outcome = RunOutcome::Complete;
        return StepEnd::LastTurn;
    }
    if (m_context.control.cut || m_context.control.finish || m_context.control.skip) {
        m_end.outcome = RunOutcome::Cancelled;
        m_end.reason = m_context.control.skip ? "skipped by the user" : "stopped by the user";
        return StepEnd::StopAsked;
    }
    ++m_turn;
    return m_context.control.pause ? StepEnd::PauseAsked : StepEnd::MoreTurns;
}

RunMachine::StepEnd RunMachine::pause() {
    const std::int64_t began = m_context.clock.monotonicNs();
    tell();
    if (m_context.onPause) m_context.onPause(true);
    while (m_context.control.pause) {
        if (m_context.control.cut || m_context.control.finish || m_context.control.skip) {
            m_end.outcome = RunOutcome::Cancelled;
            m_end.reason = "stopped by the user during a pause";
            return StepEnd::StopAsked;
        }
        m_context.clock.sleepNs(kSliceNs);
    }
    // A connection that idled through a pause may be dead without anybody having been told.
    m_context.client.dropConnection();
    m_pausedNs += m_context.clock.monotonicNs() - began;
    if (m_context.onPause) m_context.onPause(false);
    return StepEnd::Done;
}

RunMachine::StepEnd RunMachine::storageFailed(const Error& error) {
    m_end.outcome = RunOutcome::Failed;
    m_end.reason = error.text();
    m_end.storage = error;
    return StepEnd::StorageFailed;
}

std::optional<JournalLine> RunMachine::write(std::string_view type, Json fields, Durability durability) {
    Json stamped;
    stamped["t"] = isoUtc(m_context.clock.wallMs());
    appendMembers(stamped, std::move(fields));
    auto line = m_context.journal.append(type, std::move(stamped), durability);
    if (!line) {
        storageFailed(line.error());
        return std::nullopt;
    }
    return line.take();
}

bool RunMachine::append(std::string_view type, const Json& fields, Durability durability) {
    auto line = write(type, fields, durability);
    if (line) m_untold.push_back(std::move(*line));
    tell();
    return line.has_value();
}

bool RunMachine::sync() {
    const Status synced = m_context.journal.sync();
    if (!synced) {
        m_untold.clear(); // nobody knows whether they stand
        storageFailed(synced.error());
    }
    return bool(synced);
}

void RunMachine::tell() {
    const std::vector<JournalLine> lines = std::exchange(m_untold, {});
    for (const JournalLine& line : lines)
        if (m_context.onLine) m_context.onLine(line);
}

} // namespace looptax
