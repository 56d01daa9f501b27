#include "report/csv.h"

#include "analysis/derived_turn.h"
#include "base/text.h"

#include <optional>
#include <type_traits>

namespace looptax {

namespace {

std::string cell(const std::string& value) { return csvText(value); }
std::string cell(double value) { return numberText(value); }
std::string cell(CacheMode value) { return csvText(name(value)); }
std::string cell(Outcome value) { return csvText(name(value)); }
template <class T>
requires std::is_integral_v<T> std::string cell(T value) {
    if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
    else return std::to_string(value);
}
template <class T> std::string cell(const std::optional<T>& value) { return value ? cell(*value) : std::string(); }

} // namespace

std::string csvText(std::string_view text) {
    std::string out = isValidUtf8(text) ? std::string(text) : repairUtf8(text);
    if (!out.empty() && std::string_view("=+-@\t\r").find(out.front()) != std::string_view::npos) out.insert(out.begin(), '\'');
    if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
    std::string quoted = "\"";
    for (const char c : out) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string turnsCsv(const std::vector<TurnRecord>& turns) {
    std::string out;
    const auto row = [&](const TurnRecord& record, const DerivedTurn& derived, auto&& text) {
        bool first = true;
        const auto put = [&](const char* column, const auto& value) {
            if (!first) out += ',';
            first = false;
            out += text(column, value);
        };
        visitColumns(record, put);
        visitDerivedColumns(derived, put);
        out += "\r\n";
    };
    row(TurnRecord{}, DerivedTurn{}, [](const char* column, const auto&) { return std::string(column); });
    const std::vector<DerivedTurn> derived = deriveTurns(turns);
    for (std::size_t i = 0; i < turns.size(); ++i)
        row(turns[i], derived[i], [](const char*, const auto& value) { return cell(value); });
    return out;
}

} // namespace looptax
