#include "loop/strict_json.h"

#include "base/json_fwd.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

namespace looptax {

namespace {

std::string placeOf(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n');
    const std::size_t column = start == std::string_view::npos ? before.size() : before.size() - start - 1;
    return "line " + std::to_string(line) + ", column " + std::to_string(column + 1);
}

// Hears the parser: counts depth, remembers the keys of the objects that are open.
class Listener final : public nlohmann::json_sax<Json> {
public:
    explicit Listener(std::string_view text) : m_text(text) {}

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override {
        m_keys.emplace_back();
        return deeper();
    }
    bool key(string_t& name) override {
        if (!m_keys.back().insert(name).second) duplicates = true;
        return true;
    }
    bool end_object() override {
        m_keys.pop_back();
        --m_depth;
        return true;
    }
    bool start_array(std::size_t) override { return deeper(); }
    bool end_array() override {
        --m_depth;
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        // The parser counts what it has read, the end of the text included.
        problem =
            position > m_text.size() ? "the JSON breaks off" : "not JSON at " + placeOf(m_text, position == 0 ? 0 : position - 1);
        return false;
    }

    bool duplicates = false;
    std::string problem;

private:
    bool deeper() {
        if (++m_depth <= kMaxJsonDepth) return true;
        problem = "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels";
        return false;
    }

    std::string_view m_text;
    std::vector<std::unordered_set<std::string>> m_keys;
    int m_depth = 0;
};

} // namespace

JsonVerdict checkJson(std::string_view text) {
    JsonVerdict verdict;
    if (text.substr(0, 3) == "\xEF\xBB\xBF") {
        verdict.problem = "a byte order mark before the JSON";
        return verdict;
    }
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        verdict.problem = "a NUL byte at " + placeOf(text, nul);
        return verdict;
    }
    try {
        Listener listener(text);
        verdict.valid = Json::sax_parse(text.begin(), text.end(), &listener);
        verdict.duplicate_keys = verdict.valid && listener.duplicates;
        verdict.problem = listener.problem;
    } catch (const std::exception&) { // out of memory
        verdict = {false, false, "too large to be read"};
    }
    return verdict;
}

} // namespace looptax
