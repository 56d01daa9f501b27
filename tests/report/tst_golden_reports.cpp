// The derived files of small sessions, byte for byte, and what every one of them must hold to.
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
    void theBytesAreThoseThatWereLookedAt() {
        QFETCH(int, index);
        const NamedSession& session = reportSessions()[std::size_t(index)];
        const ReportInputs in = goldenInputs(session);
        const std::string base = "report/" + session.name;
        std::vector<std::pair<std::string, std::string>> files{{".md", reportMarkdown(in)}, {".html", reportHtml(in)}};
        if (session.name == "whole" || session.name == "one_run") {
            files.emplace_back(".json", summaryJson(in));
            files.emplace_back(".csv", turnsCsv(in.turns));
        }
        for (const auto& [ending, bytes] : files) {
            const std::string difference = goldenDifference(base + ending, bytes);
            QVERIFY2(difference.empty(), difference.c_str());
        }
    }

    void thePageIsWellFormedAndLoadsNothing_data() { everySession(); }
    void thePageIsWellFormedAndLoadsNothing() {
        QFETCH(int, index);
        const std::string html = reportHtml(goldenInputs(reportSessions()[std::size_t(index)]));
        for (const std::string& problem : htmlProblems(html)) QFAIL(problem.c_str());
        QVERIFY(has(html, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                          "'unsafe-inline'; img-src data:\""));
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
