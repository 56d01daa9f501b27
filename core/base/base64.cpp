#include "base/base64.h"

#include <algorithm>
#include <openssl/evp.h>

namespace looptax {

namespace {

// OpenSSL counts in int: longer input goes through in pieces that end on a whole group.
constexpr std::size_t kBytesAPiece = 3u << 20;
constexpr std::size_t kDigitsAPiece = kBytesAPiece / 3 * 4;

const unsigned char* data(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

} // namespace

std::string toBase64(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() / 3 * 4 + 4);
    std::string piece;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kBytesAPiece))) {
        const std::string_view part = bytes.substr(0, kBytesAPiece);
        piece.resize(part.size() / 3 * 4 + 8); // and room for the NUL it appends
        const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(piece.data()), data(part), int(part.size()));
        out.append(piece, 0, std::size_t(n));
    }
    return out;
}

std::optional<std::string> fromBase64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    // EVP_DecodeBlock skips white space at both ends and takes padding in places where none belongs.
    const std::size_t end = text.find_last_not_of('=') + 1;
    const std::size_t padding = text.size() - end;
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (padding > 2 || text.substr(0, end).find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;
    const std::string_view whole = text;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::string piece;
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), kDigitsAPiece))) {
        const std::string_view part = text.substr(0, kDigitsAPiece);
        piece.resize(part.size() / 4 * 3);
        const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(piece.data()), data(part), int(part.size()));
        if (n < 0) return std::nullopt;
        out.append(piece, 0, std::size_t(n));
    }
    out.resize(out.size() - padding);
    // Bits set under the padding would decode to the same bytes: two texts for one value.
    if (padding > 0 && toBase64(out.substr(out.size() - (3 - padding))) != whole.substr(whole.size() - 4)) return std::nullopt;
    return out;
}

} // namespace looptax
