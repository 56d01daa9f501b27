// Files as crashes, bad disks and hostile people leave them.
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include "base/seeded_random.h"
#include "record/journal_line.h"
#include "store/journal.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

std::string note(std::int64_t seq, const std::string& text) {
    Json body = {{"v", 1}, {"seq", seq}, {"type", "note"}};
    body["text"] = text;
    return sealLine(body);
}

std::string notes(int n) {
    std::string out;
    for (int i = 1; i <= n; ++i) out += note(i, "line " + std::to_string(i));
    return out;
}

} // namespace

class tst_journal_damage : public QObject {
    Q_OBJECT

    TempFolder m_folder;
    SystemFileOps m_files;
    std::vector<std::int64_t> m_seen;

    JournalRead read(const std::string& bytes) {
        spit(m_folder.file("j"), bytes);
        m_seen.clear();
        auto result = readJournal(m_files, m_folder.file("j"), [&](const JournalLine& line) { m_seen.push_back(line.seq); });
        return result.ok() ? result.take() : JournalRead{};
    }

private Q_SLOTS:
    // A power cut can stop the last write anywhere: all before it loads, the tail is set aside byte for byte.
    void tailTornAtEveryByte() {
        const std::string good = notes(3);
        const std::string last = note(4, "the last one");
        for (std::size_t cut = 0; cut + 1 < last.size(); ++cut) {
            const std::string bytes = good + last.substr(0, cut);
            const JournalRead result = read(bytes);
            QCOMPARE(result.lines, std::int64_t(3));
            QCOMPARE(result.nextSeq, std::int64_t(4));
            QCOMPARE(result.goodBytes, std::int64_t(good.size()));
            QCOMPARE(result.tornBytes, std::int64_t(cut));
            QCOMPARE(result.damagedLine, std::int64_t(0));
            const auto aside = setTornTailAside(m_files, m_folder.file("j"), result);
            QVERIFY(aside.ok());
            QCOMPARE(aside->empty(), cut == 0);
            QCOMPARE(slurp(m_folder.file("j")), good);
            if (cut > 0) {
                QCOMPARE(slurp(*aside), last.substr(0, cut));
                QVERIFY(aside->find(".torn") != std::string::npos);
            }
        }
        // Only the LF is missing: the check sum says that all of the line is there.
        QCOMPARE(read(good + last.substr(0, last.size() - 1)).lines, std::int64_t(4));
        QCOMPARE(read(good + last).lines, std::int64_t(4));
    }
    void everyTornTailHasAFileOfItsOwn() {
        TempFolder folder;
        for (const char* tail : {"one", "two"}) {
            spit(folder.file("j"), notes(1) + tail);
            const auto result = readJournal(m_files, folder.file("j"), {});
            QVERIFY(setTornTailAside(m_files, folder.file("j"), *result).ok());
        }
        QCOMPARE(slurp(folder.file("j.1.torn")), std::string("one"));
        QCOMPARE(slurp(folder.file("j.2.torn")), std::string("two"));
    }
    void tailOfZeroesIsTorn() { // what some file systems leave after a power cut
        const JournalRead result = read(notes(2) + std::string(4096, '\0'));
        QCOMPARE(result.lines, std::int64_t(2));
        QCOMPARE(result.tornBytes, std::int64_t(4096));
    }

