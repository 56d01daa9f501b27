#include "base/hash.h"

#include <array>
#include <boost/crc.hpp>
#include <cstdio>
#include <openssl/sha.h>

namespace looptax {

std::string sha256Hex(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(digest.size() * 2);
    for (unsigned char byte : digest) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

std::uint32_t crc32c(std::string_view bytes) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return std::uint32_t(crc.checksum());
}

std::string crc32cHex(std::string_view bytes) {
    char out[16];
    std::snprintf(out, sizeof out, "%08x", unsigned(crc32c(bytes)));
    return out;
}

} // namespace looptax
