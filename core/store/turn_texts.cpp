#include "store/turn_texts.h"

#include "base/bytes_json.h"
#include "store/journal.h"

#include <nlohmann/json.hpp>

namespace looptax {

Result<TurnTexts> readTurnTexts(FileOps& files, const std::string& journalPath, LinePlace place) {
    const auto line = readLineAt(files, journalPath, place);
    if (!line) return line.error();
    auto reply = getBytes(*line->body, "reply");
    if (!reply) return Error{ErrorKind::Corrupt, "the line holds no reply", journalPath, {}, 0};
    return TurnTexts{std::move(*reply), getBytes(*line->body, "state")};
}

void putTurnTexts(Json& fields, std::string_view reply, const std::optional<std::string>& state) {
    putBytes(fields, "reply", reply);
    if (state) putBytes(fields, "state", *state);
}

} // namespace looptax
