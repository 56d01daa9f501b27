#include "loop/state_file.h"

#include "base/whole_file.h"

namespace looptax {

StateFile::StateFile(FileOps& files, Clock& clock, std::string path) : m_files(files), m_clock(clock), m_path(std::move(path)) {}

Result<double> StateFile::write(std::string_view text) {
    const std::int64_t begin = m_clock.monotonicNs();
    if (const Status status = replaceFile(m_files, m_path, text); !status) return status.error();
    return double(m_clock.monotonicNs() - begin) / 1e6;
}

Result<StateFile::Content> StateFile::read() const {
    auto text = readFile(m_files, m_path);
    if (!text) return text.error();
    Content content;
    content.text = text.take();
    content.bytes = std::int64_t(content.text.size());
    return content;
}

} // namespace looptax
