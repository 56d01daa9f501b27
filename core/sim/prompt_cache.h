// The cost model's memory: a tokenizer anyone can check by hand (four bytes a token) and slots that keep what
// they held last. Reuse is the longest common prefix with a slot's prompt and generated text, as in
// llama-server.
#pragma once

#include "domain/message.h"
#include "sim/sim_script.h"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// ceil(bytes / 4)
std::int64_t simTokens(std::string_view text);
// Cut into tokens of four bytes, the last shorter; never inside a code point (then a token is up to seven
// bytes).
std::vector<std::string> simTokenTexts(std::string_view text);
// The prompt as a ChatML template renders it.
std::string simPrompt(const Messages& messages);

struct SlotView {
    int id = 0;
    bool busy = false;
    std::int64_t prompt_tokens = 0; // of its last request
    std::int64_t processed = 0;
    std::int64_t cached = 0;
};

class PromptCache {
public:
    explicit PromptCache(int slots);

    // Given to one request: what its prompt reuses. Ends when the last holder of the lease lets go.
    struct Grant {
        std::shared_ptr<SimLease> lease;
        std::int64_t prompt_tokens = 0;
        std::int64_t cached = 0; // at least one token is always processed
        std::int64_t processed() const { return prompt_tokens - cached; }
    };

    // Waits for a free slot; absent once stopped. reuse false: nothing of the slot is used.
    std::optional<Grant> acquire(const std::string& prompt, bool reuse, std::optional<int> slot);
    void clear(); // every free slot forgets
    void stop();  // those who wait give up
    std::vector<SlotView> view() const;

private:
    struct Slot {
        std::string held;
        SlotView view;
        std::int64_t used = 0; // order of use
    };
    class Lease;

    int choose(const std::string& prompt, std::optional<int> wanted) const;

    mutable std::mutex m_mutex;
    std::condition_variable m_freed;
    std::vector<Slot> m_slots;
    std::int64_t m_uses = 0;
    bool m_stopped = false;
};

} // namespace looptax
