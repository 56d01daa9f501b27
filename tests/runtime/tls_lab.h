// Certificates made on the spot, and a TLS front for a scripted server: everything an https target can get
// wrong, with no network and no file in the repository that would expire one day.
#pragma once

#include <memory>
#include <string>

namespace looptax {

struct Identity {
    std::string certificate; // PEM
    std::string key;         // PEM
};

struct IdentityWish {
    std::string name = "localhost";                   // common name
    std::string names = "DNS:localhost,IP:127.0.0.1"; // subjectAltName as OpenSSL writes it; empty = none
    int validFromDays = -1;                           // from now
    int validToDays = 30;
    bool authority = false;
};

// Elliptic P-256. Signed by the issuer, or by itself where there is none.
Identity makeIdentity(const IdentityWish& wish, const Identity* issuer = nullptr);

// Takes TLS connections on a port of 127.0.0.1 and passes what is inside on to another port.
class TlsFront {
public:
    TlsFront(const Identity& identity, int backend);
    ~TlsFront();
    TlsFront(const TlsFront&) = delete;
    TlsFront& operator=(const TlsFront&) = delete;
    int port() const { return m_port; }

private:
    class Loop;
    std::unique_ptr<Loop> m_loop;
    int m_port = 0;
};

} // namespace looptax
