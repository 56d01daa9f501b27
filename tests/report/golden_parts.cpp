#include "golden_parts.h"

#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace looptax {

namespace {

using Cells = std::vector<std::pair<std::string, std::string>>;

bool isListOfObjects(const Json& value) {
    return value.is_array() && !value.empty() &&
           std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_object(); });
}

// The members of an object and of the objects in it. False when there is a list of objects among them.
bool addCells(const Json& object, const std::string& path, Cells& out) {
    for (const auto& [key, value] : object.items()) {
        if (isListOfObjects(value)) return false;
        if (value.is_object() && !value.empty()) {
            if (!addCells(value, path + key + ".", out)) return false;
        } else {
            out.emplace_back(path + key, value.dump());
        }
    }
    return true;
}

void addValue(const Json& value, const std::string& path, std::string& out) {
    if (value.is_object() && !value.empty()) {
        for (const auto& [key, member] : value.items()) addValue(member, path.empty() ? key : path + "." + key, out);
        return;
    }
    if (!isListOfObjects(value)) {
        out += path + ": " + value.dump() + "\n";
        return;
    }
    std::vector<Cells> rows(value.size());
    bool flat = true;
    for (std::size_t i = 0; i < rows.size(); ++i) flat = flat && addCells(value[i], "", rows[i]);
    if (!flat) {
        for (std::size_t i = 0; i < rows.size(); ++i) addValue(value[i], path + "[" + std::to_string(i) + "]", out);
        return;
    }
    // Columns of all rows; a cell is empty where the object has no such member.
    std::vector<std::string> columns;
    for (const Cells& row : rows)
        for (const auto& [name, cell] : row)
            if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
    out += path + "[] " + joined(columns, " | ") + "\n";
    for (const Cells& row : rows) {
        std::vector<std::string> cells;
        for (const std::string& column : columns) {
            const auto of = std::find_if(row.begin(), row.end(), [&](const auto& cell) { return cell.first == column; });
            cells.push_back(of == row.end() ? "" : of->second);
        }
        out += "  " + joined(cells, " | ") + "\n";
    }
}

// By where each begins; the first begins with the text.
std::vector<std::string> sectionsOf(const std::string& text) {
    std::vector<std::string> out;
    std::size_t begin = 0;
    for (std::size_t at = text.find("\n## "); at != std::string::npos; at = text.find("\n## ", at + 1)) {
        out.push_back(text.substr(begin, at + 1 - begin));
        begin = at + 1;
    }
    out.push_back(text.substr(begin));
    return out;
}

std::string headingOf(const std::string& section) { return section.substr(0, section.find('\n')); }

} // namespace

std::string jsonAsTables(const Json& json) {
    std::string out;
    for (const auto& [key, value] : json.items()) {
        out += "## " + key + "\n";
        addValue(value, "", out);
    }
    return out;
}

std::string sectionsNotIn(const std::string& known, const std::string& knownName, const std::string& text) {
    std::map<std::string, std::string> there;
    for (const std::string& section : sectionsOf(known)) there.emplace(headingOf(section), section);
    std::string out;
    for (const std::string& section : sectionsOf(text)) {
        const auto same = there.find(headingOf(section));
        const bool shorter = section.size() > headingOf(section).size() + 40;
        out += shorter && same != there.end() && same->second == section
                   ? headingOf(section) + "\n(the same as in " + knownName + ")\n"
                   : section;
    }
    return out;
}

} // namespace looptax
