#include "domain/presets.h"

#include "base/text.h"
#include "domain/api_key.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace looptax {

namespace {

std::vector<CellGroup> studyCells() {
    return {{"A", {1, 3, 6, 9, 12}, {}, {}},
            {"B", {1, 3, 6, 9, 12}, {}, {}},
            {"C", {1, 3, 6, 9, 12, 15}, {3}, {}},
            {"D", {3}, {}, {1, 3, 6, 9}}};
}

// One slot and no prompt cache in RAM: a run then meets nothing that an earlier run left behind.
std::vector<std::string> quietServerArgs() { return {"-np", "1", "--cache-ram", "0"}; }

// Cuts at commas. \, is a comma and \\ a backslash; before anything else a backslash is itself, as in a path.
std::vector<std::string> partsOf(std::string_view text) {
    std::vector<std::string> out(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ',' || text[i + 1] == '\\');
        if (escape) out.back() += text[++i];
        else if (text[i] == ',') out.emplace_back();
        else out.back() += text[i];
    }
    return out;
}

std::optional<TargetKind> kindOf(std::string_view word) {
    const std::string known = lowered(word);
    for (TargetKind kind : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi})
        if (name(kind) == known) return kind;
    return std::nullopt;
}

} // namespace

std::vector<std::string_view> presetNames() { return {"quick", "study", "publication"}; }

Result<Plan> presetPlan(std::string_view preset, std::vector<Target> targets) {
    Plan plan;
    plan.name = std::string(preset);
    plan.targets = std::move(targets);
    if (preset == "quick") {
        plan.cells = {{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}};
        plan.repeats = 1;
    } else if (preset == "study") {
        plan.cells = studyCells();
    } else if (preset == "publication") {
        plan.cells = studyCells();
        plan.repeats = 8;
        plan.sampling.seed_policy = SeedPolicy::PerRun;
        plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
        plan.on_bad_turn = OnBadTurn::Oracle;
    } else {
        std::vector<std::string> names;
        for (std::string_view known : presetNames()) names.emplace_back(known);
        return Error{ErrorKind::Usage, "unknown preset \"" + std::string(preset) + "\"", {}, "one of: " + joined(names, ", "), 0};
    }
    return plan;
}

Result<Target> parseTarget(std::string_view text) {
    static const std::vector<std::string> kKeys{"id", "kind", "url", "model", "api_key_env", "command", "model_file", "args"};
    static const std::string kKinds = "one of: llama-server, ollama, openai";
    const auto wrong = [&](std::string what, std::string hint) {
        // A key may stand in the option, under whatever name: then it is not repeated.
        static constexpr std::array kSecrets{"key", "token", "secret", "sk-", "hf_", "bearer"};
        const bool secret = std::any_of(kSecrets.begin(), kSecrets.end(), [lower = lowered(text)](const char* word) {
            return lower.find(word) != std::string::npos;
        });
        return Error{ErrorKind::Usage, std::move(what), "--target" + (secret ? std::string() : " " + std::string(text)),
                     std::move(hint), 0};
    };
    std::map<std::string, std::string> given;
    for (const std::string& part : partsOf(text)) {
        const std::size_t equals = part.find('=');
        if (equals == std::string::npos)
            return wrong((trimmed(part).size() > 12 ? std::string("one part") : "\"" + std::string(trimmed(part)) + "\"") +
                             " is not key=value",
                         "for example kind=ollama,url=http://127.0.0.1:11434,model=m; a comma inside a value is written \\,");
        const std::string key(trimmed(std::string_view(part).substr(0, equals)));
        if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
            return wrong("unknown key \"" + key + "\"",
                         "known: " + joined(kKeys, ", ") + "; a comma inside a value is written \\,");
        if (!given.emplace(key, trimmed(std::string_view(part).substr(equals + 1))).second)
            return wrong("key \"" + key + "\" is given twice", "keep one of them");
    }
    if (given.count("kind") == 0) return wrong("has no kind", kKinds);
    const auto kind = kindOf(given["kind"]);
    if (!kind) return wrong("unknown kind \"" + given["kind"] + "\"", kKinds);

    Target target;
    target.kind = *kind;
    target.id = given["id"];
    target.url = given["url"];
    target.model = given["model"];
    if (given.count("api_key_env") != 0) {
        if (!isVariableName(given["api_key_env"])) return wrong(std::string("api_key_env ") + kNotAVariable, kVariableHint);
        target.api_key_env = given["api_key_env"];
    }
    if (given.count("command") + given.count("model_file") + given.count("args") > 0) {
        ManagedCommand managed{given["command"], given["model_file"], quietServerArgs()};
        if (given.count("args") != 0) {
            managed.args.clear();
            for (const std::string& arg : splitOn(given["args"], ' '))
                if (!arg.empty()) managed.args.push_back(arg);
        }
        target.managed = std::move(managed);
    }
    if (target.id.empty()) target.id = target.kind == TargetKind::LlamaServer ? "llamacpp" : std::string(name(target.kind));
    return target;
}

} // namespace looptax
