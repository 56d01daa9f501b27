#include "compare_sessions.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

Json facts(const std::string& id, const std::string& kind, const std::string& version) {
    return {{"id", id},
            {"kind", kind},
            {"address", "127.0.0.1:8080"},
            {"managed", true},
            {"version", version},
            {"model", "/home/somebody/tiny-q4.gguf"},
            {"model_digest", "sha256:abc"},
            {"context_tokens", 16384},
            {"slots", 1},
            {"template_sha256", ""},
            {"samplers", {{"temperature", 0.800000011920929}, {"top_k", 40}}},
            {"can_switch_cache", true},
            {"doubts", Json::array()}};
}

Plan planOf(std::vector<CellGroup> cells, const std::string& target, const std::vector<std::string>& args) {
    Plan plan = testPlan(std::move(cells), 6);
    plan.targets[0].id = target;
    plan.targets[0].url.clear();
    plan.targets[0].managed = ManagedCommand{"llama-server", "tiny-q4.gguf", args};
    return plan;
}

} // namespace

SessionBuilder comparedFirst() {
    SessionBuilder b(planOf({{"A", {3}, {}, {}}, {"C", {2}, {3}, {}}}, "llamacpp", {"-np", "1"}),
                     Json::array({facts("llamacpp", "llama-server", "b9999")}));
    for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
    return b;
}

SessionBuilder comparedSecond() {
    Json second = facts("lc", "llama-server", "b10100 | <b>new</b>");
    second["samplers"]["top_k"] = 20;
    Plan plan = planOf({{"A", {2}, {}, {}}, {"C", {2}, {3}, {}}, {"D", {1}, {}, {1}}}, "lc", {"-np", "1", "--swa-full"});
    plan.name = "with the whole window";
    SessionBuilder b(plan, Json::array({second}), kOtherId);
    for (const ScheduledRun& run : b.schedule())
        b.completeRun(run.run, [](TurnRecord& turn) {
            if (turn.design == "A") SessionBuilder::setTtft(turn, *turn.ttft_ms + 40);
            if (turn.design == "C" && turn.turn == 2) {
                SessionBuilder::judge(turn, turn.repeat > 5);
                turn.stratum = "cold";
            }
        });
    return b;
}

SessionBuilder oneDesign(const std::string& design, const std::string& target, TargetKind kind, const std::string& id) {
    Plan plan = testPlan({{design, {2}, {}, {}}}, 2);
    plan.targets[0].id = target;
    plan.targets[0].kind = kind;
    SessionBuilder b(plan, Json::array({facts(target, std::string(name(kind)), "1.0")}), id);
    for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
    return b;
}

} // namespace looptax
