#include "sim/truth_file.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::string_view kHead = "looptax.truth/2";
constexpr std::string_view kEnd = "end";
constexpr std::size_t kHeadNumbers = 4; // arrived, end, sends, tokens; then the tokens' stamps

bool isToken(SimMark mark) { return mark == SimMark::Content || mark == SimMark::Reasoning; }

Error strange(std::size_t line) {
    return {ErrorKind::Corrupt, "the scripted server's stamps cannot be read", "line " + std::to_string(line), {}, 0};
}

} // namespace

std::vector<ChatTruth> chatTruths(const std::vector<SeenRequest>& seen) {
    std::vector<ChatTruth> out;
    for (const SeenRequest& request : seen) {
        if (!request.request.chat_index || request.end != SimEnd::Answered) continue;
        ChatTruth truth;
        truth.arrived_ns = request.request.arrived_ns;
        for (const SentPiece& piece : request.sent) {
            if (piece.mark != SimMark::Head) ++truth.sends;
            if (piece.mark == SimMark::End) truth.end_ns = piece.at_ns;
            if (isToken(piece.mark)) truth.token_ns.push_back(piece.at_ns);
        }
        out.push_back(truth);
    }
    std::sort(out.begin(), out.end(), [](const ChatTruth& a, const ChatTruth& b) { return a.arrived_ns < b.arrived_ns; });
    return out;
}

std::string truthText(const std::vector<ChatTruth>& chats) {
    std::string out = std::string(kHead) + "\n";
    for (const ChatTruth& c : chats) {
        out += std::to_string(c.arrived_ns) + " " + std::to_string(c.end_ns) + " " + std::to_string(c.sends) + " " +
               std::to_string(c.token_ns.size());
        for (const std::int64_t at : c.token_ns) out += " " + std::to_string(at);
        out += "\n";
    }
    return out + std::string(kEnd) + "\n";
}

Result<std::vector<ChatTruth>> readTruth(std::string_view text) {
    const std::vector<std::string> lines = splitOn(text, '\n');
    // The last line is what follows the last LF: nothing.
    if (lines.size() < 3 || lines[0] != kHead || lines[lines.size() - 2] != kEnd || !lines.back().empty())
        return strange(lines.size());
    std::vector<ChatTruth> out;
    for (std::size_t i = 1; i + 2 < lines.size(); ++i) {
        const std::vector<std::string> words = splitOn(lines[i], ' ');
        std::vector<std::int64_t> numbers;
        for (const std::string& word : words) {
            const auto number = parseInteger(word);
            if (!number) return strange(i + 1);
            numbers.push_back(*number);
        }
        if (numbers.size() < kHeadNumbers || numbers[3] < 0 || numbers.size() - kHeadNumbers != std::size_t(numbers[3]))
            return strange(i + 1);
        out.push_back({numbers[0], numbers[1], numbers[2], {numbers.begin() + kHeadNumbers, numbers.end()}});
    }
    return out;
}

} // namespace looptax
