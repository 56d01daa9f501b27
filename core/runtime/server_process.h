// A server of ours as the system sees it: a process group of its own, its output in a file, and an end that
// it cannot miss. It dies with us in three ways, because each alone has a hole:
// - end(), from the destructor: SIGTERM to the group, SIGKILL to what is left after a second;
// - the kernel's parent-death signal, should we be killed. It is sent when the *thread* that started the
// server ends, so
//   start() belongs on a thread that outlives the object (the sweep's worker), and it reaches the first
//   process alone;
// - a watcher (/bin/sh) that waits for the end of our side of a socket and then kills the whole group: the
// server behind
//   a wrapper script, too.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace looptax {

class ServerProcess {
public:
    // words[0] is the program's path. The log is appended to.
    static Result<std::unique_ptr<ServerProcess>> start(std::vector<std::string> words, const std::string& logPath);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    int pid() const { return m_pid; }
    bool alive(); // once false, nothing of its group is left either
    // How it ended: "exit code 1", "killed by signal 9"; empty while it lives.
    std::string ending() const;
    bool wasKilled() const; // by a signal

private:
    explicit ServerProcess(int pid) : m_pid(pid) {}
    void watch();
    void dismissWatcher();

    int m_pid;
    int m_watcher = -1;
    int m_leash = -1; // our end of the watcher's socket
    bool m_ended = false;
    int m_status = 0; // of waitpid
};

} // namespace looptax
