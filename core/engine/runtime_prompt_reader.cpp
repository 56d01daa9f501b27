#include "engine/runtime_prompt_reader.h"

#include "base/hash.h"

namespace looptax {

namespace {

constexpr std::size_t kMostHeld = 400'000; // tokens: some 20 MB
constexpr std::size_t kMostRendered = 256;

} // namespace

RuntimePromptReader::RuntimePromptReader(RuntimeClient& client, std::string model, bool thinking, const CancelFlag& cancel)
    : m_client(client)
    , m_model(std::move(model))
    , m_thinking(thinking)
    , m_cancel(cancel) {}

Result<std::string> RuntimePromptReader::render(const Messages& messages) {
    const std::string key = sha256Hex(promptText(messages));
    if (const auto known = m_rendered.find(key); known != m_rendered.end()) return known->second;
    auto rendered = m_client.renderPrompt(messages, m_model, m_thinking, m_cancel);
    if (!rendered) return rendered.error();
    if (m_rendered.size() >= kMostRendered) m_rendered.clear();
    m_rendered[key] = *rendered;
    return rendered;
}

Result<Tokens> RuntimePromptReader::prompt(const std::string& rendered) { return tokens(rendered, true); }

Result<Tokens> RuntimePromptReader::text(const std::string& text) { return tokens(text, false); }

Result<Tokens> RuntimePromptReader::tokens(const std::string& text, bool whole) {
    const std::string key = (whole ? "p" : "t") + sha256Hex(text);
    if (const auto known = m_tokens.find(key); known != m_tokens.end()) return known->second;
    auto found = m_client.tokenize(text, m_model, whole, m_cancel);
    if (!found) return found.error();
    if (m_held > kMostHeld) {
        m_tokens.clear();
        m_held = 0;
    }
    m_held += found->size();
    m_tokens[key] = *found;
    return found;
}

} // namespace looptax
