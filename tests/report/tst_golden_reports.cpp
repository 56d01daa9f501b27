// The derived files of small sessions, byte for byte, and what every one of them must hold to.
#include "golden_parts.h"
#include "html_check.h"
#include "report_sessions.h"
#include "support/golden.h"
#include "support/test_registry.h"

#include "report/csv.h"
#include "report/markdown.h"
#include "report/plain_text.h"
#include "report/report_sections.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>
#include <QTest>

using namespace looptax;
using namespace looptax::doc;

namespace {

ReportInputs goldenInputs(const NamedSession& session) {
    const SessionBuilder built = session.make();
    const std::size_t turns = built.store().turns().size();
    if (session.name != "whole") return inputsOf(built);
    // The second is one turn behind the record.
    return inputsOf(built, {{"ttft_by_turn", chartSvg("Time to first token by turn", turns)},
                            {"context_by_turn", chartSvg("Context by turn", turns - 1)}});
}

std::string tablesOf(const ReportInputs& in) { return jsonAsTables(Json::parse(summaryJson(in))); }

// Every text of the document, as it is before escaping.
std::vector<std::string> textsOf(const Document& document) {
    std::vector<std::string> out{document.title};
    const auto phrase = [&](const Phrase& words) {
        for (const Span& span : words)
            if (span.style != Span::Style::Code) out.push_back(span.text);
    };
    for (const Block& block : document.blocks) {
        if (const auto* heading = std::get_if<Heading>(&block)) out.push_back(heading->text);
        if (const auto* paragraph = std::get_if<Paragraph>(&block)) phrase(paragraph->phrase);
        if (const auto* notice = std::get_if<Notice>(&block)) phrase(notice->phrase);
        if (const auto* list = std::get_if<BulletList>(&block))
            for (const Phrase& item : list->items) phrase(item);
        if (const auto* table = std::get_if<Table>(&block)) {
            out.push_back(table->caption);
            for (const auto& row : table->rows) out.insert(out.end(), row.begin(), row.end());
        }
        if (const auto* figure = std::get_if<Figure>(&block)) out.push_back(figure->caption);
    }
    return out;
}

} // namespace

class tst_golden_reports : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theBytesAreThoseThatWereLookedAt_data() { everySession(); }
    // Of one session the whole page and record; of the others the Markdown, which bothSayTheSame() and
    // thePageSaysTheWholeDocument() tie the page to. A section that is the same as in the whole one stands there alone.
    void theBytesAreThoseThatWereLookedAt() {
        QFETCH(int, index);
        const NamedSession& session = reportSessions()[std::size_t(index)];
        const ReportInputs in = goldenInputs(session), wholeIn = goldenInputs(reportSessions()[0]);
        QCOMPARE(reportSessions()[0].name, std::string("whole"));
        const bool whole = index == 0;
        const auto kept = [&](const std::string& known, const std::string& name, const std::string& text) {
            return whole ? text : sectionsNotIn(known, name, text);
        };
        std::vector<std::pair<std::string, std::string>> files{
            {".md", kept(reportMarkdown(wholeIn), "whole.md", reportMarkdown(in))}};
        if (whole) files.emplace_back(".html", reportHtml(in));
        if (whole || session.name == "one_run") {
            files.emplace_back(".summary.txt", kept(tablesOf(wholeIn), "whole.summary.txt", tablesOf(in)));
            files.emplace_back(".csv", turnsCsv(in.turns));
        }
        for (const auto& [ending, bytes] : files) {
            const std::string difference = goldenDifference("report/" + session.name + ending, bytes);
            QVERIFY2(difference.empty(), difference.c_str());
        }
    }
    // The goldens of summary.json are tables of its values: here is the form of the file.
    void theSummaryIsIndentedJson_data() { everySession(); }
    void theSummaryIsIndentedJson() {
        QFETCH(int, index);
        const std::string summary = summaryJson(goldenInputs(reportSessions()[std::size_t(index)]));
        QVERIFY(summary == Json::parse(summary).dump(2) + "\n");
    }

    void thePageIsWellFormedAndLoadsNothing_data() { everySession(); }
    void thePageIsWellFormedAndLoadsNothing() {
        QFETCH(int, index);
        const std::string html = reportHtml(goldenInputs(reportSessions()[std::size_t(index)]));
        for (const std::string& problem : htmlProblems(html)) QFAIL(problem.c_str());
        QVERIFY(has(html, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                          "'unsafe-inline'; img-src data:\""));
    }

    void thePageSaysTheWholeDocument_data() { everySession(); }
    void thePageSaysTheWholeDocument() {
        QFETCH(int, index);
        const ReportInputs in = goldenInputs(reportSessions()[std::size_t(index)]);
        const std::string html = reportHtml(in), difference = differenceFromPage(reportDocument(in), html);
        QVERIFY2(difference.empty(), difference.c_str());
        QCOMPARE(has(html, "<p class=\"notice simulated\"><strong>SIMULATED:</strong> "),
                 reportSessions()[std::size_t(index)].name == "simulated");
    }

    // Checkers that are not ours.
    void validatorsFindNothing() {
        std::vector<std::pair<std::string, std::string>> pages;
        for (const NamedSession& session : reportSessions()) pages.emplace_back(session.name, reportHtml(goldenInputs(session)));
        const std::string problems = validatorProblems(pages);
        QVERIFY2(problems.empty(), problems.c_str());
        QVERIFY(has(validatorProblems({{"wrong", "<p>no title</p>"}}), "wrong.html: "));
    }

    void noNumberIsMadeUp_data() { everySession(); }
    void noNumberIsMadeUp() {
        QFETCH(int, index);
        const ReportInputs in = goldenInputs(reportSessions()[std::size_t(index)]);
        static const QRegularExpression kNone(QStringLiteral("\\b(-?nan|NaN|-?inf|Infinity|null ms)\\b"));
        for (const std::string& text : {reportMarkdown(in), reportHtml(in), summaryJson(in), turnsCsv(in.turns)}) {
            const auto match = kNone.match(QString::fromStdString(text));
            QVERIFY2(!match.hasMatch(), qPrintable(match.captured()));
        }
    }

    // Whatever one of them says, the other says too.
    void bothSayTheSame_data() { everySession(); }
    void bothSayTheSame() {
        QFETCH(int, index);
        const ReportInputs in = goldenInputs(reportSessions()[std::size_t(index)]);
        const std::string markdown = reportMarkdown(in), html = reportHtml(in);
        for (const std::string& text : textsOf(reportDocument(in))) {
            QVERIFY2(has(markdown, markdownText(text)), text.c_str());
            QVERIFY2(has(html, htmlText(shownLine(text))), text.c_str());
        }
        for (const ReportReply& said : in.replies) {
            QVERIFY(has(markdown, shownText(excerptOf(said.reply))));
            QVERIFY(has(html, "<samp>" + htmlText(excerptOf(said.reply)) + "</samp>"));
        }
    }
};

LOOPTAX_TEST(tst_golden_reports)
#include "tst_golden_reports.moc"
