// Whole files: read at once, replaced at once.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace looptax {

// The whole file, refused above the limit.
Result<std::string> readFile(FileOps& files, const std::string& path, std::int64_t limit = std::int64_t(1) << 30,
                             OpenMode mode = OpenMode::Read);

// A file of ours in a folder of ours (session, data folder). Old content or new content after a crash at any point, never
// a mix and never empty: temporary file PATH.new in the same folder, write, sync, close, rename, sync of the folder (each
// step checked). Mode 0600, whatever the umask says: prompts and replies are nobody else's until their owner shares them.
Status replaceFile(FileOps& files, const std::string& path, std::string_view content);

// A file at a path that a person gave, written as the shell's > would find it: links are followed (to nothing yet, too),
// FIFOs, devices and descriptors are written into, an existing file keeps its mode and owner, a new one has those of the
// umask, and no other file is touched. A regular file is replaced at once where that is possible: by a temporary file
// .looptax-XXXXXXXX beside it, which a crash may leave behind. Where its folder or its owner do not allow that, and where
// it has hard links, which a replacement would tear apart, it is written in place. A session's journal is refused: `report -o`
// must not take the record away that the report was made from.
Status writeUserFile(FileOps& files, const std::string& path, std::string_view content);

} // namespace looptax
