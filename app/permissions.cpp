#include "app/permissions.h"

#include "base/text.h"
#include "base/whole_file.h"

#include <cstdlib>

namespace looptax {

namespace {

constexpr std::int64_t kLargest = 1 << 20;

} // namespace

std::string permissionsFile() {
    // Relative paths are to be ignored (XDG Base Directory Specification).
    if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/')
        return joinPath(config, "looptax/permissions");
    const char* home = std::getenv("HOME");
    return home != nullptr && *home == '/' ? joinPath(home, ".config/looptax/permissions") : std::string();
}

std::set<std::string> readPermissions(FileOps& files, const std::string& file) {
    std::set<std::string> out;
    if (file.empty() || !files.exists(file)) return out;
    if (const auto text = readFile(files, file, kLargest))
        for (const std::string& line : splitOn(*text, '\n'))
            if (!trimmed(line).empty()) out.emplace(trimmed(line));
    return out;
}

Status addPermissions(FileOps& files, const std::string& file, const std::vector<TrustNeed>& needs) {
    if (file.empty())
        return Error{ErrorKind::Storage,
                     "there is no settings folder to remember the permission in",
                     {},
                     "set HOME or XDG_CONFIG_HOME",
                     0};
    std::set<std::string> all = readPermissions(files, file);
    for (const TrustNeed& need : needs) all.insert(need.hash);
    std::string text;
    for (const std::string& hash : all) text += hash + "\n";
    if (const Status made = files.makeDirs(parentFolder(file)); !made) return made;
    return replaceFile(files, file, text);
}

} // namespace looptax
