// From the host of an address to the numeric addresses to try, in order, without letting a slow name server
// hold up a deadline or a cancel: the system's lookup cannot be interrupted, so it runs on a thread that may
// be left behind, past the end of main() too: a name server that is silent must not hold up the end of a program. So a
// resolver uses nothing that is destroyed then; systemAddresses() is the C library alone.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "runtime/runtime_client.h"

#include <functional>
#include <string>
#include <vector>

namespace looptax {

// Numeric addresses of a host name; may block. Called on a thread of its own, which may outlive the caller and main().
using HostResolver = std::function<Result<std::vector<std::string>>(const std::string& host)>;

// A numeric address is itself. `localhost` and names under it are 127.0.0.1, then ::1, whatever the machine's
// files say (RFC 6761 section 6.3): many of them list one family only, and the runtime may listen on the
// other.
Result<std::vector<std::string>> systemAddresses(const std::string& host);

// Error::kind is Cancelled, or Unreachable: no address, or none before the deadline (code 0 and kTimedOut).
inline constexpr int kLookupTimedOut = 1;
Result<std::vector<std::string>> lookUp(const std::string& host, const HostResolver& resolver, std::int64_t deadlineNs,
                                        Clock& clock, const CancelFlag& cancel);

} // namespace looptax
