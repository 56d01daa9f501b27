// A machine made of files: proc/ and sys/ in a folder, whose counters a test moves. Ticks are of 10 ms.
#pragma once

#include "engine/host_activity.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

#include <filesystem>
#include <map>
#include <vector>

namespace looptax {

struct FakeProcess {
    int parent = 1;
    int group = 0;
    std::string name = "program";
    std::int64_t ticks = 0; // used
    std::int64_t started = 100;
    unsigned uid = 1000;
    std::vector<std::string> sockets = {}; // that may be seen
    bool of_kernel = false;
};

struct FakeHost {
    static constexpr int kOwn = 500;
    static constexpr unsigned kUid = 1000;

    TempFolder folder;
    int cores = 4;
    std::int64_t busy = 1'000, steal = 0;      // ticks
    std::int64_t swapped = 0;                  // pages
    std::int64_t throttled_us = 0, psi_us = 0; // of the own cgroup
    std::int64_t hot = 0;
    double own_ms = 0;
    std::map<int, FakeProcess> processes{{kOwn, {1, kOwn, "looptax", 0, 50}}};
    struct Listening {
        std::string address; // as in /proc/net/tcp
        unsigned uid = kUid;
        std::string inode = "77";
        bool six = false;
    };
    std::vector<Listening> listening;

    std::string at(const std::string& path) const {
        const std::string full = folder.file(path);
        std::filesystem::create_directories(std::filesystem::path(full).parent_path());
        return full;
    }
    void write() const {
        std::string stat = "cpu  " + std::to_string(busy - 3) + " 1 2 9000 50 7 8 " + std::to_string(steal) + " 0 0\n";
        for (int core = 0; core < cores; ++core) stat += "cpu" + std::to_string(core) + " 1 1 1 1 1 1 1 1 0 0\n";
        spit(at("proc/stat"), stat + "intr 5 0 0\nctxt 1\n");
        spit(at("proc/vmstat"), "nr_free_pages 9\npswpin " + std::to_string(swapped) + "\npswpout 4\npgfault 1\n");
        spit(at("proc/pressure/cpu"), "some avg10=0.00 avg60=0.00 avg300=0.00 total=" + std::to_string(psi_us) +
                                          "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
        spit(at("proc/self/cgroup"), "0::/user.slice/us\n");
        spit(at("sys/fs/cgroup/user.slice/us/cpu.stat"),
             "usage_usec 5\nnr_throttled 1\nthrottled_usec " + std::to_string(throttled_us) + "\n");
        for (int core = 0; core < cores; ++core) {
            const std::string cpu = "sys/devices/system/cpu/cpu" + std::to_string(core);
            // Two threads a core; the second must not be counted again.
            const std::string pair = std::to_string(core / 2 * 2) + "-" + std::to_string(core / 2 * 2 + 1) + "\n";
            spit(at(cpu + "/topology/core_cpus_list"), pair);
            spit(at(cpu + "/topology/package_cpus_list"), "0-" + std::to_string(cores - 1) + "\n");
            spit(at(cpu + "/thermal_throttle/core_throttle_count"), std::to_string(core / 2 == 0 ? hot : 0) + "\n");
            spit(at(cpu + "/thermal_throttle/package_throttle_count"), "3\n");
        }
        std::string tcp = "  sl  local_address rem_address st ...\n", tcp6 = tcp;
        for (const Listening& l : listening)
            (l.six ? tcp6 : tcp) += "   0: " + l.address + " 00000000:0000 0A 00000000:00000000 00:00000000 00000000  " +
                                    std::to_string(l.uid) + "        0 " + l.inode + " 1 0000000000000000 100 0 0 10 0\n";
        spit(at("proc/net/tcp"), tcp);
        spit(at("proc/net/tcp6"), tcp6);
        for (const auto& [pid, process] : processes) {
            const std::string its = "proc/" + std::to_string(pid);
            spit(at(its + "/stat"), std::to_string(pid) + " (" + process.name + ") S " + std::to_string(process.parent) + " " +
                                        std::to_string(process.group) + " 1 0 -1 4194304 100 0 0 0 " +
                                        std::to_string(process.ticks) + " 0 900 900 20 0 1 0 " + std::to_string(process.started) +
                                        " " + (process.of_kernel ? "0" : "4096") + " 1 18446744073709551615 1\n");
            const std::string uid = std::to_string(process.uid);
            spit(at(its + "/status"), "Name:\tx\nUid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid + "\nGid:\t0\n");
            int number = 3;
            for (const std::string& inode : process.sockets) {
                const std::string link = at(its + "/fd/" + std::to_string(number++));
                if (!std::filesystem::is_symlink(link)) std::filesystem::create_symlink("socket:[" + inode + "]", link);
            }
        }
    }
    void end(int pid) {
        processes.erase(pid);
        std::filesystem::remove_all(folder.file("proc/" + std::to_string(pid)));
    }
    void uses(int pid, std::int64_t ms) {
        processes.at(pid).ticks += ms / 10;
        busy += ms / 10;
    }
    HostSystem system() const {
        return {folder.path(), [this] { return own_ms; }, kOwn, kUid};
    }
};

} // namespace looptax
