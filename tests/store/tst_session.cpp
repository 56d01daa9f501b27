#include "support/fake_clock.h"
#include "support/faulty_file_ops.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include "record/record_store.h"
#include "store/load_session.h"
#include "store/session.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QRegularExpression>
#include <QTest>

#include <filesystem>

#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace looptax;

class tst_session : public QObject {
    Q_OBJECT
    SystemFileOps m_files;
    FakeClock m_clock;

private Q_SLOTS:
    void aNewSessionHasItsFiles() {
        TempFolder folder;
        auto session = createSession(m_files, m_clock, folder.file("a/b"), "{\"x\":1}\n");
        QVERIFY(session.ok());
        const SessionPaths& paths = session->paths;
        static const QRegularExpression kId(QStringLiteral("^\\d{8}-\\d{6}-[0-9a-f]{8}$"));
        QVERIFY(kId.match(QString::fromStdString(paths.id())).hasMatch());
        QCOMPARE(parentFolder(paths.folder), folder.file("a/b"));
        QCOMPARE(slurp(paths.plan()), std::string("{\"x\":1}\n"));
        QVERIFY(m_files.exists(paths.journal()));
        QVERIFY(m_files.exists(paths.stateDir()));
        QCOMPARE(QDir(QString::fromStdString(parentFolder(paths.folder)))
                     .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)
                     .size(),
                 1); // the probe file is gone
    }
    void aFolderThatCannotBeWrittenIsRefusedAtStart() {
        TempFolder folder;
        spit(folder.file("file"), "x");
        QVERIFY(!createSession(m_files, m_clock, folder.file("file"), "{}").ok());
        QVERIFY(!createSession(m_files, m_clock, "/proc/looptax", "{}").ok());
        const auto refused = createSession(m_files, m_clock, "/proc/self", "{}");
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().kind == ErrorKind::Storage);
    }
    void tooLittleSpaceIsRefusedAtStart() {
        TempFolder folder;
        FaultyFileOps files;
        files.setFreeBytes(kMinFreeBytes - 1);
        const auto refused = createSession(files, m_clock, folder.path(), "{}");
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().text().find("15 MiB") != std::string::npos);
        QVERIFY(QDir(QString::fromStdString(folder.path())).isEmpty());
    }

    void theSecondOpenerIsToldWhoHoldsIt() {
        TempFolder folder;
        std::string path;
        {
            auto first = createSession(m_files, m_clock, folder.path(), "{}");
            path = first->paths.folder;
            const auto second = reopenSession(m_files, path, {});
            QVERIFY(!second.ok());
            QVERIFY(second.error().kind == ErrorKind::Storage);
            QVERIFY(second.error().what.find("process " + std::to_string(::getpid())) != std::string::npos);
            QVERIFY(loadSession(m_files, path).ok()); // reading needs no lock
            // And being refused does not disturb the holder.
            QVERIFY(!reopenSession(m_files, path, {}).ok());
            QVERIFY(first->journal->append("note", Json::object(), Durability::Synced).ok());
        }
        QVERIFY(reopenSession(m_files, path, {}).ok());
    }
    // Some file systems cannot lock at all; whoever holds the session must not lose his name to an opener that fails.
    void aLockThatFailsLeavesTheHoldersName() {
        TempFolder folder;
        const auto held = createSession(m_files, m_clock, folder.path(), "{}");
        QVERIFY(held.ok());
        const std::string holder = slurp(held->paths.lock());
        QVERIFY(!holder.empty());
        FaultyFileOps files;
        files.failCall(6); // four paths are looked at, the file is opened, and flock() fails
        const auto refused = reopenSession(files, held->paths.folder, {});
        QVERIFY(!refused.ok());
        QCOMPARE(files.failed(), std::string("lock"));
        QCOMPARE(files.openHandles(), 0);
        QCOMPARE(slurp(held->paths.lock()), holder);
    }
    // A session may come from anybody: what is written into it must not land in the user's own files.
    void nothingIsWrittenThroughLinksOfASession_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"journal.jsonl", "state", "runtime.log", "charts"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void nothingIsWrittenThroughLinksOfASession() {
        QFETCH(QString, name);
        TempFolder folder;
        std::string session;
        {
            const auto made = createSession(m_files, m_clock, folder.path(), "{}");
            QVERIFY(made.ok());
            session = made->paths.folder;
        }
        const std::string path = joinPath(session, name.toStdString()), victim = folder.file("victim");
        std::filesystem::remove_all(path);
        const bool isFolder = name == QLatin1String("state") || name == QLatin1String("charts");
        if (isFolder) std::filesystem::create_directory(victim);
        else spit(victim, "mine");
        std::filesystem::create_symlink(victim, path);
        const auto refused = reopenSession(m_files, session, {});
        QVERIFY(!refused.ok());
        QVERIFY2(refused.error().text().find(path + ": it is a link to " + victim) == 0, refused.error().text().c_str());
        if (isFolder) QVERIFY(std::filesystem::is_empty(victim));
        else QCOMPARE(slurp(victim), "mine");
    }
    // A session may come from anybody: its lock must not lead to another file, whose text would be cut off.
    void aLockThatIsALinkIsNotFollowed() {
        TempFolder folder;
        std::string path;
        {
            const auto made = createSession(m_files, m_clock, folder.path(), "{}");
            path = made->paths.folder;
        }
        const SessionPaths paths(path);
        spit(folder.file("precious"), "the user's own");
        QVERIFY(m_files.remove(paths.lock()).ok());
        QCOMPARE(::symlink(folder.file("precious").c_str(), paths.lock().c_str()), 0);
        const auto refused = reopenSession(m_files, path, {});
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().where, paths.lock());
        QCOMPARE(slurp(folder.file("precious")), std::string("the user's own"));
    }
    void aKilledHolderFreesTheLock() {
        TempFolder folder;
        std::string path;
        {
            auto made = createSession(m_files, m_clock, folder.path(), "{}");
            path = made->paths.folder;
        }
        int ready[2];
        QCOMPARE(::pipe(ready), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            auto held = reopenSession(m_files, path, {});
            const char said = held.ok() ? 'y' : 'n';
            (void)!::write(ready[1], &said, 1);
            for (;;) ::pause();
        }
        char said = 0;
        QCOMPARE(::read(ready[0], &said, 1), ssize_t(1));
        QCOMPARE(said, 'y');
        const auto refused = reopenSession(m_files, path, {});
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().what.find("process " + std::to_string(child)) != std::string::npos);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(ready[0]);
        ::close(ready[1]);
        QVERIFY(reopenSession(m_files, path, {}).ok());
    }

    void reopenHandsOverWhatIsThereAndSetsATornTailAside() {
        TempFolder folder;
        std::string path;
        {
            auto made = createSession(m_files, m_clock, folder.path(), "{}");
            path = made->paths.folder;
            QVERIFY(made->journal->append("note", {{"text", "a"}}, Durability::Synced).ok());
        }
        const SessionPaths paths(path);
        const std::string good = slurp(paths.journal());
        spit(paths.journal(), good + "{\"v\":1,\"seq\":2");
        int lines = 0;
        auto session = reopenSession(m_files, path, [&](const JournalLine&) { ++lines; });
        QVERIFY(session.ok());
        QCOMPARE(lines, 1);
        QCOMPARE(session->tornFile, paths.journal() + ".1.torn");
        QVERIFY(session->journal->append("note", {{"text", "b"}}, Durability::Synced).ok());
        QCOMPARE(readJournal(m_files, paths.journal(), {})->lines, std::int64_t(2));
    }
    void whatCannotBeResumedIsNotTouched_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("kind");
        const std::string one = sealLine({{"v", 1}, {"seq", 1}, {"type", "session"}});
        const std::string two = sealLine({{"v", 1}, {"seq", 2}, {"type", "note"}});
        const std::string newer = sealLine({{"v", 2}, {"seq", 2}, {"type", "note"}});
        QTest::addRow("damaged") << QByteArray::fromStdString("x" + one + two) << int(ErrorKind::Corrupt);
        QTest::addRow("newer") << QByteArray::fromStdString(one + newer + "torn") << int(ErrorKind::Newer);
    }
    void whatCannotBeResumedIsNotTouched() {
        QFETCH(QByteArray, bytes);
        QFETCH(int, kind);
        TempFolder folder;
        const SessionPaths paths(folder.path());
        spit(paths.journal(), bytes.toStdString());
        const auto refused = reopenSession(m_files, folder.path(), {});
        QVERIFY(!refused.ok());
        QCOMPARE(int(refused.error().kind), kind);
        if (refused.error().kind == ErrorKind::Corrupt) QVERIFY(refused.error().where.find("line 1") != std::string::npos);
        QCOMPARE(slurp(paths.journal()), bytes.toStdString());
        QVERIFY(loadSession(m_files, folder.path()).ok()); // it can still be read
    }
    void aFolderWithoutAJournalIsNoSession() {
        TempFolder folder;
        QVERIFY(!reopenSession(m_files, folder.path(), {}).ok());
        QVERIFY(!loadSession(m_files, folder.path()).ok());
        QVERIFY(QDir(QString::fromStdString(folder.path())).isEmpty()); // not even a lock is left behind
    }
};

LOOPTAX_TEST(tst_session)
#include "tst_session.moc"
