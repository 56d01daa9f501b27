#include "loop/research_log.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace looptax {

namespace {

Json toJson(const LogEntry& entry) {
    Json object = Json::object();
    for (const auto& [key, value] : entry.fields) object[key] = value;
    return object;
}

std::string jsonText(const Json& value) { return value.dump(-1, ' ', true, Json::error_handler_t::replace); }

} // namespace

std::string LogEntry::date() const {
    for (const auto& [key, value] : fields)
        if (key == "date") return value;
    return {};
}

std::string canonicalText(const Json& json) { return json.dump(2, ' ', true, Json::error_handler_t::replace); }

std::string canonicalText(const LogEntry& entry) { return canonicalText(toJson(entry)); }

std::string canonicalText(const LogState& state) {
    Json object = Json::object();
    if (state.note) object[state.note->first] = state.note->second;
    Json log = Json::array();
    for (const LogEntry& entry : state.log) log.push_back(toJson(entry));
    if (state.order == LogOrder::NewestFirst) object["count"] = state.count;
    object["log"] = std::move(log);
    if (state.order == LogOrder::OldestFirst) object["count"] = state.count;
    return canonicalText(object);
}

std::int64_t entryBlockChars(const LogEntry& entry) {
    const std::string text = canonicalText(entry);
    return std::int64_t(text.size()) + 4 * (1 + std::count(text.begin(), text.end(), '\n'));
}

std::optional<std::int64_t> wholeNumber(const Json& value) {
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        if (number > std::uint64_t(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
        return std::int64_t(number);
    }
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_number_float()) {
        const double number = value.get<double>();
        // Above 2^53 a double names no single integer.
        if (number != std::floor(number) || std::abs(number) > 0x1.0p53) return std::nullopt;
        return std::int64_t(number);
    }
    return std::nullopt;
}

LogEntry readLogEntry(const Json& object) {
    LogEntry entry;
    for (const auto& [key, value] : object.items())
        entry.fields.emplace_back(key, value.is_string() ? value.get<std::string>() : jsonText(value));
    return entry;
}

Result<LogState> readLogState(std::string_view text, LogOrder order) {
    const Json object = Json::parse(text, nullptr, false);
    const auto broken = [](const char* what) { return Error{ErrorKind::Corrupt, what, "state file", {}, 0}; };
    if (object.is_discarded()) return broken("not JSON");
    if (!object.is_object()) return broken("not a JSON object");
    const auto log = object.find("log");
    if (log == object.end() || !log->is_array()) return broken("no log list");
    LogState state;
    state.order = order;
    for (const Json& item : *log) {
        if (!item.is_object()) return broken("a log item is not an object");
        state.log.push_back(readLogEntry(item));
    }
    state.count = std::int64_t(state.log.size());
    for (const auto& [key, value] : object.items()) {
        if (key == "count") state.count = wholeNumber(value).value_or(state.count);
        if (key != "count" && key != "log" && value.is_string() && !state.note) state.note.emplace(key, value.get<std::string>());
    }
    return state;
}

bool sameEntry(const LogEntry& a, const LogEntry& b) {
    auto left = a.fields;
    auto right = b.fields;
    std::sort(left.begin(), left.end());
    std::sort(right.begin(), right.end());
    return left == right;
}

bool sameState(const LogState& a, const LogState& b) {
    return a.count == b.count && a.note == b.note &&
           std::equal(a.log.begin(), a.log.end(), b.log.begin(), b.log.end(), sameEntry);
}

LogState withEntry(LogState state, const LogEntry& entry, std::optional<int> cap) {
    if (state.count < std::numeric_limits<std::int64_t>::max()) ++state.count;
    const bool newestFirst = state.order == LogOrder::NewestFirst;
    state.log.insert(newestFirst ? state.log.begin() : state.log.end(), entry);
    std::stable_sort(state.log.begin(), state.log.end(), [newestFirst](const LogEntry& a, const LogEntry& b) {
        return newestFirst ? a.date() > b.date() : a.date() < b.date();
    });
    if (cap && state.log.size() > std::size_t(*cap)) {
        const auto over = std::ptrdiff_t(state.log.size()) - *cap;
        if (newestFirst) state.log.resize(std::size_t(*cap));
        else state.log.erase(state.log.begin(), state.log.begin() + over);
    }
    return state;
}

} // namespace looptax
