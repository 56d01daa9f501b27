// Everything known of one turn: the journal's turn_done and turn_fail lines and the rows of turns.csv are this value.
// An absent number is absent, never 0. Names carry the unit; *_ns stamps count from t_sent_ns (CLOCK_MONOTONIC).
#pragma once

#include "domain/outcome.h"
#include "domain/plan.h"

#include <cstdint>
#include <optional>
#include <string>

namespace looptax {

struct TurnRecord {
    // identity
    std::string session;
    int run = 0; // schedule position; run, repeat and turn count from 1
    int run_attempt = 1;
    int send_attempt = 1;
    std::string cell; // target/design/nN[/capK|/padP]/mode
    std::string target;
    std::string model;
    std::string design;
    int n = 0;
    std::optional<int> padding;
    std::optional<int> cap;
    CacheMode cache_mode = CacheMode::RunIsolated;
    int repeat = 0;
    int turn = 0;
    std::optional<std::int64_t> seed; // absent: none was sent
    std::string t_wall;               // ISO 8601 UTC: a label, never part of a duration

    // clock
    std::optional<std::int64_t> t_sent_ns;
    std::optional<double> connect_ms; // absent where the connection was kept
    std::optional<std::int64_t> headers_ns;
    std::optional<std::int64_t> first_event_ns;
    std::optional<std::int64_t> first_reasoning_ns;
    std::optional<std::int64_t> first_tool_ns;
    std::optional<std::int64_t> first_content_ns;
    std::optional<std::int64_t> last_content_ns;
    std::optional<std::int64_t> end_ns;
    std::optional<std::int64_t> write_done_ns; // the kernel had taken the whole request
    std::string stamp_source; // of the body's reads: kernel | user | mixed; empty: none came, or recorded before the column was
    std::optional<std::int64_t> wake_lag_ns;     // from the kernel's stamp to this program's, median of the reads that have both
    std::optional<std::int64_t> wake_lag_max_ns; // its largest
    // The read that brought the first delta brought others too: its stamp is that of the last, so TTFT is an upper bound.
    std::optional<bool> first_delta_shared;
    std::optional<std::int64_t> send_lag_ns;   // ready to send -> t_sent_ns
    std::optional<std::int64_t> gap_before_ns; // end of the run's previous turn -> t_sent_ns, cooldown not in it
    std::optional<double> retry_wait_ms;
    std::optional<double> state_replace_ms;

    // derived
    std::optional<double> ttft_ms;         // first content, reasoning or tool delta; absent of a buffered stream
    std::optional<double> ttft_content_ms; // first content delta; likewise
    std::optional<double> decode_tps; // domain/stream_kind.h; before delta_count was: (predicted_tokens-1) / (last - first delta)
    std::optional<double> decode_tps_runtime;      // (predicted_tokens-1) / predicted_ms
    std::optional<std::int64_t> stream_reads;      // socket reads that carried body bytes
    std::optional<std::int64_t> delta_count;       // pieces of text, thoughts or tool calls
    std::optional<std::int64_t> delta_reads;       // socket reads that brought any
    std::optional<std::int64_t> first_read_deltas; // deltas that came with the first of those
    std::string
        stream; // token | chunked | buffered, domain/stream_kind.h; empty: not ok, not known, or recorded before the column was

    // the runtime's own account
    std::optional<std::int64_t> prompt_tokens;
    std::optional<std::int64_t> cached_tokens;
    std::optional<std::int64_t> processed_tokens;
    std::optional<double> prompt_ms;
    std::optional<std::int64_t> predicted_tokens;
    std::optional<double> predicted_ms;
    std::optional<double> load_ms;
    std::string finish_reason;
    // finish_reason `length`: the reply was cut off and does not pass. Absent: not ok, or recorded before the column was.
    std::optional<bool> hit_max_tokens;
    bool no_finish_reason = false; // the reply ended by its terminator, and nothing said why
    std::string reply_model;       // the model the reply itself names; empty: it names none
    std::string reply_fingerprint; // its system_fingerprint

