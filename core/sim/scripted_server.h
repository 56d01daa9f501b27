// A server of known truth on real sockets: it speaks like a runtime, answers by the oracle at a known cost or
// by a script, stamps what it sends, and remembers every request it saw. Own threads, no Qt; all calls are
// safe from any thread. It listens on loopback only.
//
// Which script a request gets: one queued for chats, else one set for its path, else the dialect's own
// routes.
#pragma once

#include "base/result.h"
#include "sim/http_text.h"
#include "sim/script_player.h"
#include "sim/sim_options.h"
#include "sim/sim_script.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct SeenRequest {
    SimRequest request;
    std::vector<SentPiece> sent; // the first 100,000 of them
    SimEnd end = SimEnd::Running;

    // Stamp of the first piece with that mark; 0 when none was sent.
    std::int64_t firstNs(SimMark mark) const;
    std::int64_t lastNs(SimMark mark) const;
};

class ScriptedServer {
public:
    explicit ScriptedServer(SimOptions options = {});
    ~ScriptedServer(); // stops
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    // After stop() it may be started again, on the same port, with all it has seen and a cold cache.
    Status start();
    void stop(); // ends every connection and joins every thread, within 100 ms

    int port() const;
    std::string url() const;     // "http://127.0.0.1:PORT"
    std::string urlIpv6() const; // "http://[::1]:PORT"
    std::string model() const;   // with its prefix

    void queueChat(SimScript script); // for the next chat request nobody queued for yet
    // For every request to that path, chats too; one that is set for the path with its query goes before it.
    void setPath(std::string_view path, SimScript script);
    void clearScripts();
    void unloadModel(); // Ollama: the next chat loads; elsewhere: the next prompt finds nothing cached

    std::vector<SeenRequest> seen() const;
    int requestCount() const;
    int requestCount(std::string_view path) const;
    int chatCount() const;       // requests that make a model generate
    int connectionCount() const; // accepted so far
    int openConnections() const;
    // Wait for something to become so, without polling; false when it did not within the time.
    bool waitForChats(int count, int timeoutMs) const;
    bool waitForNoConnections(int timeoutMs) const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace looptax
