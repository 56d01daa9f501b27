#include "app/standard_streams.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace looptax {

namespace {

constexpr int kUnknown = -1;
int s_outputError = 0; // errno of the first failure

void keep(int code) {
    if (s_outputError == 0) s_outputError = code == 0 ? kUnknown : code;
}

} // namespace

void openClosedStreams() {
    // The lowest free number is given out, so each lands where it is missing.
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(number, F_GETFD) < 0 && errno == EBADF)
            (void)::open("/dev/null", number == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

void writeOutput(std::string_view text) {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) keep(errno);
}

Status closeOutput() {
    errno = 0;
    const bool failedBefore = std::ferror(stdout) != 0;
    if (std::fclose(stdout) != 0 || failedBefore) keep(errno);
    if (s_outputError == 0 || s_outputError == EPIPE) return {};
    std::string what = "not everything could be written";
    if (s_outputError != kUnknown) what += std::string(": ") + std::strerror(s_outputError);
    return Error{ErrorKind::Storage, what, "standard output",
                 s_outputError == ENOSPC ? "free some space or choose another place" : "", s_outputError};
}

} // namespace looptax
