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
    std::string path; // "" or "/prefix" without a slash at the end, and never two in a row

    std::string authority() const; // "127.0.0.1:8080", "[::1]:8080": Host header, messages
    std::string text() const;      // "http://127.0.0.1:8080/prefix"
};

// Blanks around it and the letter case of the scheme do not matter. Refuses what would be dropped silently: user names,
// queries, fragments.
Result<Url> parseUrl(std::string_view text);

// `localhost` and the names under it, which are this machine whatever a name server says (RFC 6761 section 6.3).
bool isLocalhostName(std::string_view host);

} // namespace looptax
