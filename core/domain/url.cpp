#include "domain/url.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

std::string Url::authority() const {
    const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return shown + ":" + std::to_string(port);
}

std::string Url::text() const { return (tls ? "https://" : "http://") + authority() + path; }

bool isLocalhostName(std::string_view host) {
    const std::string lower = lowered(host);
    constexpr std::string_view kSuffix = ".localhost";
    return lower == "localhost" ||
           (lower.size() > kSuffix.size() && std::string_view(lower).substr(lower.size() - kSuffix.size()) == kSuffix);
}

Result<Url> parseUrl(std::string_view text) {
    const auto wrong = [&](std::string what) {
        return Error{ErrorKind::Plan, std::move(what), std::string(text), "for example http://127.0.0.1:8080", 0};
    };
    Url url;
    std::string_view rest = trimmed(text);
    if (lowered(rest.substr(0, 7)) == "http://") {
        rest.remove_prefix(7);
    } else if (lowered(rest.substr(0, 8)) == "https://") {
        rest.remove_prefix(8);
        url.tls = true;
        url.port = 443;
    } else {
        return wrong("must begin with http:// or https://");
    }
    for (const char c : rest)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '\\' || c == '"')
            return wrong("holds a character an address cannot have");
    if (rest.find_first_of("?#") != std::string_view::npos) return wrong("must not have a query or fragment");
    const std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    if (slash != std::string_view::npos) {
        url.path = std::string(rest.substr(slash));
        url.path.erase(std::unique(url.path.begin(), url.path.end(), [](char a, char b) { return a == '/' && b == '/'; }),
                       url.path.end());
        if (url.path.back() == '/') url.path.pop_back();
    }
    if (authority.find('@') != std::string_view::npos) return wrong("must not hold a user name");
    std::string_view port;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return wrong("has an opening bracket and no closing one");
        url.host = std::string(authority.substr(1, end - 1));
        authority.remove_prefix(end + 1);
        if (!authority.empty() && authority.front() != ':') return wrong("has text after the closing bracket");
        if (!authority.empty()) port = authority.substr(1);
        if (authority == ":") return wrong("has no port after the colon");
    } else {
        const std::size_t colon = authority.find(':');
        url.host = std::string(authority.substr(0, colon));
        if (colon != std::string_view::npos) {
            port = authority.substr(colon + 1);
            if (port.empty() || port.find(':') != std::string_view::npos) return wrong("has no usable port");
        }
    }
    if (url.host.empty()) return wrong("has no host");
    if (!port.empty()) {
        const auto number = parseInteger(port);
        if (!number || *number < 1 || *number > 65535) return wrong("has a port that is not from 1 to 65535");
        url.port = int(*number);
    }
    return url;
}

} // namespace looptax
