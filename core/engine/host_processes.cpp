#include "engine/host_processes.h"

#include "base/text.h"
#include "domain/trust.h"
#include "domain/url.h"
#include "engine/host_activity.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <map>
#include <unistd.h>

namespace looptax {

namespace {

constexpr std::size_t kTable = 4 * 1024 * 1024; // of connections
constexpr std::size_t kStatus = 8 * 1024;
constexpr std::size_t kMostOfUser = 16; // each costs a read before and after a turn; root may have hundreds
constexpr std::int64_t kBetweenLooksNs = 200'000'000;
constexpr double kTurnMs = 10'000;   // long enough for the shares to count, not the 50 ms
constexpr double kNamedShare = 0.05; // of a core
constexpr std::size_t kMostNamed = 3;

struct Listener {
    std::string inode;
    unsigned uid = 0;
};

// "0100007F", words of 32 bits as they lie in memory: 127.0.0.0/8, ::1, or all addresses.
bool isLoopbackOrAll(std::string_view hex) {
    unsigned char bytes[16] = {};
    const std::size_t words = hex.size() / 8;
    if (hex.size() % 8 != 0 || (words != 1 && words != 4)) return false;
    for (std::size_t i = 0; i < words; ++i) {
        std::uint32_t word = 0;
        if (std::from_chars(hex.data() + 8 * i, hex.data() + 8 * i + 8, word, 16).ec != std::errc()) return false;
        std::memcpy(bytes + 4 * i, &word, 4);
    }
    static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const unsigned char* last = words == 1 ? bytes : bytes + 12;
    if (words == 1 || std::memcmp(bytes, kMapped, 12) == 0) return last[0] == 127 || (last[0] | last[1] | last[2] | last[3]) == 0;
    return std::all_of(bytes, bytes + 15, [](unsigned char byte) { return byte == 0; }) && bytes[15] <= 1;
}

std::vector<Listener> listenersOn(const HostSystem& system, int port) {
    std::vector<Listener> out;
    std::vector<char> bytes;
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        const std::string text(KeptFile(system.root + table).readAll(kTable, bytes));
        for (const std::string& line : splitOn(text, '\n')) {
            std::vector<std::string> words = splitOn(line, ' ');
            std::erase(words, std::string());
            if (words.size() < 10 || words[3] != "0A") continue; // LISTEN
            const auto colon = words[1].find(':');
            if (colon == std::string::npos) continue;
            int listens = 0;
            std::from_chars(words[1].data() + colon + 1, words[1].data() + words[1].size(), listens, 16);
            const auto uid = parseInteger(words[7]);
            if (listens != port || !uid || !isLoopbackOrAll(std::string_view(words[1]).substr(0, colon))) continue;
            out.push_back({words[9], unsigned(*uid)});
        }
    }
    return out;
}

bool holdsSocket(const HostSystem& system, int pid, const std::set<std::string>& links) {
    const std::string at = system.root + "/proc/" + std::to_string(pid) + "/fd";
    DIR* folder = ::opendir(at.c_str());
    if (folder == nullptr) return false;
    bool found = false;
    while (const dirent* entry = found ? nullptr : ::readdir(folder)) {
        char target[64];
        const ssize_t length = ::readlink((at + "/" + entry->d_name).c_str(), target, sizeof target);
        found = length > 0 && links.count(std::string(target, std::size_t(length))) != 0;
    }
    ::closedir(folder);
    return found;
}

std::optional<unsigned> userOf(const HostSystem& system, int pid) {
    std::vector<char> bytes;
    const std::string_view text = KeptFile(system.root + "/proc/" + std::to_string(pid) + "/status").readOnce(kStatus, bytes);
    const auto at = text.find("\nUid:");
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = trimmed(text.substr(at + 5));
    unsigned uid = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), uid).ec != std::errc()) return std::nullopt;
    return uid;
}

} // namespace

std::set<int> withDescendants(std::set<int> pids, const std::vector<ProcessStat>& all, int own) {
    for (std::size_t before = 0; before != pids.size();) {
        before = pids.size();
        for (const ProcessStat& process : all)
            if (process.pid != own && pids.count(process.parent) != 0) pids.insert(process.pid);
    }
    return pids;
}

