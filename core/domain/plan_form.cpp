#include "domain/plan_form.h"

#include "base/text.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string>

namespace looptax {

namespace {

// The library keeps the last of two equal keys in silence and takes a zero byte for the end of the text. Looks for both,
// and for what else is no JSON, before a value is built.
class FormCheck final : public nlohmann::json_sax<Json> {
public:
    explicit FormCheck(std::vector<Problem>& problems) : m_problems(problems) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return open(false); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        Level& level = m_levels.back();
        level.key = name;
        const int times = ++level.keys[name];
        if (times == 2) m_problems.push_back({path(), "key \"" + name + "\" is given twice", "keep one of them", false});
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
        // The library's text names line and column; its own error number is of no use to a reader.
        std::string message = e.what();
        if (const std::size_t at = message.find("] "); at != std::string::npos) message.erase(0, at + 2);
        m_problems.push_back({"$", "is not JSON: " + stripControls(message), {}, false});
        return false;
    }

private:
    static constexpr std::size_t kDeepest = 64; // a plan has four; a value of any depth is walked by recursion later

    struct Level {
        bool list = false;
        std::size_t index = 0;
        std::string key;
        std::map<std::string, int> keys;
    };

    std::string path() const {
        std::string out = "$";
        for (const Level& level : m_levels) out += level.list ? "[" + std::to_string(level.index) + "]" : "." + level.key;
        return out;
    }
    bool value() {
        if (!m_levels.empty() && m_levels.back().list) ++m_levels.back().index;
        return true;
    }
    bool open(bool list) {
        if (m_levels.size() >= kDeepest) {
            m_problems.push_back({"$", "nests deeper than " + std::to_string(kDeepest) + " levels", {}, false});
            return false;
        }
        m_levels.push_back({list, 0, {}, {}});
        return true;
    }
    bool close() {
        m_levels.pop_back();
        return value();
    }

    std::vector<Problem>& m_problems;
    std::vector<Level> m_levels;
};

} // namespace

bool checkForm(std::string_view text, std::vector<Problem>& problems) {
    if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
        const std::int64_t line = 1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(at), '\n');
        problems.push_back({"$", "is not JSON: a zero byte is in line " + std::to_string(line), "save it as UTF-8 text", false});
        return false;
    }
    FormCheck check(problems);
    return Json::sax_parse(text.begin(), text.end(), &check);
}

} // namespace looptax
