// API keys: a plan names the environment variable that holds one, and nothing else of a key is ever stored or shown.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace looptax {

// Letters, digits and '_', not beginning with a digit, and not what looks like a key put where its variable's name belongs
// ("sk-...", "hf_AbC...", 32 hex digits). What is refused here must not be stored or repeated in a message.
bool isVariableName(std::string_view text);
inline constexpr const char* kNotAVariable = "must be the name of an environment variable, of letters, digits and '_'";
inline constexpr const char* kVariableHint = "keep the key itself out of here: put it into a variable and name that";

// The value of the variable without the white space around it, which key files and CRLF .env files leave there. An error,
// which names the variable and not the value, where nothing is left or a byte remains that no key has: a header line could
// be smuggled in with it.
Result<std::string> readApiKey(const std::string& variable, std::string_view value);

// What a server says of a request, with "[API key]" for the key, for each part of it of 8 characters or more, and for the
// beginning of it at the end of the text, where a quotation was cut. Keys of fewer than 4 characters ("x", "no") are
// placeholders and stay.
std::string withoutKey(std::string text, std::string_view key);

// The same for what is measured or names things (replies, models): the whole key alone, and of keys of 12 characters or more,
// since "ollama" or a word of the task inside a key must not change an answer.
std::string withoutWholeKey(std::string text, std::string_view key);

} // namespace looptax
