#include "replay/record_check.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/stream_kind.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace looptax {

namespace {

constexpr double kRelative = 1e-9;
constexpr double kLoadMs = 1000;

using Stamp = std::optional<std::int64_t>;

class Checker {
public:
    explicit Checker(const TurnRecord& record) : r(record) {}

    void sizes() {
        if (r.context_tokens_estimate != r.prompt_chars / 4)
            say("context_tokens_estimate is " + std::to_string(r.context_tokens_estimate) + ", prompt_chars / 4 is " +
                std::to_string(r.prompt_chars / 4));
    }

    void clocks() {
        const Stamp firstDelta = earliest({r.first_content_ns, r.first_reasoning_ns, r.first_tool_ns});
        const bool buffered = r.stream == kBufferedStream;
        number("ttft_ms", r.ttft_ms, buffered ? std::nullopt : inMs(firstDelta));
        number("ttft_content_ms", r.ttft_content_ms, buffered ? std::nullopt : inMs(r.first_content_ns));
        ordered("headers_ns", r.headers_ns, "first_event_ns", r.first_event_ns);
        ordered("first_event_ns", r.first_event_ns, "the first delta", firstDelta);
        ordered("first_content_ns", r.first_content_ns, "last_content_ns", r.last_content_ns);
        ordered("last_content_ns", r.last_content_ns, "end_ns", r.end_ns);
        for (const Stamp& stamp : {r.headers_ns, r.first_event_ns, firstDelta, r.end_ns})
            if (stamp && *stamp < 0) {
                say("something was received before t_sent_ns");
                break;
            }
    }

    void stamps() {
        if (r.first_delta_shared && r.first_read_deltas && *r.first_delta_shared != (*r.first_read_deltas > 1))
            say("first_delta_shared is not what first_read_deltas says");
        if (!r.stamp_source.empty() && r.stamp_source != "kernel" && r.stamp_source != "user" && r.stamp_source != "mixed")
            say("stamp_source is " + r.stamp_source + ", which is none");
        if (r.wake_lag_ns && *r.wake_lag_ns < 0) say("wake_lag_ns is below 0");
        if (r.wake_lag_ns && r.wake_lag_max_ns && *r.wake_lag_max_ns < *r.wake_lag_ns)
            say("wake_lag_max_ns is less than wake_lag_ns");
    }

    void machine() {
        if (r.disturbed.value_or(false) == r.disturbed_by.empty())
            say(r.disturbed_by.empty() ? "disturbed is true, but nothing says by what"
                                       : "disturbed_by is given, but disturbed is not true");
    }

    void rates() {
        const std::int64_t n = r.predicted_tokens.value_or(0);
        // The record keeps the last content stamp alone, so only a reply of content alone can be worked out
        // again.
        const bool contentOnly = !r.first_reasoning_ns && !r.first_tool_ns;
        if (r.delta_count && contentOnly && r.outcome == Outcome::Ok) {
            StreamShape shape{r.predicted_tokens,
                              r.reply_chars.value_or(0),
                              *r.delta_count,
                              r.delta_reads.value_or(0),
                              r.first_read_deltas.value_or(0),
                              0,
                              r.first_content_ns.value_or(0),
                              r.last_content_ns.value_or(0),
                              r.end_ns.value_or(0),
                              r.predicted_ms,
                              r.wake_lag_max_ns.value_or(0)};
            if (r.stream != streamKind(shape))
                say("stream is " + r.stream + ", its counts and stamps give " + std::string(streamKind(shape)));
            number("decode_tps", r.decode_tps, decodeRate(shape));
        } else if (r.decode_tps && contentOnly && r.first_content_ns && r.last_content_ns) {
            const double seconds = double(*r.last_content_ns - *r.first_content_ns) / 1e9;
            if (n > 1 && seconds > 0) number("decode_tps", r.decode_tps, double(n - 1) / seconds);
            else say("decode_tps is given, but there is nothing to work it out from");
        }
        if (r.decode_tps_runtime) {
            if (n > 1 && r.predicted_ms.value_or(0) > 0)
                number("decode_tps_runtime", r.decode_tps_runtime, double(n - 1) / (*r.predicted_ms / 1e3));
            else say("decode_tps_runtime is given, but there is nothing to work it out from");
        }
        if (r.outcome != Outcome::Ok && r.decode_tps) say("a turn that is not ok has a decode rate");
        if (r.outcome != Outcome::Ok && !r.stream.empty()) say("a turn that is not ok has a kind of stream");
        if (r.delta_count && r.delta_reads && r.first_read_deltas &&
            !(*r.first_read_deltas <= *r.delta_count && *r.delta_reads <= *r.delta_count &&
              (*r.delta_count == 0) == (*r.delta_reads == 0)))
            say("delta_count, delta_reads and first_read_deltas contradict each other");
    }

