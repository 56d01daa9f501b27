#include "report/environment.h"

#include "base/json_text.h"
#include "base/text.h"
#include "domain/plan_json.h"
#include "report/report_sections.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <type_traits>

namespace looptax {

namespace {

constexpr std::size_t kLongest = 200; // characters of a value: a whole template must not fill the table

const Json& member(const Json& object, const std::string& key) {
    static const Json kNull;
    const auto at = object.is_object() ? object.find(key) : object.end();
    return at != object.end() ? *at : kNull;
}

std::string valueText(const Json& value) {
    std::string text;
    if (value.is_null()) return text;
    if (value.is_string()) {
        text = std::string(trimmed(value.get<std::string>()));
    } else if (value.is_boolean()) {
        text = value.get<bool>() ? "yes" : "no";
    } else if (value.is_number_float()) {
        // llama.cpp keeps floats and prints them as doubles: 0.800000011920929
        text = numberText(parseNumber(fixedText(value.get<double>(), 6)).value_or(0));
    } else {
        text = jsonText(value);
    }
    if (text.size() <= kLongest) return text;
    return std::string(firstBytes(text, kLongest)) + " ...";
}

const Json& sessionOf(const ReportInputs& in) {
    static const Json kNothing = Json::object();
    return in.sessions.empty() || !in.sessions.front() ? kNothing : *in.sessions.front();
}

const Json& factsOf(const ReportInputs& in, const std::string& id) {
    static const Json kNothing = Json::object();
    for (const auto& line : in.sessions)
        if (line && member(*line, "targets").is_array())
            for (const Json& facts : member(*line, "targets"))
                if (textMember(facts, "id") == id) return facts;
    return kNothing;
}

class Facts {
public:
    explicit Facts(Environment& out) : m_out(out) {}

