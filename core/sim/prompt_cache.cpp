#include "sim/prompt_cache.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::size_t kBytesPerToken = 4;

std::size_t commonPrefix(std::string_view a, std::string_view b) {
    const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    return std::size_t(x - a.begin());
}

} // namespace

std::int64_t simTokens(std::string_view text) { return std::int64_t((text.size() + kBytesPerToken - 1) / kBytesPerToken); }

std::vector<std::string> simTokenTexts(std::string_view text) {
    std::vector<std::string> tokens;
    while (!text.empty()) {
        std::size_t n = std::min(kBytesPerToken, text.size());
        while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) ++n;
        tokens.emplace_back(text.substr(0, n));
        text.remove_prefix(n);
    }
    return tokens;
}

std::string simPrompt(const Messages& messages) {
    std::string prompt;
    for (const Message& message : messages) prompt += "<|im_start|>" + message.role + "\n" + message.content + "<|im_end|>\n";
    return prompt + "<|im_start|>assistant\n";
}

// Writes down what the slot holds as it is sent, so that a request cut in the middle leaves only what was
// generated.
class PromptCache::Lease final : public SimLease {
public:
    Lease(PromptCache& cache, int slot) : m_cache(cache), m_slot(slot) {}
    ~Lease() override {
        const std::lock_guard lock(m_cache.m_mutex);
        m_cache.m_slots[std::size_t(m_slot)].view.busy = false;
        m_cache.m_freed.notify_all();
    }
    void onSent(const SimStep& step) override {
        if (step.text.empty()) return;
        const std::lock_guard lock(m_cache.m_mutex);
        m_cache.m_slots[std::size_t(m_slot)].held += step.text;
    }

private:
    PromptCache& m_cache;
    int m_slot;
};

PromptCache::PromptCache(int slots) : m_slots(std::size_t(std::max(1, slots))) {
    for (std::size_t i = 0; i < m_slots.size(); ++i) m_slots[i].view.id = int(i);
}

int PromptCache::choose(const std::string& prompt, std::optional<int> wanted) const {
    if (wanted && *wanted >= 0 && *wanted < int(m_slots.size())) return m_slots[std::size_t(*wanted)].view.busy ? -1 : *wanted;
    int best = -1;
    double bestShare = 0.1; // --slot-prompt-similarity
    int oldest = -1;
    for (int i = 0; i < int(m_slots.size()); ++i) {
        const Slot& slot = m_slots[std::size_t(i)];
        if (slot.view.busy) continue;
        const double share = double(commonPrefix(slot.held, prompt)) / double(prompt.size());
        if (share > bestShare) {
            bestShare = share;
            best = i;
        }
        if (oldest < 0 || slot.used < m_slots[std::size_t(oldest)].used) oldest = i;
    }
    return best >= 0 ? best : oldest;
}

std::optional<PromptCache::Grant> PromptCache::acquire(const std::string& prompt, bool reuse, std::optional<int> slotWanted) {
    std::unique_lock lock(m_mutex);
    int index = -1;
    m_freed.wait(lock, [&] { return m_stopped || (index = choose(prompt, slotWanted)) >= 0; });
    if (m_stopped) return std::nullopt;
    Slot& slot = m_slots[std::size_t(index)];
    Grant grant;
    grant.prompt_tokens = simTokens(prompt);
    if (reuse)
        grant.cached =
            std::min<std::int64_t>(std::int64_t(commonPrefix(slot.held, prompt) / kBytesPerToken), grant.prompt_tokens - 1);
    slot.held = prompt;
    slot.used = ++m_uses;
    slot.view.busy = true;
    slot.view.prompt_tokens = grant.prompt_tokens;
    slot.view.cached = grant.cached;
    slot.view.processed = grant.processed();
    grant.lease = std::make_shared<Lease>(*this, index);
    return grant;
}

void PromptCache::clear() {
    const std::lock_guard lock(m_mutex);
    for (Slot& slot : m_slots)
        if (!slot.view.busy) slot.held.clear();
}

void PromptCache::stop() {
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    m_freed.notify_all();
}

std::vector<SlotView> PromptCache::view() const {
    const std::lock_guard lock(m_mutex);
    std::vector<SlotView> views;
    for (const Slot& slot : m_slots) views.push_back(slot.view);
    return views;
}

} // namespace looptax
