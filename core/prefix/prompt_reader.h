// How messages become a prompt and a prompt becomes tokens: asked of the runtime that has the template and
// the vocabulary, or of a test.
#pragma once

#include "base/result.h"
#include "domain/message.h"
#include "domain/token.h"

#include <string>

namespace looptax {

class PromptReader {
public:
    virtual ~PromptReader() = default;
    virtual Result<std::string> render(const Messages& messages) = 0;
    virtual Result<Tokens> prompt(const std::string& rendered) = 0; // as a request's prompt is cut
    virtual Result<Tokens> text(const std::string& text) = 0;       // without marks of a beginning
};

} // namespace looptax
