#include "app/commands.h"

#include "app/standard_streams.h"
#include "base/file_ops.h"
#include "base/text.h"
#include "base/whole_file.h"

#include <cerrno>
#include <cstdio>

namespace looptax {

int exitCodeOf(const Error& error) {
    switch (error.kind) {
    case ErrorKind::Usage:
    case ErrorKind::Plan:
    case ErrorKind::Permission: return kExitUsage;
    case ErrorKind::Unreachable:
    case ErrorKind::Protocol: return kExitUnreachable;
    case ErrorKind::Storage:
    case ErrorKind::Corrupt:
    case ErrorKind::Newer: return kExitStorage;
    case ErrorKind::Cancelled: return kExitInterrupted;
    case ErrorKind::Internal: return kExitTurnsFailed;
    }
    return kExitTurnsFailed;
}

int complain(const Error& error) {
    printErr("looptax: " + stripControls(error.text()) + "\n");
    return exitCodeOf(error);
}

void printOut(const std::string& text) { writeOutput(text); }

void printErr(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

int deliver(const std::string& text, const std::optional<std::string>& file) {
    if (!file || *file == "-") {
        printOut(text);
        return kExitDone;
    }
    SystemFileOps files;
    const Status status = writeUserFile(files, *file, text);
    // A reader that went away has seen what it wanted, as behind standard output.
    return status.ok() || status.error().code == EPIPE ? int(kExitDone) : complain(status.error());
}

} // namespace looptax
