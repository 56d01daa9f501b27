// What a scripted server did, for another process on the same machine to read: CLOCK_MONOTONIC is one clock
// for both. A text file, one chat a line, written when the server ends, so that writing it disturbs nothing
// that is measured.
#pragma once

#include "base/result.h"
#include "sim/scripted_server.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// One chat request that was answered to its end. Stamps are taken just before a send; nanoseconds.
struct ChatTruth {
    std::int64_t arrived_ns = 0;        // the last of the request's bytes
    std::int64_t end_ns = 0;            // the counts and the terminator
    std::int64_t sends = 0;             // sends that carried bytes of the body
    std::vector<std::int64_t> token_ns; // sends that carried content or reasoning; tokens where each goes alone
    bool operator==(const ChatTruth&) const = default;
};

std::vector<ChatTruth> chatTruths(const std::vector<SeenRequest>& seen); // in the order they arrived
std::string truthText(const std::vector<ChatTruth>& chats);
// A text that is cut short, or of another form, is an error of kind Corrupt.
Result<std::vector<ChatTruth>> readTruth(std::string_view text);

} // namespace looptax
