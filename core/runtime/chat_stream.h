// One chat over HTTP in either dialect: sends, decodes, tells the listener, decides how it ended. Shared by the clients.
#pragma once

#include "runtime/http_client.h"

#include <string>

namespace looptax {

enum class Dialect { Sse, Ndjson };

// refusal, where it is given: the body of an answer that is an HTTP error.
// A turn is complete on [DONE] or done:true; in the SSE dialect also on a whole body after a finish_reason (no_done).
ChatEnd chatOver(HttpClient& http, Dialect dialect, const std::string& path, const std::string& body, StreamListener& listener,
                 const CancelFlag& cancel, std::string* refusal = nullptr);

} // namespace looptax
