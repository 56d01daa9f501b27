// A runtime's template and tokenizer, asked once for each text: the prompts of repeats are the same, and the
// prompt a turn sends is what the slot holds at the next.
#pragma once

#include "prefix/prompt_reader.h"
#include "runtime/runtime_client.h"

#include <cstddef>
#include <map>
#include <string>

namespace looptax {

class RuntimePromptReader final : public PromptReader {
public:
    RuntimePromptReader(RuntimeClient& client, std::string model, bool thinking, const CancelFlag& cancel);
    Result<std::string> render(const Messages& messages) override;
    Result<Tokens> prompt(const std::string& rendered) override;
    Result<Tokens> text(const std::string& text) override;

private:
    Result<Tokens> tokens(const std::string& text, bool whole);

    RuntimeClient& m_client;
    std::string m_model;
    bool m_thinking;
    const CancelFlag& m_cancel;
    std::map<std::string, std::string> m_rendered; // by the hash of the messages
    std::map<std::string, Tokens> m_tokens;        // by the hash of the text
    std::size_t m_held = 0;                        // tokens in m_tokens
};

} // namespace looptax
