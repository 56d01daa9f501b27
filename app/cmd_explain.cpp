#include "app/arguments.h"
#include "app/commands.h"
#include "app/plan_source.h"
#include "app/session_files.h"
#include "app/world.h"
#include "base/text.h"
#include "domain/plan_check.h"
#include "engine/facts_json.h"
#include "engine/runtime_prompt_reader.h"
#include "record/record_store.h"
#include "replay/loop_predictions.h"
#include "replay/session_explainer.h"
#include "store/load_session.h"
#include "store/session.h"

#include <optional>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax explain SESSION [--url U] [--trust-plan]
looptax explain --what-if plan.json | --preset P --target T...

Why each turn's prompt was read anew: rebuilds the prompts from the journal, has the runtime's own template and
tokenizer cut them, and holds them against what the slot held before. Nothing is generated. Writes
SESSION/explanations.jsonl and makes the reports anew. Needs a llama-server with the same model: the one the session
names, started if the session's plan started it, or the one at --url. A sweep of a llama-server does this by itself at
its end; this makes up for what it could not.

  --url U        ask this llama-server instead
  --what-if      before anything is run: what each design would reuse and read in each turn, by the same rule
  --trust-plan   this time the plan may start any command with any arguments, talk to any address and send any variable
                 as a key
)";

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string turnText(const TurnExplanation& turn) {
    std::string out =
        padded(turn.cell, 34) + " run " + padded(std::to_string(turn.run), 4) + "turn " + padded(std::to_string(turn.turn), 4);
    if (!turn.absent.empty()) return out + "not explained: " + stripControls(turn.absent) + "\n";
    const auto count = [](const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : std::string("?"); };
    out += "cached " + padded(count(turn.cached_reported) + " (by the rule " + std::to_string(turn.cached_predicted) + ")", 28) +
           padded(turn.verdict ? std::string(name(*turn.verdict)) : "", 20) + stripControls(turn.sentence);
    if (!turn.mismatch.empty()) out += " COUNTS DISAGREE: " + stripControls(turn.mismatch);
    return out + "\n";
}

std::string loopText(const PredictedLoop& loop) {
    std::string name = loop.design + (loop.cap ? " cap " + std::to_string(*loop.cap) : "") +
                       (loop.padding ? " padding " + std::to_string(*loop.padding) : "");
    std::string out = padded(std::move(name), 16);
    std::int64_t read = 0;
    for (const PredictedTurn& turn : loop.turns) {
        out += padded(std::to_string(turn.processed()), 6);
        if (turn.turn > 1) read += turn.processed();
    }
    return out + "after turn 1: " + std::to_string(read) + "\n";
}

void printAll(const SessionExplanations& all) {
    for (const TurnExplanation& turn : all.turns) printOut(turnText(turn));
    for (const std::string& why : all.absent) printOut("not explained: " + stripControls(why) + "\n");
    const ExplainedCounts counts = countsOf(all);
    printOut(std::to_string(counts.explained) + " of " + std::to_string(counts.turns) + " turns explained, " +
             (counts.absent > 0 ? std::to_string(counts.absent) + " without an account, " : std::string()) +
             std::to_string(counts.exact) + " exact, " + std::to_string(counts.mismatches) + " with counts that disagree\n");
}

// Before it is run: nothing is generated, no session is made.
int whatIf(const Arguments& arguments) {
    const auto sourced = planFrom(arguments);
    if (!sourced) return complain(sourced.error());
    if (hasErrors(sourced->problems)) {
        printProblems(sourced->problems);
        return kExitUsage;
    }
    const Plan& plan = sourced->plan;
    if (const Status allowed = permitted(plan, trustFrom(arguments, plan, sourced->origin), sourced->file); !allowed)
        return complain(allowed.error());
    const auto pack = loadTaskPack(plan.task.pack);
    if (!pack) return complain(pack.error());
    SystemFileOps files;
    SystemClock clock;
    EngineWorld world = realWorld(files, clock);
    const CancelFlag cancel{false};
    for (const Target& target : plan.targets) {
        if (target.kind != TargetKind::LlamaServer) {
            printOut("target " + target.id + ": only llama-server shows its template and its tokens\n");
            continue;
        }
        TargetSession server(target, plan, world);
        if (const Status opened = server.open("/dev/null", {}, cancel); !opened) return complain(opened.error());
        RuntimePromptReader reader(server.client(), server.facts().model, plan.reply.thinking, cancel);
        const auto loops = predictLoops(plan, *pack, reader, {});
        if (!loops) return complain(loops.error());
        printOut("target " + target.id + ", " + stripControls(server.facts().model) +
                 ": prompt tokens read anew in each turn, run-isolated, if every reply is right\n");
        for (const PredictedLoop& loop : *loops) printOut(loopText(loop));
    }
    return kExitDone;
}

} // namespace

