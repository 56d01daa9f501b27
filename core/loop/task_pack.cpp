#include "loop/task_pack.h"

#include "base/hash.h"
#include "base/text.h"
#include "loop/calendar.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace looptax {

namespace {

// Walks the pack and keeps the first thing that is wrong.
class Reader {
public:
    explicit Reader(const Json& root) : m_root(root) {}

    const Json& at(const Json& object, const char* key, const std::string& path) {
        static const Json kNothing;
        const auto found = object.is_object() ? object.find(key) : object.end();
        if (!object.is_object() || found == object.end()) {
            fail(path + key, "is missing");
            return kNothing;
        }
        return *found;
    }
    const Json& root() const { return m_root; }

    // Printable ASCII that needs no escape: its length in JSON is its length.
    std::string plainWord(const Json& value, const std::string& path) {
        const std::string text = value.is_string() ? value.get<std::string>() : std::string();
        const bool plain =
            std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
        if (text.empty() || !plain) fail(path, "must be a text of plain ASCII without quotes");
        return text;
    }
    std::vector<std::string> plainWords(const Json& value, const std::string& path) {
        std::vector<std::string> out;
        if (!value.is_array() || value.empty()) fail(path, "must be a list of texts");
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
            out.push_back(plainWord(value[i], path + "[" + std::to_string(i) + "]"));
        return out;
    }
    std::string lines(const Json& value, const std::string& path) {
        std::vector<std::string> out;
        if (!value.is_array() || value.empty()) fail(path, "must be a list of lines");
        for (const Json& line : value) {
            if (line.is_string()) out.push_back(line.get<std::string>());
            else fail(path, "must be a list of lines");
        }
        const std::string text = joined(out, "\n");
        if (std::any_of(text.begin(), text.end(), [](char c) { return (c < ' ' && c != '\n') || c > '~'; }))
            fail(path, "must be ASCII");
        return text;
    }
    int integer(const Json& value, const std::string& path, int from, int to) {
        const auto number = wholeNumber(value);
        if (!number || *number < from || *number > to) {
            fail(path, "must be a whole number from " + std::to_string(from) + " to " + std::to_string(to));
            return from;
        }
        return int(*number);
    }
    IntRange range(const Json& value, const std::string& path) {
        IntRange out{integer(at(value, "from", path + "."), path + ".from", 0, 1'000'000),
                     integer(at(value, "to", path + "."), path + ".to", 0, 1'000'000)};
        if (out.to < out.from) fail(path, "must not end before it begins");
        return out;
    }

    void fail(const std::string& path, const std::string& what) {
        if (m_error.what.empty()) m_error = {ErrorKind::Corrupt, what, "task pack, " + path, {}, 0};
    }
    const Error& error() const { return m_error; }
    bool failed() const { return !m_error.what.empty(); }

private:
    const Json& m_root;
    Error m_error;
};

void readEntryRules(Reader& reader, TaskPack& pack) {
    const Json& entry = reader.at(reader.root(), "entry", "");
    const auto keys = reader.plainWords(reader.at(entry, "keys", "entry."), "entry.keys");
    if (keys.size() == pack.entry_keys.size()) std::copy(keys.begin(), keys.end(), pack.entry_keys.begin());
    if (pack.entry_keys[0] != "date") reader.fail("entry.keys", "must be three, the first of them date");
    pack.first_date = reader.plainWord(reader.at(entry, "first_date", "entry."), "entry.first_date");
    if (!dayNumber(pack.first_date)) reader.fail("entry.first_date", "must be a date like 2025-01-06");
    const Json& gaps = reader.at(entry, "days_between", "entry.");
    for (const Json& gap : gaps) pack.days_between.push_back(reader.integer(gap, "entry.days_between", 1, 31));
    if (pack.days_between.empty()) reader.fail("entry.days_between", "must be a list of days");
    pack.block_chars = reader.range(reader.at(entry, "block_chars", "entry."), "entry.block_chars");
    const Json& padding = reader.at(entry, "padding_block_chars", "entry.");
    for (const Json& item : padding) pack.padding_block_chars.push_back(reader.range(item, "entry.padding_block_chars"));
    if (pack.padding_block_chars.empty()) reader.fail("entry.padding_block_chars", "must be a list of ranges");
}

void readMaterial(Reader& reader, TaskPack& pack) {
    for (const auto& [name, value] : reader.at(reader.root(), "slots", "").items()) {
        const std::string path = "slots." + name;
        Slot slot;
        if (value.is_object()) {
            slot.numbers = reader.range(value, path);
            if (value.contains("decimals")) slot.decimals = reader.integer(value["decimals"], path + ".decimals", 0, 6);
        } else {
            slot.words = reader.plainWords(value, path);
        }
        pack.slots.emplace(name, std::move(slot));
    }
    const Json& subjects = reader.at(reader.root(), "subjects", "");
    for (std::size_t i = 0; i < subjects.size() && subjects.is_array(); ++i) {
        const std::string path = "subjects[" + std::to_string(i) + "].";
        pack.subjects.push_back({reader.plainWord(reader.at(subjects[i], "topic", path), path + "topic"),
                                 reader.plainWords(reader.at(subjects[i], "findings", path), path + "findings")});
    }
    if (pack.subjects.empty()) reader.fail("subjects", "must be a list");
    pack.closings = reader.plainWords(reader.at(reader.root(), "closings", ""), "closings");
}

} // namespace

Result<std::shared_ptr<const TaskPack>> readTaskPack(std::string_view json) {
    const Json root = Json::parse(json, nullptr, false);
    if (root.is_discarded() || !root.is_object())
        return Error{ErrorKind::Corrupt, "the task pack is not a JSON object", "task pack", {}, 0};
    Reader reader(root);
    auto pack = std::make_shared<TaskPack>();
    pack->sha256 = sha256Hex(json);
    if (reader.plainWord(reader.at(root, "schema", ""), "schema") != "looptax.task/1")
        reader.fail("schema", "must be looptax.task/1");
    pack->name = reader.plainWord(reader.at(root, "name", ""), "name");
    pack->version = reader.plainWord(reader.at(root, "version", ""), "version");
    const Json& note = reader.at(root, "note", "");
    pack->note = {reader.plainWord(reader.at(note, "key", "note."), "note.key"),
                  reader.plainWord(reader.at(note, "value", "note."), "note.value")};
    readEntryRules(reader, *pack);
    for (const auto& [name, value] : reader.at(root, "prompts", "").items()) {
        const std::string path = "prompts." + name + ".";
        pack->prompts[name] = {reader.lines(reader.at(value, "system", path), path + "system"),
                               reader.lines(reader.at(value, "user", path), path + "user")};
    }
    readMaterial(reader, *pack);
    if (reader.failed()) return reader.error();
    return std::shared_ptr<const TaskPack>(std::move(pack));
}

std::string filledIn(std::string_view text, std::span<const std::pair<std::string_view, std::string_view>> values) {
    std::string out;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        text.remove_prefix(open);
        const std::size_t close = text.find('}');
        const std::string_view name = close == std::string_view::npos ? "" : text.substr(1, close - 1);
        const auto value = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == name; });
        if (close == std::string_view::npos || value == values.end()) {
            out += '{';
            text.remove_prefix(1);
        } else {
            out += value->second;
            text.remove_prefix(close + 1);
        }
    }
    return out;
}

} // namespace looptax
