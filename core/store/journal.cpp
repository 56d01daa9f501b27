#include "store/journal.h"

#include "base/json_append.h"

#include <nlohmann/json.hpp>

namespace looptax {

Journal::Journal(FileOps& files, std::string path, FileOps::Handle file, std::int64_t nextSeq, std::int64_t size)
    : m_files(files)
    , m_path(std::move(path))
    , m_file(file)
    , m_nextSeq(nextSeq)
    , m_size(size) {}

Journal::~Journal() { letGo(); }

void Journal::letGo() {
    if (m_open) (void)m_files.close(m_file);
    m_open = false;
}

Result<std::unique_ptr<Journal>> Journal::create(FileOps& files, const std::string& path) {
    const auto file = files.open(path, OpenMode::CreateExclusive);
    if (!file) return file.error();
    std::unique_ptr<Journal> journal(new Journal(files, path, *file, 1, 0));
    Status status = files.sync(*file);
    if (status) status = files.syncDir(parentFolder(path));
    if (!status) {
        journal->letGo();
        (void)files.remove(path);
        return status.error();
    }
    return journal;
}

Result<std::unique_ptr<Journal>> Journal::reopen(FileOps& files, const std::string& path, std::int64_t nextSeq,
                                                 std::int64_t size) {
    const auto file = files.open(path, OpenMode::Append);
    if (!file) return file.error();
    std::unique_ptr<Journal> journal(new Journal(files, path, *file, nextSeq, size));
    const auto actual = files.size(*file);
    if (!actual) return actual.error();
    if (*actual != size)
        return Error{ErrorKind::Storage, "the journal changed while it was being opened", path, "another program writes to it",
                     0};
    return journal;
}

Error Journal::breakWith(Error error) {
    error.where = m_path;
    m_broken = error;
    letGo();
    return error;
}

Result<JournalLine> Journal::append(std::string_view type, Json fields, Durability durability) {
    if (!m_broken) return m_broken.error();
    if (!m_open) return Error{ErrorKind::Internal, "the journal is closed", m_path, {}, 0};
    if (!fields.is_object()) return Error{ErrorKind::Internal, "the fields of a line are not an object", m_path, {}, 0};

    Json body = Json::object();
    body["v"] = kJournalVersion;
    body["seq"] = m_nextSeq;
    body["type"] = std::string(type);
    for (const auto& [key, value] : fields.items())
        if (key == "v" || key == "seq" || key == "type" || key == "crc")
            return Error{ErrorKind::Internal, "a line's fields must not hold \"" + key + "\"", m_path, {}, 0};
    appendMembers(body, std::move(fields));
    const std::string line = sealLine(body);
    if (line.size() > kMaxJournalLine)
        return Error{ErrorKind::Storage, "the line would be longer than a reader takes", m_path, {}, 0};

    const auto written = m_files.write(m_file, line);
    if (!written || *written != line.size()) {
        // Nothing is lost when this fails too: the reader sets a torn tail aside.
        (void)m_files.truncate(m_file, m_size);
        if (!written) return breakWith(written.error());
        return breakWith({ErrorKind::Storage,
                          "the disk took only " + std::to_string(*written) + " of " + std::to_string(line.size()) + " bytes",
                          {},
                          "free some space, then resume the session",
                          0});
    }
    const LinePlace place{m_size, std::int64_t(line.size())};
    m_size += place.length;
    m_unsynced = true;
    if (durability == Durability::Begun) m_files.beginSync(m_file);
    if (durability == Durability::Synced)
        if (const Status synced = sync(); !synced) return synced.error();
    return JournalLine{m_nextSeq++, std::string(type), std::make_shared<const Json>(std::move(body)), place};
}

Status Journal::sync() {
    if (!m_open || !m_unsynced) return m_broken;
    if (const Status synced = m_files.sync(m_file); !synced) return breakWith(synced.error());
    m_unsynced = false;
    return {};
}

Status Journal::close() {
    if (!m_open) return m_broken;
    if (const Status synced = sync(); !synced) return synced;
    m_open = false;
    return m_files.close(m_file);
}

} // namespace looptax
