#include "runtime/chat_stream.h"

#include "base/text.h"
#include "runtime/chat_chunk.h"
#include "runtime/chat_counts.h"
#include "runtime/server_error.h"
#include "wire/ndjson_decoder.h"
#include "wire/sse_decoder.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace looptax {

namespace {

constexpr std::size_t kMostBody = std::size_t(1) << 20; // of a body that is no stream: whole before it is understood
constexpr std::size_t kMostQuote = 200;
constexpr const char* kIgnoredStream = "the server ignored stream: true and sent the whole reply at once: ";

// Part of what a server sent, for a message.
std::string excerpt(std::string_view text) {
    text = trimmed(text);
    return stripControls(repairUtf8(firstBytes(text, kMostQuote))) + (text.size() > kMostQuote ? "..." : "");
}

class ChatReader final : public HttpStreamListener, private SseListener, private NdjsonListener {
public:
    ChatReader(Dialect dialect, StreamListener& listener)
        : m_dialect(dialect)
        , m_listener(listener)
        , m_sse(*this)
        , m_ndjson(*this) {}

    void onSent(std::int64_t stampNs, std::optional<double> connectMs) override { m_listener.onSent(stampNs, connectMs); }

    void onHead(std::int64_t stampNs, int status) override {
        m_status = status;
        m_listener.onHeaders(stampNs);
    }

    BodyState onBody(const ReadStamp& stamp, std::string_view bytes) override {
        if (!m_understood && m_body.size() < kMostBody) m_body += bytes.substr(0, kMostBody - m_body.size());
        if (m_status / 100 != 2) return m_state;
        if (!m_state.complete && stamp.ns != m_stamp) m_listener.onRead(stamp);
        m_stamp = stamp.ns;
        // What follows the terminator is decoded as well, so that it is late by what it is and not by how it was cut.
        const bool fine = m_dialect == Dialect::Sse ? m_sse.feed(bytes) : m_ndjson.feed(bytes);
        if (!fine && !m_state.failed && !m_state.complete) {
            m_limit = (m_dialect == Dialect::Sse ? m_sse.error() : m_ndjson.error()).what;
            m_state.failed = true;
        }
        return m_state;
    }

    // A last line without its line end counts only where the framing proved that nothing is missing.
    void finishBody() {
        if (m_state.complete || m_state.failed) return;
        if (m_dialect == Dialect::Sse) return bareLine(m_sse.unfinishedLine());
        if (const auto last = m_ndjson.finish()) take(*last);
    }

    // What the stream says of its end; the connection may know more. True: it is about the address that was asked.
    bool judge(const HttpEnd& over, ChatEnd& end);

    std::string_view body() const { return m_body; }
    bool sentLate() const { return m_late; }
    std::vector<std::string> warnings() const {
        std::vector<std::string> out = m_warnings;
        out.insert(out.end(), m_counts.warnings().begin(), m_counts.warnings().end());
        return out;
    }

private:
    void onSseEvent(std::string_view type, std::string_view data) override {
        if (m_state.complete) late();
        if (m_state.complete || m_state.failed) return;
        if (type == "error") return fail(readErrorBody(data));
        if (trimmed(data) == "[DONE]") {
            m_state.complete = true;
            return;
        }
        if (!trimmed(data).empty()) take(data);
    }
    void onSseComment(std::string_view) override {}
    void onSseForeignField(std::string_view name, std::string_view value, std::string_view line) override {
        if (m_state.complete || m_state.failed) return;
        // llama.cpp of before autumn 2025 reported a failure in a field of this name, then sent [DONE].
        if (name == "error") return fail(readErrorBody(value));
        bareLine(line);
    }
    // OpenVINO and LMDeploy's proxy write a failure into the stream as a bare line of JSON, others as text or a web page.
    void bareLine(std::string_view line) {
        line = trimmed(line);
        if (line.empty()) return;
        const bool isText = line.find(':') == std::string_view::npos && line.find(' ') != std::string_view::npos;
        if (m_understood && (line.front() == '<' || isText)) {
            m_unreadable = "the stream broke off into something else: " + excerpt(line);
            m_state.failed = true;
            return;
        }
        if (line.front() != '{' && line.front() != '[') return;
        bool repaired = false;
        const nlohmann::json json = parseEvent(line, repaired);
        if (auto failure = failureIn(json)) return fail(std::move(*failure));
        // OpenVINO does not escape its words.
        if (json.is_discarded() && line.find("\"error\"") == 1) fail(readErrorBody(line));
    }
    void onNdjsonLine(std::string_view line) override {
        if (m_state.complete) late();
        if (m_state.complete || m_state.failed) return;
        take(line);
    }

