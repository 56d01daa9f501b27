// A task pack: instructions and the material entries are made of, as data with a version and a hash. All
// tuning of sizes is in the pack; see resources/task/research-log.json.
#pragma once

#include "base/result.h"
#include "loop/research_log.h"

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptax {

// Inclusive.
struct IntRange {
    int from = 0;
    int to = 0;
};

// What stands in for `{name}` in a template: one of the words, or a number of the range in units of its last
// decimal.
struct Slot {
    std::vector<std::string> words;
    IntRange numbers;
    int decimals = 0;
};

struct Subject {
    std::string topic;
    std::vector<std::string> findings;
};

// Templates; `{tag}`, `{cap}`, `{note_key}`, `{state}` and `{entry}` are filled in.
struct PromptText {
    std::string system;
    std::string user;
};

struct TaskPack {
    std::string name;
    std::string version;
    std::string sha256; // of the bytes that were read

    std::pair<std::string, std::string> note; // the constant key of a state
    std::array<std::string, 3> entry_keys;    // date, headline, text
    std::string first_date;                   // of turn 1's entry, ISO
    std::vector<int> days_between;
    // Length of an entry as it stands indented in the log; the last range of padding holds for all further
    // ones.
    IntRange block_chars;
    std::vector<IntRange> padding_block_chars;

    std::map<std::string, PromptText, std::less<>> prompts;
    std::map<std::string, Slot, std::less<>> slots;
    std::vector<Subject> subjects;
    std::vector<std::string> closings;
};

// The error names the place in the pack.
Result<std::shared_ptr<const TaskPack>> readTaskPack(std::string_view json);

// Every `{name}` that is in the list replaced, in one pass: what is put in is not looked at again.
std::string filledIn(std::string_view text, std::span<const std::pair<std::string_view, std::string_view>> values);

} // namespace looptax
