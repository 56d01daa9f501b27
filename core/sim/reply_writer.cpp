#include "sim/reply_writer.h"

#include "base/json_text.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace looptax {

namespace {

std::string data(const std::string& json) { return "data: " + json + "\n\n"; }

// llama-server, as of mid-2026.
class LlamaWriter : public ReplyWriter {
public:
    explicit LlamaWriter(std::string model) : m_model(std::move(model)) {
        m_tail = "],\"created\":1785000000,\"id\":\"chatcmpl-simulated\",\"model\":" + jsonText(m_model) +
                 ",\"system_fingerprint\":\"simulated-b0\",\"object\":\"chat.completion.chunk\"";
    }
    std::string streamType() const override { return "text/event-stream"; }
    std::string role() const override { return delta("{\"role\":\"assistant\",\"content\":null}"); }
    std::string content(std::string_view text) const override { return delta("{\"content\":" + jsonText(text) + "}"); }
    std::string reasoning(std::string_view text) const override {
        return delta("{\"reasoning_content\":" + jsonText(text) + "}");
    }
    std::string tool() const override {
        return delta("{\"tool_calls\":[{\"index\":0,\"id\":\"call-1\",\"type\":\"function\",\"function\":{\"name\":"
                     "\"save\",\"arguments\":\"{}\"}}]}");
    }
    std::string finish(std::string_view reason) const override { return finish(reason, {}); }
    std::string counts(std::string_view, const SimCounts& c, bool includeUsage) const override {
        if (!includeUsage) return {};
        Json extra{{"usage",
                    {{"completion_tokens", c.predicted},
                     {"prompt_tokens", c.prompt_tokens},
                     {"total_tokens", c.prompt_tokens + c.predicted},
                     {"prompt_tokens_details", {{"cached_tokens", c.cached}}}}},
                   {"timings", timings(c)}};
        return data("{\"choices\":[" + m_tail + "," + jsonText(extra).substr(1));
    }
    // timings stand on the last JSON chunk: without usage, that is the one with the finish_reason.
    std::string ending(std::string_view reason, const SimCounts& c, bool includeUsage) const override {
        if (includeUsage) return ReplyWriter::ending(reason, c, true);
        return finish(reason, ",\"timings\":" + jsonText(timings(c))) + terminator();
    }
    std::string terminator() const override { return data("[DONE]"); }
    std::string midstreamError(std::string_view message) const override { return data(errorBody(500, "server_error", message)); }
    std::string errorBody(int status, std::string_view type, std::string_view message) const override {
        return jsonText({{"error", {{"code", status}, {"message", message}, {"type", type}}}});
    }

protected:
    std::string finish(std::string_view reason, const std::string& more) const {
        return data("{\"choices\":[{\"finish_reason\":" + jsonText(reason) + ",\"index\":0,\"delta\":{}}" + m_tail + more + "}");
    }
    std::string delta(const std::string& delta) const {
        return data("{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":" + delta + "}" + m_tail + "}");
    }
    std::string usageOnly(const SimCounts& c) const {
        const Json usage{{"prompt_tokens", c.prompt_tokens},
                         {"completion_tokens", c.predicted},
                         {"total_tokens", c.prompt_tokens + c.predicted}};
        return data("{\"choices\":[" + m_tail + ",\"usage\":" + jsonText(usage) + "}");
    }

private:
    // Rates over nothing are null, as the real one writes them.
    static Json timings(const SimCounts& c) {
        const std::int64_t processed = c.prompt_tokens - c.cached;
        const auto ratio = [](double over, double under) { return under > 0 ? Json(over / under) : Json(); };
        return {{"cache_n", c.cached},
                {"prompt_n", processed},
                {"prompt_ms", c.prompt_ms},
                {"prompt_per_token_ms", ratio(c.prompt_ms, double(processed))},
                {"prompt_per_second", ratio(1000.0 * double(processed), c.prompt_ms)},
                {"predicted_n", c.predicted},
                {"predicted_ms", c.predicted_ms},
                {"predicted_per_token_ms", ratio(c.predicted_ms, double(c.predicted))},
                {"predicted_per_second", ratio(1000.0 * double(c.predicted), c.predicted_ms)}};
    }

