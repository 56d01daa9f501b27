#include "record/schedule_json.h"
#include "base/json_read.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

// A row of the schedule being read: the first member of a wrong form is remembered, the rest goes on.
class RowReader {
public:
    explicit RowReader(const Json& row) : m_row(row) {}

    int number(const char* key) {
        const auto value = optionalNumber(key);
        if (!value) fail(key);
        return value.value_or(0);
    }
    std::optional<int> optionalNumber(const char* key) {
        const auto at = m_row.find(key);
        if (at == m_row.end() || at->is_null()) return std::nullopt;
        const std::int64_t value = at->is_number_integer() ? at->get<std::int64_t>() : -1;
        if (value >= 0 && value <= 1'000'000'000) return int(value);
        fail(key);
        return std::nullopt;
    }
    std::string text(const char* key) {
        const auto at = m_row.find(key);
        if (at != m_row.end() && at->is_string()) return at->get<std::string>();
        fail(key);
        return {};
    }
    void fail(const std::string& key) {
        if (m_wrong.empty()) m_wrong = key;
    }
    const std::string& wrong() const { return m_wrong; }

private:
    const Json& m_row;
    std::string m_wrong;
};

std::optional<int> targetIndex(const Plan& plan, const std::string& id) {
    for (std::size_t i = 0; i < plan.targets.size(); ++i)
        if (plan.targets[i].id == id) return int(i);
    return std::nullopt;
}

std::optional<CacheMode> cacheMode(const std::string& text) {
    for (const CacheMode mode : {CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold})
        if (name(mode) == text) return mode;
    return std::nullopt;
}

} // namespace

Json scheduleToJson(const std::vector<ScheduledRun>& runs, const Plan& plan) {
    Json out = Json::array();
    const auto targetId = [&](int index) {
        const bool known = index >= 0 && std::size_t(index) < plan.targets.size();
        return known ? plan.targets[std::size_t(index)].id : std::string();
    };
    for (const ScheduledRun& run : runs) {
        Json row = Json::object();
        row["run"] = run.run;
        row["target"] = targetId(run.target);
        row["block_index"] = run.repeat;
        row["repeat"] = run.repeat;
        row["cell"] = run.cell;
        row["design"] = run.design;
        row["n"] = run.n;
        row["cap"] = orNull(run.cap);
        row["padding"] = orNull(run.padding);
        row["cache_mode"] = std::string(name(run.cache_mode));
        out.push_back(std::move(row));
    }
    return out;
}

Result<std::vector<ScheduledRun>> scheduleFromJson(const Json& json, const Plan& plan) {
    const auto wrong = [](std::size_t row, const std::string& what) {
        return Error{ErrorKind::Corrupt, what, "schedule[" + std::to_string(row) + "]", {}, 0};
    };
    if (!json.is_array()) return Error{ErrorKind::Corrupt, "the schedule is not a list", {}, {}, 0};
    std::vector<ScheduledRun> out;
    out.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (!json[i].is_object()) return wrong(i, "the entry is not an object");
        RowReader row(json[i]);
        ScheduledRun run;
        run.run = row.number("run");
        (void)row.number("block_index"); // the same number: schedules of other versions need it
        run.repeat = row.number("repeat");
        run.cell = row.text("cell");
        run.design = row.text("design");
        run.n = row.number("n");
        run.cap = row.optionalNumber("cap");
        run.padding = row.optionalNumber("padding");
        const auto target = targetIndex(plan, row.text("target"));
        const auto mode = cacheMode(row.text("cache_mode"));
        if (!target) row.fail("target");
        if (!mode) row.fail("cache_mode");
        if (!row.wrong().empty()) return wrong(i, "the member " + row.wrong() + " cannot be right");
        run.target = *target;
        run.cache_mode = *mode;
        out.push_back(std::move(run));
    }
    return out;
}

} // namespace looptax
