// Text that does not depend on the locale: numbers, code points, and the cleaning of what others wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// Code points of valid UTF-8; every byte of an invalid sequence counts as one.
std::int64_t codePoints(std::string_view utf8);
bool isValidUtf8(std::string_view bytes); // overlong forms and surrogates are invalid
// Each byte of an invalid sequence becomes U+FFFD.
std::string repairUtf8(std::string_view bytes);
// The beginning, or the end, of a text in at most that many bytes, with no half character where it is cut.
std::string_view firstBytes(std::string_view utf8, std::size_t bytes);
std::string_view lastBytes(std::string_view utf8, std::size_t bytes);
// Without C0 and C1 controls but newline and tab: safe to print on a terminal.
std::string stripControls(std::string_view utf8);

// Shortest text that reads back as the same double, '.' decimals ("0.1", "1e+30"); "" for NaN and infinities.
std::string numberText(double value);
std::string fixedText(double value, int decimals); // "12.30"; "" for NaN and infinities
// As numberText(), for people: "0.0001" and not "1e-04", as long as that is no row of zeros.
std::string decimalText(double value);
std::optional<double> parseNumber(std::string_view text);
std::optional<std::int64_t> parseInteger(std::string_view text);

// The candidate nearest to the word by edit distance, when it is near enough to be a likely slip.
std::optional<std::string> nearestName(std::string_view word, const std::vector<std::string>& candidates);

std::string joined(const std::vector<std::string>& parts, std::string_view separator);
std::vector<std::string> splitOn(std::string_view text, char separator);
std::string_view trimmed(std::string_view text); // ASCII white space
std::string lowered(std::string_view text);      // ASCII letters alone

// A path that begins with / without the folder it lies in: a model is often named by its file, and whose home that file lies
// in is nobody's business in a report.
std::string withoutFolder(const std::string& path);

} // namespace looptax
