// Which model a managed server was given: the check sum of its file, so that sessions on two runtimes can be told to have
// used the same artifact.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "runtime/runtime_client.h"

#include <functional>
#include <string>

namespace looptax {

// SHA-256 of the file's bytes in hex. Reads the whole file, which the server is about to do anyway; progress hears a
// sentence now and then. Errors: Storage where it cannot be read, Cancelled.
Result<std::string> modelDigest(FileOps& files, const std::string& path, const std::function<void(const std::string&)>& progress,
                                const CancelFlag& cancel);

} // namespace looptax
