// One target of a sweep while its blocks run: the managed server where there is one, its client and its facts.
#pragma once

#include "base/clock.h"
#include "base/file_ops.h"
#include "domain/plan.h"
#include "engine/host_processes.h"
#include "runtime/runtime_client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace looptax {

// A server that was started for the sweep; ends with the object.
class RunningServer {
public:
    virtual ~RunningServer() = default;
    virtual std::string url() const = 0;
    virtual bool alive() = 0;
    virtual std::string lastWords() = 0; // the end of its log, for messages
    virtual int group() { return 0; }    // its process group; 0: it has none
    // What the command says of itself, for servers whose own answer does not name their build; empty when not known.
    virtual std::string version() { return {}; }
};

// What the engine needs of the world outside, each replaceable in a test.
struct EngineWorld {
    FileOps& files;
    Clock& clock;
    std::function<std::unique_ptr<RuntimeClient>(TargetKind, const std::string& url, const std::string& apiKey, const Deadlines&)>
        makeClient;
    std::function<Result<std::unique_ptr<RunningServer>>(const ManagedCommand&, int contextTokens, const std::string& logPath,
                                                         const std::function<void(const std::string&)>& progress,
                                                         const CancelFlag&)>
        startServer;
    std::function<std::string(const std::string& name)> environment; // API keys by name of variable
    std::optional<HostSystem> host = {};                             // absent: nobody looks what else the machine does
};

class TargetSession {
public:
    TargetSession(const Target& target, const Plan& plan, EngineWorld& world);

    // Starts the managed server if there is one (its output is appended to logPath), connects, reads the facts.
    Status open(const std::string& logPath, const std::function<void(const std::string&)>& progress, const CancelFlag& cancel);
    void close();

    bool isOpen() const { return m_client != nullptr; }
    bool wasOpened() const { return m_wasOpened; } // its facts are known, though it may be closed again
    bool managed() const { return m_target.managed.has_value(); }
    bool serverAlive() { return !managed() || (m_server && m_server->alive()); }
    Result<TargetFacts> ask(const CancelFlag& cancel); // for the facts again, as they are now; needs isOpen()
    RuntimeClient& client() { return *m_client; }
    const TargetFacts& facts() const { return m_facts; }
    const std::string& memoryDoubt() const {
        return m_memoryDoubt;
    } // among the facts' doubts too; empty: none, or not opened yet
    const Target& target() const { return m_target; }
    RuntimePlace place() const;
    // Of one slot: what the runtime says, else what the plan asks for.
    std::int64_t contextTokens() const { return m_facts.context_tokens.value_or(m_contextTokens); }

private:
    void complete(TargetFacts& facts) const;
    Error named(Error error) const;

    Target m_target;
    Deadlines m_deadlines;
    int m_contextTokens;
    EngineWorld& m_world;
    std::unique_ptr<RunningServer> m_server;
    std::unique_ptr<RuntimeClient> m_client;
    TargetFacts m_facts;
    std::string m_digest; // of the managed model file; read once a session
    std::string m_memoryDoubt;
    bool m_wasOpened = false;
};

} // namespace looptax
