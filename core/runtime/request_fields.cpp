#include "runtime/request_fields.h"

#include "base/json_text.h"
#include "base/text.h"
#include "runtime/client_common.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

namespace looptax {

namespace {

constexpr const char* kOptions = "options"; // Ollama's; its members are fields of their own

// A field that may be left out, and the names an error may call it by: its own first.
struct Field {
    std::string path;
    std::vector<std::string> names;
};

std::vector<std::string> namesOf(const std::string& key) {
    if (key == "stream_options") return {key, "include_usage"};
    if (key == "chat_template_kwargs") return {key, "enable_thinking"};
    if (key == "response_format")
        return {key, "json_object", "json_schema", "structured output", "structured outputs", "json mode"};
    if (key == "think") return {"thinking"}; // the bare word is in many a sentence
    if (key == "format") return {"structured output", "structured outputs"};
    return {key};
}

std::vector<Field> optionalFields(const Json& body) {
    std::vector<Field> out;
    for (const auto& [key, value] : body.items()) {
        if (key == "messages" || key == "model" || key == "stream" || key == "cache_prompt") continue;
        if (key == kOptions && value.is_object())
            for (const auto& [inner, item] : value.items()) out.push_back({key + "." + inner, {inner}});
        else out.push_back({key, namesOf(key)});
    }
    return out;
}

bool holdsAny(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// In lower case. A value out of its range is the plan's fault, and to leave the field out would hide it.
bool findsFaultWithValue(std::string_view text) {
    return holdsAny(text, {"too large", "too long",     "exceed",    "out of range", "at least",     "at most",
                           "between",   "greater than", "less than", "larger than",  "smaller than", "above",
                           "below",     "maximum",      "minimum",   "up to",        "must be",      " > ",
                           " < ",       "range",        "credit",    "your key",     "positive",     "context"});
}

bool refuses(std::string_view text) {
    if (findsFaultWithValue(text)) return false;
    return holdsAny(text, {"not support",   "n't support",     "unsupported",        "unknown",
                           "unrecogni",     "not recogni",     "unexpected",         "extra input",
                           "extra field",   "extra_forbidden", "additional propert", "not permitted",
                           "not allowed",   "not available",   "not implemented",    "forbidden",
                           "deprecated",    "removed",         "no longer",          "not a valid",
                           "invalid param", "invalid field",   "invalid argument",   "invalid request argument"});
}

// What the server wants instead is no less a refusal of what was sent.
bool refusesFormat(std::string_view text) { return refuses(text) || holdsAny(text, {"must be", "input should be"}); }

bool refusesField(const Field& field, std::string_view text) {
    return field.path == "response_format" || field.path == "format" ? refusesFormat(text) : refuses(text);
}

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

std::size_t wordAt(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !letter(text[at - 1])) && (end == text.size() || !letter(text[end]))) return at;
    }
    return std::string_view::npos;
}

// Sentence by sentence: an error may go on to name fields that are well. The first field named in a sentence that refuses.
std::string fieldInWords(const std::vector<Field>& fields, std::string_view words) {
    const std::string text = lowered(words);
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        while (end < text.size() && text[end] != '\n' && text[end] != ';' &&
               !(text[end] == '.' && (end + 1 == text.size() || text[end + 1] == ' ')))
            ++end;
        const std::string_view sentence = std::string_view(text).substr(begin, end - begin);
        const Field* first = nullptr;
        std::size_t nearest = std::string_view::npos;
        for (const Field& field : fields)
            for (const std::string& name : field.names)
                // What the value should be may follow in a clause of its own.
                if (const std::size_t at = wordAt(sentence, name);
                    at < nearest && refusesField(field, sentence) &&
                    !holdsAny(text.substr(end), {"must be 0", "must be in", "must be between"})) {
                    nearest = at;
                    first = &field;
                }
        if (first != nullptr) return first->path;
        begin = end + 1;
    }
    return {};
}

const Field* fieldCalled(const std::vector<Field>& fields, const std::string& name) {
    for (const Field& field : fields)
        if (field.path == name || std::find(field.names.begin(), field.names.end(), name) != field.names.end()) return &field;
    return nullptr;
}

