#include "base/bounded_json.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace looptax {

namespace {

// Builds the value as the parser goes. The library's own builder looks for every key among those before it, which
// in an object that keeps its order is a walk: a third of the time of a turn's eighty members.
class Builder final : public nlohmann::json_sax<Json> {
public:
    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(value); }
    bool number_unsigned(number_unsigned_t value) override { return put(value); }
    bool number_float(number_float_t value, const string_t&) override { return put(value); }
    bool string(string_t& value) override { return put(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool key(string_t& name) override {
        auto& members = m_open.back()->get_ref<Json::object_t&>();
        // Growing copies the keys, which are const: the many members of a line get their room at once.
        if (members.empty() && m_open.size() == 1) members.reserve(kMembersOfATurn);
        members.emplace_back(std::move(name), nullptr);
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

    Json root;

private:
    static constexpr std::size_t kMembersOfATurn = 96;

    // Where the next value goes. A pointer to an open value stays good: nothing is added beside it while it is open.
    Json& place() {
        if (m_open.empty()) return root;
        if (m_open.back()->is_array()) return m_open.back()->get_ref<Json::array_t&>().emplace_back();
        return m_open.back()->get_ref<Json::object_t&>().back().second;
    }
    bool put(Json value) {
        if (++m_values > kMaxLineValues) return false;
        place() = std::move(value);
        return true;
    }
    bool open(Json empty) {
        if (m_open.size() >= std::size_t(kMaxLineDepth) || ++m_values > kMaxLineValues) return false;
        Json& value = place();
        value = std::move(empty);
        m_open.push_back(&value);
        return true;
    }
    bool close() {
        m_open.pop_back();
        return true;
    }

    std::vector<Json*> m_open;
    std::size_t m_values = 0;
};

} // namespace

std::optional<Json> parseBounded(std::string_view text) {
    try {
        Builder builder;
        if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
    } catch (const std::exception&) { // out of memory
    }
    return std::nullopt;
}

} // namespace looptax
