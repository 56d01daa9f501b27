// The few parts of an address that a runtime's client needs. RFC 3986, http and https only.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace looptax {

struct Url {
    bool tls = false;
    std::string host; // without brackets
    int port = 80;
    std::string path; // "" or "/prefix" without a slash at the end

    std::string authority() const; // "127.0.0.1:8080", "[::1]:8080": Host header, messages
};

// Refuses what would be dropped silently: user names, queries, fragments.
Result<Url> parseUrl(std::string_view text);

} // namespace looptax
