#include "domain/presets.h"

#include "base/text.h"
#include "domain/api_key.h"

#include <algorithm>

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
    Target target;
    ManagedCommand managed{{}, {}, quietServerArgs()};
    bool isManaged = false;
    bool hasKind = false;
    const auto wrong = [&](std::string what, std::string hint) {
        return Error{ErrorKind::Usage, std::move(what), "--target " + std::string(text), std::move(hint), 0};
    };
    for (const std::string& part : splitOn(text, ',')) {
        const std::size_t equals = part.find('=');
        const std::string key = part.substr(0, equals);
        if (equals == std::string::npos)
            return wrong("\"" + part + "\" is not key=value", "for example kind=ollama,url=http://127.0.0.1:11434,model=m");
        const std::string value = part.substr(equals + 1);
        if (key == "id") target.id = value;
        else if (key == "kind") {
            for (TargetKind kind : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi})
                if (name(kind) == value) {
                    target.kind = kind;
                    hasKind = true;
                }
            if (!hasKind) return wrong("unknown kind \"" + value + "\"", "one of: llama-server, ollama, openai");
        } else if (key == "url") target.url = value;
        else if (key == "model") target.model = value;
        else if (key == "api_key_env") {
            // Without the option's text: the key may stand in it.
            if (!isVariableName(value)) return Error{ErrorKind::Usage, std::string("api_key_env ") + kNotAVariable, "--target", kVariableHint, 0};
            target.api_key_env = value;
        }
        else if (key == "command") {
            managed.command = value;
            isManaged = true;
        } else if (key == "model_file") {
            managed.model_file = value;
            isManaged = true;
        } else if (key == "args") {
            managed.args.clear();
            for (const std::string& arg : splitOn(value, ' '))
                if (!arg.empty()) managed.args.push_back(arg);
            isManaged = true;
        } else {
            return wrong("unknown key \"" + key + "\"",
                         "known: id, kind, url, model, api_key_env, command, model_file, args");
        }
    }
    if (!hasKind) return wrong("has no kind", "one of: llama-server, ollama, openai");
    if (isManaged) target.managed = std::move(managed);
    if (target.id.empty())
        target.id = target.kind == TargetKind::LlamaServer ? "llamacpp" : std::string(name(target.kind));
    return target;
}

} // namespace looptax
