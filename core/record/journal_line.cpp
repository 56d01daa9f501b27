#include "record/journal_line.h"

#include "base/bounded_json.h"
#include "base/hash.h"
#include "base/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

constexpr std::string_view kCrcKey = ",\"crc\":\"";
constexpr std::string_view kCrcEnd = "\"}";
constexpr std::size_t kCrcDigits = 8;
constexpr std::size_t kSealBytes = kCrcKey.size() + kCrcDigits + kCrcEnd.size();

constexpr std::int64_t kMaxSeq = std::int64_t(1) << 53; // so that seq + 1 always exists

std::optional<std::int64_t> integer(const Json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || !at->is_number_integer()) return std::nullopt;
    return at->get<std::int64_t>();
}

ParsedLine refused(std::string why) {
    ParsedLine out;
    out.problem = std::move(why);
    return out;
}

bool isHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

} // namespace

std::string_view withoutAdditions(std::string_view text, bool firstLine) {
    if (firstLine && text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
    const std::size_t last = text.find_last_not_of(" \t\r");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool holdsSeal(std::string_view text) {
    for (std::size_t at = text.find(kCrcKey); at != std::string_view::npos; at = text.find(kCrcKey, at + 1)) {
        const std::string_view seal = text.substr(at, kSealBytes);
        const std::string_view digits = seal.substr(kCrcKey.size(), std::min(kCrcDigits, seal.size() - kCrcKey.size()));
        if (seal.size() == kSealBytes && std::all_of(digits.begin(), digits.end(), isHex) &&
            seal.substr(kCrcKey.size() + kCrcDigits) == kCrcEnd)
            return true;
    }
    return false;
}

std::string sealLine(const Json& body) {
    std::string line = jsonText(body);
    line.pop_back(); // the closing brace
    const std::string crc = crc32cHex(line);
    line += kCrcKey;
    line += crc;
    line += kCrcEnd;
    line += '\n';
    return line;
}

ParsedLine parseLine(std::string_view text) {
    // The seal has a fixed length, so a reply that quotes one cannot be taken for it.
    if (text.size() <= kSealBytes || text.front() != '{') return refused("the line is not a sealed object");
    const std::string_view sealed = text.substr(0, text.size() - kSealBytes);
    const std::string_view seal = text.substr(sealed.size());
    if (seal.substr(0, kCrcKey.size()) != kCrcKey || seal.substr(seal.size() - kCrcEnd.size()) != kCrcEnd)
        return refused("the line does not end in its check sum");
    if (crc32cHex(sealed) != seal.substr(kCrcKey.size(), kCrcDigits)) return refused("the check sum is wrong");

    std::string json(sealed);
    json += '}';
    auto parsed = parseBounded(json);
    if (!parsed || !parsed->is_object()) return refused("the line is no JSON object, or too deep, or holds too many values");
    auto body = std::make_shared<Json>(std::move(*parsed));
    const auto version = integer(*body, "v");
    const auto seq = integer(*body, "seq");
    const auto type = body->find("type");
    if (!version || *version < 1 || !seq || *seq < 1 || *seq > kMaxSeq || type == body->end() || !type->is_string())
        return refused("the line lacks v, seq or type");

    ParsedLine out;
    out.newer = *version > kJournalVersion;
    JournalLine line;
    line.seq = *seq;
    line.type = type->get<std::string>();
    line.body = std::move(body);
    out.line = std::move(line);
    return out;
}

} // namespace looptax
