#include "sim/sim_model.h"

#include "base/json_fwd.h"
#include "base/text.h"
#include "loop/right_reply.h"
#include "sim/corrupt.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace looptax {

namespace {

std::int64_t nsOf(double ms) { return std::int64_t(std::llround(ms * 1e6)); }
double msOf(std::int64_t ns) { return double(ns) / 1e6; }

// Ollama's way: the oldest message that is not the system's goes first, the last one stays.
void dropOldest(Messages& messages, std::int64_t room) {
    while (messages.size() > 1 && simTokens(simPrompt(messages)) >= room) {
        const auto oldest =
            std::find_if(messages.begin(), messages.end() - 1, [](const Message& m) { return m.role != "system"; });
        if (oldest == messages.end() - 1) return;
        messages.erase(oldest);
    }
}

} // namespace

SimScript oneAnswer(std::string bytes) {
    SimScript script;
    script.steps.push_back({.bytes = std::move(bytes)});
    return script;
}

SimModel::SimModel(SimOptions options) : m_options(std::move(options)), m_cache(m_options.slots) {
    m_options.model = simulatedName(m_options.model);
    m_options.tokens_per_event = std::max(1, m_options.tokens_per_event);
    m_writer = makeReplyWriter(m_options.dialect, m_options.model);
}

bool SimModel::load(int contextTokens) {
    const std::lock_guard lock(m_mutex);
    if (m_loadedContext == contextTokens) return false;
    m_loadedContext = contextTokens;
    m_cache.clear();
    return true;
}

void SimModel::unload() {
    const std::lock_guard lock(m_mutex);
    m_loadedContext.reset();
    m_keepAlive = kDefaultKeepAlive;
    m_cache.clear();
}

void SimModel::setKeepAlive(std::int64_t seconds) {
    const std::lock_guard lock(m_mutex);
    m_keepAlive = seconds;
}

std::int64_t SimModel::keepAlive() const {
    const std::lock_guard lock(m_mutex);
    return m_keepAlive;
}

std::optional<int> SimModel::loadedContext() const {
    const std::lock_guard lock(m_mutex);
    return m_loadedContext;
}

std::string SimModel::replyTo(const SimAsk& ask, bool& endless) const {
    const std::string right = rightReply(ask.messages);
    const std::optional<std::int64_t> count = countOf(right);
    std::string reply = ask.bare_json ? corrupted(right, Corruption::NoFence) : right;
    for (const CorruptionRule& rule : m_options.corruptions) {
        if (rule.at_count && rule.at_count != count) continue;
        if (rule.at_chat && rule.at_chat != ask.chat_index) continue;
        if (rule.kind == Corruption::NeverStops) endless = true;
        else reply = corrupted(right, rule.kind);
    }
    return reply;
}

SimScript SimModel::overflow(std::int64_t promptTokens, int context) const {
    const std::string p = std::to_string(promptTokens);
    const std::string c = std::to_string(context);
    if (m_options.dialect == TargetKind::Ollama)
        return oneAnswer(m_writer->errorAnswer(400, "",
                                               "the prompt is longer than the context length currently "
                                               "available to the model; shorten the prompt or "
                                               "raise the context length"));
    if (m_options.dialect == TargetKind::OpenAi)
        return oneAnswer(m_writer->errorAnswer(400, "BadRequestError",
                                               "This model's maximum context length is " + c +
                                                   " tokens. However, your request has " + p + " input tokens."));
    Json body{
        {"error",
         {{"code", 400},
          {"message", "request (" + p + " tokens) exceeds the available context size (" + c + " tokens), try increasing it"},
          {"type", "exceed_context_size_error"},
          {"n_prompt_tokens", promptTokens},
          {"n_ctx", context}}}};
    return oneAnswer(httpAnswer(400, "application/json; charset=utf-8", body.dump()));
}

SimScript SimModel::answer(SimAsk ask) {
    if (ask.context_tokens <= 0) ask.context_tokens = m_options.context_tokens;
    double loadMs = 0;
    if (m_options.dialect == TargetKind::Ollama) loadMs = load(ask.context_tokens) ? m_options.cost.load_ms : 0;
    const int window = m_options.cuts_at_tokens;
    if (ask.truncate || window > 0) dropOldest(ask.messages, window > 0 ? window : ask.context_tokens);
    std::string prompt = simPrompt(ask.messages);
    if (window > 0 && simTokens(prompt) >= window) {
        // As Ollama cuts a message that does not fit by itself: half of the window is left of it.
        ask.messages = {{"user", std::string(lastBytes(prompt, std::size_t(2 * window)))}};
        prompt = simPrompt(ask.messages);
    }
    const std::int64_t promptTokens = simTokens(prompt);
    if (promptTokens >= ask.context_tokens) return overflow(promptTokens, ask.context_tokens);
    const auto grant = m_cache.acquire(prompt, ask.cache_prompt, ask.slot);
    if (!grant) return {.steps = {{.what = SimStep::Do::Fin}}};
    return {.steps = steps(ask, *grant, loadMs), .lease = grant->lease};
}

