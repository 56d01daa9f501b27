#include "domain/plan_json.h"

#include "base/hash.h"
#include "base/json_read.h"
#include "base/json_text.h"
#include "base/text.h"
#include "domain/api_key.h"
#include "domain/plan_form.h"

#include <nlohmann/json.hpp>

#include <limits>
#include <set>

namespace looptax {

namespace {

// Walks one JSON object: each key asked for is taken, what is left at the end is unknown. Every problem is kept.
class Reader {
public:
    Reader(const Json& object, std::string path, std::vector<Problem>& problems)
        : m_object(object)
        , m_path(std::move(path))
        , m_problems(problems) {
        if (!object.is_object()) problem("", "must be an object");
    }

    ~Reader() {
        if (!m_object.is_object()) return;
        const std::vector<std::string> known(m_known.begin(), m_known.end());
        for (const auto& [key, value] : m_object.items()) {
            if (m_known.count(key) != 0) continue;
            const auto near = nearestName(key, known);
            problem(key, "unknown key \"" + key + "\"",
                    near ? "did you mean \"" + *near + "\"?" : "known here: " + joined(known, ", "));
        }
    }

    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    std::string path(const std::string& key) const { return key.empty() ? m_path : m_path + "." + key; }

    void problem(const std::string& key, std::string message, std::string hint = {}) {
        m_problems.push_back({path(key), std::move(message), std::move(hint), false});
    }

    const Json* find(const std::string& key) {
        m_known.insert(key);
        if (!m_object.is_object()) return nullptr;
        const auto member = m_object.find(key);
        return member == m_object.end() ? nullptr : &*member;
    }

    const Json* require(const std::string& key) {
        const Json* member = find(key);
        if (member == nullptr && m_object.is_object()) problem(key, "is required");
        return member;
    }

    void read(const std::string& key, std::string& out) {
        if (const Json* v = find(key)) readText(key, *v, out);
    }

    void requireText(const std::string& key, std::string& out) {
        if (const Json* v = require(key)) readText(key, *v, out);
    }

    void read(const std::string& key, std::optional<std::string>& out) {
        if (const Json* v = find(key); v != nullptr && !v->is_null()) readText(key, *v, out.emplace());
    }

    void read(const std::string& key, bool& out) {
        const Json* v = find(key);
        if (v == nullptr) return;
        if (v->is_boolean()) out = v->get<bool>();
        else problem(key, "must be true or false");
    }

    void read(const std::string& key, double& out) {
        const Json* v = find(key);
        if (v == nullptr) return;
        if (v->is_number()) out = v->get<double>();
        else problem(key, "must be a number");
    }

    // null: the plan leaves the field out of its requests.
    void read(const std::string& key, std::optional<double>& out) {
        const Json* v = find(key);
        if (v == nullptr) return;
        if (v->is_null()) out.reset();
        else if (v->is_number()) out = v->get<double>();
        else problem(key, "must be a number, or null to send none");
    }
    template <class Integer> void readInteger(const std::string& key, std::optional<Integer>& out) {
        const Json* v = find(key);
        if (v == nullptr) return;
        Integer value = 0;
        if (v->is_null()) out.reset();
        else if (integer(path(key), *v, value, "must be a whole number, or null to send none")) out = value;
    }

    template <class Integer> void readInteger(const std::string& key, Integer& out) {
        const Json* v = find(key);
        if (v != nullptr) integer(path(key), *v, out);
    }

    template <class Integer>
    bool integer(const std::string& where, const Json& v, Integer& out, const char* rule = "must be a whole number") {
        // Larger integers than a double holds would change on their way through other tools.
        constexpr std::int64_t kLargest = std::int64_t(1) << 53;
        if (!v.is_number_integer() || (v.is_number_unsigned() && v.get<std::uint64_t>() > std::uint64_t(kLargest))) {
            m_problems.push_back({where, rule, {}, false});
            return false;
        }
        const auto value = v.get<std::int64_t>();
        if (value < -kLargest || value < std::int64_t(std::numeric_limits<Integer>::min()) ||
            value > std::int64_t(std::numeric_limits<Integer>::max())) {
            m_problems.push_back({where, "is out of range", {}, false});
            return false;
        }
        out = Integer(value);
        return true;
    }

