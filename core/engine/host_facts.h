// The machine a session was measured on, for the journal's session line.
#pragma once

#include "base/json_fwd.h"

namespace looptax {

// os, kernel, cpu, cores, memory_bytes, boot_id, locale, time_zone, qt; what the system does not tell is null.
Json hostFacts();

} // namespace looptax
