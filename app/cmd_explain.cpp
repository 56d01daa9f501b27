#include "app/arguments.h"
#include "app/commands.h"
#include "app/plan_source.h"
#include "app/session_files.h"
#include "app/world.h"
#include "base/text.h"
#include "engine/facts_json.h"
#include "engine/session_explainer.h"
#include "store/record_store.h"
#include "store/session.h"

#include <optional>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax explain SESSION [--url U] [--trust-plan]

Why each turn's prompt was read anew: rebuilds the prompts from the journal, has the runtime's own template and tokenizer
cut them, and holds them against what the slot held before. Nothing is generated. Writes SESSION/explanations.jsonl and
makes the reports anew. Needs a llama-server with the same model: the one the session names, started if the session's plan
started it, or the one at --url. A sweep of llama-server explains itself at its end; this makes up for what it could not.

  --url U        ask this llama-server instead
  --trust-plan   let the session's plan start a command other than llama-server, or reach another machine
)";

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string turnText(const TurnExplanation& turn) {
    std::string out = padded(turn.cell, 34) + " run " + padded(std::to_string(turn.run), 4) + "turn " +
                      padded(std::to_string(turn.turn), 4);
    if (!turn.absent.empty()) return out + "not explained: " + stripControls(turn.absent) + "\n";
    const auto count = [](const std::optional<std::int64_t>& n) {
        return n ? std::to_string(*n) : std::string("?");
    };
    out +=
        "cached " +
        padded(count(turn.cached_reported) + " (by the rule " + std::to_string(turn.cached_predicted) + ")",
               28) +
        padded(turn.verdict ? std::string(name(*turn.verdict)) : "", 20) + stripControls(turn.sentence);
    if (!turn.mismatch.empty()) out += " COUNTS DISAGREE: " + stripControls(turn.mismatch);
    return out + "\n";
}

void printAll(const SessionExplanations& all) {
    for (const TurnExplanation& turn : all.turns)
        printOut(turnText(turn));
    for (const std::string& why : all.absent)
        printOut("not explained: " + stripControls(why) + "\n");
    const ExplainedCounts counts = countsOf(all);
    printOut(std::to_string(counts.explained) + " of " + std::to_string(counts.turns) + " turns explained, " +
             std::to_string(counts.exact) + " exact, " + std::to_string(counts.mismatches) +
             " with counts that disagree\n");
}

} // namespace

int explainCommand(const Words& words) {
    const auto arguments =
        Arguments::parse(words, {{"--url", true}, {"--trust-plan", false}, {"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (arguments->words().size() != 1)
        return complain(
            {ErrorKind::Usage, "explain needs one session folder", {}, "looptax explain --help", 0});
    const std::string folder = arguments->words()[0];
    SystemFileOps files;
    SystemClock clock;
    const auto session = loadSession(files, folder);
    if (!session) return complain(session.error());
    if (!session->store.plan())
        return complain(
            {ErrorKind::Storage, "the journal holds no plan: nothing was measured yet", folder, {}, 0});
    const Plan& plan = *session->store.plan();
    if (!arguments->has("--url") && !arguments->has("--trust-plan"))
        if (const auto reasons = needsTrust(plan); !reasons.empty())
            return complain({ErrorKind::Plan, joined(reasons, "; "), folder,
                             "if that is what you want, add --trust-plan", 0});
    const auto pack = loadTaskPack(plan.task.pack);
    if (!pack) return complain(pack.error());
    // Requests of ours between the turns of a running sweep would be measured with them.
    const auto lock = SessionLock::take(files, SessionPaths(folder));
    if (!lock) return complain(lock.error());

    EngineWorld world = realWorld(files, clock);
    const CancelFlag cancel{false};
    const auto measured = modelsOf(session->store);
    SessionExplanations all;
    std::optional<Error> unreachable;
    bool answered = false;
    for (Target target : plan.targets) {
        if (target.kind != TargetKind::LlamaServer) {
            all.absent.push_back("target " + target.id +
                                 ": only llama-server shows its template and its tokens");
            continue;
        }
        if (const auto url = arguments->value("--url")) {
            target.url = *url;
            target.managed.reset();
            target.model.clear();
        }
        TargetSession server(target, plan, world);
        ExplainRequest request;
        request.folder = folder;
        request.pack = *pack;
        ExplainSource& source = request.sources[target.id];
        if (const Status opened = server.open(SessionPaths(folder).runtimeLog(), {}, cancel); opened) {
            source = {&server.client(), server.facts().model, {}};
            const std::string now = modelText(server.facts().model, server.facts().model_digest);
            if (const auto then = measured.find(target.id); then != measured.end() && then->second != now)
                printErr("looptax: target " + target.id + " serves " + stripControls(now) +
                         "; the session measured " + stripControls(then->second) +
                         ": where the counts disagree, that is why\n");
            answered = true;
        } else {
            source.why = opened.error().text();
            unreachable = opened.error();
        }
        auto part = explainSession(files, clock, request, cancel);
        if (!part) return complain(part.error());
        all.turns.insert(all.turns.end(), part->turns.begin(), part->turns.end());
        all.loops.insert(all.loops.end(), part->loops.begin(), part->loops.end());
        all.absent.insert(all.absent.end(), part->absent.begin(), part->absent.end());
    }
    if (!answered && unreachable) return complain(*unreachable); // what an earlier call found is kept
    if (const Status written = writeExplanationsFile(files, folder, all); !written)
        return complain(written.error());
    printAll(all);
    if (const auto derived = writeDerivedFiles(files, folder); !derived) return complain(derived.error());
    return kExitDone;
}

} // namespace looptax
