// The commands of looptax, one file each. Each returns the exit code.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

enum ExitCode {
    kExitDone = 0,
    kExitTurnsFailed = 1,
    kExitUsage = 2,
    kExitUnreachable = 3,
    kExitStorage = 4,
    kExitInterrupted = 130
};

using Words = std::vector<std::string>;

int probeCommand(const Words& words);
int planCommand(const Words& words);
int validateCommand(const Words& words);
int runCommand(const Words& words);
int verifyCommand(const Words& words);
int reportCommand(const Words& words);
int amendCommand(const Words& words);
int compareCommand(const Words& words);
int calibrateCommand(const Words& words);
int explainCommand(const Words& words);

int exitCodeOf(const Error& error);
// "looptax: ..." on stderr, without control characters; returns the exit code of the error.
int complain(const Error& error);
void printOut(const std::string& text); // stdout, as it is; main() says when it did not arrive
void printErr(const std::string& text);
// Writes to the file a person named (writeUserFile), or to stdout when there is none or it is "-".
int deliver(const std::string& text, const std::optional<std::string>& file);

} // namespace looptax
