// Everything that can be told of one turn from the journal: the prompt as it was sent, the reply, what was
// expected. The prompt is not stored; it is made again from the replies before it and held against the hash
// that was journalled.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "domain/message.h"
#include "loop/task_pack.h"
#include "record/record_store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct TurnStory {
    Messages prompt;
    bool prompt_exact = false; // its hash is the one of turn_start
    std::string prompt_note;   // why not, where it is not
    std::string reply;         // the very bytes
    std::string reasoning;     // empty where the model gave none
    std::string expected;      // canonical text of the right log; empty where the design is not known
    std::string judged;        // what of the reply is held against it: its JSON in the same layout where it has one
    std::string error;         // of a failed turn: what happened and what to try
    std::string address;       // the one connected to
    std::vector<std::string> warnings;
};

// What the records say of where to read: a copy, because the store grows while the journal is read.
struct TurnPlace {
    struct Line {
        TurnRecord record;
        LinePlace place;
    };
    Line turn;
    std::vector<Line> earlier; // turns of its run that went well
    std::int64_t after = 0;    // where the line of the row before ends: turn_start stands between
    std::optional<Plan> plan;
};
TurnPlace turnPlace(const RecordStore& store, std::size_t row); // row is an index into store.turns()

// pack may be null: then there is no prompt and nothing expected. Errors: the journal cannot be read.
Result<TurnStory> tellTurn(FileOps& files, const std::string& folder, const TurnPlace& where,
                           const std::shared_ptr<const TaskPack>& pack);

} // namespace looptax
