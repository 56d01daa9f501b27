// A llama-server that the sweep starts and ends itself: on a free loopback port, log kept, gone with us whatever happens
// (server_process.h says how, and why start() belongs on a thread that outlives the object).
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "domain/plan.h"
#include "runtime/runtime_client.h"
#include "runtime/server_process.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

// $LOOPTAX_DATA_DIR, else $XDG_DATA_HOME/looptax, else ~/.local/share/looptax: where get-runtime.sh puts things.
std::string dataFolder();
// Bare `looptax-llama-server` is the embedded launcher, other bare names are looked up on PATH; empty when there is none.
std::string resolveCommand(const std::string& command);
// As given, else in the data folder's models/; empty when there is no such file.
std::string resolveModelFile(const std::string& file);

class ManagedServer {
public:
    // Returns when /health answers 200; says progress about once a second. When the server ends before that, the error
    // holds the last lines of its log; where another program has taken its port, it is started again on another, at most
    // twice. logPath is appended to.
    static Result<std::unique_ptr<ManagedServer>> start(const ManagedCommand& command, int contextTokens,
                                                        const std::string& logPath, Clock& clock,
                                                        const std::function<void(const std::string&)>& progress,
                                                        const CancelFlag& cancel, std::int64_t deadlineMs = 300'000);
    ~ManagedServer(); // SIGTERM to the group, SIGKILL after 1 s; no process is left

    std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    bool alive();
    std::string lastWords() const; // last lines of what this server wrote
    std::string version() const;   // what `command --version` says first, without "version: "; empty when it says nothing
    int pid() const { return m_process->pid(); }
    int port() const { return m_port; }

private:
    static Result<std::unique_ptr<ManagedServer>> startOn(int port, std::vector<std::string> words, const std::string& name,
                                                          const std::string& logPath, Clock& clock,
                                                          const std::function<void(const std::string&)>& progress,
                                                          const CancelFlag& cancel, std::int64_t deadlineMs);
    ManagedServer(std::string program, std::unique_ptr<ServerProcess> process, int port, std::string logPath,
                  std::int64_t logStart)
        : m_program(std::move(program))
        , m_process(std::move(process))
        , m_port(port)
        , m_logPath(std::move(logPath))
        , m_logStart(logStart) {}
    std::string endedHow() const;

    std::string m_program;
    std::unique_ptr<ServerProcess> m_process;
    int m_port;
    std::string m_logPath;
    std::int64_t m_logStart; // where this server's part of the log begins
};

} // namespace looptax