    void aFlippedByteInTheMiddleIsDamageAndNamed() {
        const std::string bytes = notes(5);
        const std::size_t second = note(1, "line 1").size();
        for (std::size_t at = second; at < 2 * second; ++at) {
            std::string bad = bytes;
            bad[at] = char(bad[at] ^ 0x01);
            const JournalRead result = read(bad);
            // The LF itself flipped joins two lines into one bad one.
            QCOMPARE(result.damagedLine, std::int64_t(2));
            QVERIFY(!result.damage.empty());
            QVERIFY(result.lines == 4 || result.lines == 3);
            QCOMPARE(m_seen.front(), std::int64_t(1));
            QCOMPARE(m_seen.back(), std::int64_t(5)); // what comes after is still shown
            QCOMPARE(result.goodBytes, std::int64_t(second));
            const auto aside = setTornTailAside(m_files, m_folder.file("j"), result);
            QVERIFY(!aside.ok());
            QCOMPARE(slurp(m_folder.file("j")), bad); // never repaired
        }
    }
    void sequence_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("damagedLine");
        QTest::addColumn<int>("lines");
        const auto bytes = [](const std::string& s) { return QByteArray::fromStdString(s); };
        QTest::addRow("a line is missing") << bytes(note(1, "a") + note(3, "c") + note(4, "d")) << 2 << 3;
        QTest::addRow("a line is there twice") << bytes(note(1, "a") + note(1, "a") + note(2, "b")) << 2 << 2;
        QTest::addRow("the last line is there twice") << bytes(notes(2) + note(2, "line 2")) << 3 << 2;
        QTest::addRow("two lines changed places") << bytes(note(1, "a") + note(3, "c") + note(2, "b")) << 2 << 2;
        QTest::addRow("a stray line between") << bytes(note(1, "a") + "stray\n" + note(2, "b")) << 2 << 2;
        QTest::addRow("it does not begin at 1") << bytes(note(7, "a")) << 1 << 1;
    }
    void sequence() {
        QFETCH(QByteArray, bytes);
        QFETCH(int, damagedLine);
        QFETCH(int, lines);
        const JournalRead result = read(bytes.toStdString());
        QCOMPARE(result.damagedLine, std::int64_t(damagedLine));
        QCOMPARE(result.lines, std::int64_t(lines));
        QCOMPARE(result.tornBytes, std::int64_t(0));
    }

    void badFormIsRefused_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addRow("no version") << QByteArray(R"({"seq":1,"type":"note"})");
        QTest::addRow("version is text") << QByteArray(R"({"v":"1","seq":1,"type":"note"})");
        QTest::addRow("version 0") << QByteArray(R"({"v":0,"seq":1,"type":"note"})");
        QTest::addRow("seq beyond counting") << QByteArray(R"({"v":1,"seq":9223372036854775807,"type":"note"})");
        QTest::addRow("seq above 64 bits") << QByteArray(R"({"v":1,"seq":18446744073709551615,"type":"note"})");
        QTest::addRow("type is a number") << QByteArray(R"({"v":1,"seq":1,"type":3})");
    }
    void badFormIsRefused() {
        QFETCH(QByteArray, body);
        std::string line = sealLine(Json::parse(body.toStdString()));
        line.pop_back();
        QVERIFY(!parseLine(line).line);
    }
    // With a right check sum: only somebody who means harm writes this.
    void depthAndNumberOfValuesAreBounded() {
        Json deep = 1;
        for (int i = 0; i < 70; ++i) deep = Json::array({deep});
        std::string line = sealLine({{"v", 1}, {"seq", 1}, {"type", "note"}, {"x", deep}});
        line.pop_back();
        QVERIFY(!parseLine(line).line);
        line = sealLine({{"v", 1}, {"seq", 1}, {"type", "note"}, {"x", std::vector<int>(2'100'000, 0)}});
        line.pop_back();
        QVERIFY(!parseLine(line).line);
        line = sealLine({{"v", 1}, {"seq", 1}, {"type", "note"}, {"x", std::string(1000, '[')}});
        line.pop_back();
        QVERIFY(parseLine(line).line.has_value()); // text is text
    }
    void valuesOfEveryKindAreReadAsTheyWereWritten() {
        Json written = {{"v", 1}, {"seq", 1}, {"type", "note"}, {"none", nullptr}, {"yes", true}, {"no", false}};
        written["least"] = std::numeric_limits<std::int64_t>::min();
        written["most"] = std::numeric_limits<std::uint64_t>::max();
        written["part"] = 0.1;
        written["tiny"] = -1e-300;
        written["text"] = "\xC3\xA9\n\"\\";
        written["empty"] = Json::object();
        written["list"] = Json::array();
        written["in"] = {{{"a", {1, {2, {{"b", "c"}}}}}}, "d", nullptr};
        written["last"] = {{"x", {{"y", Json::object()}}}, {"z", {Json::array()}}};
        std::string line = sealLine(written);
        line.pop_back();
        const ParsedLine read = parseLine(line);
        QVERIFY(read.line.has_value());
        QCOMPARE(read.line->body->dump(), written.dump()); // the order of the members too
    }
    void anEndlessLineIsSkippedNotHeld() {
        const std::string huge(kMaxJournalLine + 100, 'x');
        QCOMPARE(read(notes(1) + huge).damagedLine, std::int64_t(2)); // no writer makes one, so none was cut off
        const JournalRead result = read(notes(1) + huge + "\n" + note(2, "after"));
        QCOMPARE(result.damagedLine, std::int64_t(2));
        QCOMPARE(result.lines, std::int64_t(2));
    }

    void randomDamageNeverPassesUnseen() {
        SeededRandom random(11);
        const std::string good = notes(6);
        for (int i = 0; i < 3000; ++i) {
            std::string bytes = good;
            for (std::size_t k = 0, n = 1 + random.below(4); k < n && !bytes.empty(); ++k) {
                const std::size_t at = random.below(bytes.size());
                switch (random.below(4)) {
                case 0: bytes[at] = char(random.below(256)); break;
                case 1: bytes.erase(at, 1 + random.below(40)); break;
                case 2: bytes.insert(at, 1, char(random.below(256))); break;
                default: bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(80))); break;
                }
            }
            const JournalRead result = read(bytes);
            QVERIFY(std::is_sorted(m_seen.begin(), m_seen.end()));
            QCOMPARE(std::int64_t(m_seen.size()), result.lines);
            if (bytes == good) continue;
            const bool cutAtALineEnd = good.compare(0, bytes.size(), bytes) == 0 && result.tornBytes == 0;
            QVERIFY(cutAtALineEnd || result.tornBytes > 0 || result.damagedLine > 0 || !result.changes.empty());
        }
    }
};

LOOPTAX_TEST(tst_journal_damage)
#include "tst_journal_damage.moc"
