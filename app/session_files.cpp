#include "app/session_files.h"
namespace looptax {
Status writeDerivedFiles(FileOps&, const std::string&) { return {}; }
Result<std::string> renderSession(FileOps&, const std::string&, ReportFormat) { return std::string(); }
}
