// What comes from a folder that anybody may write to stands in the middle of our page: nothing but drawing
// may pass.
#include "report_sessions.h"
#include "support/test_registry.h"

#include "report/svg_inline.h"

#include <QTest>

using namespace looptax;

namespace {

// A drawing around the part.
std::string svgWith(const std::string& part) {
    return "<svg viewBox=\"0 0 9 9\" xmlns=\"http://www.w3.org/2000/svg\">" + part + "</svg>";
}

} // namespace

class tst_svg_inline : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aChartKeepsItsDrawingAndGetsIdsOfItsOwn() {
        const auto first = inlineSvg(chartSvg("A title", 3), "ttft_by_turn");
        QVERIFY2(first.ok(), first.ok() ? "" : first.error().text().c_str());
        const std::string& svg = *first;
        QCOMPARE(svg.substr(0, 5), std::string("<svg "));
        QVERIFY(svg.find("id=\"ttft_by_turn.plot0\"") != std::string::npos);
        QVERIFY(svg.find("url(#ttft_by_turn.plot0)") != std::string::npos);
        QVERIFY(svg.find("points=\"20,180 480,120 940,40\"") != std::string::npos);
        QVERIFY(svg.find("254mm") == std::string::npos);
        QVERIFY(svg.find("A &amp; C") != std::string::npos);
        const auto second = inlineSvg(chartSvg("A title", 3), "context_by_turn");
        QVERIFY(second->find("ttft_by_turn") == std::string::npos);
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
    void whatIsNotDrawingIsRefused_data() {
        QTest::addColumn<QByteArray>("svg");
        const auto row = [](const char* name, const std::string& part) {
            QTest::addRow("%s", name) << QByteArray::fromStdString(svgWith(part));
        };
        row("a script", "<script>alert(1)</script>");
        row("a script in capitals", "<SCRIPT>alert(1)</SCRIPT>");
        row("foreign content", "<foreignObject><p>x</p></foreignObject>");
        row("an animation", "<set attributeName=\"href\" to=\"javascript:x\"/>");
        row("a link", "<a href=\"http://example.org\"><text>x</text></a>");
        row("a picture", "<image href=\"http://example.org/x.png\"/>");
        row("a copy from elsewhere", "<use href=\"http://example.org/x.svg#a\"/>");
        row("a style element", "<style>@import url(http://example.org)</style>");
        row("a style attribute", "<rect style=\"fill:url(http://example.org)\"/>");
        row("a handler", "<rect onload=\"alert(1)\"/>");
        row("a handler in capitals", "<rect ONLOAD=\"alert(1)\"/>");
        row("a reference to the outside", "<rect fill=\"url(http://example.org/#a)\"/>");
        row("the same in capitals", "<rect fill=\"URL(http://example.org/#a)\"/>");
        row("the same as a character reference", "<rect fill=\"&#117;rl(http://example.org/#a)\"/>");
        row("the same as an escape", "<rect fill=\"\\75rl(http://example.org/#a)\"/>");
        row("two references in one", "<rect fill=\"url(#a) url(http://example.org)\"/>");
        row("an image function", "<rect fill=\"image-set('http://example.org' 1x)\"/>");
        row("HTML in a description", "<desc><img src=\"x\"/></desc>");
        row("HTML in a title", "<title><text>x</text></title>");
        row("a comment that does not end", "<!-- ");
        row("character data in brackets", "<![CDATA[<script>alert(1)</script>]]>");
        row("an entity", "<text>&xxe;</text>");
        row("an ampersand", "<text>a & b</text>");
        row("an attribute twice", "<rect x=\"1\" x=\"2\"/>");
        row("an attribute without quotes", "<rect x=1 />");
        row("an attribute without a value", "<rect x />");
        row("a drawing in the drawing", "<svg></svg>");
        row("ends crossed", "<g><text></g></text>");
        row("another name space", "<g xmlns=\"http://www.w3.org/1999/xhtml\"></g>");
        const auto whole = [](const char* name, const std::string& svg) {
            QTest::addRow("%s", name) << QByteArray::fromStdString(svg);
        };
        whole("nothing", "");
        whole("text", "hello");
        whole("a page", "<!DOCTYPE html><html><body>x</body></html>");
        whole("a declaration of entities", "<!DOCTYPE svg [<!ENTITY x \"y\">]>" + svgWith(""));
        whole("two drawings", svgWith("") + svgWith(""));
        whole("something after the drawing", svgWith("") + "<script>alert(1)</script>");
        whole("text after the drawing", svgWith("") + "hello");
        whole("a drawing without an end", "<svg><g>");
        whole("a tag without an end", "<svg");
        whole("an end without a drawing", "</svg>");
        whole("bytes that are not UTF-8", svgWith("<text>\xFF</text>"));
        whole("too many in one another", svgWith([] {
                  std::string deep;
                  for (int i = 0; i < 5000; ++i) deep += "<g>";
                  return deep;
              }()));
    }
    void whatIsNotDrawingIsRefused() {
        QFETCH(QByteArray, svg);
        const auto result = inlineSvg(svg.toStdString(), "chart");
        QVERIFY2(!result.ok(), result.ok() ? result->c_str() : "");
        QVERIFY(result.error().where == "charts/chart.svg");
        // In the report it is a sentence, and the tables stand all the same.
        ReportInputs in = inputsOf(oneTurnSession(), {{"chart", svg.toStdString()}});
        const std::string html = reportHtml(in);
        QVERIFY(html.find("charts/chart.svg was left out") != std::string::npos);
        QVERIFY(html.find("<svg") == std::string::npos);
        QVERIFY(html.find("there are no charts in this report") != std::string::npos);
        QVERIFY(reportMarkdown(in).find("](charts/chart.svg)") == std::string::npos);
    }
    void aChartOfAnotherSessionIsLeftOutAndAnOldOneSaysSo() {
        const std::string other =
            reportHtml(inputsOf(oneTurnSession(), {{"chart", chartSvg("T", 1, "20200101-000000-ffffffff")}}));
        QVERIFY(other.find("<svg") == std::string::npos);
        QVERIFY(other.find("drawn from another session, 20200101-000000-ffffffff") != std::string::npos);
        const std::string old = reportHtml(inputsOf(oneTurnSession(), {{"chart", chartSvg("T", 0)}}));
        QVERIFY(old.find("Drawn when 0 of the 1 turns here were on record.") != std::string::npos);
        const std::string now = reportHtml(inputsOf(oneTurnSession(), {{"chart", chartSvg("T", 1)}}));
        QVERIFY(now.find("<svg") != std::string::npos);
        QVERIFY(now.find("Drawn when") == std::string::npos);
    }
};

LOOPTAX_TEST(tst_svg_inline)
#include "tst_svg_inline.moc"
