// The plan of a sweep: plain values with the defaults of schema looptax.plan/1. Reading and writing JSON is in
// plan_json.h, checking in plan_check.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

inline constexpr const char* kPlanSchema = "looptax.plan/1";

enum class TargetKind { LlamaServer, Ollama, OpenAi };

// A server that the sweep starts and ends itself. Its address, port and context size are ours to choose.
struct ManagedCommand {
    std::string command; // bare name or path
    std::string model_file;
    std::vector<std::string> args;
    bool operator==(const ManagedCommand&) const = default;
};

struct Target {
    std::string id;
    TargetKind kind = TargetKind::LlamaServer;
    std::string url; // empty when managed
    std::string model;
    std::optional<std::string> api_key_env; // name of an environment variable; the key itself is never stored
    std::optional<ManagedCommand> managed;
    bool operator==(const Target&) const = default;
};

// Cells of one design: the cross product of its lists.
struct CellGroup {
    std::string design;
    std::vector<int> turns;
    std::vector<int> cap;     // only designs that take a cap
    std::vector<int> padding; // only designs that take padding
    bool operator==(const CellGroup&) const = default;
};

enum class CacheMode { RunIsolated, Natural, Cold };
enum class Order { Blocked, Listed };
enum class SeedPolicy { Fixed, PerRun };
enum class ReplyFormat { Prompt, AnyJson, JsonSchema }; // in files: prompt, json, json_schema
enum class OnBadTurn { Carry, Oracle, Stop };

// A member that is absent (null in a plan) is left out of every request: some servers refuse what they do not know.
struct Sampling {
    std::optional<double> temperature = 0.2;
    std::optional<double> top_p = 0.95;
    std::optional<int> top_k = 40;
    std::optional<double> min_p = 0.0;
    std::optional<double> repeat_penalty = 1.0;
    std::optional<std::int64_t> seed = 42;
    SeedPolicy seed_policy = SeedPolicy::Fixed;
    bool operator==(const Sampling&) const = default;
};

struct ReplyRules {
    ReplyFormat format = ReplyFormat::Prompt;
    std::optional<int> max_tokens; // absent = auto
    bool thinking = false;
    bool operator==(const ReplyRules&) const = default;
};

struct Deadlines { // milliseconds
    std::int64_t connect = 5'000;
    std::int64_t first_output = 600'000;
    std::int64_t idle = 60'000;
    std::int64_t total = 1'800'000;
    bool operator==(const Deadlines&) const = default;
};

struct TaskChoice {
    std::string pack = "research-log";
    std::int64_t seed = 1;
    bool operator==(const TaskChoice&) const = default;
};

// Fixed before the first turn; the verdicts are held to it.
struct AnalysisRules {
    double alpha = 0.05;
    std::vector<std::string> family{"H1", "H2", "H3", "H4", "H5"};
    std::vector<std::string> own_family{"T1", "T2", "T3", "T4", "Q1"};
    double delta_q = 0.10;
    double delta_t = 1.25;
    std::string primary = "slope_processed";
    bool operator==(const AnalysisRules&) const = default;
};

struct Plan {
    std::string name;
    std::vector<Target> targets;
    std::vector<CellGroup> cells;
    std::vector<CacheMode> cache_modes{CacheMode::RunIsolated};
    int repeats = 5;
    int warmup_requests = 1;
    std::int64_t cooldown_ms = 0;
    Order order = Order::Blocked;
    std::int64_t order_seed = 1;
    Sampling sampling;
    ReplyRules reply;
    OnBadTurn on_bad_turn = OnBadTurn::Carry;
    int context_tokens = 16'384;
    Deadlines deadlines;
    TaskChoice task;
    AnalysisRules analysis;
    bool operator==(const Plan&) const = default;
};

std::string_view name(TargetKind kind);    // "llama-server", "ollama", "openai"
std::string_view name(CacheMode mode);     // "run-isolated", "natural", "cold"
std::string_view name(Order order);        // "blocked", "listed"
std::string_view name(SeedPolicy policy);  // "fixed", "per-run"
std::string_view name(ReplyFormat format); // "prompt", "json", "json_schema"
std::string_view name(OnBadTurn action);   // "carry", "oracle", "stop"

// Seed of every request of a run (repeats count from 1); absent where the plan sends none.
std::optional<std::int64_t> requestSeed(const Sampling& sampling, int repeat);
bool sharesSeed(const Sampling& sampling); // every repeat sends the same one

} // namespace looptax
