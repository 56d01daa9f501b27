#include "domain/record_json.h"

#include <nlohmann/json.hpp>
#include <type_traits>

namespace looptax {

namespace {

std::optional<CacheMode> cacheModeFromName(std::string_view text) {
    for (CacheMode mode : {CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold})
        if (name(mode) == text) return mode;
    return std::nullopt;
}

template <class T> Json toJson(const T& value) { return value; }
template <class T> Json toJson(const std::optional<T>& value) { return value ? Json(*value) : Json(nullptr); }
Json toJson(Outcome value) { return std::string(name(value)); }
Json toJson(CacheMode value) { return std::string(name(value)); }

template <class T> bool fromJson(const Json& json, T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
        if (!json.is_string()) return false;
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) return false;
    } else if constexpr (std::is_integral_v<T>) {
        if (!json.is_number_integer()) return false;
    } else {
        if (!json.is_number()) return false;
    }
    value = json.get<T>();
    return true;
}

template <class T> bool fromJson(const Json& json, std::optional<T>& value) {
    if (json.is_null()) {
        value.reset();
        return true;
    }
    return fromJson(json, value.emplace());
}

bool fromJson(const Json& json, Outcome& value) {
    const auto found = json.is_string() ? outcomeFromName(json.get<std::string>()) : std::nullopt;
    if (found) value = *found;
    return found.has_value();
}

bool fromJson(const Json& json, CacheMode& value) {
    const auto found = json.is_string() ? cacheModeFromName(json.get<std::string>()) : std::nullopt;
    if (found) value = *found;
    return found.has_value();
}

} // namespace

void writeRecord(Json& object, const TurnRecord& record) {
    visitColumns(record, [&](const char* column, const auto& value) { object[column] = toJson(value); });
}

Result<TurnRecord> readRecord(const Json& object) {
    TurnRecord record;
    std::string wrong;
    visitColumns(record, [&](const char* column, auto& value) {
        const auto member = object.find(column);
        if (member != object.end() && !fromJson(*member, value) && wrong.empty()) wrong = column;
    });
    if (!wrong.empty()) return Error{ErrorKind::Corrupt, "the member has the wrong type", wrong, {}, 0};
    return record;
}

} // namespace looptax
