// What the engine asks of a runtime: facts before the sweep, one chat request at a time during it. All calls block the
// worker thread; a CancelFlag set from any thread ends a call within 100 ms.
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/message.h"
#include "domain/outcome.h"
#include "domain/plan.h"
#include "domain/token.h"
#include "runtime/model_memory.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct ChatRequest {
    Messages messages;
    std::string model;
    Sampling sampling;                // as far as the runtime's API has a name for it; ChatEnd::sent tells what was sent
    std::optional<std::int64_t> seed; // the request's own; sampling.seed is the plan's
    int max_tokens = 256;
    ReplyFormat format = ReplyFormat::Prompt;
    std::string schema_json; // JSON Schema of the reply; used with ReplyFormat::JsonSchema
    bool thinking = false;
    std::optional<bool> cache_prompt; // only where the runtime has the switch
    int context_tokens = 0;           // explicit num_ctx on Ollama
};

enum class DeltaKind { Content, Reasoning, Tool };

// When the bytes of one read came; CLOCK_MONOTONIC.
struct ReadStamp {
    std::int64_t ns = 0; // by the kernel, when the last of them arrived; else by this program, when it woke up to read them
    std::optional<std::int64_t> wake_lag_ns; // from the one to the other; absent: ns is this program's own
};

// Hears a stream as it comes. Stamps are CLOCK_MONOTONIC ns; all events of one read share its stamp.
class StreamListener {
public:
    virtual ~StreamListener() = default;
    virtual void onSent(std::int64_t stampNs, std::optional<double> connectMs) = 0; // t_sent, before write + flush
    virtual void onHeaders(std::int64_t stampNs) = 0;
    virtual void onRead(const ReadStamp& stamp) = 0; // that carried body bytes
    virtual void onEvent(std::int64_t stampNs) = 0;  // any data event; comments and pings are none
    virtual void onDelta(DeltaKind kind, std::int64_t stampNs, std::string_view text) = 0; // never empty
};

// The runtime's own account; what it does not say, or says absurdly, is absent.
struct RuntimeCounts {
    std::optional<std::int64_t> prompt_tokens;
    std::optional<std::int64_t> cached_tokens;
    std::optional<std::int64_t> processed_tokens;
    std::optional<double> prompt_ms;
    std::optional<std::int64_t> predicted_tokens;
    std::optional<double> predicted_ms;
    std::optional<double> load_ms;
    std::string finish_reason;
    std::string disagree; // which of the above, or of what else was said of the prompt, contradict each other; in words
};

// How a chat ended. The text itself went to the listener.
struct ChatEnd {
    Outcome outcome = Outcome::Internal;
    std::int64_t end_ns = 0;                   // absolute
    std::optional<std::int64_t> write_done_ns; // absolute: the kernel had taken the whole request
    RuntimeCounts counts;
    bool no_done = false;                       // complete by finish_reason and a clean end of body, without the terminator
    bool no_finish_reason = false;              // complete by the terminator, without a word why
    bool invalid_utf8 = false;                  // characters that are none came, and read U+FFFD
    bool busy = false;                          // 429/503 before any output: may be waited for and sent again
    std::optional<std::int64_t> retry_after_ms; // how long the server then asks to wait
    int http_status = 0;                        // 0 = no status line was read
    std::string error_text;                     // what happened and what to try, for a person; first 4 KiB of a strange body
    std::optional<std::int64_t> overflow_prompt_tokens;
    std::optional<std::int64_t> overflow_context;
    std::vector<std::string> warnings; // fields set to unknown, data after the terminator, ...
    std::string address;               // "127.0.0.1:8080": the one connected to
    std::string model;                 // as the reply names it: of the first chunk that names one
    std::string fingerprint;           // system_fingerprint, likewise
    std::string sent;                  // the body of the request as it was sent, without its messages; a JSON object
    // The field of that body which the server refuses in its error; empty: none. The client's next chats leave it out.
    std::string refused_field;
};

// What is known of a target before the first turn; goes into the journal's session line.
struct TargetFacts {
    TargetKind kind = TargetKind::LlamaServer;
    std::string url;
    std::string version;                        // build_info, /api/version
    std::string model;                          // the name requests use
    std::string model_path;                     // of its file, as the runtime states it; may be empty
    std::string model_digest;                   // Ollama's manifest digest, or SHA-256 of the managed model file; may be empty
    std::optional<std::int64_t> context_tokens; // of one slot
    std::optional<int> slots;
    std::string template_sha256;
    std::string samplers_json;       // the runtime's effective defaults as it states them
    std::vector<std::string> models; // installed or served
    std::vector<std::string> doubts; // what makes measuring here doubtful, with what to do
    bool can_switch_cache = false;   // cache_prompt is honoured
    bool router = false;             // a llama-server that loads what a request names; `model` is empty where none was
    std::string address;
    ModelMemory memory;
    std::string keep_alive; // what requests ask for and what held before; empty where none is sent
    bool simulated = false; // it says that it is this program's scripted server (domain/simulated.h)
};

class RuntimeClient {
public:
    virtual ~RuntimeClient() = default;
    // Never a chat or completion request. Unreachable, wrong model (lists those installed) are errors.
    virtual Result<TargetFacts> facts(const std::string& model, const CancelFlag& cancel) = 0;
    // Exactly one request on the wire, whatever happens.
    virtual ChatEnd chat(const ChatRequest& request, StreamListener& listener, const CancelFlag& cancel) = 0;
    // The next chat connects anew: after a pause or a failed turn.
    virtual void dropConnection() = 0;
    // Undoes what chat() changed on the runtime beyond its own request: Ollama keeps a model in memory for ever once it was
    // asked to (keep_alive -1). Generates nothing, and loads nothing; never called while a sweep measures. A sentence on what
    // stands now, empty where nothing was changed; an error where it could not be undone, with what to do.
    virtual Result<std::string> giveBack(std::int64_t deadlineMs, const CancelFlag& cancel);
    // What is kept of a reply: without this client's API key, should the server have sent it back.
    virtual std::string withoutApiKey(std::string text) const { return text; }

    // Tokens of the request's prompt, by the server's own template and tokenizer; generates nothing. An error where it has no
    // route for that. Between two turns, where a count of the runtime's is in doubt.
    virtual Result<std::int64_t> countPrompt(const ChatRequest& request, const CancelFlag& cancel);

    // Nothing is generated by these; never called while a sweep measures. Only llama-server has them: elsewhere an error.
    // The prompt as the runtime's own template makes it of the messages.
    virtual Result<std::string> renderPrompt(const Messages& messages, const std::string& model, bool thinking,
                                             const CancelFlag& cancel);
    // whole: as a request's prompt is cut, with the marks of a beginning; else as text in the middle of one.
    virtual Result<Tokens> tokenize(const std::string& text, const std::string& model, bool whole, const CancelFlag& cancel);
};

// apiKey may be empty; it goes into the Authorization header and nowhere else.
std::unique_ptr<RuntimeClient> makeRuntimeClient(TargetKind kind, const std::string& url, const std::string& apiKey,
                                                 const Deadlines& deadlines, Clock& clock);

} // namespace looptax
