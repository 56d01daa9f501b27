#include "support/test_registry.h"

#include "base/seeded_random.h"
#include "loop/reply_checker.h"
#include "loop/right_reply.h"

#include <QTest>

using namespace looptax;

namespace {

LogEntry entry(int day, const std::string& finding = "salt") {
    return {{{"date", "2025-01-0" + std::to_string(day)}, {"topic", "T"}, {"finding", finding}}};
}

// The right log after turn 4: entries of 4 3 2 1 January.
LogState truth() {
    LogState state;
    state.note.emplace("project", "marsh");
    state.count = 4;
    for (int day = 4; day >= 1; --day) state.log.push_back(entry(day));
    return state;
}

Expectation expectation(ReplyFormat format = ReplyFormat::Prompt) {
    Expectation expected;
    expected.truth = truth();
    expected.local = truth();
    expected.format = format;
    return expected;
}

template <class Change> QByteArray reply(Change change) {
    LogState state = truth();
    change(state);
    return QByteArray::fromStdString(fenced(canonicalText(state)));
}

QByteArray flags(const Judgement& j) {
    QByteArray out;
    const auto add = [&](bool on, const char* word) {
        if (on) out += QByteArray(out.isEmpty() ? "" : " ") + word;
    };
    add(j.valid_json, "json");
    add(j.schema_ok, "schema");
    add(j.count_match, "count");
    add(j.entries_complete, "complete");
    add(j.sort_correct, "sorted");
    add(j.content_exact, "exact");
    return out;
}

const char* const kAll = "json schema count complete sorted exact";

} // namespace

