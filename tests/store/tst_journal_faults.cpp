// Each call of the file layer fails in turn; whatever was reported as written must be there afterwards.
#include "support/faulty_file_ops.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include "store/journal.h"
#include "store/session.h"
#include "support/fake_clock.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTest>

using namespace looptax;

namespace {

constexpr int kMaxCalls = 200; // far above what a pass makes: a loop that never ends is a failure

Json note(int i) { return {{"text", "note " + std::to_string(i)}}; }

} // namespace

class tst_journal_faults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyCallOfAWriterFailsOnce_data() {
        QTest::addColumn<bool>("shortWrites");
        QTest::addRow("errors") << false;
        QTest::addRow("short writes") << true;
    }
    void everyCallOfAWriterFailsOnce() {
        QFETCH(bool, shortWrites);
        for (int n = 1;; ++n) {
            QVERIFY(n < kMaxCalls);
            TempFolder folder;
            const std::string path = folder.file("journal.jsonl");
            FaultyFileOps files;
            files.shortenInsteadOfFailing(shortWrites);
            files.failCall(n);
            int synced = 0;
            bool failed = false;
            {
                auto journal = Journal::create(files, path);
                failed = !journal.ok();
                for (int i = 0; !failed && i < 4; ++i) {
                    const auto line = (*journal)->append("note", note(i), Durability::Synced);
                    if (line.ok()) {
                        ++synced;
                        continue;
                    }
                    failed = true;
                    const std::string first = line.error().text();
                    QVERIFY(!first.empty());
                    // Broken is broken: no later line may follow a hole.
                    const auto later = (*journal)->append("note", note(99), Durability::Synced);
                    QVERIFY(!later.ok());
                    QCOMPARE(later.error().text(), first);
                }
                if (!failed) failed = !(*journal)->close().ok();
            }
            QCOMPARE(files.usesAfterFailedSync(), 0);
            QCOMPARE(files.openHandles(), 0);
            QCOMPARE(failed, files.fired());
            SystemFileOps real;
            if (real.exists(path)) {
                const auto read = readJournal(real, path, {});
                QVERIFY(read.ok());
                QVERIFY(read->lines >= synced); // nothing reported as durable is missing
                QVERIFY(read->lines <= synced + 1);
                QCOMPARE(read->damagedLine, std::int64_t(0));
                QCOMPARE(read->tornBytes, std::int64_t(0)); // cut back to the last good line
            } else {
                QCOMPARE(synced, 0);
            }
            if (!files.fired()) break;
        }
    }

    void everyCallOfSettingATailAsideFailsOnce() {
        for (int n = 1;; ++n) {
            QVERIFY(n < kMaxCalls);
            TempFolder folder;
            const std::string path = folder.file("journal.jsonl");
            SystemFileOps real;
            {
                auto journal = Journal::create(real, path);
                QVERIFY((*journal)->append("note", note(1), Durability::Synced).ok());
            }
            const std::string good = slurp(path);
            spit(path, good + "torn");
            FaultyFileOps files;
            files.failCall(n);
            const auto read = readJournal(real, path, {});
            const bool ok = setTornTailAside(files, path, *read).ok();
            QVERIFY(ok || files.fired());
            QCOMPARE(files.openHandles(), 0);
            // The tail is in the journal or in a file of its own, or in both; never in neither.
            const std::string now = slurp(path);
            QVERIFY(now == good || now == good + "torn");
            if (now == good) QCOMPARE(slurp(path + ".1.torn"), std::string("torn"));
            QVERIFY(!ok || now == good);
            if (!files.fired()) break;
        }
    }

    void everyCallOfMakingASessionFailsOnce() {
        FakeClock clock;
        for (int n = 1;; ++n) {
            QVERIFY(n < kMaxCalls);
            TempFolder folder;
            const std::string out = folder.file("out");
            FaultyFileOps files;
            files.failCall(n);
            {
                const auto session = createSession(files, clock, out, "{}\n");
                if (files.fired()) QVERIFY(!session.ok() || n > 1); // removing a lock's text on the way out may fail unheard
                else QVERIFY(session.ok());
                if (session.ok()) QCOMPARE(slurp(session->paths.plan()), std::string("{}\n"));
            }
            QCOMPARE(files.openHandles(), 0);
            // A half-made session must not be taken for one.
            SystemFileOps real;
            for (const QString& name : QDir(QString::fromStdString(out)).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
                const SessionPaths paths(joinPath(out, name.toStdString()));
                if (real.exists(paths.journal())) QVERIFY(!slurp(paths.plan()).empty());
            }
            if (!files.fired()) break;
        }
    }

    void everyCallOfReopeningFailsOnce() {
        FakeClock clock;
        for (int n = 1;; ++n) {
            QVERIFY(n < kMaxCalls);
            TempFolder folder;
            SystemFileOps real;
            std::string path;
            {
                auto session = createSession(real, clock, folder.path(), "{}\n");
                QVERIFY(session->journal->append("note", note(1), Durability::Synced).ok());
                path = session->paths.folder;
            }
            const SessionPaths paths(path);
            const std::string good = slurp(paths.journal());
            spit(paths.journal(), good + "torn");
            FaultyFileOps files;
            files.failCall(n);
            {
                auto session = reopenSession(files, path, {});
                QVERIFY(session.ok() || files.fired());
            }
            QCOMPARE(files.openHandles(), 0);
            // Whatever failed, the next try succeeds and has every line.
            auto again = reopenSession(real, path, {});
            QVERIFY(again.ok());
            QCOMPARE(again->recovered.lines, std::int64_t(1));
            QCOMPARE(slurp(paths.journal()), good);
            if (!files.fired()) break;
        }
    }
};

LOOPTAX_TEST(tst_journal_faults)
#include "tst_journal_faults.moc"