    void read(const std::string& key, std::vector<int>& out) {
        const Json* v = find(key);
        if (v == nullptr) return;
        if (!v->is_array()) {
            problem(key, "must be a list of whole numbers");
            return;
        }
        out.clear();
        for (std::size_t i = 0; i < v->size(); ++i) {
            int value = 0;
            if (integer(path(key) + "[" + std::to_string(i) + "]", (*v)[i], value)) out.push_back(value);
        }
    }

    void read(const std::string& key, std::vector<std::string>& out) {
        const Json* v = find(key);
        if (v == nullptr) return;
        if (!v->is_array()) {
            problem(key, "must be a list of texts");
            return;
        }
        out.clear();
        for (std::size_t i = 0; i < v->size(); ++i) {
            if ((*v)[i].is_string()) out.push_back((*v)[i].get<std::string>());
            else m_problems.push_back({path(key) + "[" + std::to_string(i) + "]", "must be a text", {}, false});
        }
    }

    template <class Value> void readName(const std::string& key, Value& out, std::initializer_list<Value> values) {
        if (const Json* v = find(key)) named(path(key), *v, out, values);
    }

    template <class Value> bool named(const std::string& where, const Json& v, Value& out, std::initializer_list<Value> values) {
        std::vector<std::string> names;
        for (Value value : values) {
            names.emplace_back(name(value));
            if (v.is_string() && v.get_ref<const std::string&>() == names.back()) {
                out = value;
                return true;
            }
        }
        const std::string given =
            v.is_string() ? v.get<std::string>() : v.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
        const auto near = nearestName(given, names);
        m_problems.push_back({where, "unknown value \"" + given + "\"",
                              near ? "did you mean \"" + *near + "\"?" : "one of: " + joined(names, ", "), false});
        return false;
    }

private:
    void readText(const std::string& key, const Json& v, std::string& out) {
        if (v.is_string()) out = v.get<std::string>();
        else problem(key, "must be a text");
    }

