#include "runtime/model_digest.h"

#include "base/hash.h"

namespace looptax {

namespace {

constexpr std::size_t kPart = std::size_t(4) << 20;
constexpr std::int64_t kSayEvery = std::int64_t(1) << 30; // bytes

} // namespace

Result<std::string> modelDigest(FileOps& files, const std::string& path, const std::function<void(const std::string&)>& progress,
                                const CancelFlag& cancel) {
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return file.error();
    Sha256 hash;
    std::int64_t offset = 0;
    Status status;
    while (true) {
        if (cancel) {
            status = Error{ErrorKind::Cancelled, "cancelled while the model file was read", path, {}, 0};
            break;
        }
        const auto part = files.readAt(*file, offset, kPart);
        if (!part) {
            status = part.error();
            break;
        }
        if (part->empty()) break;
        hash.add(*part);
        const std::int64_t before = offset / kSayEvery;
        offset += std::int64_t(part->size());
        if (progress && offset / kSayEvery != before)
            progress("reading the model file's check sum, " + std::to_string(offset / kSayEvery) + " GiB so far");
    }
    (void)files.close(*file);
    if (!status) return status.error();
    return hash.hex();
}

} // namespace looptax
