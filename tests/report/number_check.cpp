#include "number_check.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace looptax {

using namespace doc;

namespace {

// Is there a number that reads so when it is rounded? Percents stand as shares in summary.json, seconds as ms, and what
// is told by the thousand by the piece: `unit` is what was shown for 1.
bool stands(const std::string& text, const std::vector<double>& numbers, double unit) {
    const double shown = std::stod(text);
    const auto point = text.find('.');
    double half = 0.5 * std::pow(10.0, point == std::string::npos ? 0 : -double(text.size() - point - 1));
    // Whole numbers may have been rounded to tens or hundreds.
    if (point == std::string::npos)
        for (std::size_t i = text.size(); i > 1 && text[i - 1] == '0'; --i) half *= 10;
    half *= 1 + 1e-9;
    return std::any_of(numbers.begin(), numbers.end(), [&](double number) {
        return std::abs(number - shown) <= half || std::abs(unit * number - shown) <= half;
    });
}

// Texts that summary.json holds too, so that a number in them is there as well; without the sentences whose numbers must
// be fields.
void textsOf(const Json& json, std::set<std::string>& out) {
    if (json.is_object()) {
        for (const auto& [key, value] : json.items())
            if (key != "why" && key != "decide" && key != "text" && key != "left_out_why") textsOf(value, out);
    } else if (json.is_array()) {
        for (const Json& item : json) textsOf(item, out);
    } else if (json.is_string()) {
        const auto& text = json.get_ref<const std::string&>();
        if (std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) out.insert(text);
    }
}

void take(QString& from, const QString& text) { from.replace(text, QStringLiteral("_")); }

std::vector<QString> sentencesOf(const Document& document) {
    std::vector<QString> out;
    const auto add = [&](const Phrase& phrase) {
        QString text;
        for (const Span& span : phrase) text += QString::fromStdString(span.text);
        out.push_back(text);
    };
    for (const Block& block : document.blocks) {
        if (const auto* paragraph = std::get_if<Paragraph>(&block)) add(paragraph->phrase);
        if (const auto* notice = std::get_if<Notice>(&block)) add(notice->phrase);
        if (const auto* list = std::get_if<BulletList>(&block))
            for (const Phrase& item : list->items) add(item);
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
    "least 95 % are covered",
    "one block is one repeat",
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
    static const QRegularExpression kNumber(
        QStringLiteral("(?<less>< )?(?<![\\w.])(?<number>-?\\d+(\\.\\d+)?)(?![\\w]|\\.\\d)(?<percent> (%|points))?"));
    static const QRegularExpression kHundred(QStringLiteral("(points|no fall) \\((as a fall, )?[\\d.]+ % interval [^)]*\\)|to "
                                                            "[\\d, ]+ and \\d+ % in [\\d, ]+ and \\d+ of 100 sweeps"));
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
        out.push_back(
            {(rise ? QStringLiteral("-") : QString()) + match.captured(QStringLiteral("number")), hundred ? 100.0 : 1.0});
    }
    return out;
}

void check(NumberCheck& out, const Found& number, const std::vector<double>& numbers, const QString& where) {
    ++out.found;
    if (!stands(number.text.toStdString(), numbers, number.unit))
        out.missing.push_back((number.text + QStringLiteral(" in: ") + where).toStdString());
}

QString withoutMethods(QString sentence) {
    for (const char* words : kOfMethods) take(sentence, QString::fromUtf8(words));
    return sentence.replace(dates(), QStringLiteral("_"));
}

} // namespace

void collectNumbers(const Json& json, std::vector<double>& out) {
    if (json.is_number()) out.push_back(json.get<double>());
    if (json.is_structured())
        for (const Json& item : json) collectNumbers(item, out);
}

NumberCheck numbersOfTables(const Document& document, const Json& json) {
    static const QRegularExpression kNumber(
        QStringLiteral("(?<less>< )?(?<![\\w.])(?<number>-?\\d+(\\.\\d+)?)(?![\\w.])(?<percent> %)?"));
    std::vector<double> numbers;
    collectNumbers(json, numbers);
    NumberCheck out;
    for (const Block& block : document.blocks) {
        const auto* table = std::get_if<Table>(&block);
        if (table == nullptr) continue;
        for (const auto& row : table->rows)
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (!table->columns[i].number) continue;
                auto all = kNumber.globalMatch(QString::fromStdString(row[i]));
                while (all.hasNext()) {
                    const auto match = all.next();
                    if (!match.captured(QStringLiteral("less")).isEmpty()) continue; // "< 0.0001" is no number
                    Found number{match.captured(QStringLiteral("number")), 1};
                    if (!match.captured(QStringLiteral("percent")).isEmpty()) number.unit = 100;
                    if (table->caption.find("in seconds") != std::string::npos) number.unit = 1e-3;
                    if (table->columns[i].title.find("per 1,000") != std::string::npos) number.unit = 1e3;
                    check(out, number, numbers, QString::fromStdString(table->caption + ", " + table->columns[i].title));
                }
            }
    }
    return out;
}

NumberCheck numbersOfSentences(const Document& document, const Json& json) {
    std::vector<double> numbers;
    collectNumbers(json, numbers);
    std::set<std::string> texts;
    textsOf(json, texts);
    std::vector<QString> known;
    for (const std::string& text : texts) {
        bool number = false;
        const double value = QString::fromStdString(text).toDouble(&number);
        if (number) numbers.push_back(value); // a host's count of cores is told as a text
        else known.push_back(QString::fromStdString(text));
    }
    std::sort(known.begin(), known.end(), [](const QString& a, const QString& b) { return a.size() > b.size(); });
    NumberCheck out;
    for (const QString& whole : sentencesOf(document)) {
        QString sentence = withoutMethods(whole);
        for (const QString& text : known) take(sentence, text);
        for (const Found& number : numbersIn(sentence)) check(out, number, numbers, whole);
    }
    return out;
}

NumberCheck numbersOfSentence(const std::string& sentence, const Json& row, std::vector<double> numbers) {
    static const QRegularExpression kPlanned(QStringLiteral("full from turn \\d+ on|run C to turn \\d+ or further"));
    collectNumbers(row, numbers);
    std::set<std::string> texts;
    textsOf(row, texts);
    for (const std::string& text : texts)
        for (const Found& number : numbersIn(QString::fromStdString(text))) numbers.push_back(number.text.toDouble());
    const QString whole = QString::fromStdString(sentence);
    NumberCheck out;
    for (const Found& number : numbersIn(withoutMethods(whole).replace(kPlanned, QStringLiteral("_"))))
        check(out, number, numbers, whole);
    return out;
}

} // namespace looptax
