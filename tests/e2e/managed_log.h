// What the scripted llama-servers of one test did, from the file of their --sim-log.
#pragma once

#include "app/cli.h"
#include "base/text.h"
#include "support/places.h"

#include <QDir>

#include <string>
#include <vector>

namespace looptax {

struct ManagedLog {
    std::vector<qint64> pids; // of every start
    std::vector<int> ports;
    int chats = 0;
};

inline ManagedLog readManagedLog(const std::string& path) {
    ManagedLog log;
    for (const std::string& line : linesOf(fileText(path))) {
        const std::vector<std::string> words = splitOn(line, ' ');
        if (words[0] == "chat") ++log.chats;
        if (words[0] != "start") continue;
        log.pids.push_back(std::stoll(words[1]));
        log.ports.push_back(std::stoi(words[2]));
    }
    return log;
}

// Any process of this machine that was started with that log, also one that has not written to it yet. A
// zombie has no command line any more and is none.
inline bool managedServerRuns(const std::string& logPath) {
    const QDir proc(QStringLiteral("/proc"));
    for (const QString& name : proc.entryList({QStringLiteral("[0-9]*")}, QDir::Dirs))
        if (contains(fileText("/proc/" + name.toStdString() + "/cmdline"), logPath)) return true;
    return false;
}

// A target whose server the sweep starts itself: the scripted one, with further flags.
inline Target managedTarget(const std::string& logPath, std::vector<std::string> flags = {}) {
    Target target;
    target.id = "managed";
    ManagedCommand command{LOOPTAX_BINARY_DIR "/looptax-scripted-llama-server", LOOPTAX_SOURCE_DIR "/LICENSE", {}};
    command.args = {"-np", "1", "--sim-log", logPath};
    command.args.insert(command.args.end(), flags.begin(), flags.end());
    target.managed = command;
    return target;
}

} // namespace looptax
