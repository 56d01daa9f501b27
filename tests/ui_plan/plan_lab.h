// The plan panel with a world that a test decides: what a probe finds, whether the embedded runtime is here
// and what fetching it does.
#pragma once

#include "app/world.h"
#include "loop/loop_design.h"
#include "runtime/doubts.h"
#include "support/temp_folder.h"
#include "ui/model/services.h"
#include "ui/plan/plan_panel.h"

#include <QFile>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

inline std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

inline ProbeFinding foundLlama(const std::string& url = "http://127.0.0.1:8080") {
    ProbeFinding finding;
    finding.url = url;
    finding.answers = true;
    finding.kind = TargetKind::LlamaServer;
    finding.product = "llama-server";
    finding.facts.version = "b6123-0fd90db5";
    finding.facts.model = "qwen2.5-coder-7b-instruct-q4_k_m.gguf";
    finding.facts.context_tokens = 4096;
    finding.facts.slots = 4;
    finding.facts.doubts = {doubt::slots(4), doubt::ramCache()};
    return finding;
}

inline ProbeFinding foundOllama(const std::string& url = "http://127.0.0.1:11434") {
    ProbeFinding finding;
    finding.url = url;
    finding.answers = true;
    finding.kind = TargetKind::Ollama;
    finding.product = "Ollama";
    finding.facts.version = "0.13.1";
    finding.facts.models = {"nomic-embed-text:latest", "gemma3:4b", "qwen2.5-coder:7b"};
    finding.facts.doubts = {doubt::cachedUnknown()};
    return finding;
}

inline ProbeFinding silent(const std::string& url) {
    ProbeFinding finding;
    finding.url = url;
    finding.problem = "nothing listens there";
    return finding;
}

inline Target plainTarget(const std::string& id = "llamacpp") {
    Target target;
    target.id = id;
    target.url = "http://127.0.0.1:8080";
    return target;
}

// No value is the default.
inline Plan fullPlan() {
    Plan plan;
    plan.name = "all \xC3\xA4ndert \"x\"";
    Target key = plainTarget("vllm_1");
    key.kind = TargetKind::OpenAi;
    key.url = "https://127.0.0.1:8443/v2";
    key.model = "org/model:8b";
    key.api_key_env = "PATH";
    Target managed;
    managed.id = "own";
    managed.model = "a label";
    managed.managed =
        ManagedCommand{"/opt/llama/llama-server", "/models/a b.gguf", {"-np", "1", "--chat-template", "a \"b\" c", ""}};
    plan.targets = {key, managed};
    plan.cells = {{"C", {15, 3}, {5, 2}, {}}, {"A", {2}, {}, {}}, {"C", {4}, {}, {}}, {"D", {3}, {}, {9, 1}}};
    plan.cache_modes = {CacheMode::Cold, CacheMode::Natural};
    plan.repeats = 9;
    plan.warmup_requests = 3;
    plan.cooldown_ms = 1'234;
    plan.order = Order::Listed;
    plan.order_seed = 9'007'199'254'740'991;
    plan.sampling = {0.123456789012345, 0.5, 7, 0.05, 1.1, 2'147'000'000, SeedPolicy::PerRun};
    plan.reply = {ReplyFormat::JsonSchema, 777, true};
    plan.on_bad_turn = OnBadTurn::Stop;
    plan.context_tokens = 65'536;
    plan.deadlines = {4'001, 500'002, 30'003, 900'004};
    plan.task.seed = 77;
    plan.analysis = {0.01, {"H1", "H3"}, {"Q1"}, 0.2, 1.5, "ratio"};
    return plan;
}

class PlanLab {
public:
    PlanLab() : services(makeServices(files)) {}

    TempFolder folder;
    SystemFileOps files;
    SystemClock clock;
    Services services;

    // What a probe answers with; how often it was asked, and with what.
    std::vector<ProbeFinding> found;
    std::atomic<int> probes{0};
    bool installed = false;

    // A script that stands for get-runtime.sh.
    void installer(const std::string& script) {
        const std::string path = folder.file("get-runtime.sh");
        spit(path, "#!/bin/sh\n" + script);
        QFile::setPermissions(QString::fromStdString(path), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        services.embedded.program = QString::fromStdString(path);
    }

    Services servicesOn(FileOps& other) { return makeServices(other); }

    std::string planFile(const std::string& json) {
        const std::string path = folder.file("plan.json");
        spit(path, quoted(json));
        return path;
    }

private:
    Services makeServices(FileOps& disk) {
        Target embedded;
        embedded.id = "embedded";
        embedded.managed = ManagedCommand{"/data/runtime/looptax-llama-server",
                                          "/data/models/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                                          {"-np", "1", "--cache-ram", "0"}};
        return Services{disk,
                        clock,
                        catalogue(),
                        loadTaskPack,
                        {},
                        [this](const std::vector<std::string>&) {
                            ++probes;
                            return found;
                        },
                        EmbeddedRuntime{[this] { return installed; }, {}, {}, embedded},
                        {},
                        {},
                        folder.path(),
                        {}};
    }
};

} // namespace looptax
