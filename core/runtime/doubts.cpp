#include "runtime/doubts.h"

#include <array>
#include <charconv>

namespace looptax::doubt {

std::string slots(int count) {
    return std::to_string(count) +
           " slots: a turn may land in a slot that another run warmed, and what it reuses is not its own "
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
    return "the context size is not told over this API: a server may cut what does not fit without a word; "
           "see that it "
           "was started with at least the plan's context_tokens";
}

} // namespace looptax::doubt
