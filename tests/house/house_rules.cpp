#include "house_rules.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>

namespace looptax::house {

namespace {

namespace fs = std::filesystem;

struct Room {
    std::set<std::string> may_include; // other rooms of the same tree
    bool qt = false;
};

const std::map<std::string, Room>& coreRooms() {
    static const std::map<std::string, Room> table{
        {"base", {{}, false}},
        {"wire", {{}, false}},
        {"stats", {{"base"}, false}},
        {"domain", {{"base"}, false}},
        {"record", {{"domain", "base"}, false}},
        {"loop", {{"domain", "base"}, false}},
        {"store", {{"record", "domain", "base"}, false}},
        {"analysis", {{"stats", "record", "domain", "base"}, false}},
        {"prefix", {{"stats", "record", "loop", "domain", "base"}, false}},
        {"chart", {{"analysis", "stats", "record", "domain", "base"}, false}},
        {"report", {{"chart", "analysis", "stats", "prefix", "record", "domain", "base"}, false}},
        {"runtime", {{"wire", "domain", "base"}, true}},
        {"replay", {{"prefix", "loop", "store", "record", "domain", "base"}, false}},
        {"engine", {{"runtime", "replay", "prefix", "loop", "store", "analysis", "stats", "record", "domain", "base"}, true}},
        {"sim", {{"wire", "loop", "domain", "base"}, false}},
        {"calibrate", {{"engine", "sim", "runtime", "store", "analysis", "record", "loop", "domain", "base"}, true}},
    };
    return table;
}

// All of them may see core.
const std::map<std::string, Room>& windowRooms() {
    const std::set<std::string> view{"model", "widgets", "style"};
    static const std::map<std::string, Room> table{
        {"style", {{}, true}},
        {"widgets", {{"style"}, true}},
        {"model", {{"widgets"}, true}},
        {"plan", {view, true}},
        {"turns", {view, true}},
        {"charts", {view, true}},
        {"verdicts", {view, true}},
        {"compare", {view, true}},
        {"window", {{"plan", "turns", "charts", "verdicts", "compare", "model", "widgets", "style"}, true}},
    };
    return table;
}

struct Include {
    int line = 0;
    std::string path;
    bool angled = false;
};

std::vector<Include> includesOf(const fs::path& file) {
    static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> found;
    std::ifstream in(file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        std::smatch match;
        if (std::regex_search(line, match, pattern)) found.push_back({number, match[2], match[1] == "<"});
    }
    return found;
}

std::string firstPart(const std::string& path) {
    const auto slash = path.find('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool isQt(const std::string& path) {
    static const std::regex pattern(R"(^(Qt?[A-Z]\w*(/.*)?|q[a-z_]+\.h)$)");
    return std::regex_match(path, pattern);
}

bool isUmbrella(const std::string& path) {
    static const std::regex pattern(R"(^Qt[A-Z]\w*(/Qt[A-Z]\w*)?$)");
    return std::regex_match(path, pattern);
}

bool isChartLibrary(const std::string& path) {
    static const std::regex pattern(R"(^(QtCharts/.*|Q(Abstract)?(Chart|Legend)\w*|Q\w+Series|Q\w+Axis|Q\w*Bar(Set|Model\w*))$)");
    return std::regex_match(path, pattern);
}

// Boost.Math throws where an argument is odd, by default and for every caller.
bool mayThrow(const std::string& path) { return path.rfind("boost/math/", 0) == 0 && path != "boost/math/tools/minima.hpp"; }

// Why this include may not stand in this file; nothing where it may.
std::optional<std::string> objection(const std::string& tree, const std::string& room, const std::string& file, bool header,
                                     const Include& include) {
    const std::string& path = include.path;
    if (header && path.find("json.hpp") != std::string::npos) return "a header pulls in json.hpp (base/json_fwd.h will do)";
    if (isUmbrella(path)) return "umbrella header <" + path + ">";
    if (include.angled) {
        const bool qt = isQt(path);
        if (qt && tree == "core" && !coreRooms().at(room).qt) return "a Qt header <" + path + "> in a room without Qt";
        if (mayThrow(path) && file != "core/stats/quantiles.cpp")
            return "<" + path + ">, which throws, outside core/stats/quantiles.cpp";
        if (qt && isChartLibrary(path) && file != "ui/charts/chart_adapter.cpp")
            return "the chart library <" + path + "> outside ui/charts/chart_adapter.cpp";
        return std::nullopt;
    }
    const std::string to = firstPart(path);
    if (to.empty()) {
        if (tree == "core") return "\"" + path + "\" without its room";
        return std::nullopt;
    }
    if (path.find("..") != std::string::npos) return "\"" + path + "\" climbs out of its folder";
    const bool toCore = coreRooms().count(to) > 0;
    if (tree == "core") {
        if (to == room) return std::nullopt;
        if (!toCore || coreRooms().at(room).may_include.count(to) == 0) return "no arrow " + room + " -> " + to;
        return std::nullopt;
    }
    if (tree == "ui" && to == "ui") {
        const std::string other = firstPart(path.substr(to.size() + 1));
        if (other == room || windowRooms().at(room).may_include.count(other) > 0) return std::nullopt;
        return "no arrow ui/" + room + " -> ui/" + other;
    }
    const std::set<std::string> more =
        tree == "ui" ? std::set<std::string>{"resources"} : std::set<std::string>{"ui", "app", "resources"};
    if (!toCore && more.count(to) == 0) return "no arrow " + tree + " -> " + to;
    return std::nullopt;
}

} // namespace

Inspection inspect(const fs::path& root) {
    Inspection result;
    for (const std::string tree : {"core", "ui", "app"}) {
        if (!fs::is_directory(root / tree)) continue;
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(root / tree)) {
            const std::string ending = entry.path().extension().string();
            if (entry.is_regular_file() && (ending == ".h" || ending == ".hpp" || ending == ".cpp" || ending == ".cc"))
                files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        for (const fs::path& file : files) {
            const std::string name = fs::relative(file, root).generic_string();
            const std::string room = firstPart(name.substr(tree.size() + 1));
            ++result.files;
            if (tree != "app" && (tree == "core" ? coreRooms() : windowRooms()).count(room) == 0) {
                result.violations.push_back(name + ": no room of " + tree + " has this name");
                continue;
            }
            const bool header = file.extension() != ".cpp" && file.extension() != ".cc";
            for (const Include& include : includesOf(file))
                if (const auto why = objection(tree, room, name, header, include))
                    result.violations.push_back(name + ":" + std::to_string(include.line) + ": " + *why);
        }
    }
    return result;
}

} // namespace looptax::house
