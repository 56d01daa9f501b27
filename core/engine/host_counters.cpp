#include "engine/host_counters.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace looptax {

namespace {

constexpr std::size_t kSmall = 1024; // one process, PSI, a cgroup; the first line of /proc/stat
constexpr std::size_t kVmstat = 16 * 1024;
constexpr std::size_t kStat = 1024 * 1024; // a line for each core and a long one of interrupts

double tickMs() {
    const long ticks = ::sysconf(_SC_CLK_TCK);
    return ticks > 0 ? 1e3 / double(ticks) : 10.0;
}

std::string_view nextWord(std::string_view& text) {
    const auto begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) {
        text = {};
        return {};
    }
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(" \t\n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

// The number of the line "key 123".
std::optional<std::int64_t> lineCount(std::string_view text, std::string_view key) {
    for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
        if (at != 0 && text[at - 1] != '\n') continue;
        std::string_view rest = text.substr(at + key.size());
        if (!rest.empty() && rest.front() == ' ') return parseInteger(nextWord(rest));
    }
    return std::nullopt;
}

std::string textOf(const std::string& path, std::size_t most = kSmall) {
    std::vector<char> bytes;
    return std::string(KeptFile(path).readAll(most, bytes));
}

// The own cgroup's cpu.stat. In a container the path may be the host's and the mount shows the own group at its top.
KeptFile ownCgroup(const HostSystem& system) {
    std::vector<std::string> tries;
    const std::string mount = system.root + "/sys/fs/cgroup";
    for (const std::string& line : splitOn(textOf(system.root + "/proc/self/cgroup", 16 * 1024), '\n')) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
        const auto names = splitOn(controllers, ',');
        std::vector<std::string> mounts;
        if (controllers.empty()) mounts = {mount, mount + "/unified"};
        else if (std::find(names.begin(), names.end(), "cpu") != names.end())
            mounts = {mount + "/" + controllers, mount + "/cpu"};
        for (const std::string& at : mounts)
            for (const std::string& below : {path, std::string()})
                tries.push_back(at + (below == "/" ? std::string() : below) + "/cpu.stat");
    }
    std::vector<char> bytes;
    for (const std::string& path : tries) {
        KeptFile file(path);
        const std::string_view text = file.readOnce(kSmall, bytes);
        if (text.find("throttled_") != std::string_view::npos) return file;
    }
    return {};
}

// Whether the list of /sys/.../topology ("0,4" or "0-3") begins with this core: what a core or a package counts is the same
// at all its threads. No list: every core tells for itself.
bool isFirstOf(const std::string& list, int core) {
    std::string_view rest = list;
    const std::string_view word = nextWord(rest);
    const auto first = parseInteger(word.substr(0, word.find_first_of(",-")));
    return !first || *first == core;
}

std::vector<KeptFile> thermalCounters(const HostSystem& system, int cores) {
    std::vector<KeptFile> files;
    for (int core = 0; core < cores; ++core) {
        const std::string at = system.root + "/sys/devices/system/cpu/cpu" + std::to_string(core);
        for (const auto& [counter, list] :
             {std::pair{"core_throttle_count", "core_cpus_list"}, std::pair{"package_throttle_count", "package_cpus_list"}}) {
            KeptFile file(at + "/thermal_throttle/" + counter);
            if (file.isOpen() && isFirstOf(textOf(at + "/topology/" + list), core)) files.push_back(std::move(file));
        }
    }
    return files;
}

} // namespace

