#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace looptax {

using namespace doc;

namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kMostText = 600; // a runtime's account of itself must not fill the page

const Json& member(const Json& object, std::string_view key) {
    static const Json kNull;
    const auto at = object.is_object() ? object.find(key) : object.end();
    return at != object.end() ? *at : kNull;
}

// One line: "temperature 0.8; top_k 40; samplers penalties, dry".
std::string valueText(const Json& value) {
    if (value.is_string()) return std::string(trimmed(value.get<std::string>()));
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (value.is_number_float()) // llama.cpp keeps floats and prints them as doubles: 0.800000011920929
        return numberText(parseNumber(fixedText(value.get<double>(), 6)).value_or(0));
    if (value.is_number()) return value.dump();
    std::vector<std::string> parts;
    for (const auto& [key, item] : value.items()) {
        const std::string text = valueText(item);
        if (!text.empty()) parts.push_back(value.is_object() ? key + " " + text : text);
    }
    return joined(parts, value.is_object() ? "; " : ", ");
}

std::string orNotReported(std::string text) {
    if (text.empty()) return kNotReported;
    if (text.size() > kMostText) {
        std::size_t at = firstBytes(text, kMostText).size();
        // Whole settings: half a name means nothing.
        if (const std::size_t end = text.rfind("; ", at); end != std::string::npos && end > at / 2) at = end;
        text = text.substr(0, at) + " ...";
    }
    return text;
}

std::string cellsText(const Plan& plan) {
    std::vector<std::string> groups;
    const auto list = [](const std::vector<int>& numbers) {
        std::vector<std::string> parts;
        for (const int n : numbers) parts.push_back(std::to_string(n));
        return joined(parts, ", ");
    };
    for (const CellGroup& group : plan.cells) {
        std::string text = group.design + " at N = " + list(group.turns);
        if (!group.cap.empty()) text += ", cap " + list(group.cap);
        if (!group.padding.empty()) text += ", padding " + list(group.padding);
        groups.push_back(text);
    }
    return joined(groups, "; ");
}

Table planTable(const ReportInputs& in) {
    const Plan& p = *in.plan;
    const int repeats = planInForce(p, in.amendments).repeats;
    std::vector<std::string> modes;
    for (const CacheMode mode : p.cache_modes) modes.emplace_back(name(mode));
    const Sampling& s = p.sampling;
    const std::string seeds =
        s.seed_policy == SeedPolicy::Fixed ? "the same for every repeat (fixed)" : "one more each repeat (per-run)";
    Rows rows{{"name", p.name},
              {"SHA-256", in.plan_sha256},
              {"cells", cellsText(p)},
              {"repeats", std::to_string(repeats) +
                              (repeats == p.repeats ? "" : ", of them " + std::to_string(repeats - p.repeats) + " added later")},
              {"cache modes", joined(modes, ", ")},
              {"order",
               std::string(name(p.order)) + (p.order == Order::Blocked
                                                 ? ": the cells of a block in random order, seed " + std::to_string(p.order_seed)
                                                 : ": as written")},
              {"sampling", samplingText(s)},
              {"seed", s.seed ? std::to_string(*s.seed) + ", " + seeds : "none is sent"},
              {"reply", std::string(name(p.reply.format)) + ", max_tokens " +
                            (p.reply.max_tokens ? std::to_string(*p.reply.max_tokens) : "auto") + ", thinking " +
                            (p.reply.thinking ? "on" : "off")},
              {"after a bad turn", std::string(name(p.on_bad_turn))},
              {"context asked for", std::to_string(p.context_tokens) + " tokens"},
              {"warm-up, cool-down", counted(p.warmup_requests, "request", "requests") + " before the first run of a target, " +
                                         std::to_string(p.cooldown_ms) + " ms"},
              {"task", p.task.pack + ", seed " + std::to_string(p.task.seed)}};
    return {"Plan", {{"what", false}, {"value", false}}, std::move(rows)};
}

Table hostTable(const Json& session) {
    const Json& host = member(session, "host");
    Rows rows;
    const auto row = [&](const char* title, std::initializer_list<const char*> keys) {
        std::vector<std::string> parts;
        for (const char* key : keys)
            if (const std::string text = valueText(member(host, key)); !text.empty()) parts.push_back(text);
        rows.push_back({title, orNotReported(joined(parts, ", "))});
    };
    rows.push_back({"session", orNotReported(textMember(session, "session"))});
    rows.push_back({"begun", orNotReported(textMember(session, "t"))});
    rows.push_back({"measured by", orNotReported(measuredBy(session))});
    row("system", {"os", "kernel", "architecture"});
    row("processor", {"cpu"});
    row("cores", {"cores"});
    row("memory", {"memory"});
    row("CPU governor", {"governor"});
    const std::string task = textMember(member(session, "task"), "sha256");
    if (!task.empty()) rows.push_back({"task text SHA-256", task});
    return {"Host", {{"what", false}, {"value", false}}, std::move(rows)};
}

// What was sent is known; what a server made of it no server says.
void addSent(Rows& rows, const ReportTarget& target, const std::optional<Plan>& plan) {
    if (target.sent.empty()) {
        rows.push_back(
            {"sent with requests", "not on record: no request to it ended well, or an older version measured this session"});
        return;
    }
    for (std::size_t i = 0; i < target.sent.size(); ++i) {
        const Json& body = *target.sent[i];
        const char* later = i == 0 ? "" : ", later";
        if (plan) {
            const SentSettings settings = sentSettings(body, *plan);
            rows.push_back({std::string("sent with requests") + later, orNotReported(joined(settings.sent, "; "))});
            rows.push_back({std::string("in the plan and not sent") + later,
                            settings.not_sent.empty() ? "nothing" : joined(settings.not_sent, "; ")});
        }
        rows.push_back({std::string("fields of a request") + later, orNotReported(joined(sentFieldTexts(body), "; "))});
    }
}

