#include "engine/facts_json.h"

#include "base/json_read.h"
#include "base/text.h"
#include "domain/sent_fields.h"
#include "domain/stream_kind.h"
#include "record/record_store.h"

#include <nlohmann/json.hpp>

namespace looptax {

Json factsJson(const Target& target, const TargetFacts& facts) {
    Json json;
    json["id"] = target.id;
    json["kind"] = std::string(name(target.kind));
    json["url"] = facts.url;
    json["address"] = facts.address;
    json["managed"] = target.managed.has_value();
    json["version"] = facts.version;
    json["model"] = facts.model;
    json["model_digest"] = facts.model_digest;
    json["model_path"] = facts.model_path;
    json["context_tokens"] = orNull(facts.context_tokens);
    json["slots"] = orNull(facts.slots);
    json["template_sha256"] = facts.template_sha256;
    json["samplers"] = Json::parse(facts.samplers_json, nullptr, false);
    if (json["samplers"].is_discarded()) json["samplers"] = nullptr;
    json["can_switch_cache"] = facts.can_switch_cache;
    json["memory"] = facts.memory.text();
    if (!facts.keep_alive.empty()) json["keep_alive"] = facts.keep_alive;
    json["simulated"] = facts.simulated;
    json["doubts"] = facts.doubts;
    return json;
}

std::optional<Json> sentNote(const std::string& target, const Plan& plan, const ChatEnd& end, std::string& known) {
    Json body = Json::parse(end.sent, nullptr, false);
    if (!body.is_object()) return std::nullopt;
    const std::string fields = joined(sentFieldTexts(body), ", ");
    if (fields == known) return std::nullopt;
    known = fields;
    const SentSettings settings = sentSettings(body, plan);
    Json note;
    note["kind"] = "sent";
    note["target"] = target;
    note["sent"] = std::move(body);
    note["text"] = "requests to " + target + " carry " + joined(settings.sent, ", ") +
                   (settings.not_sent.empty() ? "" : "; in the plan and not sent: " + joined(settings.not_sent, ", "));
    return note;
}

Json refusedNote(const std::string& target, const ChatEnd& end) {
    Json note;
    note["kind"] = "field_refused";
    note["target"] = target;
    note["field"] = end.refused_field;
    note["http_status"] = end.http_status;
    note["text"] =
        target + " refuses the field " + end.refused_field + ", which is left out from now on (" + end.error_text + ")";
    return note;
}

std::optional<Json> streamNote(const TurnRecord& record) {
    std::string text;
    if (record.stream == kChunkedStream)
        text = record.target + " sends several tokens in a chunk (" + std::to_string(*record.predicted_tokens) + " tokens in " +
               std::to_string(*record.delta_count) +
               " chunks): TTFT is that of the first chunk, and there is no decode rate by the client's clock";
    else if (record.stream == kBufferedStream)
        text = "the reply of " + record.target +
               " was held back and came at once (a proxy that buffers, a server that does not "
               "stream, or one faster than any clock can follow): there is neither TTFT nor decode rate by the client's clock";
    else return std::nullopt;
    Json note;
    note["kind"] = "stream";
    note["target"] = record.target;
    note["run"] = record.run;
    note["turn"] = record.turn;
    note["stream"] = record.stream;
    note["text"] = std::move(text);
    return note;
}

std::string modelText(const std::string& model, const std::string& digest) {
    return model + (digest.empty() ? "" : " (" + std::string(firstBytes(digest, 19)) + ")");
}

std::map<std::string, std::string> modelsOf(const RecordStore& store) {
    std::map<std::string, std::string> models;
    for (const auto& line : store.sessionLines()) {
        const auto targets = line->find("targets");
        if (targets == line->end() || !targets->is_array()) continue;
        for (const Json& target : *targets) {
            const auto text = [&](const char* key) { return textMember(target, key); };
            if (!text("model").empty()) models.emplace(text("id"), modelText(text("model"), text("model_digest")));
        }
    }
    return models;
}

} // namespace looptax
