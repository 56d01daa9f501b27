#include "runtime/chat_stream.h"

#include "base/text.h"
#include "runtime/chat_chunk.h"
#include "wire/ndjson_decoder.h"
#include "wire/sse_decoder.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::size_t kSample = 4096;

class ChatReader final : public HttpStreamListener, private SseListener, private NdjsonListener {
public:
    ChatReader(Dialect dialect, StreamListener& listener)
        : m_dialect(dialect), m_listener(listener), m_sse(*this), m_ndjson(*this) {}

    void onSent(std::int64_t stampNs, std::optional<double> connectMs) override { m_listener.onSent(stampNs, connectMs); }

    void onHead(std::int64_t stampNs, int status) override {
        m_status = status;
        m_listener.onHeaders(stampNs);
    }

    BodyState onBody(std::int64_t stampNs, std::string_view bytes) override {
        if (m_status != 200) {
            if (m_errorBody.size() < kSample) m_errorBody += bytes.substr(0, kSample - m_errorBody.size());
            return m_state;
        }
        if (m_state.complete) {
            if (!trimmed(bytes).empty()) late();
            return m_state;
        }
        if (stampNs != m_stamp) m_listener.onRead(stampNs);
        m_stamp = stampNs;
        const bool fine = m_dialect == Dialect::Sse ? m_sse.feed(bytes) : m_ndjson.feed(bytes);
        if (!fine && !m_state.failed) {
            m_limit = (m_dialect == Dialect::Sse ? m_sse.error() : m_ndjson.error()).what;
            m_state.failed = true;
        }
        return m_state;
    }

    // A last line without its line end counts only where the framing proved that nothing is missing.
    void finishBody() {
        if (m_dialect != Dialect::Ndjson || m_state.complete || m_state.failed) return;
        if (const auto last = m_ndjson.finish()) take(m_account.readOllama(*last));
    }

    int status() const { return m_status; }
    const std::string& errorBody() const { return m_errorBody; }
    const std::string& errorText() const { return m_error; }
    const std::string& limitText() const { return m_limit; }
    bool complete() const { return m_state.complete; }
    bool finished() const { return !m_account.counts().finish_reason.empty(); }
    bool understood() const { return m_understood; } // at least one event was a JSON object
    bool unreadable() const { return m_unreadable; }
    bool sentLate() const { return m_late; }
    ChatAccount& account() { return m_account; }
    std::vector<std::string>& warnings() { return m_warnings; }

private:
    void onSseEvent(std::string_view, std::string_view data) override {
        if (m_state.complete) late();
        if (m_state.complete || m_state.failed) return;
        if (trimmed(data) == "[DONE]") {
            m_state.complete = true;
            return;
        }
        if (trimmed(data).empty()) return;
        take(m_account.readOpenAi(data));
    }
    void onSseComment(std::string_view) override {}
    void onSseForeignField(std::string_view name, std::string_view value, std::string_view) override {
        // llama.cpp of before autumn 2025 reported a failure in a field of this name, then sent [DONE].
        if (name != "error" || m_state.complete) return;
        m_error = readErrorBody(value).message;
        m_state.failed = true;
    }
    void onNdjsonLine(std::string_view line) override {
        if (m_state.complete) late();
        if (m_state.complete || m_state.failed) return;
        take(m_account.readOllama(line));
    }

    void late() {
        if (!m_late) m_warnings.emplace_back("the server sent more after the end of its answer");
        m_late = true;
    }

    void take(const ChatChunk& chunk) {
        m_listener.onEvent(m_stamp);
        if (!chunk.json) {
            // What an unreadable event said is lost: text, counts or an error. Such a turn measures nothing.
            m_unreadable = true;
            m_state.failed = true;
            return;
        }
        m_understood = true;
        if (!chunk.error.empty()) {
            m_error = chunk.error;
            m_state.failed = true;
            return;
        }
        tell(DeltaKind::Reasoning, chunk.reasoning);
        tell(DeltaKind::Content, chunk.content);
        tell(DeltaKind::Tool, chunk.tool);
        if (chunk.done) m_state.complete = true;
    }

    void tell(DeltaKind kind, const std::string& text) {
        if (text.empty()) return;
        m_state.outputBegan = true;
        m_listener.onDelta(kind, m_stamp, text);
    }

