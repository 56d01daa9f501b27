#include "support/temp_folder.h"
#include "support/test_registry.h"

#include "base/base64.h"
#include "base/bytes_json.h"
#include "base/seeded_random.h"
#include "base/text.h"
#include "store/journal.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

std::string randomBytes(SeededRandom& random, std::size_t n) {
    std::string out;
    while (out.size() < n) out += char(random.below(256));
    return out;
}

} // namespace

class tst_journal : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // The check sum was worked out by another program: a change of form would orphan every session there is.
    void lineFormIsFixed() {
        Json body;
        body["v"] = 1;
        body["seq"] = 1;
        body["type"] = "note";
        body["text"] = "caf\xC3\xA9 \"x\"";
        QCOMPARE(sealLine(body), std::string("{\"v\":1,\"seq\":1,\"type\":\"note\",\"text\":\"caf\xC3\xA9 \\\"x\\\"\","
                                             "\"crc\":\"1dafc0e1\"}\n"));
    }

    void whatIsWrittenIsRead() {
        TempFolder folder;
        SystemFileOps files;
        const std::string path = folder.file("journal.jsonl");
        auto journal = Journal::create(files, path);
        QVERIFY(journal.ok());
        std::vector<JournalLine> written;
        for (int i = 0; i < 50; ++i) {
            Json fields;
            fields["text"] = std::string(std::size_t(i) * 100, 'x') + "\n\xE2\x80\xA8 \"crc\":\"00000000\"}";
            auto line = (*journal)->append("note", fields, i % 2 ? Durability::Synced : Durability::Buffered);
            QVERIFY(line.ok());
            written.push_back(*line);
        }
        QVERIFY((*journal)->close().ok());
        std::vector<JournalLine> read;
        const auto result = readJournal(files, path, [&](JournalLine line) { read.push_back(line); });
        QVERIFY(result.ok());
        QCOMPARE(result->lines, std::int64_t(50));
        QCOMPARE(result->nextSeq, std::int64_t(51));
        QCOMPARE(result->tornBytes, std::int64_t(0));
        QCOMPARE(result->damagedLine, std::int64_t(0));
        QCOMPARE(read.size(), written.size());
        for (std::size_t i = 0; i < read.size(); ++i) {
            QVERIFY(*read[i].body == *written[i].body);
            QCOMPARE(read[i].place.offset, written[i].place.offset);
            QCOMPARE(read[i].place.length, written[i].place.length);
            const auto again = readLineAt(files, path, written[i].place);
            QVERIFY(again.ok());
            QVERIFY(*again->body == *written[i].body);
        }
        QVERIFY(!readLineAt(files, path, {written[3].place.offset + 1, written[3].place.length}).ok());
    }

    void anExistingJournalIsNotOverwritten() {
        TempFolder folder;
        SystemFileOps files;
        spit(folder.file("journal.jsonl"), "precious");
        QVERIFY(!Journal::create(files, folder.file("journal.jsonl")).ok());
        QCOMPARE(slurp(folder.file("journal.jsonl")), std::string("precious"));
    }

    void reopenGoesOnCounting() {
        TempFolder folder;
        SystemFileOps files;
        const std::string path = folder.file("journal.jsonl");
        {
            auto journal = Journal::create(files, path);
            QVERIFY((*journal)->append("note", Json::object(), Durability::Synced).ok());
        }
        auto read = readJournal(files, path, {});
        auto journal = Journal::reopen(files, path, read->nextSeq, read->goodBytes);
        QVERIFY(journal.ok());
        QVERIFY((*journal)->append("note", Json::object(), Durability::Synced).ok());
        read = readJournal(files, path, {});
        QCOMPARE(read->lines, std::int64_t(2));
        QVERIFY(!Journal::reopen(files, path, 2, 10).ok()); // somebody else wrote meanwhile
    }

    void reservedFieldsAreRefusedAndTheJournalGoesOn() {
        TempFolder folder;
        SystemFileOps files;
        auto journal = Journal::create(files, folder.file("j"));
        for (const char* key : {"v", "seq", "type", "crc"}) {
            Json fields;
            fields[key] = 7;
            QVERIFY(!(*journal)->append("note", fields, Durability::Buffered).ok());
        }
        QVERIFY(!(*journal)->append("note", Json::array(), Durability::Buffered).ok());
        QVERIFY((*journal)->append("note", Json::object(), Durability::Buffered).ok());
    }

    void anyBytesSurvive_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addRow("empty") << QByteArray();
        QTest::addRow("plain") << QByteArray("plain \"text\"\n");
        QTest::addRow("raw NUL") << QByteArray("a\0b", 3);
        QTest::addRow("cut in a character") << QByteArray("caf\xC3");
        QTest::addRow("overlong") << QByteArray("\xC0\xAF");
        QTest::addRow("surrogate") << QByteArray("\xED\xA0\x80");
        QTest::addRow("all bytes") << []() {
            QByteArray all;
            for (int i = 0; i < 256; ++i) all += char(i);
            return all;
        }();
        QTest::addRow("large and binary") << QByteArray(5 << 20, '\xFF');
    }
    void anyBytesSurvive() {
        QFETCH(QByteArray, bytes);
        TempFolder folder;
        SystemFileOps files;
        auto journal = Journal::create(files, folder.file("j"));
        Json fields;
        putBytes(fields, "reply", bytes.toStdString());
        const auto line = (*journal)->append("turn_done", fields, Durability::Buffered);
        QVERIFY(line.ok());
        const auto read = readLineAt(files, folder.file("j"), line->place);
        QVERIFY(read.ok());
        QCOMPARE(getBytes(*read->body, "reply").value_or("?"), bytes.toStdString());
        QCOMPARE(read->body->contains("reply_base64"), !isValidUtf8(bytes.toStdString()));
    }
    // The JSON library and our own check must agree on what UTF-8 is, or a line could lose bytes without a
    // word.
    void validityIsJudgedAsTheWriterDoes() {
        SeededRandom random(5);
        for (int i = 0; i < 4000; ++i) {
            std::string bytes;
            const std::size_t n = 1 + random.below(6);
            static constexpr unsigned char kTricky[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                                        0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5};
            while (bytes.size() < n) bytes += char(kTricky[random.below(sizeof kTricky)]);
            bool throws = false;
            try {
                (void)Json(bytes).dump();
            } catch (const Json::exception&) {
                throws = true;
            }
            QCOMPARE(isValidUtf8(bytes), !throws);
        }
    }
    void base64IsStrictAndExact() {
        QCOMPARE(toBase64("foobar"), std::string("Zm9vYmFy"));
        QCOMPARE(toBase64("foob"), std::string("Zm9vYg=="));
        for (const char* bad : {"Zg=", "Zg==\n", " Zg==", "Zh==", "Z===", "Zm9v=", "Z-9v", "Zg==Zg=="})
            QVERIFY2(!fromBase64(bad), bad);
        SeededRandom random(3);
        for (std::size_t n = 0; n < 200; ++n) {
            const std::string bytes = randomBytes(random, n);
            QCOMPARE(fromBase64(toBase64(bytes)).value_or("?"), bytes);
        }
        const std::string large((std::size_t(9) << 20) + 1, '\x80');
        QVERIFY(fromBase64(toBase64(large)) == large);
    }

    void newerLinesAreReadAndFlagged() {
        TempFolder folder;
        SystemFileOps files;
        Json one = {{"v", 1}, {"seq", 1}, {"type", "session"}};
        Json two = {{"v", 2}, {"seq", 2}, {"type", "hologram"}, {"depth", Json::array({1, 2})}};
        spit(folder.file("j"), sealLine(one) + sealLine(two));
        std::vector<JournalLine> lines;
        const auto read = readJournal(files, folder.file("j"), [&](JournalLine line) { lines.push_back(line); });
        QVERIFY(read->newer);
        QCOMPARE(read->lines, std::int64_t(2));
        QVERIFY(*lines[1].body == two); // every field, understood or not
    }
};

LOOPTAX_TEST(tst_journal)
#include "tst_journal.moc"
