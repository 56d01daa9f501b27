// The oracle: what a model that never errs would say, read from the request's messages alone. It knows
// nothing of the designs, so a test that uses it also proves that the prompt holds all that a right answer
// needs.
#pragma once

#include "domain/message.h"

#include <string>

namespace looptax {

// Two JSON objects in the last user message, the first with a `log`: that state with the entry on top, cut to
// the K of "keep at most the K newest entries" where these words stand, or with the entry at the end and
// `count` behind the log where the words "oldest date first" stand. One object in each user message: all of
// them so far, newest first, with `count`. The reply is canonical text in a json fence. Messages of any other
// kind (warm-ups) get a friendly sentence without JSON.
std::string rightReply(const Messages& messages);

// The fence around a reply, as the task asks for it.
std::string fenced(const std::string& json);

} // namespace looptax
