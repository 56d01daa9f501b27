#include "support/test_registry.h"

#include "base/hash.h"
#include "loop/calendar.h"
#include "loop/entry_series.h"
#include "loop/published_tables.h"
#include "resources/resources.h"

#include <QTest>

#include <nlohmann/json.hpp>
#include <set>

using namespace looptax;

class tst_task_pack : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void thePackSaysWhichItIs() {
        const auto pack = shippedPack();
        QCOMPARE(pack->name, std::string("research-log"));
        QVERIFY(!pack->version.empty());
        QCOMPARE(pack->sha256, sha256Hex(resource("task/research-log.json")));
        for (const std::string_view name : taskPackNames()) QVERIFY(!resource("task/" + std::string(name) + ".json").empty());
    }
    // Entries of 145-149 characters, 50 seeds, loops far longer than the study's: never twice the same.
    void entriesHaveTheirLengthAndNeverRepeat() {
        const auto pack = shippedPack();
        for (int seed = 1; seed <= 50; ++seed) {
            const EntrySeries series = makeEntries(*pack, seed, 120, 40);
            std::set<std::string> texts;
            for (const auto* entries : {&series.turns, &series.padding})
                for (std::size_t i = 0; i < entries->size(); ++i) {
                    const LogEntry& entry = (*entries)[i];
                    const std::int64_t chars = entryBlockChars(entry);
                    const bool first = entries == &series.padding && i == 0;
                    QVERIFY2(first ? chars >= 135 && chars <= 140 : chars >= 145 && chars <= 149, std::to_string(chars).c_str());
                    QVERIFY(texts.insert(entry.fields[1].second + entry.fields[2].second).second);
                    const std::string text = canonicalText(entry);
                    QVERIFY(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
                    QVERIFY(text.find('\\') == std::string::npos);
                }
        }
    }
    void theNewEntryIsStrictlyTheNewestAndPaddingIsOlderThanAll() {
        const EntrySeries series = makeEntries(*shippedPack(), 3, 400, 200);
        for (std::size_t i = 1; i < series.turns.size(); ++i) QVERIFY(series.turns[i].date() > series.turns[i - 1].date());
        for (std::size_t i = 1; i < series.padding.size(); ++i) QVERIFY(series.padding[i].date() < series.padding[i - 1].date());
        QVERIFY(series.padding[0].date() < series.turns[0].date());
        for (const LogEntry& entry : series.turns) QVERIFY(dayNumber(entry.date()));
    }
    void askingForMoreNeverChangesTheFirst() {
        const auto pack = shippedPack();
        const EntrySeries few = makeEntries(*pack, 8, 3, 9);
        const EntrySeries many = makeEntries(*pack, 8, 60, 30);
        QVERIFY(std::equal(few.turns.begin(), few.turns.end(), many.turns.begin()));
        QVERIFY(std::equal(few.padding.begin(), few.padding.end(), many.padding.begin()));
        QVERIFY(makeEntries(*pack, 9, 3, 0).turns != few.turns);
        QVERIFY(!makeEntries(*pack, -5, 3, 0).turns.empty());
    }
    // Journals name the seed and not the entries: a changed generator would make old sessions another
    // experiment.
    void theFirstEntryOfTheDefaultSeedIsAlwaysThisOne() {
        QCOMPARE(canonicalText(makeEntries(*shippedPack(), 1, 1, 0).turns[0]),
                 std::string("{\n  \"date\": \"2025-01-06\",\n  \"topic\": \"Water level, mud flat\",\n"
                             "  \"finding\": \"Gauge reads 3.02 m at dawn; two more weeks needed.\"\n}"));
    }
    void aBrokenPackIsRefusedWithThePlace_data() {
        QTest::addColumn<QString>("pointer");
        QTest::addColumn<QString>("value"); // empty = taken out
        QTest::addColumn<QString>("place");
        const auto row = [](const char* pointer, const char* value, const char* place) {
            QTest::addRow("%s %s", pointer, value)
                << QString::fromLatin1(pointer) << QString::fromLatin1(value) << QString::fromLatin1(place);
        };
        row("/schema", "\"other/1\"", "schema");
        row("/version", "", "version");
        row("/note/value", "\"say \\\"it\\\"\"", "note.value");
        row("/entry/keys", "[\"topic\",\"date\",\"finding\"]", "entry.keys");
        row("/entry/first_date", "\"2025-02-30\"", "entry.first_date");
        row("/entry/days_between", "[0]", "entry.days_between");
        row("/entry/block_chars/to", "1", "entry.block_chars");
        row("/prompts/full_context/user", "7", "prompts.full_context.user");
        row("/slots/n", "{\"from\":1}", "slots.n.to");
        row("/slots/site", "[]", "slots.site");
        row("/subjects", "[]", "subjects");
        row("/subjects/0/findings", "[\"caf\\u00e9\"]", "subjects[0].findings");
        row("/closings", "", "closings");
    }
    void aBrokenPackIsRefusedWithThePlace() {
        QFETCH(QString, pointer);
        QFETCH(QString, value);
        QFETCH(QString, place);
        Json pack = Json::parse(resource("task/research-log.json"));
        const Json::json_pointer at(pointer.toStdString());
        if (value.isEmpty()) pack[at.parent_pointer()].erase(at.back());
        else pack[at] = Json::parse(value.toStdString());
        const auto read = readTaskPack(pack.dump());
        QVERIFY(!read);
        QVERIFY2(read.error().where.find(place.toStdString()) != std::string::npos, read.error().text().c_str());
    }
    void whatIsNoPackIsRefused() {
        QVERIFY(!readTaskPack(""));
        QVERIFY(!readTaskPack("[]"));
        QVERIFY(!readTaskPack("{}"));
        QVERIFY(!readTaskPack("{\"schema\":\"looptax.task/1\",\"entry\":[],\"slots\":3,\"subjects\":{}}"));
    }
    void placeholdersAreFilledInOnce() {
        const std::vector<std::pair<std::string_view, std::string_view>> values{{"a", "{b}"}, {"b", "x"}};
        QCOMPARE(filledIn("{a} {b} {c} { {a", values), std::string("{b} x {c} { {a"));
    }
    void daysOfTheCalendar() {
        QCOMPARE(dayNumber("1970-01-01").value_or(-1), std::int64_t(0));
        QCOMPARE(isoDate(*dayNumber("2024-02-28") + 1), std::string("2024-02-29"));
        for (const char* bad : {"2025-02-29", "2025-13-01", "2025-1-01", "2025/01/01", "", "20250101", "2025-01-0x"})
            QVERIFY2(!dayNumber(bad), bad);
    }
};

LOOPTAX_TEST(tst_task_pack)
#include "tst_task_pack.moc"