class ErrorReader {
public:
    explicit ErrorReader(const std::vector<Field>& fields) : m_fields(fields) {}

    std::string read(const Json& json, int depth = 0) {
        if (depth > kDeepest) return {};
        if (json.is_string()) return fieldInWords(m_fields, json.get_ref<const std::string&>());
        if (json.is_array()) {
            for (const Json& item : json)
                if (std::string found = read(item, depth + 1); !found.empty()) return found;
            return {};
        }
        if (!json.is_object()) return {};
        if (std::string found = named(json); !found.empty()) return found;
        for (const auto& [key, value] : json.items()) {
            // Echoes of what was sent hold every field's name.
            if (key == "input" || key == "prompt" || key == "body" || key == "ctx" || key == "messages" || key == "loc" ||
                key == "warnings")
                continue;
            if (std::string found = read(value, depth + 1); !found.empty()) return found;
        }
        return {};
    }

private:
    static constexpr int kDeepest = 8;

    // `param` and `loc` say which field; the words beside them, whether it is refused.
    std::string named(const Json& error) const {
        std::string words;
        for (const char* key : {"message", "msg", "type", "code"}) words += " " + textAt(error, {key});
        words = lowered(words);
        std::vector<std::string> path = splitOn(textAt(error, {"param"}), '.');
        if (const auto loc = error.find("loc"); loc != error.end() && loc->is_array())
            for (const Json& step : *loc)
                if (step.is_string()) path.push_back(step.get<std::string>());
        for (const std::string& step : path)
            if (const Field* field = fieldCalled(m_fields, step); field != nullptr && refusesField(*field, words))
                return field->path;
        return {};
    }

    const std::vector<Field>& m_fields;
};

constexpr const char* kLimit = "max_tokens";
constexpr const char* kNewerLimit = "max_completion_tokens";

void leaveOut(Json& body, const std::string& path, bool newer) {
    if (const std::size_t dot = path.find('.'); dot != std::string::npos) {
        body[path.substr(0, dot)].erase(path.substr(dot + 1));
        return;
    }
    // Newer models of OpenAI take the same number under this name alone.
    if (path == kLimit && newer && body.contains(path)) body[kNewerLimit] = body[path];
    body.erase(path);
}

// A schema tells nothing that the plan does not, and is long.
std::string sentText(Json body) {
    if (body.contains("response_format") && body["response_format"].contains("json_schema"))
        body["response_format"].erase("json_schema");
    if (body.contains("format") && body["format"].is_object()) body["format"] = "a JSON schema";
    return jsonText(body);
}

} // namespace

std::string refusedField(const Json& body, std::string_view error) {
    const std::vector<Field> fields = optionalFields(body);
    const Json json = Json::parse(error, nullptr, false);
    return json.is_structured() ? ErrorReader(fields).read(json) : fieldInWords(fields, error);
}

ChatEnd RequestFields::chat(HttpClient& http, Dialect dialect, const std::string& path, Json body, StreamListener& listener,
                            const CancelFlag& cancel) {
    for (const std::string& field : m_refused) leaveOut(body, field, m_refused.count(kNewerLimit) == 0);
    std::string refusal;
    const std::string text = jsonText(body);
    body.erase("messages"); // the whole conversation: what follows has no need of it
    ChatEnd end = chatOver(http, dialect, path, text, listener, cancel, &refusal);
    end.sent = sentText(body);
    m_settled = m_settled || end.outcome == Outcome::Ok;
    // Some tell it in a stream that has begun with 200. Other statuses tell of other troubles: no key, no credit, a fault.
    // A Python server that passes every member on breaks at the one it does not know.
    const bool broke = end.http_status == 500 && refusal.find("unexpected keyword argument") != std::string::npos;
    const bool refused = end.outcome == Outcome::HttpError &&
                         (end.http_status == 400 || end.http_status == 422 || end.http_status == 501 || broke);
    const bool inStream = end.outcome == Outcome::ServerErrorMidstream && end.counts.finish_reason.empty();
    if (m_settled || !(refused || inStream)) return end;
    end.refused_field = refusedField(body, refusal.empty() ? end.error_text : refusal);
    if (!end.refused_field.empty()) m_refused.insert(end.refused_field);
    return end;
}

} // namespace looptax
