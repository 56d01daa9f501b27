// The panel's pure parts: what is read from what people type, how sizes are counted and said, background
// jobs.
#include "plan_lab.h"
#include "support/test_registry.h"

#include "domain/presets.h"
#include "domain/schedule.h"
#include "engine/plan_size.h"
#include "engine/token_budget.h"
#include "ui/plan/target_choice.h"
#include "ui/widgets/field_mark.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/number_field.h"

#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <semaphore>
#include <set>

using namespace looptax;

namespace {

QString q(const char* words) { return QString::fromUtf8(words); }

} // namespace

class tst_plan_parts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void lists_data();
    void lists();
    void wholeNumbers_data();
    void wholeNumbers();
    void reals();
    void argumentsComeBackAsTheyWere_data();
    void argumentsComeBackAsTheyWere();
    void durationsAndSizes();
    void aNumberIsStepped();
    void problemsFindTheirField();
    void problemsAreSaidAsSentences();
    void countsAreThoseOfTheSchedule();
    void hugePlansAreCountedAtOnce();
    void costIsThatOfTheTexts();
    void longConversationsAreWorkedOutFromASample();
    void placesAndNames();
};

void tst_plan_parts::lists_data() {
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("read"); // as it is written back
    QTest::addColumn<QString>("slip");
    QTest::addRow("as written") << q("1, 3, 6, 9, 12") << q("1, 3, 6, 9, 12") << q("");
    QTest::addRow("blanks") << q(" 1 3   6 ") << q("1, 3, 6") << q("");
    QTest::addRow("semicolons, trailing") << q("1;3;") << q("1, 3") << q("");
    QTest::addRow("as JSON") << q("[1,3]") << q("1, 3") << q("");
    QTest::addRow("a range") << q("1-4, 9") << q("1, 2, 3, 4, 9") << q("");
    QTest::addRow("a range with dots") << q("2..4") << q("2, 3, 4") << q("");
    QTest::addRow("a range with blanks") << q("2 – 4") << q("2, 3, 4") << q("");
    QTest::addRow("one alone") << q("7") << q("7") << q("");
    QTest::addRow("nothing") << q("") << q("") << q("");
    QTest::addRow("a letter") << q("1, x, 3") << q("1, 3") << q("x");
    QTest::addRow("a fraction") << q("1, 2.5") << q("1") << q("2.5");
    QTest::addRow("a range too long") << q("1-99999") << q("") << q("1-99999");
    QTest::addRow("beyond an int") << q("3000000000") << q("") << q("3000000000");
    QTest::addRow("below zero") << q("-3") << q("-3") << q(""); // readable: that it is too small is said elsewhere
}

void tst_plan_parts::lists() {
    QFETCH(QString, typed);
    QFETCH(QString, read);
    QFETCH(QString, slip);
    const ReadNumbers numbers = readNumbers(typed);
    QCOMPARE(numbersText(numbers.values), read);
    QCOMPARE(numbers.slip, slip);
}

void tst_plan_parts::wholeNumbers_data() {
    QTest::addColumn<QString>("typed");
    QTest::addColumn<qint64>("value"); // -1: none
    QTest::addRow("plain") << q("16384") << qint64(16384);
    QTest::addRow("blank as separator") << q("16 384") << qint64(16384);
    QTest::addRow("comma as separator") << q("1,016,384") << qint64(1016384);
    QTest::addRow("apostrophe") << q("16'384") << qint64(16384);
    QTest::addRow("2^53") << q("9007199254740992") << (qint64(1) << 53);
    QTest::addRow("2^53 + 1") << q("9007199254740993") << qint64(-1);
    QTest::addRow("beyond 64 bits") << q("99999999999999999999") << qint64(-1);
    QTest::addRow("a decimal comma is no separator") << q("16,38") << qint64(-1);
    QTest::addRow("two numbers") << q("16 38") << qint64(-1);
    QTest::addRow("hexadecimal") << q("0x10") << qint64(-1);
    QTest::addRow("nothing") << q(" ") << qint64(-1);
}

void tst_plan_parts::wholeNumbers() {
    QFETCH(QString, typed);
    QFETCH(qint64, value);
    QCOMPARE(qint64(readWhole(typed).value_or(-1)), value);
}

void tst_plan_parts::reals() {
    QCOMPARE(readReal(q(" 0,2 ")), std::optional<double>(0.2));
    QCOMPARE(readReal(q("1e-3")), std::optional<double>(0.001));
    for (const char* none : {"", "x", "1.2.3", "inf", "nan", "1e999"}) QVERIFY2(!readReal(q(none)), none);
}