    // what else this machine did during the turn; absent: the system does not tell, or the column is younger
    std::optional<double> host_other_cpu_ms;         // of processes that are neither this program nor the runtime
    std::optional<double> host_steal_ms;             // taken by the hypervisor
    std::optional<std::int64_t> host_swap_bytes;     // in and out
    std::optional<std::int64_t> host_throttled_us;   // of this program's cgroup
    std::optional<std::int64_t> host_thermal_events; // times a core was slowed down because it was hot
    std::optional<double> host_psi_cpu_ms;           // some task waited for a processor; the runtime's own threads count
    std::optional<bool> disturbed;                   // engine/host_activity.h; absent: nothing tells
    std::string disturbed_by;                        // why, in words; empty where it was not

    // sizes
    std::int64_t prompt_chars = 0;            // code points of all message contents
    std::int64_t context_tokens_estimate = 0; // floor(prompt_chars / 4): an estimate, comparable with the post
    std::optional<std::int64_t> reply_chars;
    std::optional<std::int64_t> state_file_bytes; // of the file fed into this turn
    int max_tokens = 0;

    // judgement: all present when the outcome is ok, all absent otherwise
    std::optional<bool> valid_json;
    std::optional<bool> schema_ok;
    std::optional<bool> count_match;
    std::optional<bool> entries_complete;
    std::optional<bool> sort_correct;
    std::optional<bool> all_pass;
    std::optional<bool> all_pass_local; // judged against the state that was fed in + the entry
    std::optional<bool> state_diverged; // what was fed in was already wrong
    std::optional<bool> content_exact;  // every held entry word for word
    std::optional<bool> duplicate_keys;
    std::optional<bool> invalid_utf8;         // of the reply as it came: characters that are none read U+FFFD
    std::optional<bool> reasoning_in_content; // thoughts stood in the content; what follows them was judged
    std::string fence;                        // none | one | many | unclosed
    std::string fail_reason;                  // words a person understands

    // outcome
    Outcome outcome = Outcome::Internal;
    std::string run_outcome; // filled in from run_end; empty while the run goes on
    std::string stratum;     // load | cold | warm | unknown
    bool carry_over = false;
    // The runtime's counts contradict what the cache mode promises. Absent: nothing is promised (natural), the turn is
    // not ok, or the counts cannot tell. Absent is not verified.
    std::optional<bool> cache_mode_broken;
    std::string counts_disagree; // which of the runtime's own counts contradict each other or the prompt, in words; else empty
    // The runtime counts far fewer tokens than the prompt needs: it dropped a part without a word, and the outcome is
    // overflow. Absent: nothing tells, or recorded before the column was.
    std::optional<bool> prompt_truncated;
    bool no_done = false;
    std::string reply_sha256;