    std::string m_model;
    std::string m_tail;
};

// A plain OpenAI-style server: no timings, no cached count, `reasoning`, usage only when asked for.
class OpenAiWriter final : public LlamaWriter {
public:
    using LlamaWriter::LlamaWriter;
    std::string role() const override { return delta("{\"role\":\"assistant\",\"content\":\"\"}"); }
    std::string reasoning(std::string_view text) const override { return delta("{\"reasoning\":" + jsonText(text) + "}"); }
    std::string counts(std::string_view, const SimCounts& c, bool includeUsage) const override {
        return includeUsage ? usageOnly(c) : std::string();
    }
    std::string ending(std::string_view reason, const SimCounts& c, bool includeUsage) const override {
        return ReplyWriter::ending(reason, c, includeUsage);
    }
    std::string errorBody(int status, std::string_view type, std::string_view message) const override {
        return jsonText({{"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", status}}}});
    }
};

class OllamaWriter final : public ReplyWriter {
public:
    explicit OllamaWriter(const std::string& model)
        : m_head("{\"model\":" + jsonText(model) + ",\"created_at\":\"2026-08-21T10:00:00.100000000Z\"") {}
    std::string streamType() const override { return "application/x-ndjson"; }
    std::string role() const override { return {}; }
    std::string content(std::string_view text) const override { return message("\"content\":" + jsonText(text)); }
    std::string reasoning(std::string_view text) const override {
        return message("\"content\":\"\",\"thinking\":" + jsonText(text));
    }
    std::string tool() const override {
        return message("\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"save\",\"arguments\":{}}}]");
    }
    std::string finish(std::string_view) const override { return {}; }
    std::string counts(std::string_view reason, const SimCounts& c, bool) const override {
        std::string line =
            m_head + ",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":" + jsonText(reason);
        // Zero-valued metrics are left out, as Go's omitempty does.
        const auto number = [&line](const char* name, std::int64_t value) {
            if (value != 0) line += ",\"" + std::string(name) + "\":" + std::to_string(value);
        };
        const auto ns = [](double ms) { return std::int64_t(std::llround(ms * 1e6)); };
        number("total_duration", ns(c.total_ms));
        number("load_duration", ns(c.load_ms));
        number("prompt_eval_count", c.prompt_tokens);
        number("prompt_eval_duration", ns(c.prompt_ms));
        number("eval_count", c.predicted);
        number("eval_duration", ns(c.predicted_ms));
        return line + "}\n";
    }
    std::string terminator() const override { return {}; }
    std::string midstreamError(std::string_view message) const override { return errorBody(500, "", message) + "\n"; }
    std::string errorBody(int, std::string_view, std::string_view message) const override {
        return jsonText({{"error", message}});
    }

private:
    std::string message(const std::string& fields) const {
        return m_head + ",\"message\":{\"role\":\"assistant\"," + fields + "},\"done\":false}\n";
    }
    std::string m_head;
};

} // namespace

HeaderList ReplyWriter::streamHeaders() const { return {{"Content-Type", streamType()}, {"Transfer-Encoding", "chunked"}}; }

std::string ReplyWriter::errorAnswer(int status, std::string_view type, std::string_view message, HeaderList extra) const {
    return httpAnswer(status, "application/json; charset=utf-8", errorBody(status, type, message), std::move(extra));
}

std::unique_ptr<ReplyWriter> makeReplyWriter(TargetKind dialect, const std::string& model) {
    switch (dialect) {
    case TargetKind::Ollama: return std::make_unique<OllamaWriter>(model);
    case TargetKind::OpenAi: return std::make_unique<OpenAiWriter>(model);
    case TargetKind::LlamaServer: break;
    }
    return std::make_unique<LlamaWriter>(model);
}

std::string chatPath(TargetKind dialect) { return dialect == TargetKind::Ollama ? "/api/chat" : "/v1/chat/completions"; }

} // namespace looptax
