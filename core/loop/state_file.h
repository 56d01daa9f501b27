// The state file of B, C and D: replaced whole by the durable protocol (base/file_ops.h, replaceFile), read
// back for the next turn. The journal is written first and carries the state, so after a crash the file is
// simply written again.
#pragma once

#include "base/clock.h"
#include "base/file_ops.h"

#include <string>
#include <string_view>

namespace looptax {

class StateFile {
public:
    StateFile(FileOps& files, Clock& clock, std::string path);

    // How long the replacement took, in milliseconds: `state_replace_ms`, never part of TTFT. After an error
    // the file holds the old text or the new one, never a mix.
    Result<double> write(std::string_view text);

    struct Content {
        std::string text;
        std::int64_t bytes = 0; // `state_file_bytes`
    };
    Result<Content> read() const;

    const std::string& path() const { return m_path; }

private:
    FileOps& m_files;
    Clock& m_clock;
    std::string m_path;
};

} // namespace looptax
