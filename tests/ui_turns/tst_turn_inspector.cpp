// One turn looked at closely: the prompt made again and proved, the reply against the right one, hostile
// text.
#include "base/hash.h"
#include "base/line_diff.h"
#include "base/whole_file.h"
#include "engine/fake_world.h"
#include "prefix/explanation_json.h"
#include "support/disturbed_records.h"
#include "support/stream_records.h"
#include "support/test_registry.h"
#include "support/watched_file_ops.h"
#include "ui/turns/estimate_words.h"
#include "ui/turns/number_rows.h"
#include "ui/turns/plain_pages.h"
#include "ui/turns/split_words.h"
#include "ui/turns/turn_inspector.h"

#include <QCheckBox>
#include <QLabel>
#include <QTabWidget>
#include <QTableWidget>
#include <QTest>

#include <chrono>

using namespace looptax;

namespace {

TurnInspector::PackSource packsOf(const FakeLab& lab) {
    return [&lab](const std::string&) -> Result<std::shared_ptr<const TaskPack>> { return lab.pack; };
}

// All four designs; the third reply of each run has lost its newest entry's date.
Plan fourDesigns(OnBadTurn onBadTurn) {
    Plan plan = smallPlan();
    plan.cells = {{"A", {4}, {}, {}}, {"B", {4}, {}, {}}, {"C", {5}, {3}, {}}, {"D", {3}, {}, {2}}};
    plan.repeats = 1;
    plan.on_bad_turn = onBadTurn;
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    return plan;
}

PlainPage& page(TurnInspector& inspector, const char* name) {
    for (PlainPage* found : inspector.findChildren<PlainPage*>())
        if (found->accessibleName().startsWith(QLatin1String(name))) return *found;
    qFatal("no such page");
}

bool says(const QWidget& widget, const char* text) {
    for (const QLabel* label : widget.findChildren<QLabel*>())
        if (label->text().contains(QLatin1String(text))) return true;
    return false;
}

} // namespace

