#include "runtime/doubts.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace looptax::doubt {

std::string slots(int count) {
    return std::to_string(count) + " slots: a turn may land in a slot that another run warmed, and what it reuses is not its own "
                                   "conversation; start the server with -np 1";
}

std::string busy() {
    return "another request is in progress: two share the machine, both grow slower, and one may push the "
           "other's "
           "prompt out of the cache; wait until no other client uses the server";
}

std::string router() {
    return "a router: it may unload the model for another one between two turns, and the next turn waits until it is loaded "
           "again; keep other clients away from it, or start llama-server with -m and this model alone";
}

std::string ramCache() {
    return "the prompt cache in RAM cannot be seen from outside: it may give a run what an earlier one left, "
           "and "
           "moving it takes time that the server does not report; start the server with --cache-ram 0";
}

bool ollamaCountsCached(std::string_view version) {
    constexpr std::array<int, 3> kFirst{0, 33, 3};
    std::array<int, 3> numbers{};
    const char* at = version.data();
    const char* const end = at + version.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return false;
        const auto read = std::from_chars(at, end, numbers[i]);
        if (read.ec != std::errc{}) return false;
        at = read.ptr;
    }
    return numbers > kFirst || (numbers == kFirst && at == end);
}

std::string cachedUnknown() {
    return "Ollama does not report which prompt tokens were cached before version 0.33.3: cached and processed tokens stay "
           "unknown, and cache modes cannot be verified; update Ollama to 0.33.3 or newer";
}

std::string cacheNotSwitchable() {
    return "the cache cannot be switched over this API: a random tag at the start of each prompt keeps runs "
           "apart, and "
           "the template's first tokens stay reusable; compare with llama-server where exact cold turns "
           "matter";
}

std::string contextUnknown() {
    return "this API does not report the context size: a server may cut what does not fit without a word; "
           "see that it "
           "was started with at least the plan's context_tokens";
}

std::string noModelList(const std::string& answer) {
    return "the server gives no list of models: " + answer +
           ", so a wrong model name or address shows in the first turn only, and some servers answer any name with the "
           "model they have; check the name, and that the address is that of the API";
}

std::string modelNotListed(const std::string& model, const std::vector<std::string>& listed) {
    constexpr std::size_t kMostNames = 12; // gateways list hundreds
    const std::vector<std::string> names(listed.begin(), listed.begin() + std::ptrdiff_t(std::min(listed.size(), kMostNames)));
    const auto near = nearestName(model, listed);
    return "the server's list of models does not name " + model + ": it may refuse every turn, or answer with another model; " +
           (near ? "did you mean " + *near + "? " : std::string()) + "name one that it lists: " + joined(names, ", ") +
           (listed.size() > kMostNames ? " and " + std::to_string(listed.size() - kMostNames) + " more" : "");
}

std::string slidingWindow(std::int64_t tokens, TargetKind kind) {
    std::string fix = "start llama-server with --swa-full, which takes more memory";
    if (kind == TargetKind::Ollama)
        fix = "set LLAMA_ARG_SWA_FULL=1 in the environment of ollama serve, whose llama-server reads it";
    if (kind == TargetKind::OpenAi) fix = "ask the server's documentation how to keep all tokens in all layers";
    return "sliding-window attention of " + std::to_string(tokens) +
           " tokens: some layers forget what is older, so a prompt that does not continue the cached one is processed again from "
           "an "
           "earlier checkpoint, or whole; " +
           fix;
}

std::string recurrent(bool hybrid, TargetKind kind) {
    std::string fix = "start llama-server with more --ctx-checkpoints (32 unless set), never with 0";
    if (kind == TargetKind::Ollama)
        fix = "set LLAMA_ARG_CTX_CHECKPOINTS in the environment of ollama serve, whose llama-server reads it (32 unless set)";
    if (kind == TargetKind::OpenAi) fix = "ask the server's documentation whether it keeps checkpoints";
    return std::string(hybrid ? "a hybrid model, attention and recurrent layers" : "a recurrent model") +
           ": its state cannot be taken back, so a prompt that does not continue the cached one is processed again from an "
           "earlier "
           "checkpoint, or whole; " +
           fix;
}

} // namespace looptax::doubt
