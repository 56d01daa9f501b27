// How long a busy server asks to be left alone.
#pragma once

#include "wire/http_response_parser.h"

#include <cstdint>
#include <optional>

namespace looptax {

// In ms from now, rounded up, at most about 30 years; absent where the head does not say or its words cannot be read.
// Retry-After is seconds or a date in one of three forms (RFC 9110 sections 10.2.3 and 5.6.7); a date is set against the
// server's own Date, else against nowMs (Unix time), and one that is over is 0. The exacter retry-after-ms of Azure and
// OpenAI goes before it.
std::optional<std::int64_t> retryAfterMs(const HttpHead& head, std::int64_t nowMs);

} // namespace looptax
