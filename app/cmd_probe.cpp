#include "app/arguments.h"
#include "app/commands.h"
#include "base/json_fwd.h"
#include "base/json_read.h"
#include "base/text.h"
#include "runtime/managed_server.h"
#include "runtime/probe.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax probe [--url URL]... [--json]

What answers on the known ports of this machine (11434, 8080, 9931, 1234, 8000, 30000), or at the addresses given:
kind, version, models, context, slots, and what is doubtful about measuring there. Sends no chat request.
)";

Json asJson(const ProbeFinding& finding) {
    Json json;
    json["url"] = finding.url;
    json["answers"] = finding.answers;
    json["kind"] = finding.answers ? Json(std::string(name(finding.kind))) : Json(nullptr);
    json["product"] = finding.product;
    json["version"] = finding.facts.version;
    json["models"] = finding.facts.models;
    json["context_tokens"] = orNull(finding.facts.context_tokens);
    json["slots"] = orNull(finding.facts.slots);
    json["memory"] = Json::object();
    for (const auto& [model, memory] : finding.memories) json["memory"][model] = memory.text();
    json["doubts"] = finding.facts.doubts;
    json["problem"] = finding.problem;
    return json;
}

std::string asText(const ProbeFinding& finding) {
    std::string out = finding.url + "  " + finding.product;
    if (!finding.facts.version.empty()) out += " " + finding.facts.version;
    out += "\n";
    if (!finding.problem.empty()) out += "  " + finding.problem + "\n";
    out += "  models: " + (finding.facts.models.empty() ? std::string("none named") : joined(finding.facts.models, ", ")) + "\n";
    if (finding.facts.context_tokens) out += "  context: " + std::to_string(*finding.facts.context_tokens) + " tokens a slot\n";
    if (finding.facts.slots) out += "  slots: " + std::to_string(*finding.facts.slots) + "\n";
    for (const auto& [model, memory] : finding.memories) {
        out += "  memory: " + model + " " + memory.text() + "\n";
        const std::string doubt = memoryDoubt(memory, finding.kind, finding.facts.context_tokens.value_or(0), {});
        if (!doubt.empty()) out += "  doubtful: " + model + ", " + doubt + "\n";
    }
    for (const std::string& doubt : finding.facts.doubts) out += "  doubtful: " + doubt + "\n";
    return stripControls(out);
}

} // namespace

int probeCommand(const Words& words) {
    const auto arguments = Arguments::parse(words, {{"--url", true}, {"--json", false}, {"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (!arguments->words().empty())
        return complain({ErrorKind::Usage, "unexpected word " + arguments->words()[0], {}, "give addresses with --url", 0});
    const bool given = arguments->has("--url");
    SystemClock clock;
    const auto findings = probe(given ? arguments->values("--url") : knownUrls(), clock);
    const std::string onPath = resolveCommand("llama-server");
    const std::string embedded = resolveCommand("looptax-llama-server");
    bool any = false;
    Json json;
    json["runtimes"] = Json::array();
    std::string text;
    for (const ProbeFinding& finding : findings) {
        any = any || finding.answers;
        if (finding.answers || given) json["runtimes"].push_back(asJson(finding));
        if (finding.answers) text += asText(finding);
        else if (given) text += finding.url + "  " + stripControls(finding.problem) + "\n";
    }
    json["llama_server_on_path"] = onPath.empty() ? Json(nullptr) : Json(onPath);
    json["embedded"] = embedded.empty() ? Json(nullptr) : Json(embedded);
    if (!onPath.empty()) text += "on PATH: " + onPath + "\n";
    if (!embedded.empty()) text += "embedded: " + embedded + "\n";
    if (!any && !given)
        text += "nothing answers on the known ports; start Ollama or llama-server, or give an address with --url\n";
    printOut(arguments->has("--json") ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : text);
    return any ? kExitDone : kExitUnreachable;
}

} // namespace looptax
