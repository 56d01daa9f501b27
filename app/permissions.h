// What the user has allowed plans from elsewhere to do (domain/trust.h): `permissions` in the settings folder, the hash of
// one need a line. Written by the window, honoured by both programs, and never part of a session: a folder that is handed on
// must not bring its own permission along.
#pragma once

#include "base/file_ops.h"
#include "domain/trust.h"

#include <set>
#include <string>
#include <vector>

namespace looptax {

// $XDG_CONFIG_HOME/looptax/permissions, else ~/.config/...; empty where neither is known.
std::string permissionsFile();

// A file that is missing or cannot be read allows nothing.
std::set<std::string> readPermissions(FileOps& files, const std::string& file);
Status addPermissions(FileOps& files, const std::string& file, const std::vector<TrustNeed>& needs);

} // namespace looptax
