// A chart comes from a folder that anybody may write to: the page shows it as an image, in which nothing runs, and what
// a browser could not show is refused in words.
#include "html_check.h"
#include "report_sessions.h"
#include "support/test_registry.h"

#include "base/base64.h"
#include "report/svg_file.h"

#include <QTest>

using namespace looptax;

namespace {

// A drawing around the part.
std::string svgWith(const std::string& part) {
    return "<svg viewBox=\"0 0 9 9\" xmlns=\"http://www.w3.org/2000/svg\">" + part + "</svg>";
}

std::string imageOf(const std::string& svg) { return "src=\"data:image/svg+xml;base64," + toBase64(svg) + "\""; }

} // namespace

class tst_svg_file : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aChartIsAnImageThatSaysWhatItShows() {
        const std::string svg = chartSvg("A &lt;title&gt;", 1), dark = svgWith("<rect fill=\"#16181b\"/>");
        QCOMPARE(svgProblem(svg), std::string());
        QCOMPARE(svgProblem("\xEF\xBB\xBF<!-- mine -->" + dark + "\n"), std::string());
        const std::string html = reportHtml(inputsOf(oneTurnSession(), {{"ttft_by_turn", svg}, {"mine", dark}}));
        for (const std::string& problem : htmlProblems(html)) QFAIL(problem.c_str());
        QVERIFY(has(html,
                    "<figure class=\"chart onwhite\">\n<img alt=\"A &lt;title&gt;\nsession: " + std::string(SessionBuilder::kId) +
                        "\nturns on record: 1\nA &amp; C: 1: 101; 2: 201;\" " + imageOf(svg) + ">\n</figure>"));
        QVERIFY(has(html, "<figure class=\"chart\">\n<img alt=\"mine\" " + imageOf(dark) + ">\n</figure>"));
        QVERIFY(has(html, ".chart img { display: block; width: 100%; height: auto;"));
        QVERIFY(has(html, ".chart.onwhite img { filter: invert("));
    }
    // As an image it can neither run nor fetch, whatever is in it; in the page itself it is text of base64.
    void whatCouldRunInThePageIsPicture_data() {
        QTest::addColumn<QByteArray>("part");
        const auto row = [](const char* name, const char* part) { QTest::addRow("%s", name) << QByteArray(part); };
        row("a script", "<script>alert(1)</script>");
        row("a handler", "<rect onload=\"alert(1)\"/>");
        row("foreign content", "<foreignObject><p>x</p></foreignObject>");
        row("a picture", "<image href=\"http://example.org/x.png\"/>");
        row("a style", "<style>@import url(http://example.org)</style>");
        row("a title that leaves its quotes", "<title>\"&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>");
        row("a description that leaves its quotes", "<desc>\"&gt;&lt;img src=x onerror='alert(1)'&gt;</desc>");
    }
    void whatCouldRunInThePageIsPicture() {
        QFETCH(QByteArray, part);
        const std::string svg = svgWith(part.toStdString());
        const ReportInputs in = inputsOf(oneTurnSession(), {{"chart", svg}});
        const std::string html = reportHtml(in);
        for (const std::string& problem : htmlProblems(html)) QFAIL(problem.c_str());
        QVERIFY(has(html, imageOf(svg)));
        QVERIFY(has(html, "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\""));
        for (const char* text : {"<script", "<rect", "<p>x", "<image", "example.org", "<img src", "<svg"})
            QVERIFY(!has(html, text));
        for (const char* text : {"<script", "<img"}) QVERIFY(!has(reportMarkdown(in), text));
    }
    void factsAreRead() {
        const std::string svg = chartSvg("A &lt;b&gt; &amp;amp; title", 12);
        QCOMPARE(svgTitle(svg), std::string("A <b> &amp; title"));
        QCOMPARE(svgFact(svg, "turns on record"), std::string("12"));
        QCOMPARE(svgFact(svg, "session"), std::string(SessionBuilder::kId));
        QCOMPARE(svgFact(svg, "plan"), std::string());
        QCOMPARE(svgFact("</desc><desc>", "session"), std::string());
        QVERIFY(svgIsOnWhite(svg));
        QVERIFY(!svgIsOnWhite("<svg><g fill=\"#16181b\"><rect fill=\"#16181b\"/></g></svg>"));
        QVERIFY(!svgIsOnWhite(""));
    }
    void whatABrowserWouldNotShowIsRefused_data() {
        QTest::addColumn<QByteArray>("svg");
        QTest::addColumn<QByteArray>("why");
        const auto whole = [](const char* name, const std::string& svg, const char* why) {
            QTest::addRow("%s", name) << QByteArray::fromStdString(svg) << QByteArray(why);
        };
        const auto row = [&](const char* name, const std::string& part, const char* why) { whole(name, svgWith(part), why); };
        const char* kTag = "it is cut off or has a malformed tag";
        const char* kReference = "it has an unknown character reference";
        const char* kNoSvg = "it is not one svg element";
        row("a comment that does not end", "<!-- ", "it is cut off in a comment");
        row("character data in brackets", "<![CDATA[x]]>", "it has a document type or a CDATA section");
        row("an entity", "<text>&xxe;</text>", kReference);
        row("an ampersand", "<text>a & b</text>", kReference);
        row("an attribute twice", "<rect x=\"1\" x=\"2\"/>", kTag);
        row("an attribute without quotes", "<rect x=1 />", kTag);
        row("an attribute without a value", "<rect x />", kTag);
        row("an entity in an attribute", "<rect x=\"&xxe;\"/>", kTag);
        row("ends crossed", "<g><text></g></text>", "its elements are not nested properly");
        whole("nothing", "", "it is cut off");
        whole("text", "hello", "it has text outside the drawing");
        whole("a page", "<html><body>x</body></html>", kNoSvg);
        whole("a drawing that no browser takes for SVG", "<svg><rect/></svg>", kNoSvg);
        whole("a declaration of entities", "<!DOCTYPE svg [<!ENTITY x \"y\">]>" + svgWith(""),
              "it has a document type or a CDATA section");
        whole("two drawings", svgWith("") + svgWith(""), kNoSvg);
        whole("something after the drawing", svgWith("") + "<script>alert(1)</script>", kNoSvg);
        whole("text after the drawing", svgWith("") + "hello", "it has text outside the drawing");
        whole("an end without a drawing", "</svg>", "its elements are not nested properly");
        whole("bytes that are not UTF-8", svgWith("<text>\xFF</text>"), "it is not UTF-8");
        whole("more than a page can carry", svgWith(std::string(kMostSvgBytes, ' ')), "it is larger than 8 MiB");
    }
    void whatABrowserWouldNotShowIsRefused() {
        QFETCH(QByteArray, svg);
        QFETCH(QByteArray, why);
        QCOMPARE(svgProblem(svg.toStdString()), why.toStdString());
        // In the report it is a sentence, and the tables stand all the same.
        ReportInputs in = inputsOf(oneTurnSession(), {{"chart", svg.toStdString()}});
        const std::string html = reportHtml(in);
        QVERIFY(
            has(html, "charts/chart.svg was left out: this is not a drawing of looptax-workbench: " + why.toStdString() + "."));
        QVERIFY(!has(html, "<img"));
        QVERIFY(has(html, "there are no charts in this report"));
        QVERIFY(!has(reportMarkdown(in), "](charts/chart.svg)"));
    }
    // A full disk or a copy that stopped, at any byte.
    void aFileThatIsCutOffIsRefused() {
        std::string svg = chartSvg("A title", 1);
        svg.resize(svg.find_last_not_of('\n'));
        for (std::size_t size = 0; size <= svg.size(); ++size)
            QVERIFY(!svgProblem(std::string_view(svg).substr(0, size)).empty());
    }
    void aChartOfAnotherSessionIsLeftOutAndAnOldOneSaysSo() {
        const std::string other =
            reportHtml(inputsOf(oneTurnSession(), {{"chart", chartSvg("T", 1, "20200101-000000-ffffffff")}}));
        QVERIFY(!has(other, "<img"));
        QVERIFY(has(other, "charts/chart.svg was left out: it was drawn from another session, 20200101-000000-ffffffff."));
        const std::string old = reportHtml(inputsOf(oneTurnSession(), {{"chart", chartSvg("T", 0)}}));
        QVERIFY(has(old, "Drawn when 0 of the 1 turns here were on record."));
        const std::string now = reportHtml(inputsOf(oneTurnSession(), {{"chart", chartSvg("T", 1)}}));
        QVERIFY(has(now, "<img"));
        QVERIFY(!has(now, "Drawn when"));
    }
};

LOOPTAX_TEST(tst_svg_file)
#include "tst_svg_file.moc"
