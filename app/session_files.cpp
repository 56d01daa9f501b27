#include "app/session_files.h"

#include "report/csv.h"
#include "store/record_store.h"
#include "store/session.h"

namespace looptax {

Result<std::string> sessionCsv(FileOps& files, const std::string& folder) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    return turnsCsv(session->store.turns());
}

Status writeDerivedFiles(FileOps& files, const std::string& folder) {
    const auto csv = sessionCsv(files, folder);
    if (!csv) return csv.error();
    return replaceFile(files, SessionPaths(folder).turnsCsv(), *csv);
}

} // namespace looptax
