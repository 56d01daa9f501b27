// A member that an object does not have yet: object[key] looks through all the others first, and the line of a turn, written
// while the next one waits, has a hundred of them.
#pragma once

#include "base/json_fwd.h"

#include <string>

namespace looptax {

void appendMember(Json& object, std::string key, Json value);
void appendMembers(Json& object, Json from); // all of `from`; none of their names is in `object`

} // namespace looptax
