// Files of tests/golden: the bytes that a derived file had when somebody last looked at it and found it
// right. LOOPTAX_GOLDEN=write makes them anew; look at the difference before it is committed.
#pragma once

#include "support/places.h"
#include "support/temp_folder.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <string>

namespace looptax {

// Empty when the bytes are those of tests/golden/<name>; else what differs first, for the message of the
// test.
inline std::string goldenDifference(const std::string& name, const std::string& bytes) {
    const std::string path = std::string(LOOPTAX_SOURCE_DIR "/tests/golden/") + name;
    if (qEnvironmentVariable("LOOPTAX_GOLDEN") == QLatin1String("write")) {
        QDir().mkpath(QFileInfo(QString::fromStdString(path)).path());
        spit(path, bytes);
        return {};
    }
    const std::string golden = slurp(path);
    if (golden == bytes) return {};
    const auto at = std::size_t(std::mismatch(golden.begin(), golden.end(), bytes.begin(), bytes.end()).first - golden.begin());
    const auto line = [&](const std::string& text) {
        const std::size_t begin = text.rfind('\n', at == 0 ? 0 : at - 1) + 1;
        return text.substr(std::min(begin, text.size()), 200);
    };
    return name + " differs at byte " + std::to_string(at) + ":\nwas: " + line(golden) + "\nnow: " + line(bytes) +
           "\n(LOOPTAX_GOLDEN=write makes it anew)";
}

} // namespace looptax
