#include "record/record_json.h"

#include "base/json_read.h"

#include "base/json_append.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace looptax {

namespace {

std::optional<CacheMode> cacheModeFromName(std::string_view text) {
    for (CacheMode mode : {CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold})
        if (name(mode) == text) return mode;
    return std::nullopt;
}

template <class T> Json toJson(const T& value) { return value; }
template <class T> Json toJson(const std::optional<T>& value) { return orNull(value); }
Json toJson(Outcome value) { return std::string(name(value)); }
Json toJson(CacheMode value) { return std::string(name(value)); }

enum class Fit { Fits, WrongType, OutOfRange };

// A number that the member cannot hold is refused: narrowed in silence, run 4294967297 would be run 1.
template <class T> bool holds(const Json& json) {
    if (json.is_number_unsigned()) return std::in_range<T>(json.get<std::uint64_t>());
    return std::in_range<T>(json.get<std::int64_t>());
}

template <class T> Fit fromJson(const Json& json, T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
        if (!json.is_string()) return Fit::WrongType;
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) return Fit::WrongType;
    } else if constexpr (std::is_integral_v<T>) {
        if (!json.is_number_integer()) return Fit::WrongType;
        if (!holds<T>(json)) return Fit::OutOfRange;
    } else {
        if (!json.is_number()) return Fit::WrongType;
    }
    value = json.get<T>();
    return Fit::Fits;
}

template <class T> Fit fromJson(const Json& json, std::optional<T>& value) {
    if (json.is_null()) {
        value.reset();
        return Fit::Fits;
    }
    return fromJson(json, value.emplace());
}

Fit fromJson(const Json& json, Outcome& value) {
    const auto found = json.is_string() ? outcomeFromName(json.get<std::string>()) : std::nullopt;
    if (found) value = *found;
    return found ? Fit::Fits : Fit::WrongType;
}

Fit fromJson(const Json& json, CacheMode& value) {
    const auto found = json.is_string() ? cacheModeFromName(json.get<std::string>()) : std::nullopt;
    if (found) value = *found;
    return found ? Fit::Fits : Fit::WrongType;
}

} // namespace

void writeRecord(Json& object, const TurnRecord& record) {
    object = Json::object();
    visitColumns(record, [&](const char* column, const auto& value) { appendMember(object, column, toJson(value)); });
}

Result<TurnRecord> readRecord(const Json& object) {
    if (!object.is_object()) return Error{ErrorKind::Corrupt, "the record is no object", {}, {}, 0};
    TurnRecord record;
    std::optional<Error> wrong;
    // An object keeps its members in the order they were written, which is the columns' own: the next one
    // is nearly always the one asked for, and a search from the front would cost more than the parsing.
    auto next = object.begin();
    visitColumns(record, [&](const char* column, auto& value) {
        if (wrong) return;
        const auto member = next != object.end() && next.key() == column ? next : object.find(column);
        if (member == object.end()) return;
        next = std::next(member);
        const Fit fit = fromJson(*member, value);
        if (fit == Fit::WrongType) wrong = Error{ErrorKind::Corrupt, "the member has the wrong type", column, {}, 0};
        else if (fit == Fit::OutOfRange)
            wrong = Error{ErrorKind::Corrupt, "the number " + member->dump() + " is out of range", column, {}, 0};
    });
    if (wrong) return *wrong;
    return record;
}

} // namespace looptax