HostSystem thisHost() {
    const auto cpu = [] {
        timespec used{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        return double(used.tv_sec) * 1e3 + double(used.tv_nsec) / 1e6;
    };
    return {{}, cpu, int(::getpid()), unsigned(::getuid())};
}

KeptFile::KeptFile(const std::string& path) : m_file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

KeptFile::~KeptFile() {
    if (m_file >= 0) ::close(m_file);
}

KeptFile::KeptFile(KeptFile&& other) noexcept : m_file(std::exchange(other.m_file, -1)) {}

KeptFile& KeptFile::operator=(KeptFile&& other) noexcept {
    std::swap(m_file, other.m_file);
    return *this;
}

std::string_view KeptFile::read(std::size_t most, std::vector<char>& into, bool all) const {
    if (m_file < 0) return {};
    if (into.size() < most) into.resize(most);
    std::size_t have = 0;
    do {
        const ssize_t got = ::pread(m_file, into.data() + have, most - have, off_t(have));
        if (got <= 0) break;
        have += std::size_t(got);
    } while (all && have < most);
    return {into.data(), have};
}

HostReader::HostReader(const HostSystem& system)
    : m_stat(system.root + "/proc/stat")
    , m_vmstat(system.root + "/proc/vmstat")
    , m_psi(system.root + "/proc/pressure/cpu")
    , m_cgroup(ownCgroup(system))
    , m_tickMs(tickMs())
    , m_pageBytes(::sysconf(_SC_PAGESIZE)) {
    std::string_view text = m_stat.readAll(kStat, m_bytes);
    for (std::size_t at = text.find("\ncpu"); at != std::string_view::npos; at = text.find("\ncpu", at + 1)) ++m_cores;
    m_thermal = thermalCounters(system, m_cores);
    m_bytes = std::vector<char>(kVmstat);
}

HostCounters HostReader::read() {
    HostCounters out;
    std::string_view text = m_stat.readOnce(kSmall, m_bytes);
    text = text.substr(0, text.find('\n'));
    if (nextWord(text) == "cpu") {
        std::array<std::optional<std::int64_t>, 8> ticks; // user nice system idle iowait irq softirq steal
        for (auto& value : ticks) value = parseInteger(nextWord(text));
        // Some sandboxes show a file of zeros.
        if (ticks[0] && ticks[1] && ticks[2] && ticks[3] && *ticks[0] + *ticks[2] + *ticks[3] > 0) {
            out.busy_ms = double(*ticks[0] + *ticks[1] + *ticks[2]) * m_tickMs;
            if (ticks[7]) out.steal_ms = double(*ticks[7]) * m_tickMs;
        }
    }
    text = m_vmstat.readOnce(kVmstat, m_bytes);
    if (text.find("\npswpout ") == std::string_view::npos) text = m_vmstat.readAll(kVmstat, m_bytes);
    const auto in = lineCount(text, "pswpin"), gone = lineCount(text, "pswpout");
    if (in && gone) out.swap_bytes = (*in + *gone) * m_pageBytes;
    text = m_psi.readOnce(kSmall, m_bytes);
    if (const auto total = text.find("total="); text.starts_with("some ") && total != std::string_view::npos) {
        text.remove_prefix(total + 6);
        out.psi_cpu_us = parseInteger(nextWord(text));
    }
    text = m_cgroup.readOnce(kSmall, m_bytes);
    if (const auto us = lineCount(text, "throttled_usec")) out.throttled_us = us;
    else if (const auto ns = lineCount(text, "throttled_time")) out.throttled_us = *ns / 1000; // cgroup v1
    for (const KeptFile& file : m_thermal) {
        std::string_view events = file.readOnce(kSmall, m_bytes);
        if (const auto now = parseInteger(nextWord(events))) out.thermal_events = out.thermal_events.value_or(0) + *now;
    }
    return out;
}

std::optional<ProcessStat> readProcessStat(std::string_view text) {
    // The name may hold blanks and brackets of its own.
    const auto open = text.find('('), close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
    std::string_view head = text.substr(0, open), rest = text.substr(close + 1);
    std::array<std::optional<std::int64_t>, 21> fields; // from the state on; it is the only one that is no number
    for (auto& field : fields) field = parseInteger(nextWord(rest));
    const auto pid = parseInteger(nextWord(head));
    if (!pid || !fields[1] || !fields[2] || !fields[11] || !fields[12] || !fields[19] || !fields[20]) return std::nullopt;
    ProcessStat out;
    out.pid = int(*pid);
    out.parent = int(*fields[1]);
    out.group = int(*fields[2]);
    out.name = text.substr(open + 1, close - open - 1);
    out.cpu_ms = double(*fields[11] + *fields[12]) * tickMs();
    out.started_ms = double(*fields[19]) * tickMs();
    out.running = *fields[20] != 0;
    return out;
}

std::vector<ProcessStat> walkProcesses(const HostSystem& system) {
    std::vector<ProcessStat> out;
    const std::string proc = system.root + "/proc";
    DIR* folder = ::opendir(proc.c_str());
    if (folder == nullptr) return out;
    std::vector<char> bytes;
    while (const dirent* entry = ::readdir(folder)) {
        const std::string_view name = entry->d_name;
        if (name.empty() || name.find_first_not_of("0123456789") != std::string_view::npos) continue;
        if (auto stat = readProcessStat(KeptFile(proc + "/" + std::string(name) + "/stat").readOnce(kSmall, bytes)))
            out.push_back(*std::move(stat));
    }
    ::closedir(folder);
    std::sort(out.begin(), out.end(), [](const ProcessStat& a, const ProcessStat& b) { return a.pid < b.pid; });
    return out;
}

} // namespace looptax