    // A value without its folder is what a reader compares: whose home a file lies in differs without meaning.
    void fact(const std::string& what, const std::string& first, const std::string& second) {
        if (first.empty() && second.empty()) m_out.unknown.push_back(what);
        else if (first == second) m_out.same.push_back(what);
        else m_out.differ.push_back({what, first, second});
    }
    void fact(const std::string& what, const Json& first, const Json& second) { fact(what, valueText(first), valueText(second)); }
    // Of two objects every member apart: "samplers differ" would send the reader looking.
    void members(const std::string& what, const Json& first, const Json& second) {
        if (!first.is_object() || !second.is_object()) return fact(what, first, second);
        std::set<std::string> keys;
        for (const Json* object : {&first, &second})
            for (const auto& [key, value] : object->items()) keys.insert(key);
        for (const std::string& key : keys)
            if (valueText(member(first, key)) != valueText(member(second, key)))
                m_out.differ.push_back({what + ", " + key, valueText(member(first, key)), valueText(member(second, key))});
        if (first == second) m_out.same.push_back(what);
    }

private:
    Environment& m_out;
};

std::string commandText(const ReportInputs& in, const std::string& id) {
    if (in.plan)
        for (const Target& target : in.plan->targets) {
            if (target.id != id) continue;
            if (!target.managed) return "not started by the sweep";
            return target.managed->command + (target.managed->args.empty() ? "" : " ") + joined(target.managed->args, " ");
        }
    return {};
}

void planFacts(Facts& facts, const ReportInputs& first, const ReportInputs& second) {
    facts.fact("plan SHA-256", first.plan_sha256, second.plan_sha256);
    facts.fact("task text SHA-256", member(member(sessionOf(first), "task"), "sha256"),
               member(member(sessionOf(second), "task"), "sha256"));
    if (!first.plan || !second.plan) return;
    const Plan a = planInForce(*first.plan, first.amendments), b = planInForce(*second.plan, second.amendments);
    const auto whole = [&](const char* what, auto valueOf) {
        facts.fact(what, std::to_string(valueOf(a)), std::to_string(valueOf(b)));
    };
    const auto text = [](const auto& value) -> std::string {
        if (!value) return "not sent";
        if constexpr (std::is_integral_v<std::decay_t<decltype(*value)>>) return std::to_string(*value);
        else return numberText(*value);
    };
    const auto number = [&](const char* what, auto of) { facts.fact(what, text(a.sampling.*of), text(b.sampling.*of)); };
    const auto word = [&](const char* what, auto valueOf) {
        facts.fact(what, std::string(name(valueOf(a))), std::string(name(valueOf(b))));
    };
    number("temperature", &Sampling::temperature);
    number("top_p", &Sampling::top_p);
    number("top_k", &Sampling::top_k);
    number("min_p", &Sampling::min_p);
    number("repeat_penalty", &Sampling::repeat_penalty);
    number("seed", &Sampling::seed);
    word("seed policy", [](const Plan& p) { return p.sampling.seed_policy; });
    whole("repeats", [](const Plan& p) { return p.repeats; });
    word("order", [](const Plan& p) { return p.order; });
    whole("order seed", [](const Plan& p) { return p.order_seed; });
    word("reply format", [](const Plan& p) { return p.reply.format; });
    const auto most = [](const Plan& p) { return p.reply.max_tokens ? std::to_string(*p.reply.max_tokens) : "auto"; };
    facts.fact("max_tokens", most(a), most(b));
    facts.fact("thinking", std::string(a.reply.thinking ? "on" : "off"), std::string(b.reply.thinking ? "on" : "off"));
    word("after a bad turn", [](const Plan& p) { return p.on_bad_turn; });
    whole("context asked for", [](const Plan& p) { return p.context_tokens; });
    whole("warm-up requests", [](const Plan& p) { return p.warmup_requests; });
    whole("cool-down, ms", [](const Plan& p) { return p.cooldown_ms; });
    whole("task seed", [](const Plan& p) { return p.task.seed; });
    const auto modes = [](const Plan& p) {
        std::vector<std::string> names;
        for (const CacheMode mode : p.cache_modes) names.emplace_back(name(mode));
        std::sort(names.begin(), names.end());
        return joined(names, ", ");
    };
    facts.fact("cache modes", modes(a), modes(b));
    facts.fact("rules of the analysis", rulesText(a.analysis), rulesText(b.analysis));
}

const ReportTarget* targetOf(const std::vector<ReportTarget>& targets, const std::string& id) {
    const auto at = std::find_if(targets.begin(), targets.end(), [&](const ReportTarget& target) { return target.id == id; });
    return at == targets.end() ? nullptr : &*at;
}

// What replies and requests tell of a target, beside what it says of itself.
void exchangeFacts(Facts& facts, const std::string& where, const ReportInputs& first, const ReportInputs& second,
                   const TargetPair& pair) {
    const std::vector<ReportTarget> ofFirst = reportTargets(first), ofSecond = reportTargets(second);
    const ReportTarget *a = targetOf(ofFirst, pair.first), *b = targetOf(ofSecond, pair.second);
    if (a == nullptr || b == nullptr) return;
    facts.fact(where + "model that replies name", joined(a->reply_models, ", then "), joined(b->reply_models, ", then "));
    facts.fact(where + "fingerprint that replies give", joined(a->reply_fingerprints, ", then "),
               joined(b->reply_fingerprints, ", then "));
    if (first.plan && second.plan)
        facts.fact(where + "sent with requests", sentText(*a, *first.plan), sentText(*b, *second.plan));
}

void targetFacts(Facts& facts, const ReportInputs& first, const ReportInputs& second, const TargetPair& pair) {
    const Json &a = factsOf(first, pair.first), &b = factsOf(second, pair.second);
    const std::string where = "target " + pair.first + (pair.first == pair.second ? "" : " / " + pair.second) + ": ";
    const auto row = [&](const char* what, const char* key) { facts.fact(where + what, member(a, key), member(b, key)); };
    row("runtime", "kind");
    row("build", "version");
    facts.fact(where + "command and flags", commandText(first, pair.first), commandText(second, pair.second));
    facts.fact(where + "model", withoutFolder(textMember(a, "model")), withoutFolder(textMember(b, "model")));
    row("model digest", "model_digest");
    row("chat template SHA-256", "template_sha256");
    if (!member(a, "memory").is_null() || !member(b, "memory").is_null()) row("memory of the model", "memory");
    row("context size", "context_tokens");
    row("slots", "slots");
    row("prompt cache can be switched by request", "can_switch_cache");
    row("address", "address");
    exchangeFacts(facts, where, first, second, pair);
    facts.members(where + "server's own samplers", member(a, "samplers"), member(b, "samplers"));
    facts.fact(where + "doubts", member(a, "doubts"), member(b, "doubts"));
}

void hostFacts(Facts& facts, const ReportInputs& first, const ReportInputs& second) {
    const Json &a = member(sessionOf(first), "host"), &b = member(sessionOf(second), "host");
    for (const char* key : {"cpu", "cores", "memory", "governor", "os", "kernel", "architecture", "qt", "locale", "time_zone"})
        facts.fact("host: " + std::string(key), member(a, key), member(b, key));
    const std::string boots[]{textMember(a, "boot_id"), textMember(b, "boot_id")};
    // The id itself tells a reader nothing.
    if (!boots[0].empty() && !boots[1].empty() && boots[0] != boots[1])
        facts.fact("host: since which start of the machine", std::string("one"), std::string("another"));
}

std::string resumesText(const ReportInputs& in) {
    if (in.sessions.size() < 2) return "in one go";
    int other = 0;
    for (const auto& line : in.sessions) other += line && member(*line, "host") != member(sessionOf(in), "host") ? 1 : 0;
    return "resumed " + std::to_string(in.sessions.size() - 1) + " times" +
           (other == 0 ? std::string() : ", after a restart or on another host " + std::to_string(other) + " times");
}

} // namespace

Environment compareEnvironments(const ReportInputs& first, const ReportInputs& second, const std::vector<TargetPair>& pairs) {
    Environment out;
    Facts facts(out);
    planFacts(facts, first, second);
    for (const TargetPair& pair : pairs) targetFacts(facts, first, second, pair);
    hostFacts(facts, first, second);
    const Json &a = member(sessionOf(first), "looptax"), &b = member(sessionOf(second), "looptax");
    facts.fact("looptax version", member(a, "version"), member(b, "version"));
    facts.fact("looptax commit", member(a, "commit"), member(b, "commit"));
    facts.fact("in one go or resumed", resumesText(first), resumesText(second));
    return out;
}

} // namespace looptax
