// Whom an https target must prove to be. The machine's certificate authorities decide, or, where
// SSL_CERT_FILE names a file of PEM certificates, those in it alone, as with OpenSSL and curl. That variable
// is also the one way to trust a self-signed certificate: save it into a file and name the file. Host name
// and dates are checked always; nothing that fails is let pass.
#pragma once

#include "base/result.h"

#include <string>

class QSslConfiguration;
class QSslSocket;

namespace looptax {

// An error when SSL_CERT_FILE names a file that cannot be read or holds no certificate.
Result<QSslConfiguration> tlsConfiguration();

struct TlsRefusal {
    std::string what; // "the certificate of localhost:8443 expired on 2020-01-01"
    std::string hint; // what to try
};

inline constexpr const char* kNoTlsHint = "does the server speak TLS there? if not, the address begins with http://";

// Of a socket whose handshake failed, before it is closed. authority is the "host:port" that was asked for.
TlsRefusal explainTls(const QSslSocket& socket, const std::string& host, const std::string& authority);

} // namespace looptax