    void late() {
        if (!m_late) m_warnings.emplace_back("the server sent more after the end of its answer");
        m_late = true;
    }

    void fail(ServerError error) {
        if (!m_error) m_error = std::move(error);
        m_state.failed = true;
    }

    void take(std::string_view text) {
        m_listener.onEvent(m_stamp);
        if (m_dialect == Dialect::Ndjson && !m_unreadable.empty() && !m_understood) return; // no stream: read to its end
        const nlohmann::json json = parseEvent(text, m_repaired);
        if (auto failure = failureIn(json)) return fail(std::move(*failure));
        if (!json.is_object()) {
            // What an unreadable event said is lost: text, counts or an error. Such a turn measures nothing. A first line may
            // be that of a body that is no stream at all: it is read to its end, and understood or quoted.
            if (m_unreadable.empty()) m_unreadable = "an event of the stream is no JSON object: " + excerpt(text);
            m_state.failed = m_understood || m_dialect == Dialect::Sse;
            return;
        }
        m_counts.read(json);
        const ChatChunk chunk = readChunk(json);
        if (!chunk.unreadable.empty() && m_unreadable.empty())
            m_unreadable = "the content of the stream is in a shape that is not known: " + excerpt(chunk.unreadable);
        m_understood = m_understood || isPartOfChat(json);
        m_state.failed = !m_unreadable.empty();
        if (m_state.failed) return;
        if (m_model.empty()) m_model = chunk.model;
        else if (!chunk.model.empty() && chunk.model != m_model && !m_twoModels) {
            m_twoModels = true;
            m_warnings.push_back("the reply names two models, " + excerpt(m_model) + " and " + excerpt(chunk.model));
        }
        if (m_fingerprint.empty()) m_fingerprint = chunk.fingerprint;
        // A failure that was told stays, whatever is said after it.
        if (!chunk.finish_reason.empty() && (m_finish.empty() || endsByModel(m_finish))) {
            m_finish = chunk.finish_reason;
            m_lastWords = chunk.content; // exo and DashScope put the words of the failure here
        }
        // A reply of one or two tokens fits the last line of a stream of Ollama's.
        if (!m_state.outputBegan && !chunk.content.empty()) {
            if (m_dialect == Dialect::Ndjson && chunk.done) m_whole = m_counts.counts(true).predicted_tokens.value_or(3) > 2;
            m_whole = m_whole || chunk.completion || (m_dialect == Dialect::Ndjson && chunk.whole);
        }
        // MiniMax says the whole reply once more when its parts are through.
        const bool again = chunk.whole && m_state.outputBegan;
        if (!again) tell(DeltaKind::Reasoning, chunk.reasoning);
        if (!again) tell(DeltaKind::Content, chunk.content);
        tell(DeltaKind::Tool, chunk.tool);
        if (chunk.done && m_dialect == Dialect::Ndjson) m_state.complete = true;
    }

    void tell(DeltaKind kind, const std::string& text) {
        if (text.empty()) return;
        m_state.outputBegan = true;
        m_listener.onDelta(kind, m_stamp, text);
    }

    void judgeStatus(const HttpEnd& over, ChatEnd& end) const;
    void judgeBody(ChatEnd& end) const;
    void judgeReply(ChatEnd& end) const;

