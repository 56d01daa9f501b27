#include "base/words.h"

#include "base/text.h"

namespace looptax {

std::string counted(std::int64_t n, std::string_view one, std::string_view many) {
    std::string out = std::to_string(n) + " ";
    if (n == 1 || many.empty()) out += one;
    else out += many;
    if (n != 1 && many.empty()) out += "s";
    return out;
}

std::string_view pluralOf(std::int64_t n, std::string_view one, std::string_view many) { return n == 1 ? one : many; }

std::string listed(const std::vector<std::string>& parts) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
    return out;
}

std::string durationText(double seconds) {
    const auto said = [](double value, const char* unit) {
        std::string number = fixedText(value, value < 9.95 ? 1 : 0);
        if (number.ends_with(".0")) number.resize(number.size() - 2);
        return number + " " + unit;
    };
    if (seconds < 90) return said(seconds, "s");
    if (seconds < 90 * 60) return said(seconds / 60, "min");
    if (seconds < 48 * 3600) return said(seconds / 3600, "h");
    return said(seconds / 86'400, "days");
}

std::string secondsText(std::int64_t ms) {
    if (ms % 1'000 == 0) return std::to_string(ms / 1'000) + " s";
    if (ms > 1'000 && ms % 100 == 0) return fixedText(double(ms) / 1e3, 1) + " s";
    return std::to_string(ms) + " ms";
}

} // namespace looptax
