#include "report/run_json.h"

#include "base/text.h"
#include "record/record_json.h"

#include <nlohmann/json.hpp>

namespace looptax {

std::string runFileName(const RunView& run) {
    const std::string number = std::to_string(run.run);
    std::string out = "run-" + std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number;
    const auto slash = run.cell.find('/'); // before it stands the target's id, which somebody chose
    for (const char c : slash == std::string::npos ? std::string() : run.cell.substr(slash))
        out += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '-';
    if (run.run_attempt > 1) out += "-attempt" + std::to_string(run.run_attempt);
    return out + ".json";
}

std::string runJson(const ReportInputs& in, const RunView& run, const std::vector<std::string>& replies) {
    Json out;
    out["schema"] = "looptax.run/1";
    out["made_by"] = {{"version", in.version}, {"commit", in.commit}};
    out["plan_sha256"] = in.plan_sha256;
    out["run"] = run.run;
    out["run_attempt"] = run.run_attempt;
    out["cell"] = run.cell;
    out["run_outcome"] = run.outcome ? Json(std::string(name(*run.outcome))) : Json(nullptr);
    out["reason"] = run.reason;
    out["turns"] = Json::array();
    for (std::size_t i = 0; i < run.turns.size(); ++i) {
        if (run.turns[i] >= in.turns.size()) continue;
        Json row;
        writeRecord(row, in.turns[run.turns[i]]);
        row["reply"] = i < replies.size() ? Json(replies[i]) : Json(nullptr);
        out["turns"].push_back(std::move(row));
    }
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace looptax
