#include "domain/amendment.h"

#include "base/text.h"
#include "domain/plan_json.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

std::string listText(const std::vector<std::string>& names) { return names.empty() ? "none" : joined(names, ","); }

class LineReader {
public:
    explicit LineReader(const Json& line) : m_line(line) {}

    const Json* find(const char* key) {
        const auto at = m_line.is_object() ? m_line.find(key) : m_line.end();
        return at == m_line.end() || at->is_null() ? nullptr : &*at;
    }
    std::string text(const char* key) {
        const Json* value = find(key);
        if (value != nullptr && !value->is_string()) wrong(key);
        return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
    }
    void wrong(const std::string& key) {
        if (m_wrong.empty()) m_wrong = key;
    }
    const std::string& wrong() const { return m_wrong; }

private:
    const Json& m_line;
    std::string m_wrong;
};

} // namespace

Plan planInForce(Plan plan, const std::vector<Amendment>& amendments) {
    for (const Amendment& amendment : amendments) {
        if (amendment.analysis) plan.analysis = *amendment.analysis;
        if (amendment.repeats) plan.repeats = *amendment.repeats;
    }
    return plan;
}

std::string amendmentText(const Plan& before, const Plan& after) {
    std::vector<std::string> parts;
    const auto part = [&](const char* what, const std::string& was, const std::string& is) {
        if (was != is) parts.push_back(std::string(what) + " " + was + " -> " + is);
    };
    const AnalysisRules &a = before.analysis, &b = after.analysis;
    part("alpha", numberText(a.alpha), numberText(b.alpha));
    part("delta_q", numberText(a.delta_q), numberText(b.delta_q));
    part("delta_t", numberText(a.delta_t), numberText(b.delta_t));
    part("family", listText(a.family), listText(b.family));
    part("own_family", listText(a.own_family), listText(b.own_family));
    part("primary", a.primary, b.primary);
    part("repeats", std::to_string(before.repeats), std::to_string(after.repeats));
    return joined(parts, "; ");
}

std::string amendmentSentence(const Amendment& amendment) {
    std::string out = amendment.after_data ? "changed after data" : "changed before the first turn";
    constexpr std::size_t kDate = 10;
    if (amendment.t.size() >= kDate) out += " on " + amendment.t.substr(0, kDate);
    out += ": " + amendment.text;
    if (!amendment.reason.empty()) out += " (" + amendment.reason + ")";
    return out;
}

void writeAmendment(Json& fields, const Amendment& amendment) {
    fields["t"] = amendment.t;
    fields["text"] = amendment.text;
    fields["reason"] = amendment.reason;
    fields["after_data"] = amendment.after_data;
    if (amendment.analysis) {
        fields["analysis"] = rulesToJson(*amendment.analysis);
        fields["analysis_sha256"] = rulesHash(*amendment.analysis);
    }
    if (amendment.repeats) fields["repeats"] = *amendment.repeats;
}

Result<Amendment> readAmendment(const Json& line) {
    Amendment out;
    LineReader reader(line);
    out.t = reader.text("t");
    out.text = reader.text("text");
    out.reason = reader.text("reason");
    if (const Json* after = reader.find("after_data")) {
        if (after->is_boolean()) out.after_data = after->get<bool>();
        else reader.wrong("after_data");
    }
    if (const Json* analysis = reader.find("analysis")) {
        ParsedRules rules = readRules(*analysis, "analysis");
        if (!rules.problems.empty()) reader.wrong(rules.problems.front().text());
        out.analysis = std::move(rules.rules);
    }
    if (const Json* repeats = reader.find("repeats")) {
        const std::int64_t n = repeats->is_number_integer() ? repeats->get<std::int64_t>() : 0;
        if (n < 1 || n > 1'000'000'000) reader.wrong("repeats");
        else out.repeats = int(n);
    }
    if (!reader.wrong().empty()) return Error{ErrorKind::Corrupt, "the member " + reader.wrong() + " cannot be right", {}, {}, 0};
    return out;
}

} // namespace looptax
