// What Linux counts of the whole machine and of single processes, behind a folder that a test can make by hand. What a system
// does not give is absent: other systems give nothing of it. proc(5), sysfs; kernel Documentation/accounting/psi.rst and
// admin-guide/cgroup-v2.rst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct HostSystem {
    std::string root;                        // holds proc/ and sys/; empty: this machine
    std::function<double()> own_cpu_ms = {}; // of this program with all its threads
    int pid = 0;                             // of this program
    unsigned uid = 0;
};
HostSystem thisHost();

// A file of proc or sys that stays open: an open and a close would cost more than the read. Of a process that has ended
// nothing can be read any more, also when its number is given to another.
class KeptFile {
public:
    KeptFile() = default;
    explicit KeptFile(const std::string& path);
    ~KeptFile();
    KeptFile(KeptFile&& other) noexcept;
    KeptFile& operator=(KeptFile&& other) noexcept;
    KeptFile(const KeptFile&) = delete;
    KeptFile& operator=(const KeptFile&) = delete;

    bool isOpen() const { return m_file >= 0; }
    // At most so many bytes from its start; empty: nothing can be read. Good until the next call.
    // Once: as much as the kernel gives in one call, which is all of what one record is, and the first page of a table. Each
    // further call, that for the end too, makes it count again what it has given already.
    std::string_view readOnce(std::size_t most, std::vector<char>& into) const { return read(most, into, false); }
    std::string_view readAll(std::size_t most, std::vector<char>& into) const { return read(most, into, true); }

private:
    std::string_view read(std::size_t most, std::vector<char>& into, bool all) const;

    int m_file = -1;
};

// Since the machine was started, of all its cores together; only differences mean something.
struct HostCounters {
    std::int64_t at_ns = 0;                     // monotonic
    std::optional<double> busy_ms;              // of processes: user, nice and system, by the clock tick of each core
    std::optional<double> steal_ms;             // the hypervisor ran somebody else
    std::optional<std::int64_t> swap_bytes;     // in and out
    std::optional<std::int64_t> throttled_us;   // of this program's cgroup
    std::optional<std::int64_t> thermal_events; // of cores and packages
    std::optional<std::int64_t> psi_cpu_us;     // some task waited for a core
};

class HostReader {
public:
    explicit HostReader(const HostSystem& system);
    HostCounters read(); // at_ns is the caller's; about 0.03 ms
    int cores() const { return m_cores; }

private:
    KeptFile m_stat, m_vmstat, m_psi, m_cgroup;
    std::vector<KeptFile> m_thermal;
    std::vector<char> m_bytes;
    int m_cores = 0;
    double m_tickMs;
    std::int64_t m_pageBytes;
};

struct ProcessStat {
    int pid = 0;
    int parent = 0;
    int group = 0;
    std::string name; // at most 15 bytes, as the program likes
    double cpu_ms = 0;
    double started_ms = 0; // after the machine was started
    bool running = true;   // has memory: neither a thread of the kernel nor a process that has ended
};
std::optional<ProcessStat> readProcessStat(std::string_view text); // of /proc/PID/stat
// All that there are, by pid, by walking /proc: 1.5 ms for 200 of them.
std::vector<ProcessStat> walkProcesses(const HostSystem& system);

} // namespace looptax
