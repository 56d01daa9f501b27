// Which build this is: written into every session, shown by --version.
#pragma once

namespace looptax {

const char* versionText(); // "0.1.0"
const char* buildCommit(); // "3f2a9c1d0b7e" or "...-dirty"; "unknown" outside a git checkout

} // namespace looptax
