// The verdict board in the report and in summary.json: every part of a verdict is said, and nothing more.
#include "html_check.h"
#include "report_sessions.h"
#include "support/test_registry.h"

#include "report/report_sections.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

Verdict verdictOf(const std::string& id, VerdictKind kind) {
    Verdict v;
    v.id = id;
    v.target = "llamacpp";
    v.kind = kind;
    v.cache_mode = CacheMode::RunIsolated;
    v.statement = "Something about " + id + ".";
    v.rule = "supported where p is small";
    v.why = "What was seen of " + id;
    return v;
}

Analysis boardOf() {
    Analysis analysis;
    Verdict t1 = verdictOf("T1", VerdictKind::Supported);
    t1.effect = 311.1489;
    t1.effect_name = "slope of TTFT of A";
    t1.effect_unit = "ms per 1,000 tokens";
    t1.interval = Interval{300.25, 322.75, 0.9375, "Student t"};
    t1.test = "exact sign flip";
    t1.p = 0.03125;
    t1.p_adjusted = 0.15625;
    t1.n = 5;
    t1.n_of = "runs";
    t1.left_out = 3;
    t1.left_out_why = "3 whose state had diverged";
    Verdict h1 = verdictOf("H1", VerdictKind::Inconclusive);
    h1.decide = "21 more runs a cell would decide it";
    h1.more_runs = 21;
    Verdict h2 = verdictOf("H2", VerdictKind::Supported);
    h2.trivially = true;
    analysis.verdicts = {h1, h2, verdictOf("H4b", VerdictKind::NotTriggered), verdictOf("T2", VerdictKind::StillCollecting), t1};
    analysis.cautions = {{"one seed: <script>alert(1)</script>", {}, {}}};
    return analysis;
}

ReportInputs withBoard(Analysis analysis) {
    ReportInputs in = inputsOf(wholeSession());
    in.amendments.clear();
    in.analysis = std::move(analysis);
    return in;
}

} // namespace

class tst_board : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyPartOfAVerdictIsSaid() {
        const std::string report = reportMarkdown(withBoard(boardOf()));
        QVERIFY2(has(report, "| T1 | Something about T1. | Supported | 311 | ms per 1,000 tokens | 300 to 323 | 0.0312 | 0.16 | "
                             "5 | run-isolated |"),
                 report.substr(0, 4000).c_str());
        QVERIFY(has(report,
                    "**T1 Supported.** What was seen of T1. Effect: slope of TTFT of A, interval by Student t. n: 5 runs. "
                    "Test: exact sign flip. Rule: \"supported where p is small\". 3 runs were left out: 3 whose state "
                    "had diverged."));
        QVERIFY(has(report, "What would decide it: 21 more runs a cell would decide it."));
        QVERIFY(has(report, "Supported: H2 (trivially), T1. Inconclusive: H1. Not triggered: H4b. Still collecting: T2."));
        QVERIFY(has(report, "Undecided on llamacpp, whatever the medians look like: H1"));
        QVERIFY(has(report, "one seed: &lt;script"));
    }
    void whatStillCollectsHasNoNumbers() {
        const std::string report = reportMarkdown(withBoard(boardOf()));
        QVERIFY(has(report, "| T2 | Something about T2. | Still collecting |  |  |  |  |  |  | run-isolated |"));
    }
    void theBoardStandsBehindTheQuestionAndBeforeTheTables() {
        const std::string report = reportMarkdown(withBoard(boardOf()));
        std::size_t last = 0;
        for (const char* section :
             {"## The question", "## Verdicts", "## Beside the published study", "## Charts", "## Every design, turn by turn",
              "## Quality", "### Failed turns and wrong answers", "## Conditions", "## The instrument's own error",
              "## What this does not show", "## How to repeat it", "## Methods, to copy"}) {
            const std::size_t at = report.find(std::string("\n") + section + "\n");
            QVERIFY2(at != std::string::npos && at > last, section);
            last = at;
        }
    }
    void aChangeAfterDataIsMarkedWithItsDateAndDifference() {
        Analysis analysis = boardOf();
        for (Verdict& verdict : analysis.verdicts) verdict.after_data = true;
        ReportInputs in = withBoard(std::move(analysis));
        Amendment amendment;
        amendment.t = "2026-11-25T10:00:00Z";
        amendment.text = "alpha 0.05 -> 0.01";
        amendment.reason = "a referee asked | for it";
        in.amendments = {amendment};
        const std::string report = reportMarkdown(in);
        QVERIFY2(has(report, "| Supported (changed after data, 2026-11-25) |"), report.substr(0, 3000).c_str());
        QVERIFY(has(report, "changed after data on 2026-11-25: alpha 0.05 -&gt; 0.01 (a referee asked \\| for it)"));
        const Json summary = Json::parse(summaryJson(in));
        QVERIFY(summary["verdicts"][0]["after_data"] == true);
        QVERIFY(summary["amendments"][0]["text"] == "alpha 0.05 -> 0.01");
    }
    void theHeadlineStandsOnTop() {
        Analysis analysis = boardOf();
        analysis.headline = "one run: no interval, no verdict";
        analysis.add_repeats = 7;
        const std::string report = reportMarkdown(withBoard(std::move(analysis)));
        const std::size_t at = report.find("**one run: no interval, no verdict**");
        QVERIFY2(at < report.find("## Verdicts"), report.substr(0, 2000).c_str());
        QVERIFY(has(report, "7 more repeats of the same plan"));
    }
    void theSummaryHoldsTheBoard() {
        const Json summary = Json::parse(summaryJson(withBoard(boardOf())));
        const Json& t1 = summary["verdicts"][4];
        QVERIFY(t1["id"] == "T1" && t1["verdict"] == "supported" && t1["effect"] == 311.1489);
        QVERIFY(t1["interval"]["coverage"] == 0.9375 && t1["interval"]["method"] == "Student t");
        QVERIFY(t1["p"] == 0.03125 && t1["n"] == 5 && t1["n_of"] == "runs" && t1["left_out"] == 3);
        QVERIFY(summary["verdicts"][0]["more_runs"] == 21);
        QVERIFY(summary["verdicts"][3]["effect"].is_null());
        QVERIFY(summary["analysis"]["rules"]["alpha"] == 0.05);
        QVERIFY(summary["analysis"]["cautions"].size() == 1);
    }
    void thePageColoursNothingButTheVerdict() {
        const std::string html = reportHtml(withBoard(boardOf()));
        for (const std::string& problem : htmlProblems(html)) QFAIL(problem.c_str());
        QVERIFY(has(html, "<td class=\"v v-s\">Supported</td>"));
        QVERIFY(!has(html, "<script"));
    }
};

LOOPTAX_TEST(tst_board)
#include "tst_board.moc"