    bool operator==(const TurnRecord&) const = default;
};

// Also of a record that was made before the column was.
inline bool hitMaxTokens(const TurnRecord& record) {
    return record.outcome == Outcome::Ok && record.hit_max_tokens.value_or(endsByLength(record.finish_reason));
}

// This program waited for a processor itself: its largest wake-up lag is above 5 % of TTFT, whose stamp may be that late where
// the kernel gave none.
inline constexpr double kStarvedShare = 0.05;
inline bool clientStarved(const TurnRecord& record) {
    return record.wake_lag_max_ns && record.ttft_ms && double(*record.wake_lag_max_ns) / 1e6 > kStarvedShare * *record.ttft_ms;
}

// Calls visit(name, member) for every column, in the order of turns.csv: the one list of columns there is.
template <class Record, class Visitor> void visitColumns(Record& r, Visitor&& visit) {
    visit("session", r.session);
    visit("run", r.run);
    visit("run_attempt", r.run_attempt);
    visit("send_attempt", r.send_attempt);
    visit("cell", r.cell);
    visit("target", r.target);
    visit("model", r.model);
    visit("design", r.design);
    visit("n", r.n);
    visit("padding", r.padding);
    visit("cap", r.cap);
    visit("cache_mode", r.cache_mode);
    visit("repeat", r.repeat);
    visit("block_index", r.repeat); // two columns, one number: statistics call a repeat of all cells a block
    visit("turn", r.turn);
    visit("seed", r.seed);
    visit("t_wall", r.t_wall);
    visit("t_sent_ns", r.t_sent_ns);
    visit("connect_ms", r.connect_ms);
    visit("headers_ns", r.headers_ns);
    visit("first_event_ns", r.first_event_ns);
    visit("first_reasoning_ns", r.first_reasoning_ns);
    visit("first_tool_ns", r.first_tool_ns);
    visit("first_content_ns", r.first_content_ns);
    visit("last_content_ns", r.last_content_ns);
    visit("end_ns", r.end_ns);
    visit("write_done_ns", r.write_done_ns);
    visit("stamp_source", r.stamp_source);
    visit("wake_lag_ns", r.wake_lag_ns);
    visit("wake_lag_max_ns", r.wake_lag_max_ns);
    visit("first_delta_shared", r.first_delta_shared);
    visit("send_lag_ns", r.send_lag_ns);
    visit("gap_before_ns", r.gap_before_ns);
    visit("retry_wait_ms", r.retry_wait_ms);
    visit("state_replace_ms", r.state_replace_ms);
    visit("ttft_ms", r.ttft_ms);
    visit("ttft_content_ms", r.ttft_content_ms);
    visit("decode_tps", r.decode_tps);
    visit("decode_tps_runtime", r.decode_tps_runtime);
    visit("stream_reads", r.stream_reads);
    visit("delta_count", r.delta_count);
    visit("delta_reads", r.delta_reads);
    visit("first_read_deltas", r.first_read_deltas);
    visit("stream", r.stream);
    visit("prompt_tokens", r.prompt_tokens);
    visit("cached_tokens", r.cached_tokens);
    visit("processed_tokens", r.processed_tokens);
    visit("prompt_ms", r.prompt_ms);
    visit("predicted_tokens", r.predicted_tokens);
    visit("predicted_ms", r.predicted_ms);
    visit("load_ms", r.load_ms);
    visit("finish_reason", r.finish_reason);
    visit("hit_max_tokens", r.hit_max_tokens);
    visit("no_finish_reason", r.no_finish_reason);
    visit("host_other_cpu_ms", r.host_other_cpu_ms);
    visit("host_steal_ms", r.host_steal_ms);
    visit("host_swap_bytes", r.host_swap_bytes);
    visit("host_throttled_us", r.host_throttled_us);
    visit("host_thermal_events", r.host_thermal_events);
    visit("host_psi_cpu_ms", r.host_psi_cpu_ms);
    visit("disturbed", r.disturbed);
    visit("disturbed_by", r.disturbed_by);
    visit("prompt_chars", r.prompt_chars);
    visit("context_tokens_estimate", r.context_tokens_estimate);
    visit("reply_chars", r.reply_chars);
    visit("state_file_bytes", r.state_file_bytes);
    visit("max_tokens", r.max_tokens);
    visit("valid_json", r.valid_json);
    visit("schema_ok", r.schema_ok);
    visit("count_match", r.count_match);
    visit("entries_complete", r.entries_complete);
    visit("sort_correct", r.sort_correct);
    visit("all_pass", r.all_pass);
    visit("all_pass_local", r.all_pass_local);
    visit("state_diverged", r.state_diverged);
    visit("content_exact", r.content_exact);
    visit("duplicate_keys", r.duplicate_keys);
    visit("invalid_utf8", r.invalid_utf8);
    visit("reasoning_in_content", r.reasoning_in_content);
    visit("fence", r.fence);
    visit("fail_reason", r.fail_reason);
    visit("outcome", r.outcome);
    visit("run_outcome", r.run_outcome);
    visit("stratum", r.stratum);
    visit("carry_over", r.carry_over);
    visit("cache_mode_broken", r.cache_mode_broken);
    visit("counts_disagree", r.counts_disagree);
    visit("prompt_truncated", r.prompt_truncated);
    visit("no_done", r.no_done);
    visit("reply_sha256", r.reply_sha256);
    visit("reply_model", r.reply_model);
    visit("reply_fingerprint", r.reply_fingerprint);
}

} // namespace looptax