// Targets that were sent different settings answered different questions.
void addSentApart(Document& document, const ReportContext& context) {
    if (!context.in.plan) return;
    std::map<std::string, std::vector<std::string>> bySent;
    for (const ReportTarget& target : context.targets)
        if (const std::string text = sentText(target, *context.in.plan); !text.empty()) bySent[text].push_back(target.id);
    if (bySent.size() < 2) return;
    std::vector<std::string> parts;
    for (const auto& [text, ids] : bySent) parts.push_back(joined(ids, ", ") + ": " + text);
    document.add(Notice{Notice::Kind::Warning, plain("The targets were sent different settings: " + joined(parts, ". "))});
}

Table targetTable(const ReportInputs& in, const ReportTarget& target) {
    static const Json kNothing = Json::object();
    const Json& facts = target.facts ? *target.facts : kNothing;
    const auto text = [&](const char* key) { return orNotReported(valueText(member(facts, key))); };
    Rows rows{
        {"runtime", orNotReported(target.kind + (target.kind.empty() ? "" : ", build ") +
                                  (target.builds.size() > 1 ? joined(target.builds, ", then ") : orNotReported(target.version)))},
        {"started by", member(facts, "managed").is_boolean()
                           ? (member(facts, "managed").get<bool>() ? "this sweep" : "somebody else, before")
                           : kNotReported},
        {"address", text("address")},
        {"model", orNotReported(target.model)},
        {"model digest", text("model_digest")},
        {"context size", text("context_tokens")},
        {"slots", text("slots")},
        {"chat template SHA-256", text("template_sha256")},
        {"server's own sampler settings", text("samplers")},
        {"prompt cache can be switched by request", text("can_switch_cache")}};
    // Sessions of before say neither.
    if (const std::string memory = textMember(facts, "memory"); !memory.empty()) rows.push_back({"memory of the model", memory});
    if (const std::string kept = textMember(facts, "keep_alive"); !kept.empty()) rows.push_back({"keep_alive", kept});
    for (const auto& note : in.notes)
        if (note && textMember(*note, "target") == target.id) {
            const std::string kind = textMember(*note, "kind");
            if (kind.rfind("keep_alive", 0) == 0) rows.push_back({"keep_alive, afterwards", textMember(*note, "text")});
            if (kind == "field_refused") rows.push_back({"refused field", textMember(*note, "text")});
            if (kind == "runtime_changed") rows.push_back({"changed during the session", textMember(*note, "text")});
        }
    if (!target.reply_models.empty()) rows.push_back({"model that replies name", joined(target.reply_models, ", then ")});
    if (!target.reply_fingerprints.empty())
        rows.push_back({"fingerprint that replies give", orNotReported(joined(target.reply_fingerprints, ", then "))});
    addSent(rows, target, in.plan);
    for (const Json& doubt : member(facts, "doubts")) rows.push_back({"doubtful", valueText(doubt)});
    return {
        (target.simulated ? "SIMULATED target " : "Target ") + target.id, {{"what", false}, {"value", false}}, std::move(rows)};
}

void addResumes(Document& document, const std::vector<std::shared_ptr<const Json>>& sessions) {
    if (sessions.size() < 2 || !sessions.front()) return;
    BulletList list;
    for (std::size_t i = 1; i < sessions.size(); ++i) {
        if (!sessions[i]) continue;
        const bool same = member(*sessions[i], "host") == member(*sessions.front(), "host");
        list.items.push_back(plain("resumed " + orNotReported(textMember(*sessions[i], "t")) + " by " +
                                   orNotReported(measuredBy(*sessions[i])) +
                                   (same ? ", on the same host since the same boot" : ", after a restart or on another host")));
    }
    document.add(std::move(list));
}

} // namespace

std::string measuredBy(const Json& session) {
    const Json& by = member(session, "looptax");
    const std::string version = textMember(by, "version"), commit = textMember(by, "commit");
    if (version.empty()) return {};
    return "looptax " + version + (commit.empty() ? "" : " (" + commit + ")");
}

Json targetsJson(const ReportContext& context) {
    Json out = Json::array();
    for (const ReportTarget& target : context.targets) {
        Json row{{"target", target.id},
                 {"builds", target.builds},
                 {"reply_models", target.reply_models},
                 {"reply_fingerprints", target.reply_fingerprints},
                 {"sent", nullptr},
                 {"not_sent", nullptr},
                 {"fields", nullptr}};
        if (!target.sent.empty()) {
            row["fields"] = sentFieldTexts(*target.sent.back());
            if (context.in.plan) {
                const SentSettings settings = sentSettings(*target.sent.back(), *context.in.plan);
                row["sent"] = settings.sent;
                row["not_sent"] = settings.not_sent;
            }
        }
        out.push_back(std::move(row));
    }
    return out;
}

void addConditions(Document& document, const ReportContext& context) {
    document.add(Heading{2, "Conditions"});
    if (context.in.plan) document.add(planTable(context.in));
    for (const ReportTarget& target : context.targets) document.add(targetTable(context.in, target));
    if (!context.targets.empty())
        document.add(Paragraph{
            plain("What was sent is read from the requests themselves. Whether a server applied it is not reported; where "
                  "nothing was sent, the server's own settings apply.")});
    addSentApart(document, context);
    if (!context.in.sessions.empty() && context.in.sessions.front()) document.add(hostTable(*context.in.sessions.front()));
    addResumes(document, context.in.sessions);
}

} // namespace looptax