    void stratum() {
        std::string right = "unknown";
        if (r.load_ms.value_or(0) > kLoadMs) right = "load";
        else if (r.cached_tokens) right = *r.cached_tokens == 0 ? "cold" : "warm";
        // A load that the runtime did not report is told by the time outside its prompt time; older versions said cold.
        if (r.stratum == "load" && right == "cold" && !r.load_ms && r.ttft_ms.value_or(0) - r.prompt_ms.value_or(0) > kLoadMs)
            right = "load";
        // A turn that was never sent has none.
        if (r.stratum != right && !(r.stratum.empty() && r.outcome != Outcome::Ok))
            say("stratum is " + r.stratum + ", it should be " + right);
    }

    void counts() {
        if (r.prompt_truncated.value_or(false) && r.outcome != Outcome::Overflow)
            say("prompt_truncated is true, but the outcome is " + std::string(name(r.outcome)));
        if (r.counts_disagree.empty() && r.cached_tokens && r.processed_tokens && r.prompt_tokens &&
            *r.cached_tokens + *r.processed_tokens != *r.prompt_tokens)
            say("cached_tokens and processed_tokens are not prompt_tokens, and the record does not say so");
        const bool empty = r.cached_tokens == 0;
        const bool promised = r.cache_mode == CacheMode::Cold || (r.cache_mode == CacheMode::RunIsolated && r.turn == 1);
        if (r.cache_mode_broken && (!r.cached_tokens || r.cache_mode == CacheMode::Natural))
            say("cache_mode_broken is given, but there is nothing to tell it from");
        else if (r.cache_mode_broken && promised && empty && *r.cache_mode_broken)
            say("cache_mode_broken is true, but nothing was reused, as the mode promises");
        else if (r.cache_mode_broken && !promised && empty && !*r.cache_mode_broken)
            say("cache_mode_broken is false, but the turn reused nothing");
    }

    void judgement() {
        const std::initializer_list<std::optional<bool>> parts{r.valid_json, r.schema_ok, r.count_match, r.entries_complete,
                                                               r.sort_correct};
        const auto present = std::count_if(parts.begin(), parts.end(), [](auto part) { return part.has_value(); });
        const std::ptrdiff_t due = r.outcome == Outcome::Ok ? std::ptrdiff_t(parts.size()) : 0;
        if (present != due || r.all_pass.has_value() != (due != 0)) {
            say(due != 0 ? "the outcome is ok, but flags are missing" : "the outcome is not ok, but flags are given");
            return;
        }
        const bool all = !r.hit_max_tokens.value_or(false) &&
                         std::all_of(parts.begin(), parts.end(), [](auto part) { return part.value_or(false); });
        if (due != 0 && *r.all_pass != all) say("all_pass is not what its five flags and hit_max_tokens say");
        if (r.hit_max_tokens && (due == 0 || *r.hit_max_tokens != endsByLength(r.finish_reason)))
            say("hit_max_tokens is not what finish_reason says");
        if (due != 0 && *r.all_pass && !r.fail_reason.empty())
            say("all_pass is true, but a fail_reason is given: " + r.fail_reason);
    }

    void reply(const std::optional<std::string>& bytes) {
        if (!bytes) {
            say("the reply is missing or cannot be decoded");
            return;
        }
        if (r.reply_sha256.empty() ? !bytes->empty() : sha256Hex(*bytes) != r.reply_sha256)
            say("the reply is not the one that reply_sha256 names");
        if (r.reply_chars && codePoints(*bytes) != *r.reply_chars)
            say("reply_chars is " + std::to_string(*r.reply_chars) + ", the reply has " + std::to_string(codePoints(*bytes)));
        // What came as no character is kept as U+FFFD.
        const bool shown = !isValidUtf8(*bytes);
        if (r.invalid_utf8 && *r.invalid_utf8 != shown && (shown || bytes->find("\xEF\xBF\xBD") == std::string::npos))
            say("invalid_utf8 is not what the reply shows");
    }

    std::vector<std::string> take() { return std::move(m_said); }

private:
    static Stamp earliest(std::initializer_list<Stamp> stamps) {
        Stamp first;
        for (const Stamp& stamp : stamps)
            if (stamp && (!first || *stamp < *first)) first = stamp;
        return first;
    }
    static std::optional<double> inMs(const Stamp& ns) {
        if (!ns) return std::nullopt;
        return double(*ns) / 1e6;
    }
    void say(std::string text) { m_said.push_back(std::move(text)); }
    void number(const std::string& column, const std::optional<double>& has, const std::optional<double>& due) {
        if (!has && !due) return;
        if (has && due && std::abs(*has - *due) <= kRelative * std::max(std::abs(*has), std::abs(*due))) return;
        say(column + " is " + (has ? numberText(*has) : "absent") + ", its stamps and counts give " +
            (due ? numberText(*due) : "nothing"));
    }
    void ordered(const char* a, const Stamp& first, const char* b, const Stamp& second) {
        if (first && second && *first > *second) say(std::string(a) + " is later than " + b);
    }

    const TurnRecord& r;
    std::vector<std::string> m_said;
};

} // namespace

std::vector<std::string> contradictions(const TurnRecord& record, const std::optional<std::string>& reply) {
    Checker checker(record);
    checker.sizes();
    checker.clocks();
    checker.stamps();
    checker.machine();
    checker.rates();
    checker.stratum();
    checker.counts();
    checker.judgement();
    checker.reply(reply);
    return checker.take();
}

} // namespace looptax
