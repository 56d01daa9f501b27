// A folder of its own for one test, gone with it.
#pragma once

#include "base/file_ops.h"

#include <QTemporaryDir>

#include <fstream>
#include <iterator>
#include <string>

namespace looptax {

class TempFolder {
public:
    std::string path() const { return m_dir.path().toStdString(); }
    std::string file(const std::string& name) const { return joinPath(path(), name); }

private:
    QTemporaryDir m_dir;
};

inline std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void spit(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

} // namespace looptax