void tst_plan_parts::argumentsComeBackAsTheyWere_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addRow("none") << QStringList{};
    QTest::addRow("plain") << QStringList{q("-np"), q("1")};
    QTest::addRow("blank inside") << QStringList{q("--alias"), q("a b")};
    QTest::addRow("tab inside") << QStringList{q("a\tb")};
    QTest::addRow("quotation marks") << QStringList{q("a\"b"), q("\""), q("\"a b\"")};
    QTest::addRow("empty one") << QStringList{q("-x"), q(""), q("y")};
}

void tst_plan_parts::argumentsComeBackAsTheyWere() {
    QFETCH(QStringList, arguments);
    std::vector<std::string> given;
    for (const QString& argument : arguments) given.push_back(argument.toStdString());
    QCOMPARE(readArguments(argumentsText(given)), given);
}

void tst_plan_parts::durationsAndSizes() {
    QCOMPARE(diskText(1'200), q("2 kB"));
    QCOMPARE(diskText(6'300'000), q("6.3 MB"));
    QCOMPARE(diskText(2.5e9), q("2.5 GB"));
    QCOMPARE(wholeText(-1234567), q("-1,234,567"));
}

void tst_plan_parts::aNumberIsStepped() {
    NumberField::Rules rules{false, 0, 1, 0.1, 0, {}};
    NumberField field(rules, nullptr);
    QSignalSpy edited(&field, &NumberField::edited);
    field.setReal(0.2);
    field.stepBy(1);
    QCOMPARE(field.text(), q("0.3")); // not 0.30000000000000004
    for (int i = 0; i < 20; ++i) field.stepBy(1);
    QCOMPARE(field.text(), q("1"));
    QCOMPARE(edited.count(), 21);
    NumberField::Rules tokens{true, 1, 1'000, 64, 1'000, q("auto")};
    NumberField maybe(tokens, nullptr);
    maybe.setAbsent();
    QVERIFY(maybe.isAbsent() && maybe.slip().isEmpty());
    maybe.stepBy(1);
    QCOMPARE(maybe.whole(), std::optional<std::int64_t>(1)); // from no number to the smallest
    QTest::keyClick(&maybe, Qt::Key_Up);
    QCOMPARE(maybe.whole(), std::optional<std::int64_t>(65));
    maybe.findChild<QLineEdit*>()->setText(q("2000"));
    QCOMPARE(maybe.slip(), q("is too large"));
    maybe.setReadOnly(true);
    QTest::keyClick(&maybe, Qt::Key_Down);
    QCOMPARE(maybe.text(), q("2000"));
}

void tst_plan_parts::problemsFindTheirField() {
    FieldMark one(q("One"), nullptr, nullptr);
    FieldMark ten(q("Ten"), nullptr, nullptr);
    FieldMark turns(q("Turns"), nullptr, nullptr);
    const std::vector<PlanField> fields{{"$.cells[1]", &one}, {"$.cells[10]", &ten}, {"$.cells[1].turns", &turns}};
    const auto found = [&](const char* path) {
        const PlanField* field = fieldOf(path, fields);
        return field == nullptr ? nullptr : field->mark;
    };
    QCOMPARE(found("$.cells[1].turns[0]"), &turns);
    QCOMPARE(found("$.cells[1].turns"), &turns);
    QCOMPARE(found("$.cells[1].turnsx"), &one); // a boundary, not a beginning
    QCOMPARE(found("$.cells[10].turns"), &ten);
    QCOMPARE(found("$.cells"), nullptr);
    QCOMPARE(found("$"), nullptr);
}

void tst_plan_parts::problemsAreSaidAsSentences() {
    const auto said = [](const char* path, const char* message, const char* hint) {
        return problemWords(q("The list"), "$.cells[0].turns", {path, message, hint, false});
    };
    QCOMPARE(said("$.cells[0].turns", "is empty", ""), q("The list is empty"));
    QCOMPARE(said("$.cells[0].turns[1]", "is 0", "from 1 to 1000"), q("Value 2 is 0 – from 1 to 1000"));
    QCOMPARE(said("$.cells[0].turns", "unknown value \"x\"", ""), q("The list: unknown value \"x\""));
    QCOMPARE(said("$.cells[0].turns", "is \x1b[31mred", ""),
             q("The list is [31mred")); // no controls from a file
}

void tst_plan_parts::countsAreThoseOfTheSchedule() {
    std::vector<Plan> plans{fullPlan(), Plan{}};
    for (std::string_view preset : presetNames())
        plans.push_back(presetPlan(preset, {plainTarget("a"), plainTarget("b")}).take());
    for (const Plan& plan : plans) {
        const Schedule schedule = makeSchedule(plan, catalogue());
        const PlanCounts counts = countPlan(plan, catalogue());
        QCOMPARE(counts.cells, schedule.cells);
        QCOMPARE(counts.runs, std::int64_t(schedule.runs.size()));
        QCOMPARE(counts.turns, schedule.turns);
        QCOMPARE(counts.requests, schedule.requests);
    }
}

void tst_plan_parts::hugePlansAreCountedAtOnce() {
    Plan plan = presetPlan("study", {plainTarget()}).take();
    plan.repeats = 10'000;
    plan.cells[2].turns = readNumbers(q("1-1000")).values;
    plan.cells[2].cap = readNumbers(q("1-1000")).values;
    const PlanCounts counts = countPlan(plan, catalogue());
    QCOMPARE(counts.runs, std::int64_t(10'000) * (1'000'000 + 14));
}

void tst_plan_parts::costIsThatOfTheTexts() {
    const Plan plan = presetPlan("study", {plainTarget()}).take();
    const auto pack = loadTaskPack(plan.task.pack);
    QVERIFY(pack.ok());
    const std::atomic<bool> go{false};
    const PlanCost cost = estimateCost(plan, catalogue(), {roughPace()}, *pack, go);
    double prompt = 0;
    double reply = 0;
    for (const ScheduledRun& run : makeSchedule(plan, catalogue()).runs) {
        const RunSize size = expectedSize(plan, run, *pack);
        prompt += double(size.prompt_tokens);
        reply += double(size.reply_tokens);
    }
    QVERIFY(std::abs(cost.prompt_tokens - prompt) < 1 && std::abs(cost.reply_tokens - reply) < 1);
    QVERIFY(cost.time.low_s > 0 && cost.time.low_s < cost.time.high_s);
    QVERIFY(cost.bytes > 2e6);
    // The engine's own estimate, run by run.
    const TimeEstimate exact = estimateRuns(plan, makeSchedule(plan, catalogue()).runs, {roughPace()}, *pack);
    QVERIFY(std::abs(cost.time.low_s / exact.low_s - 1) < 0.001 && std::abs(cost.time.high_s / exact.high_s - 1) < 0.001);
    QCOMPARE(cost.time.basis, EstimateBasis::Rough);
    Plan twice = plan;
    twice.repeats *= 2;
    twice.cooldown_ms = 1'000;
    const PlanCost more = estimateCost(twice, catalogue(), {roughPace()}, *pack, go);
    QVERIFY(std::abs(more.prompt_tokens - 2 * cost.prompt_tokens) < 1);
    QVERIFY(more.time.low_s > 2 * cost.time.low_s + 190); // 200 pauses of a second
}

void tst_plan_parts::longConversationsAreWorkedOutFromASample() {
    const auto pack = loadTaskPack("research-log");
    QVERIFY(pack.ok());
    const std::atomic<bool> go{false};
    for (const DesignFacts& facts : designTable()) {
        Plan plan;
        plan.targets = {plainTarget()};
        plan.repeats = 1;
        CellGroup group{std::string(facts.id), {60}, {}, {}};
        if (facts.takes_padding) group.padding = {3};
        plan.cells = {group};
        ScheduledRun run = makeSchedule(plan, catalogue()).runs[0];
        const RunSize exact = expectedSize(plan, run, *pack);
        const PlanCost cost = estimateCost(plan, catalogue(), {roughPace()}, *pack, go);
        const double ratio = cost.prompt_tokens / double(exact.prompt_tokens);
        QVERIFY2(std::abs(ratio - 1) < 0.05, qPrintable(QString::number(ratio)));
    }
}

void tst_plan_parts::placesAndNames() {
    QCOMPARE(placeOf("http://localhost:8080/"), placeOf("http://127.0.0.1:8080"));
    QCOMPARE(placeOf("http://[::1]:80"), placeOf("http://127.0.0.1"));
    QVERIFY(placeOf("https://127.0.0.1:443") != placeOf("http://127.0.0.1:443"));
    QVERIFY(placeOf("http://h:1/a") != placeOf("http://h:1/b"));
    QCOMPARE(freeId(TargetKind::LlamaServer, {}), std::string("llamacpp"));
    QCOMPARE(freeId(TargetKind::Ollama, {plainTarget("ollama"), plainTarget("ollama-2")}), std::string("ollama-3"));
    Target target = plainTarget();
    const std::vector<ProbeFinding> findings{silent("http://127.0.0.1:8080"), foundLlama("http://localhost:8080")};
    QCOMPARE(findingOf(target, findings), &findings[1]);
    target.managed = ManagedCommand{};
    QCOMPARE(findingOf(target, findings), nullptr);
}

LOOPTAX_TEST(tst_plan_parts)
#include "tst_plan_parts.moc"
