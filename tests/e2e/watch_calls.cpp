// Preloaded into a program under test: every address that it, or a child of it, connects or sends to, every name it looks up
// and every program it starts is a line of the file $LOOPTAX_WATCH_LOG. The call then goes ahead.
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

void note(const char* what, const char* which) {
    const char* log = std::getenv("LOOPTAX_WATCH_LOG");
    const int file = log != nullptr ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0) return;
    char line[4300];
    const int length = std::snprintf(line, sizeof line, "%s %s\n", what, which);
    if (write(file, line, length < int(sizeof line) ? std::size_t(length) : sizeof line - 1) < 0) std::abort();
    close(file);
}

void noteAddress(const char* what, const sockaddr* address) {
    char host[INET6_ADDRSTRLEN] = "", text[128];
    if (address == nullptr) return;
    if (address->sa_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(address);
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
        std::snprintf(text, sizeof text, "%s %d", host, ntohs(four->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
        inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
        std::snprintf(text, sizeof text, "%s %d", host, ntohs(six->sin6_port));
    } else {
        return; // a socket of this machine's own: a display, a name service
    }
    note(what, text);
}

template <class Function> Function next(Function, const char* name) { return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name)); }

#define NEXT(name) next(&::name, #name)

} // namespace

extern "C" {

int connect(int fd, const sockaddr* address, socklen_t length) {
    noteAddress("connect", address);
    return NEXT(connect)(fd, address, length);
}

ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* address, socklen_t length) {
    noteAddress("sendto", address);
    return NEXT(sendto)(fd, bytes, size, flags, address, length);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    noteAddress("sendmsg", static_cast<const sockaddr*>(message->msg_name));
    return NEXT(sendmsg)(fd, message, flags);
}

int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
    unsigned char address[16];
    const bool numeric = name == nullptr || inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
    if (!numeric) note("lookup", name);
    return NEXT(getaddrinfo)(name, service, hints, result);
}

int execve(const char* path, char* const argv[], char* const envp[]) noexcept {
    note("exec", path);
    return NEXT(execve)(path, argv, envp);
}

int execv(const char* path, char* const argv[]) noexcept {
    note("exec", path);
    return NEXT(execv)(path, argv);
}

int execvp(const char* file, char* const argv[]) noexcept {
    note("exec", file);
    return NEXT(execvp)(file, argv);
}

int execvpe(const char* file, char* const argv[], char* const envp[]) noexcept {
    note("exec", file);
    return NEXT(execvpe)(file, argv, envp);
}

int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
                char* const argv[], char* const envp[]) {
    note("exec", path);
    return NEXT(posix_spawn)(pid, path, actions, attributes, argv, envp);
}

int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
                 char* const argv[], char* const envp[]) {
    note("exec", file);
    return NEXT(posix_spawnp)(pid, file, actions, attributes, argv, envp);
}

} // extern "C"
