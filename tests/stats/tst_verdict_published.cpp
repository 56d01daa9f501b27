// The post's own tables, judged by our rules: 100 % everywhere at five runs a cell settles nothing, and what it called
// rejected is open.
#include "support/made_sweep.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QTest>

#include <fstream>
#include <set>

using namespace looptax;

namespace {

const nlohmann::json& study() {
    static const nlohmann::json json = [] {
        std::ifstream in(LOOPTAX_SOURCE_DIR "/resources/reference/published-study.json");
        return nlohmann::json::parse(in);
    }();
    return json;
}

// Its cells and runs, every turn a pass, under one seed. Times were published as one value a turn: without runs, they are
// not put in. Replies were not published either, so nobody can say which runs were copies.
MadeSweep publishedSweep() {
    std::vector<int> paddings;
    for (const auto& table : study()["tables"])
        if (table["design"] == "D")
            for (const auto& row : table["rows"]) paddings.push_back(row["padding"].get<int>());
    Plan plan = madePlan({{"A", {1, 3, 6, 9, 12}, {}, {}},
                          {"B", {1, 3, 6, 9, 12}, {}, {}},
                          {"C", {1, 3, 6, 9, 12, 15}, {3}, {}},
                          {"D", {3}, {}, paddings}},
                         study()["conditions"]["runs_per_cell"].get<int>());
    plan.sampling.seed_policy = SeedPolicy::Fixed;
    plan.on_bad_turn = OnBadTurn::Carry;
    return madeSweep(plan, [](TurnRecord& t) {
        t.ttft_ms.reset();
        t.prompt_tokens.reset(), t.cached_tokens.reset(), t.processed_tokens.reset();
        t.stratum = "unknown";
        t.reply_sha256.clear();
    });
}

} // namespace

class tst_verdict_published : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void verdicts_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("post");
        QTest::addColumn<QString>("ours");
        const auto row = [](const char* id, const char* post, const char* ours) {
            QTest::addRow("%s", id) << QString::fromLatin1(id) << QString::fromLatin1(post) << QString::fromLatin1(ours);
        };
        row("H1", "rejected", "inconclusive");
        row("H2", "supported", "inconclusive");
        row("H3", "rejected", "inconclusive");
        row("H4a", "rejected", "inconclusive");
        row("H4b", "rejected", "not_triggered");
        row("H5a", "rejected", "inconclusive");
        row("H5b", "rejected", "not_triggered");
        row("Q1", "", "inconclusive");
        row("T1", "", "untestable");
        row("T3", "", "untestable");
    }
    void verdicts() {
        QFETCH(QString, id);
        QFETCH(QString, post);
        QFETCH(QString, ours);
        for (const auto& verdict : study()["verdicts"])
            if (verdict["id"] == id.left(2).toStdString())
                QCOMPARE(QString::fromStdString(verdict["verdict"].get<std::string>()), post);
        const Analysis a = analyse(publishedSweep().inputs());
        const Verdict* v = verdictOf(a, id.toStdString());
        QVERIFY(v != nullptr);
        QVERIFY2(QString::fromUtf8(name(v->kind)) == ours, v->why.c_str());
        if (v->kind == VerdictKind::Inconclusive) QVERIFY(v->more_runs.value_or(0) > 0);
    }
    void whatItWouldHaveTaken() {
        const Analysis a = analyse(publishedSweep().inputs());
        QCOMPARE(verdictOf(a, "H1")->more_runs.value_or(0), 20); // 25 a cell
        QCOMPARE(verdictOf(a, "H1")->interval->high, verdictOf(a, "H1")->interval->low * -1);
        QCOMPARE(a.add_repeats, 3);
    }
};

LOOPTAX_TEST(tst_verdict_published)
#include "tst_verdict_published.moc"
