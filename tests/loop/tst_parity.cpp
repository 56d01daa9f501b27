// The parity test of the task: with replies that are always right, the published context and state-bytes
// columns come out within 3 %, whatever the seed.
#include "support/test_registry.h"

#include "loop/published_tables.h"

#include <QTest>

#include <cmath>

using namespace looptax;

class tst_parity : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyPublishedRowIsMet_data() {
        QTest::addColumn<int>("row");
        const auto rows = publishedRows();
        QCOMPARE(rows.size(), std::size_t(18));
        for (std::size_t i = 0; i < rows.size(); ++i)
            QTest::addRow("%s turn %d padding %d", rows[i].design.c_str(), rows[i].turn, rows[i].padding.value_or(0)) << int(i);
    }
    void everyPublishedRowIsMet() {
        QFETCH(int, row);
        const PublishedRow expected = publishedRows()[std::size_t(row)];
        for (int seed = 1; seed <= 50; ++seed) {
            LoopSettings settings;
            settings.n = expected.turn;
            settings.cap = expected.cap;
            settings.padding = expected.padding;
            settings.task_seed = seed;
            const RightTurn turn = rightTurns(expected.design, settings).back();
            const auto within = [&](const char* what, std::int64_t ours, int theirs) {
                const double off = 100.0 * (double(ours) / theirs - 1.0);
                if (seed == 1)
                    qInfo("%s %d/%d %s: %lld, published %d, %+.2f %%", expected.design.c_str(), expected.turn,
                          expected.padding.value_or(0), what, static_cast<long long>(ours), theirs, off);
                if (std::abs(off) > 3.0) qWarning("seed %d: %s %.2f %% off", seed, what, off);
                return std::abs(off) <= 3.0;
            };
            QVERIFY(within("context", turn.contextTokens, expected.context_tokens_estimate));
            if (expected.state_file_bytes)
                QVERIFY(within("state bytes", std::int64_t(turn.state->size()), *expected.state_file_bytes));
        }
    }
    void rightRepliesPassEverywhere_data() {
        QTest::addColumn<QString>("design");
        QTest::addColumn<int>("n");
        for (const char* design : {"A", "B", "C", "D"}) QTest::addRow("%s", design) << QString::fromLatin1(design) << 20;
    }
    void rightRepliesPassEverywhere() {
        QFETCH(QString, design);
        QFETCH(int, n);
        for (const OnBadTurn action : {OnBadTurn::Carry, OnBadTurn::Oracle, OnBadTurn::Stop}) {
            LoopSettings settings;
            settings.n = n;
            settings.cap = 3;
            settings.padding = 9;
            settings.on_bad_turn = action;
            for (const RightTurn& turn : rightTurns(design.toStdString(), settings)) {
                QCOMPARE(turn.judgement.fail_reason, std::string());
                QVERIFY(turn.judgement.all_pass && turn.judgement.all_pass_local && turn.judgement.content_exact);
                QVERIFY(!turn.judgement.state_diverged && !turn.judgement.duplicate_keys);
                QCOMPARE(turn.judgement.fence, Fence::One);
            }
        }
    }
};

LOOPTAX_TEST(tst_parity)
#include "tst_parity.moc"
