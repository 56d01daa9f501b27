#include "runtime/server_process.h"

#include "base/clock.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace looptax {

namespace {

constexpr std::int64_t kStepNs = 20'000'000;
constexpr int kGraceSteps = 50; // a second

// The watcher leaves when it is told so and kills when nobody is there to tell it.
constexpr const char* kWatch = "trap '' INT TERM HUP; read -r line && exit 0; kill -s KILL -- \"-$1\"";

void startClean() {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(signal, SIG_DFL);
}

// Between fork and exec: only calls that are safe after fork in a program with threads.
[[noreturn]] void becomeServer(char* const* argv, char* const* env, int log, pid_t parent) {
    ::setpgid(0, 0);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    const int null = ::open("/dev/null", O_RDONLY);
    if (null >= 0) ::dup2(null, STDIN_FILENO);
    startClean();
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127); // it died before the line above
#else
    (void)parent;
#endif
    ::execve(argv[0], argv, env);
    static constexpr char kText[] = "cannot execute the command\n";
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (std::string& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
}

} // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(std::vector<std::string> words, const std::string& logPath) {
    const int log = ::open(logPath.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log < 0)
        return Error{
            ErrorKind::Storage, std::string("cannot write the server's log: ") + std::strerror(errno), logPath, {}, errno};
    // The embedded launcher's own child dies with it too. Set for the child alone: setenv() in a program with
    // threads races.
    std::vector<std::string> variables{"LOOPTAX_DIE_WITH_PARENT=1"};
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (std::strncmp(*variable, "LOOPTAX_DIE_WITH_PARENT=", 24) != 0) variables.emplace_back(*variable);
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> env = pointers(variables);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) becomeServer(argv.data(), env.data(), log, parent);
    const int code = errno;
    ::close(log);
    if (pid < 0)
        return Error{ErrorKind::Unreachable, std::string("cannot start a process: ") + std::strerror(code), words[0], {}, code};
    ::setpgid(pid, pid); // also here: whichever of the two comes first
    std::unique_ptr<ServerProcess> server(new ServerProcess(pid));
    server->watch();
    return server;
}

void ServerProcess::watch() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    std::vector<std::string> words{"/bin/sh", "-c", kWatch, "looptax-watcher", std::to_string(m_pid)};
    const std::vector<char*> argv = pointers(words);
    m_watcher = ::fork();
    if (m_watcher == 0) {
        ::setpgid(0, 0); // a Ctrl-C on the terminal is not for it
        ::dup2(ends[1], STDIN_FILENO);
        const int null = ::open("/dev/null", O_WRONLY);
        if (null >= 0) ::dup2(null, STDOUT_FILENO);
        if (null >= 0) ::dup2(null, STDERR_FILENO);
        startClean();
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    m_leash = ends[0];
}

void ServerProcess::dismissWatcher() {
    if (m_leash >= 0) {
        [[maybe_unused]] const ssize_t n = ::send(m_leash, "go\n", 3, MSG_NOSIGNAL);
        ::close(m_leash);
        m_leash = -1;
    }
    if (m_watcher > 0)
        while (::waitpid(m_watcher, nullptr, 0) < 0 && errno == EINTR) {
        }
    m_watcher = -1;
}

bool ServerProcess::alive() {
    if (m_ended) return false;
    // Looked at without reaping: while its number is taken, nobody else's group can have it, and killing the
    // rest is safe.
    siginfo_t info{};
    if (::waitid(P_PID, id_t(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0) return true;
    ::kill(-m_pid, SIGKILL);
    while (::waitpid(m_pid, &m_status, 0) < 0 && errno == EINTR) {
    }
    m_ended = true;
    dismissWatcher();
    return false;
}

std::string ServerProcess::ending() const {
    if (!m_ended) return {};
    if (WIFSIGNALED(m_status)) return "killed by signal " + std::to_string(WTERMSIG(m_status));
    return "exit code " + std::to_string(WEXITSTATUS(m_status));
}

bool ServerProcess::wasKilled() const { return m_ended && WIFSIGNALED(m_status); }

ServerProcess::~ServerProcess() {
    SystemClock clock;
    if (!m_ended) ::kill(-m_pid, SIGTERM);
    for (int step = 0; step < kGraceSteps && alive(); ++step) clock.sleepNs(kStepNs);
    if (m_ended) return;
    ::kill(-m_pid, SIGKILL);
    while (alive()) clock.sleepNs(kStepNs); // reaps; a process in an uninterruptible wait takes its time
}

} // namespace looptax
