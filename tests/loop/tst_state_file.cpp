#include "support/fake_clock.h"
#include "support/faulty_file_ops.h"
#include "support/test_registry.h"

#include "loop/state_file.h"

#include <QTemporaryDir>
#include <QTest>

#include <cerrno>

using namespace looptax;

namespace {

const std::string kOld = "{\n  \"count\": 1,\n  \"log\": []\n}";
const std::string kNew = "{\n  \"count\": 2,\n  \"log\": [ \"longer than what stood there before\" ]\n}";

// Time passes while the disk works.
class SlowFileOps final : public FileOps {
public:
    explicit SlowFileOps(FakeClock& clock) : m_clock(clock) {}
    Result<Handle> open(const std::string& path, OpenMode mode) override { return m_files.open(path, mode); }
    Result<std::size_t> write(Handle file, std::string_view bytes) override { return m_files.write(file, bytes); }
    Result<std::string> readAt(Handle f, std::int64_t at, std::size_t max) override { return m_files.readAt(f, at, max); }
    Result<std::int64_t> size(Handle file) override { return m_files.size(file); }
    void beginSync(Handle file) override { m_files.beginSync(file); }
    Status sync(Handle file) override {
        m_clock.advance(2'500'000);
        return m_files.sync(file);
    }
    Status truncate(Handle file, std::int64_t size) override { return m_files.truncate(file, size); }
    Status close(Handle file) override { return m_files.close(file); }
    Result<bool> tryLock(Handle file) override { return m_files.tryLock(file); }
    Status imitate(Handle file, const FileFacts& like) override { return m_files.imitate(file, like); }
    Result<FileFacts> facts(const std::string& path) override { return m_files.facts(path); }
    Status rename(const std::string& from, const std::string& to) override { return m_files.rename(from, to); }
    Status syncDir(const std::string& folder) override { return m_files.syncDir(folder); }
    Status makeDirs(const std::string& folder) override { return m_files.makeDirs(folder); }
    Status remove(const std::string& path) override { return m_files.remove(path); }
    bool exists(const std::string& path) override { return m_files.exists(path); }
    Result<std::vector<std::string>> list(const std::string& folder) override { return m_files.list(folder); }
    Result<std::int64_t> freeBytes(const std::string& folder) override { return m_files.freeBytes(folder); }

private:
    FakeClock& m_clock;
    SystemFileOps m_files;
};

} // namespace

class tst_state_file : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsWrittenIsReadBackWithItsSizeAndTime() {
        const QTemporaryDir folder;
        FakeClock clock;
        SlowFileOps files(clock);
        StateFile state(files, clock, joinPath(folder.path().toStdString(), "run.json"));
        const auto took = state.write(kOld);
        QVERIFY(took);
        QCOMPARE(*took, 2.5);
        QVERIFY(state.write(kNew));
        const auto content = state.read();
        QVERIFY(content);
        QCOMPARE(content->text, kNew);
        QCOMPARE(content->bytes, std::int64_t(kNew.size()));
        QCOMPARE(files.list(folder.path().toStdString())->size(), std::size_t(1));
    }
    void aMissingFileIsAnErrorThatNamesIt() {
        const QTemporaryDir folder;
        FakeClock clock;
        SystemFileOps files;
        const auto content = StateFile(files, clock, joinPath(folder.path().toStdString(), "gone.json")).read();
        QVERIFY(!content);
        QCOMPARE(content.error().code, ENOENT);
        QVERIFY(content.error().text().find("gone.json") != std::string::npos);
    }
    void aFailureAtAnyCallLeavesTheOldTextOrTheNewOne_data() {
        QTest::addColumn<int>("code");
        QTest::addColumn<bool>("stays");
        QTest::addColumn<bool>("shortWrites");
        QTest::addRow("disk full for a moment") << ENOSPC << false << false;
        QTest::addRow("disk full from then on") << ENOSPC << true << false;
        QTest::addRow("input/output error") << EIO << false << false;
        QTest::addRow("input/output errors, writes taken in parts") << EIO << true << true;
    }
    void aFailureAtAnyCallLeavesTheOldTextOrTheNewOne() {
        QFETCH(int, code);
        QFETCH(bool, stays);
        QFETCH(bool, shortWrites);
        std::vector<std::string> seen;
        for (int n = 1; n < 100; ++n) {
            const QTemporaryDir folder;
            FakeClock clock;
            FaultyFileOps files;
            StateFile state(files, clock, joinPath(folder.path().toStdString(), "run.json"));
            QVERIFY(state.write(kOld));
            files.writeShort(shortWrites);
            files.failCall(n, code, stays);
            const auto result = state.write(kNew);
            const bool reached = files.calls() >= n;
            files.failCall(0, 0);
            const auto content = state.read();
            QVERIFY(content);
            QVERIFY(content->text == kOld || content->text == kNew);
            if (!reached) {
                QVERIFY(result);
                QCOMPARE(content->text, kNew);
                // Every step of the protocol was failed once.
                for (const char* step : {"open", "write", "sync", "close", "rename", "syncDir"})
                    QVERIFY2(std::find(seen.begin(), seen.end(), step) != seen.end(), step);
                return;
            }
            seen.push_back(files.failed());
            // A failure that nobody looked at would be a success here.
            QVERIFY2(!result, files.failed().c_str());
            QCOMPARE(result.error().code, code);
            // What was left behind does not stand in the way of the next attempt.
            QVERIFY(state.write(kNew));
            QCOMPARE(state.read()->text, kNew);
        }
        QFAIL("the loop never came to a clean pass");
    }
    void aFailedReadIsSaidAndNotTakenForAnEmptyFile() {
        const QTemporaryDir folder;
        FakeClock clock;
        FaultyFileOps files;
        StateFile state(files, clock, joinPath(folder.path().toStdString(), "run.json"));
        QVERIFY(state.write(kOld));
        for (int n = 1; n <= 2; ++n) { // open, read
            files.failCall(n, EIO);
            QVERIFY(!state.read());
        }
    }
};

LOOPTAX_TEST(tst_state_file)
#include "tst_state_file.moc"
