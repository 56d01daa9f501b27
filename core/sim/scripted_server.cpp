#include "sim/scripted_server.h"

#include "base/receive_stamp.h"
#include "sim/script_player.h"
#include "sim/sim_routes.h"
#include "sim/sim_socket.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <poll.h>
#include <thread>

namespace looptax {

namespace {
constexpr std::size_t kMaxPieces = 100'000;
}

std::int64_t SeenRequest::firstNs(SimMark mark) const {
    for (const SentPiece& piece : sent)
        if (piece.mark == mark) return piece.at_ns;
    return 0;
}

std::int64_t SeenRequest::lastNs(SimMark mark) const {
    for (auto piece = sent.rbegin(); piece != sent.rend(); ++piece)
        if (piece->mark == mark) return piece->at_ns;
    return 0;
}

class ScriptedServer::Impl {
public:
    explicit Impl(SimOptions options) : m_options(std::move(options)), m_port(m_options.port) {}

    Status start();
    void stop();

    SimOptions m_options;
    mutable std::mutex m_mutex; // guards all below but the thread's own
    mutable std::condition_variable m_changed;
    std::deque<SimScript> m_queued;
    std::map<std::string, SimScript, std::less<>> m_paths;
    std::deque<SeenRequest> m_seen; // a deque: the connections hold references
    int m_chats = 0;
    int m_connections = 0;
    int m_open = 0;
    int m_port = 0;
    std::unique_ptr<SimModel> m_model;

private:
    struct Connection {
        std::thread thread;
        std::atomic<bool> over{false};
    };

    void acceptLoop();
    void serve(SimSocket socket, int number, ArrivalClock arrivals);
    // False when the connection is over.
    bool handle(SimSocket& socket, SimRequest request);
    SimScript scriptFor(SeenRequest& seen);