    const Json& m_object;
    std::string m_path;
    std::vector<Problem>& m_problems;
    std::set<std::string> m_known;
};

template <class Each> void readList(Reader& reader, const std::string& key, const Json* list, Each each) {
    if (list == nullptr) return;
    if (!list->is_array()) {
        reader.problem(key, "must be a list");
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) each((*list)[i], reader.path(key) + "[" + std::to_string(i) + "]");
}

Target readTarget(const Json& json, const std::string& path, std::vector<Problem>& problems) {
    Target target;
    Reader reader(json, path, problems);
    reader.requireText("id", target.id);
    if (reader.require("kind") != nullptr)
        reader.readName("kind", target.kind, {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi});
    reader.read("url", target.url);
    reader.read("model", target.model);
    reader.read("api_key_env", target.api_key_env);
    if (target.api_key_env && !isVariableName(*target.api_key_env)) {
        target.api_key_env.reset(); // it may be the key itself: it goes no further, and the message does not repeat it
        reader.problem("api_key_env", kNotAVariable, kVariableHint);
    }
    if (const Json* managed = reader.find("managed"); managed != nullptr && !managed->is_null()) {
        ManagedCommand command;
        Reader inner(*managed, reader.path("managed"), problems);
        inner.requireText("command", command.command);
        inner.requireText("model_file", command.model_file);
        inner.read("args", command.args);
        target.managed = std::move(command);
    }
    return target;
}

CellGroup readCells(const Json& json, const std::string& path, std::vector<Problem>& problems) {
    CellGroup group;
    Reader reader(json, path, problems);
    reader.requireText("design", group.design);
    reader.require("turns");
    reader.read("turns", group.turns);
    reader.read("cap", group.cap);
    reader.read("padding", group.padding);
    return group;
}

void readSettings(Reader& reader, Plan& plan, std::vector<Problem>& problems) {
    if (const Json* v = reader.find("sampling")) {
        Reader r(*v, reader.path("sampling"), problems);
        r.read("temperature", plan.sampling.temperature);
        r.read("top_p", plan.sampling.top_p);
        r.readInteger("top_k", plan.sampling.top_k);
        r.read("min_p", plan.sampling.min_p);
        r.read("repeat_penalty", plan.sampling.repeat_penalty);
        r.readInteger("seed", plan.sampling.seed);
        r.readName("seed_policy", plan.sampling.seed_policy, {SeedPolicy::Fixed, SeedPolicy::PerRun});
    }
    if (const Json* v = reader.find("reply")) {
        Reader r(*v, reader.path("reply"), problems);
        r.readName("format", plan.reply.format, {ReplyFormat::Prompt, ReplyFormat::AnyJson, ReplyFormat::JsonSchema});
        if (const Json* tokens = r.find("max_tokens"); tokens != nullptr && *tokens != "auto") {
            if (tokens->is_string()) r.problem("max_tokens", "must be \"auto\" or a whole number");
            else r.readInteger("max_tokens", plan.reply.max_tokens.emplace());
        }
        r.read("thinking", plan.reply.thinking);
    }
    if (const Json* v = reader.find("deadlines_ms")) {
        Reader r(*v, reader.path("deadlines_ms"), problems);
        r.readInteger("connect", plan.deadlines.connect);
        r.readInteger("first_output", plan.deadlines.first_output);
        r.readInteger("idle", plan.deadlines.idle);
        r.readInteger("total", plan.deadlines.total);
    }
    if (const Json* v = reader.find("task")) {
        Reader r(*v, reader.path("task"), problems);
        r.read("pack", plan.task.pack);
        r.readInteger("seed", plan.task.seed);
    }
    if (const Json* v = reader.find("analysis")) {
        ParsedRules parsed = readRules(*v, reader.path("analysis"));
        plan.analysis = std::move(parsed.rules);
        problems.insert(problems.end(), parsed.problems.begin(), parsed.problems.end());
    }
}

Json targetJson(const Target& target) {
    Json json;
    json["id"] = target.id;
    json["kind"] = std::string(name(target.kind));
    if (!target.managed) json["url"] = target.url;
    json["model"] = target.model;
    json["api_key_env"] = orNull(target.api_key_env);
    json["managed"] = nullptr;
    if (target.managed) {
        Json managed;
        managed["command"] = target.managed->command;
        managed["model_file"] = target.managed->model_file;
        managed["args"] = target.managed->args;
        json["managed"] = std::move(managed);
    }
    return json;
}

} // namespace

std::string Problem::text() const {
    std::string out = path + ": " + message;
    if (!hint.empty()) out += " (" + hint + ")";
    return out;
}

ParsedPlan readPlan(std::string_view text) {
    ParsedPlan out;
    if (!checkForm(text, out.problems)) return out;
    const Json json = Json::parse(text, nullptr, false);
    Plan& plan = out.plan;
    Reader reader(json, "$", out.problems);
    std::string schema;
    reader.requireText("schema", schema);
    if (!schema.empty() && schema != kPlanSchema)
        reader.problem("schema", "is \"" + schema + "\"", std::string("this version reads \"") + kPlanSchema + "\"");
    reader.read("name", plan.name);
    readList(reader, "targets", reader.require("targets"),
             [&](const Json& item, const std::string& path) { plan.targets.push_back(readTarget(item, path, out.problems)); });
    readList(reader, "cells", reader.require("cells"),
             [&](const Json& item, const std::string& path) { plan.cells.push_back(readCells(item, path, out.problems)); });
    if (const Json* modes = reader.find("cache_modes")) {
        plan.cache_modes.clear();
        readList(reader, "cache_modes", modes, [&](const Json& item, const std::string& path) {
            CacheMode mode{};
            if (reader.named(path, item, mode, {CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold}))
                plan.cache_modes.push_back(mode);
        });
    }
    reader.readInteger("repeats", plan.repeats);
    reader.readInteger("warmup_requests", plan.warmup_requests);
    reader.readInteger("cooldown_ms", plan.cooldown_ms);
    reader.readName("order", plan.order, {Order::Blocked, Order::Listed});
    reader.readInteger("order_seed", plan.order_seed);
    reader.readName("on_bad_turn", plan.on_bad_turn, {OnBadTurn::Carry, OnBadTurn::Oracle, OnBadTurn::Stop});
    reader.readInteger("context_tokens", plan.context_tokens);
    readSettings(reader, plan, out.problems);
    return out;
}

std::string writePlan(const Plan& plan) {
    Json json;
    json["schema"] = kPlanSchema;
    json["name"] = plan.name;
    json["targets"] = Json::array();
    for (const Target& target : plan.targets) json["targets"].push_back(targetJson(target));
    json["cells"] = Json::array();
    for (const CellGroup& group : plan.cells) {
        Json cell;
        cell["design"] = group.design;
        cell["turns"] = group.turns;
        if (!group.cap.empty()) cell["cap"] = group.cap;
        if (!group.padding.empty()) cell["padding"] = group.padding;
        json["cells"].push_back(std::move(cell));
    }
    json["cache_modes"] = Json::array();
    for (CacheMode mode : plan.cache_modes) json["cache_modes"].push_back(std::string(name(mode)));
    json["repeats"] = plan.repeats;
    json["warmup_requests"] = plan.warmup_requests;
    json["cooldown_ms"] = plan.cooldown_ms;
    json["order"] = std::string(name(plan.order));
    json["order_seed"] = plan.order_seed;
    const Sampling& s = plan.sampling;
    json["sampling"] = {{"temperature", orNull(s.temperature)},
                        {"top_p", orNull(s.top_p)},
                        {"top_k", orNull(s.top_k)},
                        {"min_p", orNull(s.min_p)},
                        {"repeat_penalty", orNull(s.repeat_penalty)},
                        {"seed", orNull(s.seed)},
                        {"seed_policy", std::string(name(s.seed_policy))}};
    json["reply"] = {{"format", std::string(name(plan.reply.format))},
                     {"max_tokens", plan.reply.max_tokens ? Json(*plan.reply.max_tokens) : Json("auto")},
                     {"thinking", plan.reply.thinking}};
    json["on_bad_turn"] = std::string(name(plan.on_bad_turn));
    json["context_tokens"] = plan.context_tokens;
    json["deadlines_ms"] = {{"connect", plan.deadlines.connect},
                            {"first_output", plan.deadlines.first_output},
                            {"idle", plan.deadlines.idle},
                            {"total", plan.deadlines.total}};
    json["task"] = {{"pack", plan.task.pack}, {"seed", plan.task.seed}};
    json["analysis"] = rulesToJson(plan.analysis);
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string planHash(const Plan& plan) { return sha256Hex(writePlan(plan)); }

Json rulesToJson(const AnalysisRules& rules) {
    return {{"alpha", rules.alpha},     {"family", rules.family},   {"own_family", rules.own_family},
            {"delta_q", rules.delta_q}, {"delta_t", rules.delta_t}, {"primary", rules.primary}};
}

ParsedRules readRules(const Json& json, const std::string& path) {
    ParsedRules out;
    {
        Reader reader(json, path, out.problems); // names unknown keys when it goes
        reader.read("alpha", out.rules.alpha);
        reader.read("family", out.rules.family);
        reader.read("own_family", out.rules.own_family);
        reader.read("delta_q", out.rules.delta_q);
        reader.read("delta_t", out.rules.delta_t);
        reader.read("primary", out.rules.primary);
    }
    return out;
}

std::string rulesText(const AnalysisRules& rules) { return jsonText(rulesToJson(rules)); }

std::string rulesHash(const AnalysisRules& rules) { return sha256Hex(rulesText(rules)); }

} // namespace looptax
