// The optional fields of chat requests. Servers that speak the same API refuse different ones of them: what one has
// refused is left out of every later request to it, or sent under its newer name.
#pragma once

#include "base/json_fwd.h"
#include "runtime/chat_stream.h"

#include <set>
#include <string>
#include <string_view>

namespace looptax {

// The field of the body, "seed" or "options.top_k", that a server's error refuses, in any of the shapes servers use:
// OpenAI's `param`, the `loc` lists of FastAPI, plain words. Empty where it names none, or finds fault with a value that
// the plan chose (out of range, more than the context). `messages`, `model`, `stream` and `cache_prompt`, without which a
// turn is another one, are never taken for refused.
std::string refusedField(const Json& body, std::string_view error);

// Of one server, for as long as it is asked.
class RequestFields {
public:
    // The one request, without what was refused before. Fills in ChatEnd::sent and, until a first chat has ended well,
    // ChatEnd::refused_field: from then on the server is known to take what it is sent, and an error is an error.
    ChatEnd chat(HttpClient& http, Dialect dialect, const std::string& path, Json body, StreamListener& listener,
                 const CancelFlag& cancel);

private:
    std::set<std::string> m_refused;
    bool m_settled = false;
};

} // namespace looptax
