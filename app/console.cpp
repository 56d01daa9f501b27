#include "app/commands.h"

#include "base/file_ops.h"
#include "base/text.h"

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

void printOut(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void printErr(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

int deliver(const std::string& text, const std::optional<std::string>& file) {
    if (!file) {
        printOut(text);
        return kExitDone;
    }
    SystemFileOps files;
    if (const Status status = replaceFile(files, *file, text); !status) return complain(status.error());
    return kExitDone;
}

} // namespace looptax
