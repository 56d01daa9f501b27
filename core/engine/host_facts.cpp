#include "engine/host_facts.h"

#include "base/text.h"

#include <QSysInfo>
#include <QThread>

#include <nlohmann/json.hpp>

#include <clocale>
#include <cstdlib>
#include <fstream>
#include <string>

namespace looptax {

namespace {

std::string firstLine(const char* path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

Json valueAfter(const char* path, const std::string& key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.rfind(key, 0) == 0)
            if (const std::size_t colon = line.find(':'); colon != std::string::npos)
                return std::string(trimmed(std::string_view(line).substr(colon + 1)));
    return nullptr;
}

Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

} // namespace

Json hostFacts() {
    Json host;
    host["os"] = QSysInfo::prettyProductName().toStdString();
    host["kernel"] = (QSysInfo::kernelType() + QLatin1Char(' ') + QSysInfo::kernelVersion()).toStdString();
    host["architecture"] = QSysInfo::currentCpuArchitecture().toStdString();
    host["cpu"] = valueAfter("/proc/cpuinfo", "model name");
    host["cores"] = QThread::idealThreadCount();
    host["memory"] = valueAfter("/proc/meminfo", "MemTotal");
    host["governor"] = textOrNull(firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    host["boot_id"] = textOrNull(firstLine("/proc/sys/kernel/random/boot_id"));
    const char* zone = std::getenv("TZ");
    host["time_zone"] = textOrNull(zone != nullptr ? zone : firstLine("/etc/timezone"));
    const char* locale = std::setlocale(LC_ALL, nullptr);
    host["locale"] = textOrNull(locale != nullptr ? locale : "");
    host["qt"] = qVersion();
    return host;
}

} // namespace looptax
