#include "analysis/published_study.h"

#include "base/json_read.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

std::optional<double> number(const Json& object, const char* key) {
    const auto at = object.is_object() ? object.find(key) : object.end();
    if (at == object.end() || !at->is_number()) return std::nullopt;
    return at->get<double>();
}

std::optional<int> whole(const Json& object, const char* key) {
    const auto value = number(object, key);
    if (!value || *value < 0 || *value > 1e6) return std::nullopt;
    return int(*value);
}

const Json& list(const Json& object, const char* key) {
    static const Json kEmpty = Json::array();
    const auto at = object.is_object() ? object.find(key) : object.end();
    return at != object.end() && at->is_array() ? *at : kEmpty;
}

} // namespace

Result<PublishedStudy> readPublishedStudy(std::string_view json) {
    const Json root = Json::parse(json, nullptr, false);
    if (textMember(root, "schema") != "looptax.reference/1")
        return Error{ErrorKind::Corrupt, "the reference data is not of schema looptax.reference/1", {}, {}, 0};
    PublishedStudy out;
    out.title = textMember(root, "title");
    if (const auto conditions = root.find("conditions"); conditions != root.end()) {
        out.machine = textMember(*conditions, "machine");
        out.runtime = textMember(*conditions, "runtime");
        out.model = textMember(*conditions, "model");
    }
    for (const Json& table : list(root, "tables")) {
        PublishedTable t;
        t.design = textMember(table, "design");
        t.n = whole(table, "n").value_or(0);
        t.cap = whole(table, "cap");
        if (const auto decode = table.find("decode_tps"); decode != table.end()) {
            t.decode_first = number(*decode, "first");
            t.decode_last = number(*decode, "last");
            t.decode_lowest = number(*decode, "lowest");
            t.decode_highest = number(*decode, "highest");
        }
        for (const Json& remark : list(table, "remarks"))
            if (remark.is_string()) t.remarks.push_back(remark.get<std::string>());
        for (const Json& row : list(table, "rows"))
            t.rows.push_back({whole(row, "turn").value_or(0), whole(row, "padding"), number(row, "context_tokens_estimate"),
                              number(row, "state_file_bytes"), number(row, "ttft_ms")});
        out.tables.push_back(std::move(t));
    }
    return out;
}

} // namespace looptax
