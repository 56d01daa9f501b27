// Where the numbers of a report come from: each that stands in a table or in a sentence is in summary.json, and each of
// those has a definition. And how they are rounded: to what their interval carries.
#include "number_check.h"
#include "report_sessions.h"
#include "support/test_registry.h"

#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <nlohmann/json.hpp>

#include <QTest>

#include <set>

using namespace looptax;
using namespace looptax::doc;

namespace {

void namesOf(const Json& json, std::set<std::string>& out) {
    if (json.is_object())
        for (const auto& [key, value] : json.items()) {
            std::vector<double> numbers;
            collectNumbers(value, numbers);
            if (!numbers.empty()) out.insert(key);
            namesOf(value, out);
        }
    if (json.is_array())
        for (const Json& item : json) namesOf(item, out);
}

void sessionsAndADisturbedOne() {
    everySession();
    QTest::addRow("disturbed") << -4;
}

SessionBuilder sessionAt(int index) {
    return index == -1   ? noisySession()
           : index == -2 ? brokenCacheSession(5)
           : index == -3 ? troubledSession()
           : index == -4 ? disturbedSession()
                         : reportSessions()[std::size_t(index)].make();
}

} // namespace

class tst_numbers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyNumberOfATableIsInTheSummary_data() { sessionsAndADisturbedOne(); }
    void everyNumberOfATableIsInTheSummary() {
        QFETCH(int, index);
        const ReportInputs in = inputsOf(sessionAt(index));
        const Json summary = Json::parse(summaryJson(in));
        const NumberCheck of = numbersOfTables(reportDocument(in), summary);
        QVERIFY2(of.missing.empty(), joined(of.missing, "\n").c_str());
        qInfo("%d numbers of tables", of.found);
        QVERIFY(of.found > 5);
    }
    void everyNumberOfASentenceIsInTheSummary_data() { sessionsAndADisturbedOne(); }
    void everyNumberOfASentenceIsInTheSummary() {
        QFETCH(int, index);
        const ReportInputs in = inputsOf(sessionAt(index));
        const Json summary = Json::parse(summaryJson(in));
        const NumberCheck of = numbersOfSentences(reportDocument(in), summary);
        QVERIFY2(of.missing.empty(), joined(of.missing, "\n").c_str());
        qInfo("%d numbers of sentences", of.found);
        QVERIFY(of.found > 5);
    }
    void everyNumberOfAVerdictStandsInItsRow_data() {
        sessionsAndADisturbedOne();
        QTest::addRow("noisy") << -1;
        QTest::addRow("broken cache mode") << -2;
        QTest::addRow("troubled") << -3;
    }
    // Not just somewhere: beside the sentence that tells it, as a field or in the words that say what a field is.
    void everyNumberOfAVerdictStandsInItsRow() {
        QFETCH(int, index);
        const Json summary = Json::parse(summaryJson(inputsOf(sessionAt(index))));
        const auto check = [](const Json& row, const Json& sentence, const std::vector<double>& more) {
            const NumberCheck of = numbersOfSentence(sentence.get<std::string>(), row, more);
            QVERIFY2(of.missing.empty(), joined(of.missing, "\n").c_str());
        };
        std::vector<double> plan;
        collectNumbers(summary["plan"], plan);
        collectNumbers(summary["amendments"], plan);
        for (const Json& verdict : summary["verdicts"]) {
            // One that cannot be tested says what the plan lacks.
            const bool ofPlan = verdict["verdict"] == "untestable";
            check(verdict, verdict["why"], ofPlan ? plan : std::vector<double>());
            check(verdict, verdict["decide"], ofPlan ? plan : std::vector<double>());
        }
        for (const Json& caution : summary["analysis"]["cautions"]) check(caution, caution["text"], plan);
    }
    void everyNumberHasADefinition_data() { sessionsAndADisturbedOne(); }
    void everyNumberHasADefinition() {
        QFETCH(int, index);
        Json summary = Json::parse(summaryJson(inputsOf(sessionAt(index))));
        const Json definitions = summary["definitions"];
        // What was asked for, what others said: not our numbers.
        for (const char* given : {"plan", "session", "published", "made_by"}) summary.erase(given);
        std::set<std::string> names;
        namesOf(summary, names);
        QVERIFY(names.size() > 10);
        const auto told = [&](const Json& rows) {
            for (const Json& row : rows)
                for (const Json& measure : row["measures"]) names.insert(measure["name"].get<std::string>());
        };
        told(summary["verdicts"]);
        told(summary["analysis"]["cautions"]);
        for (const std::string& name : names) QVERIFY2(definitions.contains(name), name.c_str());
    }
    void aNumberIsRoundedToWhatItsIntervalSupports_data() {
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("interval");
        const auto row = [](const char* name, double value, double low, double high, const char* text, const char* interval) {
            QTest::addRow("%s", name) << value << low << high << QByteArray(text) << QByteArray(interval);
        };
        row("wide", 1046.283, 950, 1100, "1046", "950 to 1100");
        row("wider than a thousand", 10462.83, 6000, 14000, "10500", "6000 to 14000");
        row("narrow", 1046.283, 1046.1, 1046.5, "1046.28", "1046.10 to 1046.50");
        row("no more than three decimals", 1.0462831, 1.04627, 1.04629, "1.046", "1.046 to 1.046");
        row("a ratio", 10.142, 9.781, 10.517, "10.14", "9.78 to 10.52");
        row("no width", 1046.283, 1046.283, 1046.283, "1046", "1046 to 1046");
        row("around nothing", -0.001, -0.2, 0.2, "0.00", "-0.20 to 0.20");
    }
    void aNumberIsRoundedToWhatItsIntervalSupports() {
        QFETCH(double, value);
        QFETCH(double, low);
        QFETCH(double, high);
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, interval);
        const Interval around{low, high, 0.9375, "order statistics"};
        QCOMPARE(QByteArray::fromStdString(supportedText(value, around)), text);
        QCOMPARE(QByteArray::fromStdString(intervalText(around)), interval);
        QVERIFY(intervalWithCoverage(around) == interval.toStdString() + " (93.75 %)");
    }
    void coverageAndProbabilityAreSaidAsTheyAre() {
        QCOMPARE(coverageText(0.95), std::string("95 %"));
        QCOMPARE(coverageText(0.9921875), std::string("99.22 %"));
        QCOMPARE(pText(0.0625), std::string("0.0625"));
        QCOMPARE(pText(1.0), std::string("1"));
        QCOMPARE(pText(0.166667), std::string("0.17"));
        QCOMPARE(pText(4e-11), std::string("< 0.0001"));
        QCOMPARE(pText(std::nullopt), std::string());
        QCOMPARE(pText(std::nan("")), std::string());
    }
};

LOOPTAX_TEST(tst_numbers)
#include "tst_numbers.moc"
