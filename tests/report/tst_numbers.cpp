// Where the numbers of a report come from: each that stands in a table or in a sentence is in summary.json, and each of
// those has a definition. And how they are rounded: to what their interval carries.
#include "report_sessions.h"
#include "support/test_registry.h"

#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <set>

using namespace looptax;
using namespace looptax::doc;

namespace {

void collect(const Json& json, std::vector<double>& out) {
    if (json.is_number()) out.push_back(json.get<double>());
    if (json.is_structured())
        for (const Json& item : json)
            collect(item, out);
}

// Is there a number that reads so when it is rounded? Percents stand as shares in summary.json, seconds as ms, and what
// is told by the thousand by the piece: `unit` is what was shown for 1.
bool stands(const std::string& text, const std::vector<double>& numbers, double unit) {
    const double shown = std::stod(text);
    const auto point = text.find('.');
    double half = 0.5 * std::pow(10.0, point == std::string::npos ? 0 : -double(text.size() - point - 1));
    // Whole numbers may have been rounded to tens or hundreds.
    if (point == std::string::npos)
        for (std::size_t i = text.size(); i > 1 && text[i - 1] == '0'; --i)
            half *= 10;
    half *= 1 + 1e-9;
    return std::any_of(numbers.begin(), numbers.end(), [&](double number) {
        return std::abs(number - shown) <= half || std::abs(unit * number - shown) <= half;
    });
}

void namesOf(const Json& json, std::set<std::string>& out) {
    if (json.is_object())
        for (const auto& [key, value] : json.items()) {
            std::vector<double> numbers;
            collect(value, numbers);
            if (!numbers.empty()) out.insert(key);
            namesOf(value, out);
        }
    if (json.is_array())
        for (const Json& item : json)
            namesOf(item, out);
}

// Texts that summary.json holds too, so that a number in them is there as well; without the sentences whose numbers must
// be fields.
void textsOf(const Json& json, std::set<std::string>& out) {
    if (json.is_object()) {
        for (const auto& [key, value] : json.items())
            if (key != "why" && key != "decide" && key != "text" && key != "left_out_why") textsOf(value, out);
    } else if (json.is_array()) {
        for (const Json& item : json)
            textsOf(item, out);
    } else if (json.is_string()) {
        const auto& text = json.get_ref<const std::string&>();
        if (std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) out.insert(text);
    }
}

void take(QString& from, const QString& text) {
    from.replace(text, QStringLiteral("_"));
}

std::vector<QString> sentencesOf(const ReportInputs& in) {
    std::vector<QString> out;
    const auto add = [&](const Phrase& phrase) {
        QString text;
        for (const Span& span : phrase)
            text += QString::fromStdString(span.text);
        out.push_back(text);
    };
    for (const Block& block : reportDocument(in).blocks) {
        if (const auto* paragraph = std::get_if<Paragraph>(&block)) add(paragraph->phrase);
        if (const auto* notice = std::get_if<Notice>(&block)) add(notice->phrase);
        if (const auto* list = std::get_if<BulletList>(&block))
            for (const Phrase& item : list->items)
                add(item);
    }
    return out;
}

// What a method is, not what it found.
const char* const kOfMethods[] = {
    "five blocks reach 93.75 %",
    "p90 needs 29 blocks, p95 59, p99 299",
    "p95 59, p99 299",
    "34 later turns: by 3 tokens at the median, by 13 at most",
    "below 8 no two-sided test survives five hypotheses",
    "fewer than 8 cannot support a claim at the 5 % level",
    "characters / 4",
    "no number of runs up to 10000",
    "common N of 3 or more",
};

struct Found {
    QString text;
    double unit = 1; // 100: shown as a percentage, in points, or of 100 sweeps
};

const QRegularExpression& dates() {
    static const QRegularExpression kDate(QStringLiteral("\\d{4}-\\d{2}-\\d{2}(T[\\d:.]+Z)?"));
    return kDate;
}

std::vector<Found> numbersIn(const QString& sentence) {
    static const QRegularExpression kNumber(QStringLiteral(
        "(?<less>< )?(?<![\\w.])(?<number>-?\\d+(\\.\\d+)?)(?![\\w]|\\.\\d)(?<percent> (%|points))?"));
    static const QRegularExpression kHundred(QStringLiteral(
        "(points|no fall) \\((as a fall, )?[\\d.]+ % interval [^)]*\\)|to [\\d, ]+ and \\d+ % in [\\d, ]+ and \\d+ of 100 sweeps"));
    std::vector<Found> out;
    auto all = kNumber.globalMatch(sentence);
    while (all.hasNext()) {
        const auto match = all.next();
        if (!match.captured(QStringLiteral("less")).isEmpty()) continue;
        bool hundred = !match.captured(QStringLiteral("percent")).isEmpty();
        auto within = kHundred.globalMatch(sentence);
        while (within.hasNext() && !hundred) {
            const auto clause = within.next();
            hundred = match.capturedStart() >= clause.capturedStart() && match.capturedEnd() <= clause.capturedEnd();
        }
        // A rise is a fall below 0.
        const bool rise = sentence.left(match.capturedStart()).endsWith(QStringLiteral("a rise of "));
        out.push_back({(rise ? QStringLiteral("-") : QString()) + match.captured(QStringLiteral("number")), hundred ? 100.0 : 1.0});
    }
    return out;
}

void everySession() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < reportSessions().size(); ++i)
        QTest::addRow("%s", reportSessions()[i].name.c_str()) << int(i);
}

} // namespace

