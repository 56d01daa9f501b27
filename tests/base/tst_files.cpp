// The file layer itself: what its errors name, and what can be read with it.
#include "base/whole_file.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace looptax;

class tst_files : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

private Q_SLOTS:
    // A user cannot do anything with "file 7".
    void everyErrorOfAnOpenFileNamesItsPath() {
        const TempFolder folder;
        const std::string path = folder.file("f");
        spit(path, "content");
        const auto reader = m_files.open(path, OpenMode::Read);
        QVERIFY(reader.ok());
        const auto written = m_files.write(*reader, "x"); // opened for reading
        QVERIFY(!written.ok());
        QCOMPARE(written.error().where, path);
        const Status cut = m_files.truncate(*reader, 0);
        QVERIFY(!cut.ok());
        QCOMPARE(cut.error().where, path);
        QVERIFY(m_files.close(*reader).ok());

        const auto inside = m_files.open(folder.path(), OpenMode::Read);
        QVERIFY(inside.ok());
        const auto bytes = m_files.readAt(*inside, 0, 10);
        QVERIFY(!bytes.ok());
        QCOMPARE(bytes.error().where, folder.path());
        QVERIFY(m_files.close(*inside).ok());

        const auto writer = m_files.open(path, OpenMode::Append);
        QVERIFY(writer.ok());
        const auto back = m_files.readAt(*writer, 0, 10);
        QVERIFY(!back.ok());
        QCOMPARE(back.error().where, path);
        QVERIFY(m_files.close(*writer).ok());
    }
    void aFullDiskIsNamedByThePathThatWasWritten() {
        if (!m_files.exists("/dev/full")) QSKIP("this system has no /dev/full");
        const auto file = m_files.open("/dev/full", OpenMode::Append);
        QVERIFY(file.ok());
        const auto written = m_files.write(*file, "x");
        QVERIFY(!written.ok());
        QCOMPARE(written.error().where, std::string("/dev/full"));
        QVERIFY(m_files.close(*file).ok());
    }
    void aNumberThatIsGivenAgainHasTheNewPath() {
        const TempFolder folder;
        for (const char* name : {"one", "two"}) {
            spit(folder.file(name), "x");
            const auto file = m_files.open(folder.file(name), OpenMode::Read);
            const auto written = m_files.write(*file, "x");
            QCOMPARE(written.error().where, folder.file(name));
            QVERIFY(m_files.close(*file).ok());
        }
    }
    // The name a user knows, not that of the temporary file.
    void aReplacementThatFailsNamesTheFile() {
        const TempFolder folder;
        const Status refused = replaceFile(m_files, folder.file("no/plan.json"), "{}");
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().where, folder.file("no/plan.json"));
    }

    void whatHasNoOffsetsIsReadToItsEnd() {
        const TempFolder folder;
        const std::string path = folder.file("pipe");
        QCOMPARE(::mkfifo(path.c_str(), 0600), 0);
        std::string content;
        for (int i = 0; i < 100'000; ++i) content += std::to_string(i);
        std::thread writer([&] { spit(path, content); });
        const auto read = readFile(m_files, path, 1 << 30, OpenMode::ReadAny);
        writer.join();
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().text().c_str());
        QVERIFY(*read == content);
    }
    // A session's own files are regular ones: what would wait for ever, or never end, is refused at once.
    void whatIsNoRegularFileIsRefusedWithoutWaiting() {
        const TempFolder folder;
        const std::string path = folder.file("pipe");
        QCOMPARE(::mkfifo(path.c_str(), 0600), 0);
        for (const std::string& odd : {path, std::string("/dev/zero")}) {
            const auto read = readFile(m_files, odd);
            QVERIFY(!read.ok());
            QVERIFY2(read.error().text().find(odd + ": it is not a regular file") == 0, read.error().text().c_str());
        }
    }
    void aStreamIsBoundedLikeAFile() {
        const auto read = readFile(m_files, "/dev/zero", 1 << 20, OpenMode::ReadAny);
        QVERIFY(!read.ok());
        QVERIFY(read.error().what.find("larger than") != std::string::npos);
    }
    void aFolderIsCalledOne() {
        const TempFolder folder;
        const auto read = readFile(m_files, folder.path());
        QVERIFY(!read.ok());
        QCOMPARE(read.error().text(), folder.path() + ": it is a folder, not a file");
    }
};

LOOPTAX_TEST(tst_files)
#include "tst_files.moc"
