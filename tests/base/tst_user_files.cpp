// Paths that a person gives: what is behind them is theirs, and is written into, not replaced by something of ours.
#include "base/whole_file.h"
#include "support/faulty_file_ops.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QDir>
#include <QTest>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace looptax;

namespace {

const std::string kOld = "what was there, longer than what comes";
const std::string kNew = "what comes";

mode_t modeOf(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

ino_t inodeOf(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

bool isLink(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

QStringList namesIn(const TempFolder& folder) {
    return QDir(QString::fromStdString(folder.path()))
        .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
}

QString q(const char* text) { return QString::fromLatin1(text); }

// The umask of this process, set back at the end.
class Umask {
public:
    explicit Umask(mode_t mask) : m_before(::umask(mask)) {}
    ~Umask() { ::umask(m_before); }

private:
    mode_t m_before;
};

} // namespace

class tst_user_files : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

private Q_SLOTS:
    void linksAreFollowed_data() {
        QTest::addColumn<QStringList>("links"); // each to the next, the last to the file
        QTest::addColumn<bool>("there");
        QTest::newRow("to a file") << QStringList{q("a")} << true;
        QTest::newRow("to nothing yet") << QStringList{q("a")} << false;
        QTest::newRow("a chain") << QStringList{q("a"), q("b"), q("c")} << true;
        QTest::newRow("a chain to nothing yet") << QStringList{q("a"), q("b"), q("c")} << false;
        QTest::newRow("through folders") << QStringList{q("in/a"), q("b")} << true;
        QTest::newRow("through folders to nothing yet") << QStringList{q("in/a"), q("b")} << false;
    }
    void linksAreFollowed() {
        QFETCH(QStringList, links);
        QFETCH(bool, there);
        const TempFolder folder;
        QVERIFY(QDir(QString::fromStdString(folder.path())).mkpath(QStringLiteral("in")));
        QVERIFY(QDir(QString::fromStdString(folder.path())).mkpath(QStringLiteral("real")));
        const std::string target = folder.file("real/report.md");
        if (there) spit(target, kOld);
        for (qsizetype i = 0; i < links.size(); ++i) {
            const QString next = i + 1 < links.size() ? links[i + 1] : QStringLiteral("real/report.md");
            const std::string up = links[i].contains(QLatin1Char('/')) ? "../" : ""; // relative to the link
            QCOMPARE(::symlink((up + next.toStdString()).c_str(), folder.file(links[i].toStdString()).c_str()), 0);
        }
        const Status written = writeUserFile(m_files, folder.file(links[0].toStdString()), kNew);
        QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
        QCOMPARE(slurp(target), kNew);
        for (const QString& link : links) QVERIFY(isLink(folder.file(link.toStdString())));
    }
    void anAbsoluteLinkIsFollowed() {
        const TempFolder folder;
        spit(folder.file("real"), kOld);
        QCOMPARE(::symlink(folder.file("real").c_str(), folder.file("link").c_str()), 0);
        QVERIFY(writeUserFile(m_files, folder.file("link"), kNew).ok());
        QCOMPARE(slurp(folder.file("real")), kNew);
        QVERIFY(isLink(folder.file("link")));
    }
    void aCircleOfLinksIsAnErrorWithItsPath() {
        const TempFolder folder;
        QCOMPARE(::symlink("b", folder.file("a").c_str()), 0);
        QCOMPARE(::symlink("a", folder.file("b").c_str()), 0);
        const Status refused = writeUserFile(m_files, folder.file("a"), kNew);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().where, folder.file("a"));
    }

    void aJournalIsNotWrittenOver() {
        const TempFolder folder;
        const std::string journal = "{\"v\":1,\"seq\":1,\"type\":\"session\",\"crc\":\"00000000\"}\n";
        spit(folder.file("journal.jsonl"), journal);
        QCOMPARE(::symlink("journal.jsonl", folder.file("report.md").c_str()), 0);
        for (const char* name : {"journal.jsonl", "report.md"}) {
            const Status refused = writeUserFile(m_files, folder.file(name), kNew);
            QVERIFY(!refused.ok());
            QCOMPARE(refused.error().where, folder.file(name));
            QCOMPARE(slurp(folder.file("journal.jsonl")), journal);
        }
    }
    void aFifoIsWrittenInto() {
        const TempFolder folder;
        const std::string path = folder.file("pipe");
        QCOMPARE(::mkfifo(path.c_str(), 0644), 0);
        const std::string content(300'000, 'x'); // more than a pipe holds
        std::string got;
        std::thread reader([&] { got = slurp(path); });
        const Status written = writeUserFile(m_files, path, content);
        reader.join();
        QVERIFY(written.ok());
        QVERIFY(got == content);
        struct stat info {};
        QVERIFY(::lstat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode));
    }
    void aDeviceStaysOne() {
        struct stat info {};
        QVERIFY(writeUserFile(m_files, "/dev/null", kNew).ok());
        QVERIFY(::stat("/dev/null", &info) == 0 && S_ISCHR(info.st_mode));
        const TempFolder folder;
        QCOMPARE(::symlink("/dev/null", folder.file("nowhere").c_str()), 0);
        QVERIFY(writeUserFile(m_files, folder.file("nowhere"), kNew).ok());
        QVERIFY(isLink(folder.file("nowhere")));
    }
    void aFullDeviceIsAnErrorWithItsPath() {
        if (!m_files.exists("/dev/full")) QSKIP("this system has no /dev/full");
        const Status failed = writeUserFile(m_files, "/dev/full", kNew);
        QVERIFY(!failed.ok());
        QCOMPARE(failed.error().where, std::string("/dev/full"));
        QCOMPARE(failed.error().code, ENOSPC);
    }
    // >(...) of a shell, and /dev/stdout behind >>: what the descriptor has written already stays.
    void aDescriptorGoesOnWhereItStands_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<bool>("throughALink");
        QTest::newRow("of /dev/fd") << QStringLiteral("/dev/fd/") << false;
        QTest::newRow("of /proc") << QStringLiteral("/proc/self/fd/") << false;
        QTest::newRow("behind a link") << QStringLiteral("/dev/fd/") << true;
    }
    void aDescriptorGoesOnWhereItStands() {
        QFETCH(QString, folder);
        QFETCH(bool, throughALink);
        const TempFolder place;
        const std::string file = place.file("log");
        const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        QVERIFY(descriptor >= 0);
        QCOMPARE(::write(descriptor, "first ", 6), ssize_t(6));
        std::string path = folder.toStdString() + std::to_string(descriptor);
        if (throughALink) {
            QCOMPARE(::symlink(path.c_str(), place.file("link").c_str()), 0);
            path = place.file("link");
        }
        QVERIFY(writeUserFile(m_files, path, kNew).ok());
        QCOMPARE(::write(descriptor, " last", 5), ssize_t(5)); // it is still open
        ::close(descriptor);
        QCOMPARE(slurp(file), "first " + kNew + " last");
    }
    void aDescriptorThatIsNotOpenIsAnError() {
        const Status refused = writeUserFile(m_files, "/dev/fd/987654", kNew);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().where, std::string("/dev/fd/987654"));
    }
    void aSocketIsRefused() {
        const TempFolder folder;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = folder.file("s");
        QVERIFY(path.size() < sizeof address.sun_path);
        path.copy(address.sun_path, path.size());
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        QCOMPARE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        QVERIFY(!writeUserFile(m_files, path, kNew).ok());
        ::close(socket);
        QCOMPARE(namesIn(folder), QStringList{QStringLiteral("s")});
    }

    void modesAreKeptOrTheUmasks_data() {
        QTest::addColumn<int>("before"); // 0: no file
        QTest::addColumn<int>("mask");
        QTest::addColumn<int>("after");
        QTest::newRow("for the group") << 0664 << 0077 << 0664;
        QTest::newRow("private") << 0600 << 0022 << 0600;
        QTest::newRow("executable") << 0755 << 0022 << 0755;
        QTest::newRow("new, for all to read") << 0 << 0022 << 0644;
        QTest::newRow("new, for the group") << 0 << 0002 << 0664;
        QTest::newRow("new, private") << 0 << 0077 << 0600;
    }
    void modesAreKeptOrTheUmasks() {
        QFETCH(int, before);
        QFETCH(int, mask);
        QFETCH(int, after);
        const Umask umask{mode_t(mask)};
        const TempFolder folder;
        const std::string path = folder.file("r.md");
        if (before != 0) {
            spit(path, kOld);
            QCOMPARE(::chmod(path.c_str(), mode_t(before)), 0);
        }
        QVERIFY(writeUserFile(m_files, path, kNew).ok());
        QCOMPARE(int(modeOf(path)), after);
        QCOMPARE(slurp(path), kNew);
        QCOMPARE(namesIn(folder), QStringList{QStringLiteral("r.md")});
    }
    void neighboursAreNotTouched() {
        const TempFolder folder;
        for (const char* neighbour : {"r.md.new", "r.md.tmp", "r.md~", ".r.md.swp"}) spit(folder.file(neighbour), "mine");
        QVERIFY(writeUserFile(m_files, folder.file("r.md"), kNew).ok());
        for (const char* neighbour : {"r.md.new", "r.md.tmp", "r.md~", ".r.md.swp"})
            QCOMPARE(slurp(folder.file(neighbour)), std::string("mine"));
        QCOMPARE(namesIn(folder).size(), 5);
    }
    void hardLinksStayTogether() {
        const TempFolder folder;
        spit(folder.file("a"), kOld);
        QCOMPARE(::link(folder.file("a").c_str(), folder.file("b").c_str()), 0);
        QVERIFY(writeUserFile(m_files, folder.file("a"), kNew).ok());
        QCOMPARE(slurp(folder.file("b")), kNew);
        QCOMPARE(inodeOf(folder.file("a")), inodeOf(folder.file("b")));
    }
    void aLoneFileIsReplacedAtOnce() {
        const TempFolder folder;
        spit(folder.file("a"), kOld);
        const int reader = ::open(folder.file("a").c_str(), O_RDONLY | O_CLOEXEC);
        QVERIFY(writeUserFile(m_files, folder.file("a"), kNew).ok());
        char bytes[64];
        QCOMPARE(::read(reader, bytes, sizeof bytes), ssize_t(kOld.size())); // who reads it reads the old one to its end
        ::close(reader);
        QCOMPARE(slurp(folder.file("a")), kNew);
    }
    void aLongNameFits() {
        const TempFolder folder;
        const std::string path = folder.file(std::string(255, 'n')); // as long as a name may be
        QVERIFY(writeUserFile(m_files, path, kNew).ok());
        QVERIFY(writeUserFile(m_files, path, kOld).ok());
        QCOMPARE(slurp(path), kOld);
    }

    void whatCannotBeWrittenIsNamed_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("said");
        QTest::newRow("a folder") << QStringLiteral("in") << QByteArray("it is a folder");
        QTest::newRow("the folder it is in") << QStringLiteral(".") << QByteArray("it is a folder");
        QTest::newRow("a link to a folder") << QStringLiteral("link") << QByteArray("it is a folder");
        QTest::newRow("in a folder that is not there") << QStringLiteral("no/x.md") << QByteArray("No such file");
        QTest::newRow("beneath a file") << QStringLiteral("file/x.md") << QByteArray("Not a directory");
        QTest::newRow("a link into a folder that is not there") << QStringLiteral("far") << QByteArray("No such file");
    }
    void whatCannotBeWrittenIsNamed() {
        QFETCH(QString, name);
        QFETCH(QByteArray, said);
        const TempFolder folder;
        QVERIFY(QDir(QString::fromStdString(folder.path())).mkpath(QStringLiteral("in")));
        spit(folder.file("file"), kOld);
        QCOMPARE(::symlink("in", folder.file("link").c_str()), 0);
        QCOMPARE(::symlink("no/x.md", folder.file("far").c_str()), 0);
        const QStringList before = namesIn(folder);
        const std::string path = folder.file(name.toStdString());
        const Status refused = writeUserFile(m_files, path, kNew);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().where, path);
        QVERIFY2(refused.error().text().find(said.toStdString()) != std::string::npos, refused.error().text().c_str());
        QCOMPARE(namesIn(folder), before);
        QCOMPARE(slurp(folder.file("file")), kOld);
    }
    void anEmptyNameIsRefused() { QVERIFY(!writeUserFile(m_files, "", kNew).ok()); }

    // Old or new, never a mix, and no error is swallowed: whichever call fails.
    void everyCallFailsOnce_data() {
        QTest::addColumn<bool>("there");
        QTest::addColumn<bool>("fromThenOn");
        QTest::newRow("a new file") << false << false;
        QTest::newRow("a file that is there") << true << false;
        QTest::newRow("a file that is there, and all later calls") << true << true;
    }
    void everyCallFailsOnce() {
        QFETCH(bool, there);
        QFETCH(bool, fromThenOn);
        for (int n = 1;; ++n) {
            QVERIFY(n < 50);
            const TempFolder folder;
            const std::string path = folder.file("r.md");
            if (there) spit(path, kOld);
            FaultyFileOps files;
            files.failCall(n, FaultyFileOps::kUsual, fromThenOn);
            const Status status = writeUserFile(files, path, kNew);
            QCOMPARE(files.openHandles(), 0);
            QCOMPARE(files.usesAfterFailedSync(), 0);
            const std::string now = slurp(path);
            if (status) QCOMPARE(now, kNew);
            else QVERIFY2(now == kNew || now == (there ? kOld : std::string()), files.failed().c_str());
            if (!status) QCOMPARE(status.error().where, path);
            if (!fromThenOn && files.failed() != "remove")
                QVERIFY2(namesIn(folder).size() <= 1, files.failed().c_str()); // nothing of ours is left
            if (!files.fired()) break;
        }
    }
    // In a folder that takes no new file, a file that may be written still is.
    void aFolderThatTakesNoFileIsNoHindrance() {
        const TempFolder folder;
        const std::string path = folder.file("r.md");
        spit(path, kOld);
        FaultyFileOps files;
        files.failCall(6, EACCES); // facts, the look whether it is a journal, the file itself, then the temporary one
        QVERIFY(writeUserFile(files, path, kNew).ok());
        QCOMPARE(files.failed(), std::string("open"));
        QCOMPARE(slurp(path), kNew);
    }
    void aReadOnlyFileIsNotReplaced() {
        if (::geteuid() == 0) QSKIP("for root every file may be written");
        const TempFolder folder;
        spit(folder.file("r.md"), kOld);
        QCOMPARE(::chmod(folder.file("r.md").c_str(), 0444), 0);
        QVERIFY(!writeUserFile(m_files, folder.file("r.md"), kNew).ok());
        QCOMPARE(slurp(folder.file("r.md")), kOld);
    }
};

LOOPTAX_TEST(tst_user_files)
#include "tst_user_files.moc"