    Dialect m_dialect;
    StreamListener& m_listener;
    SseDecoder m_sse;
    NdjsonDecoder m_ndjson;
    ChatCounts m_counts;
    BodyState m_state;
    std::int64_t m_stamp = 0;
    int m_status = 0;
    std::string m_body; // as far as nothing of it was understood
    std::optional<ServerError> m_error;
    std::string m_unreadable; // why an event, or the content in one, could not be read
    std::string m_limit;
    std::string m_finish;
    std::string m_lastWords; // beside the finish reason
    std::string m_model, m_fingerprint;
    std::vector<std::string> m_warnings;
    bool m_late = false;
    bool m_understood = false; // at least one event was a JSON object of a chat
    bool m_repaired = false;
    bool m_twoModels = false;
    bool m_whole = false; // the whole reply came in one object
};

std::string withTokens(const ServerError& error) {
    if (!error.overflow || !error.prompt_tokens || !error.context ||
        error.words.find(std::to_string(*error.context)) != std::string::npos)
        return error.words;
    return error.words + " (" + std::to_string(*error.prompt_tokens) + " tokens, the context holds " +
           std::to_string(*error.context) + ")";
}

void tellError(const ServerError& error, Outcome outcome, const std::string& before, ChatEnd& end) {
    end.outcome = error.overflow ? Outcome::Overflow : outcome;
    end.overflow_prompt_tokens = error.prompt_tokens;
    end.overflow_context = error.context;
    end.error_text = before + withTokens(error);
}

void ChatReader::judgeStatus(const HttpEnd& over, ChatEnd& end) const {
    if (over.status >= 300 && over.status < 400) {
        end.outcome = Outcome::HttpError;
        end.error_text = over.location.empty() ? "the server redirects and does not say where"
                                               : "the server redirects to " + over.location +
                                                     "; redirects are not followed, give that address instead";
        return;
    }
    tellError(readErrorBody(m_body), Outcome::HttpError, "HTTP " + std::to_string(over.status) + ": ", end);
    end.busy = over.status == 429 || over.status == 503;
    end.retry_after_ms = over.retry_after_ms;
}

// A good status with something that is no stream of a chat.
void ChatReader::judgeBody(ChatEnd& end) const {
    constexpr const char* kAddress = "; check the URL";
    const std::string_view text = trimmed(m_body);
    end.outcome = Outcome::Protocol;
    if (text.empty()) {
        end.error_text = std::string("the response is empty, not a chat stream") + kAddress;
        return;
    }
    bool repaired = false;
    const nlohmann::json json = parseEvent(text, repaired);
    if (json.is_object()) {
        if (const auto failure = failureIn(json))
            return tellError(*failure, Outcome::ServerErrorMidstream, "the server answered HTTP 200 with an error: ", end);
        const ChatChunk chunk = readChunk(json);
        if (chunk.whole || !chunk.content.empty() || !chunk.reasoning.empty() || !chunk.tool.empty()) {
            end.error_text = std::string(kIgnoredStream) + excerpt(text);
            return;
        }
    }
    const std::string lower = lowered(text);
    if (const std::size_t title = lower.find("<title>"); title != std::string::npos) {
        const std::string_view rest = text.substr(title + 7);
        end.error_text =
            "the response is a web page, not a chat stream: \"" + excerpt(rest.substr(0, rest.find('<'))) + "\"" + kAddress;
        return;
    }
    end.error_text = "the response is not a chat stream: " + excerpt(text) + kAddress;
}

// The reply came to its end: whether it can be measured.
void ChatReader::judgeReply(ChatEnd& end) const {
    const std::int64_t generated = end.counts.predicted_tokens.value_or(0);
    end.outcome = Outcome::Protocol;
    if (m_whole) {
        end.error_text = std::string(kIgnoredStream) + excerpt(m_body);
        return;
    }
    // An empty pair of thinking marks, which some servers take out, is four tokens and an end.
    if (!m_state.outputBegan && generated > 8 && !endsByLength(m_finish)) {
        end.error_text =
            "the server generated " + std::to_string(generated) + " tokens, and no text of them could be read from its stream";
        return;
    }
    end.outcome = Outcome::Ok;
    end.no_finish_reason = m_finish.empty();
}

bool ChatReader::judge(const HttpEnd& over, ChatEnd& end) {
    end.counts = m_counts.counts(m_state.outputBegan);
    end.counts.finish_reason = m_finish;
    end.model = m_model;
    end.fingerprint = m_fingerprint;
    end.invalid_utf8 = m_repaired;
    if (over.status != 0 && over.status / 100 != 2 && over.outcome != Outcome::Cancelled && over.outcome != Outcome::Protocol) {
        judgeStatus(over, end);
        return true;
    }
    if (m_error) {
        tellError(*m_error, Outcome::ServerErrorMidstream,
                  m_understood ? "the server failed in mid-stream: " : "the server answered HTTP 200 with an error: ", end);
        return !m_understood;
    }
    if (!m_limit.empty()) {
        end.outcome = Outcome::Limit;
        end.error_text = m_limit;
    } else if (over.bodyWhole && !m_understood && !m_state.complete && !m_state.failed) {
        judgeBody(end);
        return true;
    } else if (!m_unreadable.empty() && over.outcome != Outcome::Cancelled) {
        end.outcome = Outcome::Protocol;
        end.error_text = m_unreadable;
    } else if (!m_finish.empty() && !endsByModel(m_finish)) {
        end.outcome = Outcome::ServerErrorMidstream;
        end.error_text =
            "the server gave up: finish_reason " + excerpt(m_finish) + (m_lastWords.empty() ? "" : ": " + excerpt(m_lastWords));
    } else if (m_state.complete && !m_understood) {
        end.outcome = Outcome::Protocol;
        end.error_text = "the stream ended without any part of a reply: " + excerpt(m_body);
    } else if (m_state.complete || (m_whole && over.bodyWhole)) {
        judgeReply(end);
    } else if (over.outcome != Outcome::Ok) {
        end.outcome = over.outcome;
        end.error_text = over.text + (over.hint.empty() ? "" : " (" + over.hint + ")");
    } else if (m_dialect == Dialect::Sse && over.bodyWhole && !m_finish.empty()) {
        judgeReply(end);
        end.no_done = true;
    } else {
        end.outcome = Outcome::Cut;
        end.error_text = "the stream ended without its terminator";
    }
    return false;
}

} // namespace