RuntimeLook findRuntime(const HostSystem& system, const RuntimePlace& place, const std::vector<ProcessStat>& all) {
    RuntimeLook look;
    std::set<int> pids;
    if (place.group != 0) {
        for (const ProcessStat& process : all)
            if (process.group == place.group) pids.insert(process.pid);
    } else {
        const std::vector<Listener> listeners = listenersOn(system, place.port);
        std::set<std::string> links;
        for (const Listener& listener : listeners) links.insert("socket:[" + listener.inode + "]");
        for (const ProcessStat& process : all)
            if (!links.empty() && holdsSocket(system, process.pid, links)) pids.insert(process.pid);
        if (pids.count(system.pid) != 0) {
            look.itself = true;
            return look;
        }
        const auto other =
            std::find_if(listeners.begin(), listeners.end(), [&](const Listener& l) { return l.uid != system.uid; });
        if (pids.empty() && other != listeners.end()) {
            std::vector<ProcessStat> theirs;
            for (const ProcessStat& process : all)
                if (process.running && process.pid != system.pid && userOf(system, process.pid) == other->uid)
                    theirs.push_back(process);
            std::sort(theirs.begin(), theirs.end(),
                      [](const ProcessStat& a, const ProcessStat& b) { return a.cpu_ms > b.cpu_ms; });
            if (theirs.size() > kMostOfUser) theirs.resize(kMostOfUser);
            look.processes = std::move(theirs);
        }
    }
    if (look.processes.empty()) {
        pids = withDescendants(std::move(pids), all, system.pid);
        for (const ProcessStat& process : all)
            if (pids.count(process.pid) != 0) look.processes.push_back(process);
    }
    if (look.processes.empty())
        look.why_not = place.group != 0 ? "the server's processes cannot be seen"
                                        : "no process that listens on port " + std::to_string(place.port) + " can be seen";
    return look;
}

std::string busyNow(const HostSystem& system, Clock& clock, const Plan& plan) {
    std::map<int, double> before;
    const std::int64_t began = clock.monotonicNs();
    const double bootedMs = double(clock.boottimeNs()) / 1e6;
    for (const ProcessStat& process : walkProcesses(system)) before[process.pid] = process.cpu_ms;
    if (before.empty()) return {};
    clock.sleepNs(kBetweenLooksNs);
    const std::vector<ProcessStat> all = walkProcesses(system);
    const double lookedMs = double(clock.monotonicNs() - began) / 1e6;

    std::set<int> known = withDescendants({system.pid}, all, 0);
    for (const Target& target : plan.targets) {
        const auto url = parseUrl(target.url);
        if (target.managed || !url || !isLoopbackUrl(target.url)) continue;
        for (const ProcessStat& process : findRuntime(system, {0, url->port}, all).processes) known.insert(process.pid);
    }
    struct Busy {
        const ProcessStat* process;
        double share; // of a core
    };
    std::vector<Busy> busy;
    double sum = 0;
    for (const ProcessStat& process : all) {
        const auto earlier = before.find(process.pid);
        // One that is new and yet old has taken the number of another; what it used is not known.
        if (known.count(process.pid) != 0 || (earlier == before.end() && process.started_ms < bootedMs - 10)) continue;
        const double share = (process.cpu_ms - (earlier == before.end() ? 0 : earlier->second)) / lookedMs;
        if (share <= 0) continue;
        sum += share;
        if (share >= kNamedShare) busy.push_back({&process, share});
    }
    if (busy.empty() || sum * kTurnMs < disturbingMs(kTurnMs, HostReader(system).cores())) return {};
    std::stable_sort(busy.begin(), busy.end(), [](const Busy& a, const Busy& b) { return a.share > b.share; });
    std::vector<std::string> names;
    for (const Busy& b : busy) {
        if (names.size() == kMostNamed) break;
        names.push_back(stripControls(repairUtf8(b.process->name)) + " (pid " + std::to_string(b.process->pid) + ") " +
                        fixedText(100 * b.share, 0) + " % of a core");
    }
    const std::size_t more = busy.size() - names.size();
    return "Busy now: " + joined(names, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "") +
           ". Other programs change what is measured: let them end first.";
}

} // namespace looptax