std::vector<SimStep> SimModel::steps(const SimAsk& ask, const PromptCache::Grant& grant, double loadMs) const {
    bool endless = false;
    const std::vector<std::string> thoughts = simTokenTexts(m_options.reasoning);
    std::vector<std::string> tokens = thoughts;
    for (std::string& token : simTokenTexts(replyTo(ask, endless))) tokens.push_back(std::move(token));

    std::int64_t room = ask.context_tokens - grant.prompt_tokens;
    if (ask.max_tokens >= 0) room = std::min(room, ask.max_tokens);
    const bool stops = !endless && std::int64_t(tokens.size()) < room; // the last place is for the stop token
    if (!stops) tokens.resize(std::size_t(room), std::string("   \n"));
    const std::int64_t predicted = std::int64_t(tokens.size()) + (stops && m_options.counts_stop_token ? 1 : 0);

    const CostLaw& cost = m_options.cost;
    const std::int64_t before = nsOf(loadMs + cost.overhead_ms);
    const std::int64_t prefill = nsOf(cost.prefillMs(grant.processed(), grant.prompt_tokens));
    const std::int64_t interval = nsOf(cost.interval_ms);
    const bool headLate = m_options.head_with_first_token || m_options.dialect == TargetKind::Ollama;
    // As vLLM: before any token.
    const bool roleEarly = m_options.dialect == TargetKind::OpenAi || m_options.role_with_head;

    std::vector<SimStep> out;
    out.push_back({.bytes = httpHead(200, m_writer->streamHeaders()),
                   .delay_ns = headLate ? before + prefill : before,
                   .mark = SimMark::Head});
    std::int64_t wait = headLate ? 0 : prefill;
    if (const std::string role = m_writer->role(); !role.empty()) {
        out.push_back({.bytes = httpChunk(role), .delay_ns = roleEarly ? 0 : wait, .mark = SimMark::Role});
        if (!roleEarly) wait = 0;
    }
    for (std::size_t i = 0; i < tokens.size();) {
        const bool thinking = i < thoughts.size();
        const std::size_t boundary = thinking ? std::min(thoughts.size(), tokens.size()) : tokens.size();
        // The first token of each kind goes alone: its stamp is then exactly when it was made.
        const bool alone = i == 0 || i == thoughts.size();
        const std::size_t end = std::min(boundary, i + (alone ? 1 : std::size_t(m_options.tokens_per_event)));
        std::string text;
        for (std::size_t k = i; k < end; ++k) text += tokens[k];
        out.push_back({.bytes = httpChunk(thinking ? m_writer->reasoning(text) : m_writer->content(text)),
                       .delay_ns = i == 0 ? wait : interval * std::int64_t(end - i),
                       .mark = thinking ? SimMark::Reasoning : SimMark::Content,
                       .text = text});
        i = end;
    }
    double heldMs = 0;
    if (m_options.holds_back) {
        SimStep& first = out[1];
        if (stops) first.delay_ns += interval;
        for (std::size_t i = 2; i < out.size(); ++i) {
            first.delay_ns += out[i].delay_ns;
            first.bytes += out[i].bytes;
            first.text += out[i].text;
            first.mark = out[i].mark;
        }
        out.resize(2);
        heldMs = cost.interval_ms * double(predicted - 1);
    }
    SimCounts counts;
    counts.prompt_tokens = grant.prompt_tokens;
    counts.cached = grant.cached;
    counts.predicted = predicted;
    counts.load_ms = loadMs > 0 ? loadMs : 0.012; // Ollama names a small one on a warm model too
    const bool includeUsage = ask.include_usage && (m_options.gives_usage || m_options.dialect != TargetKind::OpenAi);
    // The text of a stop token is what the template puts after a reply, so that the next prompt finds it in
    // the slot.
    out.push_back({.delay_ns = stops && !m_options.holds_back ? interval : 0,
                   .mark = SimMark::End,
                   .text = stops ? "<|im_end|>" : "",
                   .late = [this, counts, before, stops, includeUsage, heldMs](const SimTimes& times) {
                       SimCounts c = counts;
                       const std::int64_t first = times.first_token_ns > 0 ? times.first_token_ns : times.now_ns;
                       c.prompt_ms = msOf(first - times.arrived_ns - before) - heldMs;
                       c.predicted_ms = msOf(times.now_ns - first) + heldMs;
                       c.total_ms = msOf(times.now_ns - times.arrived_ns);
                       return httpChunk(m_writer->ending(stops ? "stop" : "length", c, includeUsage)) + std::string(kLastChunk);
                   }});
    return out;
}

} // namespace looptax
