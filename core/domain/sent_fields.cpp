#include "domain/sent_fields.h"

#include "base/json_text.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace looptax {

namespace {

// A setting as plan files name it, and the fields that carry it: OpenAI's, its newer name, Ollama's.
struct Setting {
    const char* name;
    std::array<const char*, 3> fields;
    std::optional<std::string> (*asked)(const Plan&); // its value in the plan; absent: the plan asks for nothing
    bool varies = false;                              // from request to request
};

std::optional<std::string> text(const std::optional<double>& value) {
    if (!value) return std::nullopt;
    return numberText(*value);
}

const std::array<Setting, 9> kSettings{{
    {"temperature", {"temperature", "options.temperature"}, [](const Plan& p) { return text(p.sampling.temperature); }},
    {"top_p", {"top_p", "options.top_p"}, [](const Plan& p) { return text(p.sampling.top_p); }},
    {"top_k", {"top_k", "options.top_k"}, [](const Plan& p) { return text(p.sampling.top_k); }},
    {"min_p", {"min_p", "options.min_p"}, [](const Plan& p) { return text(p.sampling.min_p); }},
    {"repeat_penalty",
     {"repeat_penalty", "options.repeat_penalty"},
     [](const Plan& p) { return text(p.sampling.repeat_penalty); }},
    {"seed",
     {"seed", "options.seed"},
     [](const Plan& p) { return p.sampling.seed ? std::optional<std::string>("") : std::nullopt; },
     true},
    {"max_tokens",
     {"max_tokens", "max_completion_tokens", "options.num_predict"},
     [](const Plan&) { return std::optional<std::string>(""); },
     true},
    {"thinking",
     {"chat_template_kwargs.enable_thinking", "think"},
     [](const Plan& p) { return std::optional<std::string>(p.reply.thinking ? "on" : "off"); }},
    {"format",
     {"response_format", "format"},
     [](const Plan& p) {
         return p.reply.format == ReplyFormat::Prompt ? std::nullopt : std::optional<std::string>(name(p.reply.format));
     }},
}};

bool varies(const std::string& field) {
    return field == "cache_prompt" || std::any_of(kSettings.begin(), kSettings.end(), [&](const Setting& setting) {
               return setting.varies && std::any_of(setting.fields.begin(), setting.fields.end(),
                                                    [&](const char* name) { return name != nullptr && field == name; });
           });
}

std::string valueText(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number_float()) return numberText(value.get<double>());
    return jsonText(value);
}

const Json* fieldAt(const Json& body, const std::string& path) {
    const Json* node = &body;
    for (const std::string& key : splitOn(path, '.')) {
        const auto at = node->is_object() ? node->find(key) : node->end();
        if (!node->is_object() || at == node->end()) return nullptr;
        node = &*at;
    }
    return node;
}

std::string spaced(const std::string& name, const std::string& value) { return value.empty() ? name : name + " " + value; }

} // namespace

SentSettings sentSettings(const Json& body, const Plan& plan) {
    SentSettings out;
    for (const Setting& setting : kSettings) {
        const Json* found = nullptr;
        for (const char* field : setting.fields)
            if (field != nullptr && found == nullptr) found = fieldAt(body, field);
        const auto asked = setting.asked(plan);
        if (found == nullptr) {
            if (asked) out.not_sent.push_back(spaced(setting.name, *asked));
            continue;
        }
        // A switch and a format read as the plan's own words; a number as the one that was sent.
        const bool number = found->is_number() && !setting.varies;
        out.sent.push_back(spaced(setting.name, number ? valueText(*found) : asked.value_or(std::string())));
    }
    return out;
}

std::vector<std::string> sentFieldTexts(const Json& body) {
    std::vector<std::string> out;
    if (!body.is_object()) return out;
    for (const auto& [key, value] : body.items()) {
        if (!value.is_object()) {
            out.push_back(spaced(key, varies(key) ? std::string() : valueText(value)));
            continue;
        }
        for (const auto& [inner, item] : value.items()) {
            const std::string field = key + "." + inner;
            out.push_back(spaced(field, varies(field) ? std::string() : valueText(item)));
        }
    }
    return out;
}

} // namespace looptax
