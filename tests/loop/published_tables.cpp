#include "loop/published_tables.h"

#include "base/text.h"
#include "loop/right_reply.h"
#include "resources/resources.h"

#include <QtGlobal>

#include <nlohmann/json.hpp>

namespace looptax {

std::shared_ptr<const TaskPack> shippedPack() {
    auto pack = readTaskPack(resource("task/research-log.json"));
    if (!pack) qFatal("%s", pack.error().text().c_str());
    return pack.take();
}

std::vector<PublishedRow> publishedRows() {
    const auto optional = [](const Json& value) {
        return value.is_null() ? std::optional<int>() : std::optional<int>(value.get<int>());
    };
    std::vector<PublishedRow> out;
    const Json study = Json::parse(resource("reference/published-study.json"));
    for (const Json& table : study["tables"])
        for (const Json& row : table["rows"])
            out.push_back({table["design"], table["n"], optional(table["cap"]), optional(row["padding"]), row["turn"],
                           row["context_tokens_estimate"], optional(row["state_file_bytes"])});
    return out;
}

std::vector<RightTurn> rightTurns(const std::string& design, const LoopSettings& settings) {
    static const auto pack = shippedPack();
    const auto loop = makeLoopDesign(design, pack, settings);
    std::vector<RightTurn> out;
    std::optional<std::string> state = loop->initialState();
    for (int turn = 1; turn <= settings.n; ++turn) {
        RightTurn done;
        done.state = state;
        done.messages = loop->messages(turn, "00000000", state);
        done.reply = rightReply(done.messages);
        std::int64_t chars = 0;
        for (const Message& message : done.messages) chars += codePoints(message.content);
        done.contextTokens = chars / 4;
        done.judgement = checkReply(done.reply, loop->expectation(turn, state));
        loop->remember(turn, done.reply);
        if (auto next = loop->nextState(turn, done.judgement)) state = next;
        out.push_back(std::move(done));
    }
    return out;
}

} // namespace looptax