class tst_reply_checker : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void repliesAreJudged_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        QTest::addColumn<QByteArray>("reason");
        const auto row = [](const char* name, const QByteArray& text, const char* expected, const char* reason) {
            QTest::addRow("%s", name) << text << QByteArray(expected) << QByteArray(reason);
        };
        const auto fence = [](const QByteArray& json) { return QByteArray("```json\n") + json + "\n```"; };
        row("right", reply([](LogState&) {}), kAll, "");
        row("right, talk around it", "Here you are:\n" + reply([](LogState&) {}) + "\nDone.", kAll, "");
        row("right, note dropped", reply([](LogState& s) { s.note.reset(); }), kAll, "");
        row("empty", "", "", "reply is empty");
        row("white space", " \n\t", "", "reply is empty");
        row("talk", "I have updated the log.", "", "no json fence");
        row("right but bare", QByteArray::fromStdString(canonicalText(truth())), "", "no json fence");
        row("right in an unnamed fence", "```\n{}\n```", "", "no json fence");
        row("cut off", reply([](LogState&) {}).left(80), "", "the JSON breaks off");
        row("fence of nothing", "```json\n```", "", "the JSON breaks off");
        row("not an object", fence("[]"), "json", "the reply is not a JSON object");
        row("no log", fence("{\"count\":4}"), "json count", "log missing");
        row("log is an object", fence("{\"count\":3,\"log\":{}}"), "json", "log is not a list");
        row("words in the log", fence("{\"log\":[{},\"x\"]}"), "json", "log holds something other than an entry at position 2");
        row("count off", reply([](LogState& s) { s.count = 3; }), "json schema complete sorted exact", "count 3, expected 4");
        row("count of the log, not of all", reply([](LogState& s) { s.count = 40; }), "json schema complete sorted exact",
            "count 40, expected 4");
        row("entry forgotten", reply([](LogState& s) { s.log.erase(s.log.begin() + 1); }), "json schema count sorted",
            "entry 3 missing");
        row("new entry forgotten, count kept", reply([](LogState& s) {
                s.log.erase(s.log.begin());
                s.count = 3;
            }),
            "json schema sorted", "entry 4 missing; count 3, expected 4");
        row("several forgotten", reply([](LogState& s) { s.log.resize(1); }), "json schema count sorted",
            "entries 1, 2, 3 missing");
        row("empty log", reply([](LogState& s) { s.log.clear(); }), "json schema count sorted", "entries 1, 2, 3, 4 missing");
        row("entry twice", reply([](LogState& s) { s.log.push_back(s.log.back()); }), "json schema count sorted",
            "5 entries in the log, expected 4");
        row("one forgotten, its neighbour twice", reply([](LogState& s) { s.log[1] = s.log[2]; }),
            "json schema count complete sorted", "");
        row("oldest first", reply([](LogState& s) { std::reverse(s.log.begin(), s.log.end()); }),
            "json schema count complete exact", "not newest first at position 2");
        row("new entry at the end", reply([](LogState& s) { std::rotate(s.log.begin(), s.log.begin() + 1, s.log.end()); }),
            "json schema count complete exact", "not newest first at position 4");
        row("a word changed", reply([](LogState& s) { s.log[2].fields[2].second = "Salt"; }), "json schema count complete sorted",
            "");
        row("a key more in an entry", reply([](LogState& s) {
                s.log[2].fields.push_back({"mood", "fine"});
            }),
            "json schema count complete sorted", "");
        row("keys in another order", reply([](LogState& s) { std::reverse(s.log[2].fields.begin(), s.log[2].fields.end()); }),
            kAll, "");
        row("date dropped", reply([](LogState& s) { s.log[1].fields.erase(s.log[1].fields.begin()); }),
            "json schema count complete", "no date like 2025-01-31 at position 2");
        row("date in words", reply([](LogState& s) { s.log[0].fields[0].second = "4 January"; }), "json schema count complete",
            "no date like 2025-01-31 at position 1");
        row("count as text", fence("{\"count\":\"4\",\"log\":[]}"), "json schema sorted",
            "entries 1, 2, 3, 4 missing; count is not a number, expected 4");
        row("count missing", fence("{\"log\":[{},{},{},{}]}"), "json schema complete",
            "count missing; no date like 2025-01-31 at position 1");
        row("count with a point", fence("{\"count\":4.0,\"log\":[]}"), "json schema count sorted", "entries 1, 2, 3, 4 missing");
        row("count and a half", fence("{\"count\":4.5,\"log\":[{},{},{},{}]}"), "json schema complete",
            "count is no whole number that fits, expected 4; no date like 2025-01-31 at position 1");
        row("count true", fence("{\"count\":true,\"log\":[]}"), "json schema sorted",
            "entries 1, 2, 3, 4 missing; count is not a number, expected 4");
        row("count of 2^64", fence("{\"count\":18446744073709551616,\"log\":[]}"), "json schema sorted",
            "entries 1, 2, 3, 4 missing; count is no whole number that fits, expected 4");
        row("count of 1e308", fence("{\"count\":1e308,\"log\":[]}"), "json schema sorted",
            "entries 1, 2, 3, 4 missing; count is no whole number that fits, expected 4");
        row("count of 1e400", fence("{\"count\":1e400,\"log\":[]}"), "", "not JSON at line 1, column 14");
        row("nul byte", fence(QByteArray("{\"a\":1}\0", 8)), "", "a NUL byte at line 1, column 8");
        row("first of two is judged", fence("{\"count\":4}") + "\n" + reply([](LogState&) {}), "json count", "log missing");
        row("another language first", "```python\nprint()\n```\n" + reply([](LogState&) {}), kAll, "");
        row("invalid bytes outside the fence", "\xFF\n" + reply([](LogState&) {}), kAll, "");
        row("invalid bytes inside", fence("{\"count\":4,\"log\":[],\"x\":\"\xFF\"}"), "", "not JSON at line 1, column 26");
    }
    void repliesAreJudged() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QFETCH(QByteArray, reason);
        const Judgement judgement = checkReply(text.toStdString(), expectation());
        QCOMPARE(flags(judgement), expected);
        QCOMPARE(QByteArray::fromStdString(judgement.fail_reason), reason);
        QCOMPARE(judgement.all_pass, reason.isEmpty());
        QCOMPARE(judgement.state_text.has_value(), judgement.schema_ok);
        QCOMPARE(judgement.invalid_utf8, text.contains('\xFF'));
    }
    void fencesAreCounted_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("fence");
        QTest::addRow("none") << QByteArray("{}") << QByteArray("none");
        QTest::addRow("other languages do not count") << QByteArray("```\n{}\n```") << QByteArray("none");
        QTest::addRow("one") << QByteArray("```json\n{}\n```") << QByteArray("one");
        QTest::addRow("two") << QByteArray("```json\n{}\n```\n~~~JSON\n{}") << QByteArray("many");
        QTest::addRow("unclosed") << QByteArray("```json fenced block\n{}") << QByteArray("unclosed");
    }
    void fencesAreCounted() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, fence);
        for (const ReplyFormat format : {ReplyFormat::Prompt, ReplyFormat::AnyJson, ReplyFormat::JsonSchema})
            QCOMPARE(std::string(name(checkReply(text.toStdString(), expectation(format)).fence)), fence.toStdString());
    }
    void withoutTheFenceInTheTaskTheWholeReplyIsJudged_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("valid");
        QTest::addRow("bare") << QByteArray("\n {\"log\":[]} \n") << true;
        QTest::addRow("fenced") << QByteArray("```json\n{\"log\":[]}\n```\n") << true;
        QTest::addRow("fenced without a language") << QByteArray("```\n{\"log\":[]}\n```") << true;
        QTest::addRow("fence never closed") << QByteArray("```json\n{\"log\":[]}") << true;
        QTest::addRow("talk before") << QByteArray("Sure: {\"log\":[]}") << false;
        QTest::addRow("talk before a fence") << QByteArray("Sure:\n```json\n{\"log\":[]}\n```") << false;
        QTest::addRow("talk behind a fence") << QByteArray("```json\n{\"log\":[]}\n```\nDone.") << false;
        QTest::addRow("two fences") << QByteArray("```json\n{}\n```\n```json\n{}\n```") << false;
        QTest::addRow("byte order mark") << QByteArray("\xEF\xBB\xBF{\"log\":[]}") << false;
        QTest::addRow("empty") << QByteArray("") << false;
    }
    void withoutTheFenceInTheTaskTheWholeReplyIsJudged() {
        QFETCH(QByteArray, text);
        QFETCH(bool, valid);
        for (const ReplyFormat format : {ReplyFormat::AnyJson, ReplyFormat::JsonSchema}) {
            const Judgement judgement = checkReply(text.toStdString(), expectation(format));
            QCOMPARE(judgement.valid_json, valid);
            QCOMPARE(judgement.schema_ok, valid);
        }
    }
    void theStateIsWhatWasSaidInTheCanonicalLayout() {
        const auto judgement = checkReply(
            "```json\n{ \"extra\":[ ],\"log\":[{\"date\":\"caf\xC3\xA9\",\"n\":1.50}],\"count\":9}\n```", expectation());
        QCOMPARE(judgement.state_text.value_or(""),
                 std::string("{\n  \"extra\": [],\n  \"log\": [\n    {\n      \"date\": \"caf\\u00e9\",\n    "
                             "  \"n\": 1.5\n"
                             "    }\n  ],\n  \"count\": 9\n}"));
    }
    void keysThatComeTwiceAreFlaggedAndTheLastOneCounts() {
        const auto judgement = checkReply("```json\n{\"count\":1,\"log\":[],\"count\":4}\n```", expectation());
        QVERIFY(judgement.valid_json && judgement.duplicate_keys && judgement.count_match);
        QCOMPARE(judgement.state_text.value_or(""), std::string("{\n  \"count\": 4,\n  \"log\": []\n}"));
    }
    void aReplyIsAlsoHeldToTheStateThatWasFedIn() {
        Expectation expected = expectation();
        expected.state_diverged = true;
        expected.local->count = 9;
        expected.local->log.resize(2);
        const Judgement judgement = checkReply(fenced(canonicalText(*expected.local)), expected);
        QVERIFY(!judgement.all_pass && judgement.all_pass_local && judgement.state_diverged);
        expected.local.reset(); // the full context keeps no state: one judgement
        QVERIFY(checkReply(fenced(canonicalText(expected.truth)), expected).all_pass_local);
    }
    void entriesOfALongLogAreNamedByTheirAge() {
        Expectation expected = expectation();
        expected.truth.count = 12; // a cap dropped the eight before
        LogState said = expected.truth;
        said.log.pop_back();
        QCOMPARE(checkReply(fenced(canonicalText(said)), expected).fail_reason, std::string("entry 9 missing"));
        expected.truth.log.clear();
        for (int day = 9; day >= 1; --day) expected.truth.log.push_back(entry(day));
        QCOMPARE(checkReply("```json\n{\"count\":12,\"log\":[]}\n```", expected).fail_reason,
                 std::string("entries 4, 5, 6, 7, 8 and 4 more missing"));
    }
    void aHugeReplyIsJudgedButIsNoState() {
        const std::string long_ = "```json\n{\"count\":4,\"log\":[],\"x\":\"" + std::string(3'000'000, 'x') + "\"}\n```";
        const Judgement judgement = checkReply(long_, expectation());
        QVERIFY(judgement.schema_ok && judgement.count_match && !judgement.state_text);
    }
    // Whatever comes, an answer: mutated replies and random bytes, in every format.
    void nothingThrowsAndTheFlagsAgree() {
        SeededRandom random(20250106);
        const std::string right = fenced(canonicalText(truth()));
        const std::vector<std::string> pieces{"```",
                                              "json",
                                              "{",
                                              "}",
                                              "[",
                                              "]",
                                              "\"",
                                              ":",
                                              ",",
                                              "null",
                                              "1e999",
                                              "-0",
                                              "\\u",
                                              "\\ud800",
                                              "\n",
                                              "\r",
                                              "~~~",
                                              "\xFF",
                                              "\xEF\xBB\xBF",
                                              "count",
                                              "\"log\":[",
                                              std::string(1, '\0'),
                                              "NaN",
                                              std::string(80, '['),
                                              "true"};
        for (int i = 0; i < 6000; ++i) {
            std::string text = i % 3 == 0 ? std::string() : right;
            for (std::uint64_t n = 1 + random.below(i % 3 == 2 ? 3 : 40); n > 0; --n) {
                const auto at = std::size_t(random.below(text.size() + 1));
                switch (random.below(4)) {
                case 0: text.insert(at, pieces[random.below(pieces.size())]); break;
                case 1: text.insert(at, 1, char(random.below(256))); break;
                case 2: text.erase(at, std::size_t(random.below(30))); break;
                default:
                    if (at < text.size()) text[at] = char(random.below(256));
                }
            }
            const auto format = std::vector{ReplyFormat::Prompt, ReplyFormat::AnyJson, ReplyFormat::JsonSchema}[random.below(3)];
            const Judgement j = checkReply(text, expectation(format));
            QCOMPARE(j.all_pass, j.valid_json && j.schema_ok && j.count_match && j.entries_complete && j.sort_correct);
            QCOMPARE(j.fail_reason.empty(), j.all_pass);
            QVERIFY(j.valid_json || !(j.schema_ok || j.count_match || j.entries_complete || j.sort_correct));
            QVERIFY(!j.content_exact || j.entries_complete);
            QCOMPARE(j.state_text.has_value(), j.schema_ok);
            if (j.state_text) QVERIFY(readLogState(*j.state_text));
            if (format == ReplyFormat::Prompt && j.fence == Fence::None) QVERIFY(!j.valid_json);
        }
    }
};

LOOPTAX_TEST(tst_reply_checker)
#include "tst_reply_checker.moc"