    Dialect m_dialect;
    StreamListener& m_listener;
    SseDecoder m_sse;
    NdjsonDecoder m_ndjson;
    ChatAccount m_account;
    BodyState m_state;
    std::int64_t m_stamp = 0;
    int m_status = 0;
    std::string m_errorBody;
    std::string m_error;
    std::string m_limit;
    std::vector<std::string> m_warnings;
    bool m_late = false;
    bool m_unreadable = false;
    bool m_understood = false;
};

void judgeStatus(const HttpEnd& http, const ChatReader& reader, ChatEnd& end) {
    if (http.status >= 300 && http.status < 400) {
        end.outcome = Outcome::HttpError;
        end.error_text = "the server redirects to " + http.location + "; redirects are not followed, give that address instead";
        return;
    }
    const ErrorBody error = readErrorBody(reader.errorBody());
    end.outcome = error.overflow ? Outcome::Overflow : Outcome::HttpError;
    end.overflow_prompt_tokens = error.prompt_tokens;
    end.overflow_context = error.context;
    end.error_text = "HTTP " + std::to_string(http.status) + ": " + error.message;
    if (error.overflow && error.prompt_tokens && error.context && error.message.find(std::to_string(*error.context)) == std::string::npos)
        end.error_text += " (" + std::to_string(*error.prompt_tokens) + " tokens, the context holds " + std::to_string(*error.context) + ")";
    end.busy = http.status == 429 || http.status == 503;
}

} // namespace

ChatEnd chatOver(HttpClient& http, Dialect dialect, const std::string& path, const std::string& body,
                 StreamListener& listener, const CancelFlag& cancel, std::string* refusal) {
    ChatReader reader(dialect, listener);
    const HttpEnd over = http.send({"POST", path, body}, reader, cancel);
    ChatEnd end;
    end.end_ns = over.end_ns;
    end.http_status = over.status;
    end.address = http.address();
    if (over.outcome == Outcome::Ok && over.bodyWhole && over.status == 200) reader.finishBody();
    if (refusal != nullptr) *refusal = reader.errorBody();
    end.model = http.withoutKey(reader.account().model());
    end.fingerprint = http.withoutKey(reader.account().fingerprint());
    end.counts = reader.account().counts();
    end.warnings = reader.warnings();
    end.warnings.insert(end.warnings.end(), reader.account().warnings().begin(), reader.account().warnings().end());
    if (over.lateBytes) end.warnings.emplace_back("the server sent more after the end of its answer");

    if (over.status != 0 && over.status != 200 && over.outcome != Outcome::Cancelled && over.outcome != Outcome::Protocol) {
        judgeStatus(over, reader, end);
    } else if (!reader.errorText().empty()) {
        end.outcome = Outcome::ServerErrorMidstream;
        end.error_text = "the server failed in mid-stream: " + reader.errorText();
    } else if (!reader.limitText().empty()) {
        end.outcome = Outcome::Limit;
        end.error_text = reader.limitText();
    } else if (reader.complete()) {
        end.outcome = Outcome::Ok;
    } else if (over.outcome != Outcome::Ok && !reader.unreadable()) {
        end.outcome = over.outcome;
        end.error_text = over.text + (over.hint.empty() ? "" : " (" + over.hint + ")");
    } else if (dialect == Dialect::Sse && over.bodyWhole && reader.finished()) {
        end.outcome = Outcome::Ok;
        end.no_done = true;
    } else if (reader.unreadable() || (over.bodyWhole && !reader.understood())) {
        end.outcome = Outcome::Protocol;
        end.error_text = reader.unreadable() ? "an event of the stream is no JSON object"
                                               : "the answer is no chat stream; is this the address of the runtime's API?";
    } else {
        end.outcome = Outcome::Cut;
        end.error_text = "the stream ended without its terminator";
    }
    end.error_text = http.withoutKey(std::move(end.error_text));
    end.counts.finish_reason = http.withoutKey(std::move(end.counts.finish_reason));
    for (std::string& warning : end.warnings) warning = http.withoutKey(std::move(warning));
    if (end.outcome != Outcome::Ok || reader.sentLate()) http.drop();
    return end;
}

} // namespace looptax