int explainCommand(const Words& words) {
    const auto arguments = Arguments::parse(words, {{"--url", true},
                                                    {"--what-if", false},
                                                    {"--preset", true},
                                                    {"--target", true},
                                                    {"--trust-plan", false},
                                                    {"--help", false},
                                                    {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (arguments->has("--what-if")) return whatIf(*arguments);
    if (arguments->words().size() != 1 || arguments->has("--preset") || arguments->has("--target"))
        return complain({ErrorKind::Usage, "explain needs one session folder", {}, "looptax explain --help", 0});
    const std::string folder = arguments->words()[0];
    SystemFileOps files;
    SystemClock clock;
    const auto session = loadSession(files, folder);
    if (!session) return complain(session.error());
    if (!session->store.plan())
        return complain({ErrorKind::Storage, "the journal holds no plan: nothing was measured yet", folder, {}, 0});
    Plan plan = *session->store.plan();
    std::vector<std::string> models; // of each target, as the plan names it
    for (Target& target : plan.targets) models.push_back(target.model);
    if (const auto url = arguments->value("--url"))
        for (Target& target : plan.targets) {
            target.url = *url;
            target.managed.reset();
            target.model.clear(); // another server may serve it under another name
        }
    Trust trust = trustFrom(*arguments, plan, Origin::Session);
    if (arguments->has("--url")) // typed, so it is meant; whether a key of the session's plan goes there is not
        for (const TrustNeed& need : needsTrust(plan, trust))
            if (need.path.ends_with(".url")) trust.allowed.insert(need.hash);
    if (const Status allowed = permitted(plan, trust, folder); !allowed) return complain(allowed.error());
    const auto pack = loadTaskPack(plan.task.pack);
    if (!pack) return complain(pack.error());
    // Requests of ours between the turns of a running sweep would be measured with them.
    const auto lock = SessionLock::take(files, SessionPaths(folder));
    if (!lock) return complain(lock.error());

    EngineWorld world = realWorld(files, clock);
    const CancelFlag cancel{false};
    const auto measured = modelsOf(session->store);
    std::vector<std::optional<SessionExplanations>> parts(plan.targets.size());
    std::optional<Error> unreachable;
    bool answered = false;
    for (std::size_t i = 0; i < plan.targets.size(); ++i) {
        Target target = plan.targets[i];
        if (target.kind != TargetKind::LlamaServer) continue;
        std::optional<TargetSession> server(std::in_place, target, plan, world);
        ExplainRequest request;
        request.folder = folder;
        request.pack = *pack;
        ExplainSource& source = request.sources[target.id];
        Status opened = server->open(SessionPaths(folder).runtimeLog(), {}, cancel);
        // No model was asked for; a router must be told.
        if (!opened && opened.error().kind == ErrorKind::Plan && !models[i].empty() && target.model.empty()) {
            target.model = models[i];
            server.emplace(target, plan, world);
            opened = server->open(SessionPaths(folder).runtimeLog(), {}, cancel);
        }
        if (opened) {
            source.reader =
                std::make_shared<RuntimePromptReader>(server->client(), server->facts().model, plan.reply.thinking, cancel);
            const std::string now = modelText(server->facts().model, server->facts().model_digest);
            if (const auto then = measured.find(target.id); then != measured.end() && then->second != now)
                printErr("looptax: target " + target.id + " serves " + stripControls(now) + "; the session measured " +
                         stripControls(then->second) + ": where the counts disagree, that is why\n");
            answered = true;
        } else {
            source.why = opened.error().text();
            unreachable = opened.error();
        }
        const auto explain = [&](std::size_t which) -> Status {
            auto part = explainSession(files, clock, request, cancel);
            if (part) parts[which] = part.take();
            return part ? Status() : Status(part.error());
        };
        if (const Status done = explain(i); !done) return complain(done.error());
        if (!opened) continue;
        // The first that answers cuts the prompts of runtimes that have no tokenizer to ask.
        for (std::size_t other = 0; other < parts.size(); ++other) {
            if (plan.targets[other].kind == TargetKind::LlamaServer || parts[other]) continue;
            request.sources = {{plan.targets[other].id, {source.reader, {}, target.id}}};
            if (const Status done = explain(other); !done) return complain(done.error());
        }
    }
    SessionExplanations all;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i]) add(all, std::move(*parts[i]));
        else all.absent.push_back("target " + plan.targets[i].id + ": only llama-server shows its template and its tokens");
    }
    if (!answered && unreachable) return complain(*unreachable); // what an earlier call found is kept
    if (const Status written = writeExplanationsFile(files, folder, all); !written) return complain(written.error());
    printAll(all);
    if (const auto derived = writeDerivedFiles(files, folder); !derived) return complain(derived.error());
    return kExitDone;
}

} // namespace looptax