class tst_turn_inspector : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void thePromptOfEveryTurnIsProvedByItsHash_data() {
        QTest::addColumn<int>("onBadTurn");
        QTest::addColumn<bool>("switchesCache");
        QTest::newRow("carry, cache by the runtime's switch") << int(OnBadTurn::Carry) << true;
        QTest::newRow("carry, cache by a random tag") << int(OnBadTurn::Carry) << false;
        QTest::newRow("oracle") << int(OnBadTurn::Oracle) << true;
    }
    void thePromptOfEveryTurnIsProvedByItsHash() {
        QFETCH(int, onBadTurn);
        QFETCH(bool, switchesCache);
        FakeLab lab;
        lab.runtime.canSwitchCache = switchesCache;
        int index = 0;
        lab.runtime.spoil = [&](const ChatRequest&, std::string right) {
            if (++index % 3 == 0)
                if (const std::size_t at = right.find("\"2025-"); at != std::string::npos) right.replace(at, 6, "\"1999-");
            return right;
        };
        const SweepResult result = lab.run(fourDesigns(OnBadTurn(onBadTurn)));
        QVERIFY(!result.error);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns().size(), std::size_t(32));
        for (std::size_t row = 0; row < store.turns().size(); ++row) {
            const auto story = tellTurn(lab.files, result.folder, turnPlace(store, row), lab.pack);
            QVERIFY(story.ok());
            QVERIFY2(story->prompt_exact, (store.turns()[row].cell + ": " + story->prompt_note).c_str());
            QCOMPARE(sha256Hex(story->reply), store.turns()[row].reply_sha256);
            const bool same = story->judged == story->expected;
            if (store.turns()[row].all_pass.value_or(false)) QVERIFY(same || !store.turns()[row].content_exact.value_or(true));
            else QVERIFY(!same);
        }
    }
    void aChangedTaskIsSaid() {
        FakeLab lab;
        const SweepResult result = lab.run(smallPlan());
        RecordStore store = lab.replay(result.folder);
        std::string text = std::string(resource("task/research-log.json"));
        for (std::size_t at = 0; (at = text.find("newest date first", at)) != std::string::npos; at += 17)
            text.replace(at, 17, "Newest date first");
        auto other = readTaskPack(text);
        QVERIFY(other.ok());
        const auto story = tellTurn(lab.files, result.folder, turnPlace(store, 0), other.take());
        QVERIFY(story.ok());
        QVERIFY(!story->prompt_exact);
        QVERIFY2(story->prompt_note.find("changed since") != std::string::npos, story->prompt_note.c_str());
        const auto none = tellTurn(lab.files, result.folder, turnPlace(store, 0), nullptr);
        QVERIFY(none.ok());
        QVERIFY(!none->prompt_note.empty() && !none->prompt_exact);
    }
    void theWindowShowsPromptReplyAndNumbers() {
        FakeLab lab;
        lab.runtime.spoil = [](const ChatRequest&, std::string right) {
            if (const std::size_t at = right.find("\"count\": 2"); at != std::string::npos) right.replace(at, 10, "\"count\": 7");
            return right;
        };
        const SweepResult result = lab.run(smallPlan());
        SessionFeed feed(lab.files);
        QVERIFY(feed.open(result.folder).ok());
        TurnInspector inspector(lab.files, feed, packsOf(lab));
        inspector.show();
        QVERIFY(says(inspector, "Select a turn"));
        inspector.show(1); // A, turn 2: the wrong count
        QVERIFY(says(inspector, "turn 2 of 3"));
        QVERIFY(says(inspector, "count 7, expected 2"));
        PlainPage& reply = page(inspector, "Reply");
        QTRY_VERIFY(reply.toPlainText().contains(QStringLiteral(" −   \"count\": 2")));
        QVERIFY(reply.toPlainText().contains(QStringLiteral(" +   \"count\": 7")));
        QVERIFY(page(inspector, "Prompt").toPlainText().contains(QLatin1String("as it was sent")));
        auto* raw = inspector.findChild<QCheckBox*>();
        QTest::mouseClick(raw, Qt::LeftButton, {}, QPoint(8, raw->height() / 2));
        QVERIFY(reply.toPlainText().startsWith(QLatin1String("```json")));
        auto* numbers = inspector.findChild<QTableWidget*>();
        QVERIFY(numbers->rowCount() > 10);
        QCOMPARE(numbers->item(0, 0)->text(), QStringLiteral("Prompt"));
        inspector.show(0);
        QVERIFY(says(inspector, "passed every check"));
    }
    void thePageOfTheSplitShowsPartsOrSaysWhyThereAreNone() {
        TurnRecord record;
        record.outcome = Outcome::Ok;
        record.turn = 3;
        record.ttft_ms = 740.5;
        record.prompt_ms = 736;
        record.cached_tokens = 263;
        record.processed_tokens = 90;
        TargetTax tax;
        tax.law.target = "llamacpp";
        tax.law.told_apart = true;
        tax.law.turns = 144;
        tax.law.runs = 12;
        tax.law.overhead_ms = {47, 40, 55};
        tax.law.per_token_ms = {6, 5.8, 6.2};
        tax.law.per_token_context_ms = {0.0014, 0.001, 0.002};
        tax.law.residual_percent = 2.25;
        TurnSplit split;
        split.ms = {4.5, 42.5, 528.0, 45.5, 12.0};
        split.ranges[std::size_t(TaxPart::Reread)] = PartRange{11.5, 13.0};
        split.left_over_ms = -4.0;
        split.message_tokens = 88;
        const QString page = splitWords(record, split, &tax);
        const auto has = [&](const QString& text, const char* part) { return text.contains(QString::fromUtf8(part)); };
        QVERIFY2(has(page, "split:\n\nre-reading "), qPrintable(page)); // the tax first
        for (const char* part :
             {"12.0 ms", "11.5 to 13.0 ms", "attended = prompt - processed / 2", "528 ms", "45.5 ms", "42.5 ms", "4.50 ms",
              "−4.00 ms", "Read anew: 90 tokens, of them 88 of the new message and 2 again", "fitted to 144 turns of 12 runs",
              "TTFT = 47.0 ms + processed x (6.00 ms + 1.40 ms x", "within 2.3 %"})
            QVERIFY2(has(page, part), qPrintable(QLatin1String(part) + QLatin1Char('\n') + page));

        tax.law = {};
        tax.law.target = "llamacpp";
        tax.law.why_not = "there is one block only";
        split = {};
        split.why = NoSplit::NoLaw;
        record.prompt_ms.reset();
        const QString none = splitWords(record, split, &tax);
        QVERIFY2(has(none, "absent: the turns of this session cannot tell the parts apart"), qPrintable(none));
        QVERIFY2(has(none, "absent: the runtime reports no prompt time"), qPrintable(none));
        QVERIFY2(has(none, "llamacpp cannot tell the parts apart: there is one block only"), qPrintable(none));
        QVERIFY(!has(none, "0.00 ms"));
    }
    void theSplitIsOneTabAway() {
        FakeLab lab;
        const SweepResult result = lab.run(smallPlan());
        SessionFeed feed(lab.files);
        QVERIFY(feed.open(result.folder).ok());
        TurnInspector inspector(lab.files, feed, packsOf(lab));
        inspector.show();
        inspector.show(1);
        PlainPage& split = page(inspector, "What the time to the first token");
        QTRY_VERIFY(split.toPlainText().startsWith(QLatin1String("The time to the first token, ")));
        QVERIFY(inspector.tabs().indexOf(&split) >= 0);
        inspector.show(-1);
        QVERIFY(split.toPlainText().isEmpty());
    }
    void thePageOfTheReReadSaysWhyOrHowOneComesByIt() {
        FakeLab lab;
        const SweepResult result = lab.run(smallPlan());
        SessionFeed feed(lab.files);
        QVERIFY(feed.open(result.folder).ok());
        TurnInspector inspector(lab.files, feed, packsOf(lab));
        inspector.show();
        inspector.show(1);
        PlainPage& reread = page(inspector, "Why the prompt");
        QTRY_VERIFY(reread.toPlainText().contains(QLatin1String("There is no account of this turn")));

        TurnExplanation account;
        account.run = 1;
        account.turn = 2;
        account.verdict = Reread::StateChangedAt;
        account.sentence = "The state's text changed in its line 3.";
        account.held_by = "turn 1 of run 1";
        account.prompt_tokens = 300;
        account.cached_reported = 120;
        account.processed_reported = 180;
        account.cached_predicted = 121;
        account.difference = -1;
        account.exact = false;
        account.mismatch = "cached and processed do not add up";
        account.sections = {{"system", 100, 100}, {"state", 150, 20}};
        account.first_difference = FirstDifference{121, "state", "\"count\": ", "2,", "1,<b>"};
        SessionExplanations all;
        all.turns = {account};
        QVERIFY(replaceFile(lab.files, SessionPaths(result.folder).explanations(), writeExplanations(all)).ok());
        inspector.show(1);
        QTRY_VERIFY(reread.toPlainText().contains(QLatin1String("changed in its line 3")));
        const QString text = reread.toPlainText();
        for (const char* said : {"state_changed_at", "reused 120 and read 180 anew", "121 could be reused: off by -1",
                                 "COUNTS DISAGREE", "number 122, in the state", "[held before]", "1,<b>"})
            QVERIFY2(text.contains(QLatin1String(said)), said);
        // An older server gives ids without texts: no sections and no texts, and a sentence in their place.
        all.turns[0].sections.clear();
        all.turns[0].first_difference = FirstDifference{121, {}, {}, {}, {}};
        QVERIFY(replaceFile(lab.files, SessionPaths(result.folder).explanations(), writeExplanations(all)).ok());
        inspector.show(1);
        QTRY_VERIFY(reread.toPlainText().contains(QLatin1String("gives no pieces that fit the prompt")));
        QVERIFY(reread.toPlainText().contains(QStringLiteral("number 122 ──")));
        QVERIFY(!reread.toPlainText().contains(QLatin1String("[now]")));
        QVERIFY(!reread.toPlainText().contains(QLatin1String("by section")));
        inspector.show(2); // not in the file
        QTRY_VERIFY(reread.toPlainText().contains(QLatin1String("looptax explain")));
        QVERIFY(lab.files.remove(SessionPaths(result.folder).explanations()).ok());
        inspector.show(1);
        QTRY_VERIFY(reread.toPlainText().contains(QLatin1String("There is no account yet")));
    }
    void aSlowDiskHoldsNothingUpAndTheNewestTurnWins() {
        FakeLab lab;
        const SweepResult result = lab.run(smallPlan());
        WatchedFileOps disk(lab.files);
        SessionFeed feed(disk);
        auto session = readSession(lab.files, result.folder);
        QVERIFY(session.ok());
        feed.show(session.take());
        {
            TurnInspector inspector(disk, feed, packsOf(lab));
            inspector.show();
            PlainPage& prompt = page(inspector, "Prompt");
            PlainPage& reply = page(inspector, "Reply");
            inspector.show(0);
            QTRY_VERIFY(reply.toPlainText().contains(QLatin1String("count")));
            disk.hang();
            inspector.show(1);
            QVERIFY(says(inspector, "turn 2 of 3"));
            QVERIFY(reply.toPlainText().contains(QLatin1String("count"))); // no flicker before it takes long
            QTRY_VERIFY(reply.toPlainText() == QStringLiteral("Reading the journal…"));
            QVERIFY(prompt.toPlainText() == reply.toPlainText());
            QTRY_COMPARE(disk.hanging(), 1);
            inspector.findChild<QCheckBox*>()->toggle(); // nothing of the turn before is shown for it
            QVERIFY(reply.toPlainText() == QStringLiteral("Reading the journal…"));
            inspector.findChild<QCheckBox*>()->toggle();
            inspector.show(2);
            QVERIFY(says(inspector, "turn 3 of 3"));
            disk.release();
            QTRY_VERIFY(prompt.toPlainText().contains(QLatin1String("as it was sent")));
            const RecordStore store = lab.replay(result.folder);
            const auto third = tellTurn(lab.files, result.folder, turnPlace(store, 2), lab.pack);
            QVERIFY(prompt.toPlainText().endsWith(shownText(third->prompt.back().content)));
            disk.hang();
            inspector.show(0);
            QTRY_COMPARE(disk.hanging(), 1);
            inspector.show(-1); // nobody waits for it any more
            disk.release();
            QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
            QCoreApplication::processEvents();
            QVERIFY(prompt.toPlainText().isEmpty());
            disk.hang();
            inspector.show(0);
            QTRY_COMPARE(disk.hanging(), 1);
        } // it goes while the disk hangs
        disk.release();
        QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
        QCOMPARE(disk.onWindowThread(), QStringList());
    }
    void theLawsOfASessionThatGrowsAreFittedBesideTheWindow() {
        FakeLab lab;
        const SweepResult result = lab.run(smallPlan());
        SystemFileOps files;
        SessionFeed feed(files);
        TurnInspector inspector(files, feed, packsOf(lab));
        inspector.show();
        feed.beginLive(result.folder);
        auto read = readJournal(lab.files, SessionPaths(result.folder).journal(), [&](JournalLine line) { feed.apply({line}); });
        QVERIFY(read.ok());
        QVERIFY(!feed.laws());
        PlainPage& split = page(inspector, "What the time to the first token");
        inspector.show(1);
        QTRY_VERIFY(split.toPlainText().startsWith(QLatin1String("The time to the first token, ")));
        QVERIFY(feed.laws());
        QCOMPARE(feed.laws()->of.first, feed.store().turns().size());
        QVERIFY(feed.lawsAreCurrent());
        feed.beginLive("/elsewhere"); // those of the session before are no longer shown
        QVERIFY(!feed.laws());
    }
    void anEstimateIsNamedOneAndSaysWhatItRestsOn() {
        TurnRecord turn;
        turn.target = "ollama";
        turn.prompt_tokens = 334;
        turn.prompt_ms = 295;
        QVERIFY(estimateWords(turn, {}, {}).isEmpty()); // a runtime that counts for itself
        CacheEstimates estimates;
        ReadingRate rate;
        rate.target = "ollama";
        rate.why_not = "no turn of it is known to be cold";
        estimates.rates = {rate};
        QCOMPARE(estimateWords(turn, estimates, {}),
                 QStringLiteral("Nor is there an estimate of what ollama reused: no turn of it is known to be cold."));
        estimates.rates[0].fitted = true;
        estimates.rates[0].turns = 46;
        estimates.rates[0].per_token_ms = 2.707;
        const QString told = estimateWords(turn, estimates, CachedEstimate{235, 219, 251});
        for (const char* said : {"an estimate, not a count", "Of 334 prompt tokens about 235 were reused (95 %: 219 to 251)",
                                 "about 99 were read anew", "295 ms", "46 cold turns", "2.71 ms"})
            QVERIFY2(told.contains(QLatin1String(said)), qPrintable(told));
        QVERIFY(estimateWords(turn, estimates, {}).contains(QLatin1String("not one that reading takes here")));
    }
    void aFailedTurnSaysWhyAndKeepsWhatCame() {
        FakeLab lab;
        lab.runtime.misbehave = [](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index != 2) return std::nullopt;
            ChatEnd end;
            end.outcome = Outcome::HttpError;
            end.http_status = 500;
            end.error_text = "HTTP 500: <b>out of memory</b>";
            return end;
        };
        const SweepResult result = lab.run(smallPlan());
        SessionFeed feed(lab.files);
        QVERIFY(feed.open(result.folder).ok());
        TurnInspector inspector(lab.files, feed, packsOf(lab));
        inspector.show();
        inspector.show(1);
        QVERIFY(says(inspector, "The turn failed"));
        QVERIFY(says(inspector, "HTTP 500: <b>out of memory</b>"));
        QTRY_VERIFY(page(inspector, "Reply").toPlainText().contains(QLatin1String("(no output)")));
    }
    void theRightContentInTheWrongWrappingIsShownAsItWasSaid() {
        FakeLab lab;
        lab.runtime.spoil = [](const ChatRequest&, std::string right) {
            right.erase(0, right.find('{'));
            right.erase(right.rfind('}') + 1);
            return right;
        };
        const SweepResult result = lab.run(smallPlan());
        SessionFeed feed(lab.files);
        QVERIFY(feed.open(result.folder).ok());
        TurnInspector inspector(lab.files, feed, packsOf(lab));
        inspector.show();
        inspector.show(0);
        QVERIFY(says(inspector, "no json fence"));
        QTRY_VERIFY(page(inspector, "Reply").toPlainText().contains(QLatin1String("its wrapping is not")));
        QVERIFY(page(inspector, "Reply").toPlainText().contains(QLatin1String("count")));
    }
    void hostileTextStaysText() {
        const QString shown = shownText("a\x1b[31mred\x01\r\n<img src='file:x'>\xff\xe2\x80\xae");
        QVERIFY(!shown.contains(QChar(0x1b)) && !shown.contains(QChar(0x202e)) && !shown.contains(QLatin1Char('\r')));
        QVERIFY(shown.contains(QLatin1String("<img src='file:x'>")));
        const QString cut = shownText(std::string(5'000'000, 'x'));
        QVERIFY(cut.size() < kMostShown + 200);
        QVERIFY(cut.contains(QLatin1String("4600000 more bytes")));
        const TurnInspector inspector(s_files, s_feed, {});
        for (const QLabel* label : inspector.findChildren<QLabel*>()) QCOMPARE(label->textFormat(), Qt::PlainText);
    }
    void linesThatDifferAreFound() {
        using Kind = DiffLine::Kind;
        QCOMPARE(diffLines("a\nb\nc", "a\nx\nc\nd"),
                 (std::vector<DiffLine>{
                     {Kind::Both, "a"}, {Kind::Expected, "b"}, {Kind::Got, "x"}, {Kind::Both, "c"}, {Kind::Got, "d"}}));
        QCOMPARE(diffLines("", "x"), (std::vector<DiffLine>{{Kind::Got, "x"}}));
        QCOMPARE(diffLines("same\r\n", "same\n"), (std::vector<DiffLine>{{Kind::Both, "same"}}));
        QCOMPARE(diffLines("a\nb\nc", "a", 2).size(), std::size_t(4)); // too long to compare
    }
    void absentNumbersAreNotReported() {
        TurnRecord record;
        const auto rows = numberRows(record);
        QCOMPARE(rows[1].theirs, QStringLiteral("not reported"));
        for (const NumberRow& row : rows) QVERIFY2(row.theirs != QLatin1String("0"), qPrintable(row.what));
    }
    void theRowsSayHowTheTokensCame_data() {
        QTest::addColumn<int>("shape");
        QTest::addColumn<QString>("ttft");
        QTest::addColumn<QString>("rate");
        QTest::addColumn<QString>("stream");
        QTest::addColumn<QString>("chunks");
        QTest::newRow("recorded before") << 0 << QStringLiteral("101 ms") << QStringLiteral("20.0 tok/s") << QString()
                                         << QString();
        QTest::newRow("token") << 1 << QStringLiteral("101 ms") << QStringLiteral("20.0 tok/s")
                               << QStringLiteral("token by token") << QStringLiteral("11 in 11 reads");
        QTest::newRow("chunked") << 2 << QStringLiteral("101 ms") << QStringLiteral("–")
                                 << QStringLiteral("chunked, 4.0 tokens a chunk on average") << QStringLiteral("3 in 3 reads");
        QTest::newRow("buffered") << 3 << QStringLiteral("–") << QStringLiteral("–")
                                  << QStringLiteral("buffered: the reply was held back and sent at once")
                                  << QStringLiteral("5 in 1 read");
    }
    void theRowsSayHowTheTokensCame() {
        QFETCH(int, shape);
        QFETCH(QString, ttft);
        QFETCH(QString, rate);
        QFETCH(QString, stream);
        QFETCH(QString, chunks);
        TurnRecord record = SessionBuilder(testPlan()).goodTurn(1, 1);
        if (shape == 1) asTokenStream(record);
        if (shape == 2) asChunkedStream(record);
        if (shape == 3) asBufferedStream(record);
        const auto ours = [rows = numberRows(record)](const char* what) {
            for (const NumberRow& row : rows)
                if (row.what == QLatin1String(what)) return row.ours;
            return QString();
        };
        QCOMPARE(ours("To the first token"), ttft);
        QCOMPARE(ours("Decode"), rate);
        QCOMPARE(ours("Stream"), stream);
        QCOMPARE(ours("Chunks"), chunks);
    }
    void theRowsSayWhoStampedAndWhatElseRan_data() {
        QTest::addColumn<QString>("source");
        QTest::addColumn<bool>("shared");
        QTest::addColumn<int>("lagMs"); // largest; TTFT is 101 ms
        QTest::addColumn<QString>("stamps");
        QTest::addColumn<QString>("why");  // in its meaning
        QTest::addColumn<QString>("ttft"); // in the meaning of TTFT
        const auto s = [](const char* text) { return QString::fromUtf8(text); };
        QTest::newRow("recorded before") << s("") << false << 0 << QString() << QString() << QString();
        QTest::newRow("kernel") << s("kernel") << false << 1 << s("kernel; woke up after 0.060 ms, 1.000 ms at most") << QString()
                                << QString();
        QTest::newRow("shared") << s("mixed") << true << 1
                                << s("kernel and this program; woke up after 0.060 ms, 1.000 ms at most") << QString()
                                << s("TTFT is an upper bound");
        QTest::newRow("starved, by the kernel")
            << s("kernel") << false << 9 << s("kernel; woke up after 0.060 ms, 9.000 ms at most")
            << s("the kernel's stamps do not include it") << QString();
        QTest::newRow("starved, by itself") << s("user") << false << 9
                                            << s("this program; woke up after 0.060 ms, 9.000 ms at most")
                                            << s("this program waited 9.000 ms") << QString();
    }
    void theRowsSayWhoStampedAndWhatElseRan() {
        QFETCH(QString, source);
        QFETCH(bool, shared);
        QFETCH(int, lagMs);
        QFETCH(QString, stamps);
        QFETCH(QString, why);
        QFETCH(QString, ttft);
        TurnRecord record = SessionBuilder(testPlan()).goodTurn(1, 1);
        if (!source.isEmpty()) {
            stampedByKernel(record);
            record.stamp_source = source.toStdString();
            record.first_delta_shared = shared;
            record.wake_lag_max_ns = lagMs * 1'000'000LL;
        }
        const auto row = [rows = numberRows(record)](const char* what) {
            for (const NumberRow& each : rows)
                if (each.what == QLatin1String(what)) return each;
            return NumberRow{};
        };
        QCOMPARE(row("Stamps").ours, stamps);
        QVERIFY2(row("Stamps").meaning.contains(why) &&
                     (!why.isEmpty() || !row("Stamps").meaning.contains(QStringLiteral("waited"))),
                 qPrintable(row("Stamps").meaning));
        QVERIFY(row("To the first token").meaning.contains(ttft) &&
                (!ttft.isEmpty() || !row("To the first token").meaning.contains(QStringLiteral("upper bound"))));
        QVERIFY(row("Disturbed").ours.isEmpty());
        asDisturbed(record);
        const auto rows = numberRows(record);
        QVERIFY(std::any_of(rows.begin(), rows.end(), [](const NumberRow& r) {
            return r.what == QStringLiteral("Disturbed") && r.ours == QStringLiteral("yes: other programs used 812 ms of CPU");
        }));
    }

private:
    SystemFileOps s_files;
    SessionFeed s_feed{s_files};
};

LOOPTAX_TEST(tst_turn_inspector)
#include "tst_turn_inspector.moc"