    std::unique_ptr<StopSignal> m_stop;
    std::vector<SimSocket> m_listeners;
    const SystemClock m_clock;
    ArrivalClock m_arrivals; // begun before anything can arrive: a request may be there before its connection has a thread
    std::thread m_accepter;
    std::list<Connection> m_threads; // touched by the accept thread, and by stop() once that is joined
};

Status ScriptedServer::Impl::start() {
    if (m_accepter.joinable()) return {};
    std::vector<SimSocket> listeners;
    // A free IPv4 port may be taken on IPv6: then another is tried.
    for (int attempt = 0; listeners.empty(); ++attempt) {
        int port = m_port;
        for (const bool six : {false, true}) {
            if (!(six ? m_options.ipv6 : m_options.ipv4)) continue;
            auto listener = openLoopback(six, port);
            if (!listener && (m_port != 0 || listeners.empty() || attempt == 10)) return listener.error();
            if (!listener) {
                listeners.clear();
                break;
            }
            port = portOf(*listener);
            askForStamps(listener->fd()); // its connections inherit it: the first request's bytes may be there before we ask
            listeners.push_back(listener.take());
        }
        if (!m_options.ipv4 && !m_options.ipv6)
            return Error{ErrorKind::Usage, "neither IPv4 nor IPv6 is wanted", "simulated server", "", 0};
        if (!listeners.empty()) {
            const std::lock_guard lock(m_mutex);
            m_port = port;
        }
    }
    m_listeners = std::move(listeners);
    m_stop = std::make_unique<StopSignal>();
    if (m_stop->fd() < 0) return Error{ErrorKind::Internal, "no pipe to stop the server by", "simulated server", "", 0};
    {
        const std::lock_guard lock(m_mutex);
        m_model = std::make_unique<SimModel>(m_options);
    }
    m_arrivals.begin(m_clock);
    m_accepter = std::thread([this] { acceptLoop(); });
    return {};
}

void ScriptedServer::Impl::stop() {
    if (!m_accepter.joinable()) return;
    m_stop->raise();
    m_model->cache().stop();
    m_accepter.join();
    m_listeners.clear();
    for (Connection& connection : m_threads) connection.thread.join();
    m_threads.clear();
}

void ScriptedServer::Impl::acceptLoop() {
    for (;;) {
        std::vector<pollfd> fds{pollfd{m_stop->fd(), POLLIN, 0}};
        for (const SimSocket& listener : m_listeners) fds.push_back({listener.fd(), POLLIN, 0});
        if (::poll(fds.data(), nfds_t(fds.size()), -1) < 0) continue;
        if (fds[0].revents != 0) return;
        m_threads.remove_if([](Connection& connection) {
            if (!connection.over) return false;
            connection.thread.join();
            return true;
        });
        for (std::size_t i = 0; i < m_listeners.size(); ++i) {
            if ((fds[i + 1].revents & POLLIN) == 0) continue;
            SimSocket socket = acceptOne(m_listeners[i]);
            if (!socket.isOpen()) continue;
            int number = 0;
            {
                const std::lock_guard lock(m_mutex);
                number = m_connections++;
                ++m_open;
            }
            Connection& connection = m_threads.emplace_back();
            connection.thread = std::thread([this, &connection, number, own = std::move(socket)]() mutable {
                makeWaitsExact();
                serve(std::move(own), number, m_arrivals);
                {
                    const std::lock_guard lock(m_mutex);
                    --m_open;
                    m_changed.notify_all();
                }
                connection.over = true;
            });
        }
    }
}

void ScriptedServer::Impl::serve(SimSocket socket, int number, ArrivalClock arrivals) {
    RequestReader reader;
    std::vector<char> buffer(65'536);
    askForStamps(socket.fd());
    for (;;) {
        if (waitReadable(socket, *m_stop) != SimWait::Ready) return;
        if (arrivals.wasStepped()) arrivals.begin(m_clock);
        StampedRead read;
        do read = receiveStamped(socket.fd(), buffer.data(), buffer.size());
        while (read.count < 0 && errno == EINTR);
        if (read.count <= 0) return;
        const std::int64_t arrived = arrivals.arrival(read, m_clock).value_or(simNowNs());
        reader.feed({buffer.data(), std::size_t(read.count)});
        while (auto request = reader.next()) {
            request->connection = number;
            request->arrived_ns = arrived;
            if (!handle(socket, std::move(*request))) return;
        }
        if (reader.broken()) {
            sendAll(socket, *m_stop, httpAnswer(400, "text/plain", "not an HTTP request", {{"Connection", "close"}}));
            return;
        }
    }
}

bool ScriptedServer::Impl::handle(SimSocket& socket, SimRequest request) {
    const std::int64_t arrived = request.arrived_ns;
    const bool closes = request.header("connection").value_or("") == "close";
    const bool chat = SimRoutes::isChat(request);
    SeenRequest* seen = nullptr;
    {
        const std::lock_guard lock(m_mutex);
        request.index = int(m_seen.size());
        if (chat) request.chat_index = m_chats++;
        seen = &m_seen.emplace_back();
        seen->request = std::move(request);
        m_changed.notify_all();
    }
    if (m_options.on_request) {
        SimRequest copy;
        {
            const std::lock_guard lock(m_mutex);
            copy = seen->request;
        }
        m_options.on_request(copy);
    }
    const SimScript script = scriptFor(*seen);
    if (!m_options.keeps_bodies) {
        const std::lock_guard lock(m_mutex);
        seen->request.body = {};
    }
    const SimEnd end = playScript(socket, *m_stop, script, arrived, [&](const SentPiece& piece, const HandOver& handOver) {
        const std::lock_guard lock(m_mutex);
        const bool kept = seen->sent.size() < kMaxPieces;
        if (kept) seen->sent.push_back(piece);
        const std::int64_t at = handOver();
        if (kept) seen->sent.back().at_ns = at;
    });
    const std::lock_guard lock(m_mutex);
    seen->end = end;
    return end == SimEnd::Answered && !closes && !script.close_after;
}

SimScript ScriptedServer::Impl::scriptFor(SeenRequest& seen) {
    SimRequest request;
    {
        const std::lock_guard lock(m_mutex);
        if (seen.request.chat_index && !m_queued.empty()) {
            SimScript script = std::move(m_queued.front());
            m_queued.pop_front();
            return script;
        }
        for (const std::string& path : {seen.request.target, seen.request.path})
            if (const auto it = m_paths.find(path); it != m_paths.end()) return it->second;
        request = seen.request;
    }
    return SimRoutes(*m_model).answer(request); // may wait for a slot: not under the lock
}

ScriptedServer::ScriptedServer(SimOptions options) : m_impl(std::make_unique<Impl>(std::move(options))) {}
ScriptedServer::~ScriptedServer() { stop(); }

Status ScriptedServer::start() { return m_impl->start(); }
void ScriptedServer::stop() { m_impl->stop(); }

int ScriptedServer::port() const {
    const std::lock_guard lock(m_impl->m_mutex);
    return m_impl->m_port;
}
std::string ScriptedServer::url() const { return "http://127.0.0.1:" + std::to_string(port()); }
std::string ScriptedServer::urlIpv6() const { return "http://[::1]:" + std::to_string(port()); }
std::string ScriptedServer::model() const { return simulatedName(m_impl->m_options.model); }

void ScriptedServer::queueChat(SimScript script) {
    const std::lock_guard lock(m_impl->m_mutex);
    m_impl->m_queued.push_back(std::move(script));
}

void ScriptedServer::setPath(std::string_view path, SimScript script) {
    const std::lock_guard lock(m_impl->m_mutex);
    m_impl->m_paths.insert_or_assign(std::string(path), std::move(script));
}

void ScriptedServer::clearScripts() {
    const std::lock_guard lock(m_impl->m_mutex);
    m_impl->m_queued.clear();
    m_impl->m_paths.clear();
}

void ScriptedServer::unloadModel() {
    const std::lock_guard lock(m_impl->m_mutex);
    if (m_impl->m_model) m_impl->m_model->unload();
}

std::vector<SeenRequest> ScriptedServer::seen() const {
    const std::lock_guard lock(m_impl->m_mutex);
    return {m_impl->m_seen.begin(), m_impl->m_seen.end()};
}

int ScriptedServer::requestCount() const {
    const std::lock_guard lock(m_impl->m_mutex);
    return int(m_impl->m_seen.size());
}

int ScriptedServer::requestCount(std::string_view path) const {
    const std::lock_guard lock(m_impl->m_mutex);
    int count = 0;
    for (const SeenRequest& seen : m_impl->m_seen) count += seen.request.path == path ? 1 : 0;
    return count;
}

int ScriptedServer::chatCount() const {
    const std::lock_guard lock(m_impl->m_mutex);
    return m_impl->m_chats;
}

int ScriptedServer::connectionCount() const {
    const std::lock_guard lock(m_impl->m_mutex);
    return m_impl->m_connections;
}

int ScriptedServer::openConnections() const {
    const std::lock_guard lock(m_impl->m_mutex);
    return m_impl->m_open;
}

bool ScriptedServer::waitForChats(int count, int timeoutMs) const {
    std::unique_lock lock(m_impl->m_mutex);
    return m_impl->m_changed.wait_for(lock, std::chrono::milliseconds(timeoutMs), [&] { return m_impl->m_chats >= count; });
}

bool ScriptedServer::waitForNoConnections(int timeoutMs) const {
    std::unique_lock lock(m_impl->m_mutex);
    return m_impl->m_changed.wait_for(lock, std::chrono::milliseconds(timeoutMs), [&] { return m_impl->m_open == 0; });
}

} // namespace looptax
