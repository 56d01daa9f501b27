// Chat requests and streamed replies of the three dialects, read without any client of ours.
#pragma once

#include "base/json_fwd.h"
#include "domain/message.h"
#include "domain/plan.h"
#include "wire/ndjson_decoder.h"
#include "wire/sse_decoder.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace looptax {

inline std::string chatBody(TargetKind dialect, const Messages& messages, const Json& more = Json::object(),
                            const std::string& model = "simulated-oracle") {
    Json body{{"model", model}, {"stream", true}, {"messages", Json::array()}};
    for (const Message& message : messages) body["messages"].push_back({{"role", message.role}, {"content", message.content}});
    if (dialect == TargetKind::Ollama) body["truncate"] = false;
    else body["stream_options"] = {{"include_usage", true}};
    body.update(more);
    return body.dump();
}

struct ReadStream {
    std::string text;
    std::string reasoning;
    std::string finish;
    bool terminated = false;
    int events = 0;
    Json last; // the object that carried the counts
};

inline ReadStream readStream(TargetKind dialect, std::string_view body) {
    struct Reader final : SseListener, NdjsonListener {
        ReadStream out;
        void onNdjsonLine(std::string_view line) override {
            const Json json = Json::parse(line, nullptr, false);
            ++out.events;
            if (!json.is_object()) return;
            if (json.contains("message")) {
                out.text += json["message"].value("content", "");
                out.reasoning += json["message"].value("thinking", "");
            }
            if (json.value("done", false)) {
                out.terminated = true;
                out.finish = json.value("done_reason", "");
                out.last = json;
            }
        }
        void onSseEvent(std::string_view, std::string_view data) override {
            ++out.events;
            if (data == "[DONE]") {
                out.terminated = true;
                return;
            }
            const Json json = Json::parse(data, nullptr, false);
            if (!json.is_object()) return;
            if (json.contains("timings") || json.contains("usage")) out.last = json;
            if (!json.contains("choices") || json["choices"].empty()) return;
            const Json& choice = json["choices"][0];
            if (choice["finish_reason"].is_string()) out.finish = choice["finish_reason"];
            const auto add = [&](const char* name, std::string& to) {
                if (choice["delta"].contains(name) && choice["delta"][name].is_string())
                    to += choice["delta"][name].get<std::string>();
            };
            add("content", out.text);
            add("reasoning_content", out.reasoning);
            add("reasoning", out.reasoning);
        }
        void onSseComment(std::string_view) override {}
        void onSseForeignField(std::string_view, std::string_view, std::string_view) override {}
    } reader;
    if (dialect == TargetKind::Ollama) {
        NdjsonDecoder decoder(reader);
        decoder.feed(body);
    } else {
        SseDecoder decoder(reader);
        decoder.feed(body);
    }
    return reader.out;
}

// A conversation of design A, in its own words: an entry a user message, the replies between.
inline Messages conversation(int turns, const std::vector<std::string>& replies) {
    Messages messages{{"system", "00000000 Keep the log. Answer with the whole log in a json fence."}};
    for (int t = 1; t <= turns; ++t) {
        const std::string entry = "{\n  \"date\": \"2026-03-0" + std::to_string(t) + "\",\n  \"topic\": \"note " +
                                  std::to_string(t) + " of the week\"\n}";
        messages.push_back({"user", "Here is the new entry.\n" + entry});
        if (t < turns) messages.push_back({"assistant", replies.at(std::size_t(t - 1))});
    }
    return messages;
}

} // namespace looptax