ChatEnd chatOver(HttpClient& http, Dialect dialect, const std::string& path, const std::string& body, StreamListener& listener,
                 const CancelFlag& cancel, std::string* refusal) {
    ChatReader reader(dialect, listener);
    const HttpRequest request{"POST", path, body};
    const HttpEnd over = http.send(request, reader, cancel);
    ChatEnd end;
    end.end_ns = over.end_ns;
    end.write_done_ns = over.write_done_ns;
    end.http_status = over.status;
    end.address = http.address();
    if (over.outcome == Outcome::Ok && over.bodyWhole && over.status / 100 == 2) reader.finishBody();
    if (refusal != nullptr && over.status / 100 != 2) *refusal = std::string(reader.body());
    const bool aboutAddress = reader.judge(over, end);
    end.warnings = reader.warnings();
    end.warnings.insert(end.warnings.end(), over.oddities.begin(), over.oddities.end());
    if (over.status / 100 == 2 && over.status != 200)
        end.warnings.push_back("HTTP " + std::to_string(over.status) + " instead of 200");
    if (over.clockStepped)
        end.warnings.emplace_back(
            "the system's clock was set during the turn: the reads since then have this program's own stamps");
    if (over.lateBytes) end.warnings.emplace_back("the server sent more after the end of its answer");
    for (std::string* text : {&end.error_text, &end.counts.finish_reason, &end.model, &end.fingerprint})
        *text = http.withoutKey(std::move(*text));
    // Behind the rest: a key that was cut off is known at the end of a text alone.
    if (aboutAddress) end.error_text += " (" + http.asked(request) + ")";
    for (std::string& warning : end.warnings) warning = http.withoutKey(std::move(warning));
    if (end.outcome != Outcome::Ok || reader.sentLate()) http.drop();
    return end;
}

} // namespace looptax