class tst_numbers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyNumberOfATableIsInTheSummary_data() { everySession(); }
    void everyNumberOfATableIsInTheSummary() {
        QFETCH(int, index);
        const ReportInputs in = inputsOf(reportSessions()[std::size_t(index)].make());
        const Json summary = Json::parse(summaryJson(in));
        std::vector<double> numbers;
        collect(summary, numbers);
        static const QRegularExpression kNumber(QStringLiteral("(?<less>< )?(?<![\\w.])(?<number>-?\\d+(\\.\\d+)?)(?![\\w.])(?<percent> %)?"));
        int found = 0;
        for (const Block& block : reportDocument(in).blocks) {
            const auto* table = std::get_if<Table>(&block);
            if (table == nullptr) continue;
            for (const auto& row : table->rows)
                for (std::size_t i = 0; i < row.size(); ++i) {
                    if (!table->columns[i].number) continue;
                    auto all = kNumber.globalMatch(QString::fromStdString(row[i]));
                    while (all.hasNext()) {
                        const auto match = all.next();
                        if (!match.captured(QStringLiteral("less")).isEmpty()) continue; // "< 0.0001" is no number
                        const std::string text = match.captured(QStringLiteral("number")).toStdString();
                        double unit = 1;
                        if (!match.captured(QStringLiteral("percent")).isEmpty()) unit = 100;
                        if (table->caption.find("in seconds") != std::string::npos) unit = 1e-3;
                        if (table->columns[i].title.find("per 1,000") != std::string::npos) unit = 1e3;
                        const std::string where = table->caption + ", " + table->columns[i].title + ": " + text;
                        QVERIFY2(stands(text, numbers, unit), where.c_str());
                        ++found;
                    }
                }
        }
        qInfo("%d numbers of tables, %zu in summary.json", found, numbers.size());
        QVERIFY(found > 5);
    }
    void everyNumberOfASentenceIsInTheSummary_data() { everySession(); }
    void everyNumberOfASentenceIsInTheSummary() {
        QFETCH(int, index);
        const ReportInputs in = inputsOf(reportSessions()[std::size_t(index)].make());
        const Json summary = Json::parse(summaryJson(in));
        std::vector<double> numbers;
        collect(summary, numbers);
        std::set<std::string> texts;
        textsOf(summary, texts);
        std::vector<QString> known;
        for (const std::string& text : texts)
            known.push_back(QString::fromStdString(text));
        std::sort(known.begin(), known.end(), [](const QString& a, const QString& b) { return a.size() > b.size(); });
        int found = 0;
        for (QString sentence : sentencesOf(in)) {
            const QString whole = sentence;
            for (const QString& text : known)
                take(sentence, text);
            for (const char* words : kOfMethods)
                take(sentence, QString::fromUtf8(words));
            sentence.replace(dates(), QStringLiteral("_"));
            for (const Found& number : numbersIn(sentence)) {
                QVERIFY2(stands(number.text.toStdString(), numbers, number.unit), qPrintable(number.text + QStringLiteral(" in: ") + whole));
                ++found;
            }
        }
        qInfo("%d numbers of sentences, %zu in summary.json", found, numbers.size());
        QVERIFY(found > 5);
    }
    void everyNumberOfAVerdictStandsInItsRow_data() {
        everySession();
        QTest::addRow("noisy") << -1;
        QTest::addRow("broken cache mode") << -2;
        QTest::addRow("troubled") << -3;
    }
    // Not just somewhere: beside the sentence that tells it, as a field or in the words that say what a field is.
    void everyNumberOfAVerdictStandsInItsRow() {
        QFETCH(int, index);
        const SessionBuilder session = index == -1   ? noisySession()
                                       : index == -2 ? brokenCacheSession(5)
                                       : index == -3 ? troubledSession()
                                                     : reportSessions()[std::size_t(index)].make();
        const Json summary = Json::parse(summaryJson(inputsOf(session)));
        const auto check = [](const Json& row, const std::string& sentence, std::vector<double> numbers) {
            collect(row, numbers);
            std::set<std::string> texts;
            textsOf(row, texts);
            for (const std::string& text : texts)
                for (const Found& number : numbersIn(QString::fromStdString(text)))
                    numbers.push_back(number.text.toDouble());
            QString words = QString::fromStdString(sentence);
            for (const char* known : kOfMethods)
                take(words, QString::fromUtf8(known));
            words.replace(dates(), QStringLiteral("_"));
            words.replace(QRegularExpression(QStringLiteral("full from turn \\d+ on|run C to turn \\d+ or further")), QStringLiteral("_"));
            for (const Found& number : numbersIn(words))
                QVERIFY2(stands(number.text.toStdString(), numbers, number.unit),
                         qPrintable(number.text + QStringLiteral(" in: ") + QString::fromStdString(sentence)));
        };
        std::vector<double> plan;
        collect(summary["plan"], plan);
        collect(summary["amendments"], plan);
        for (const Json& verdict : summary["verdicts"]) {
            // One that cannot be tested says what the plan lacks.
            const bool ofPlan = verdict["verdict"] == "untestable";
            check(verdict, verdict["why"].get<std::string>(), ofPlan ? plan : std::vector<double>());
            check(verdict, verdict["decide"].get<std::string>(), ofPlan ? plan : std::vector<double>());
        }
        for (const Json& caution : summary["analysis"]["cautions"])
            check(caution, caution["text"].get<std::string>(), plan);
    }
    void everyNumberHasADefinition_data() { everySession(); }
    void everyNumberHasADefinition() {
        QFETCH(int, index);
        Json summary = Json::parse(summaryJson(inputsOf(reportSessions()[std::size_t(index)].make())));
        const Json definitions = summary["definitions"];
        // What was asked for, what others said: not our numbers.
        for (const char* given : {"plan", "session", "published", "made_by"})
            summary.erase(given);
        std::set<std::string> names;
        namesOf(summary, names);
        QVERIFY(names.size() > 10);
        const auto told = [&](const Json& rows) {
            for (const Json& row : rows)
                for (const Json& measure : row["measures"])
                    names.insert(measure["name"].get<std::string>());
        };
        told(summary["verdicts"]);
        told(summary["analysis"]["cautions"]);
        for (const std::string& name : names)
            QVERIFY2(definitions.contains(name), name.c_str());
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
