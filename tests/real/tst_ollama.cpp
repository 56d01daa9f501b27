// Real Ollama 0.33.0 beside the embedded llama.cpp server: one plan, two targets, all four designs, from the
// command line; and what our estimate of its cached tokens is worth, against the counts of the server that Ollama runs.
#include "real/real_kit.h"
#include "stats/cache_estimate.h"
#include "store/record_store.h"
#include "support/test_registry.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace looptax;
using namespace looptax::real;

class tst_ollama : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void itIsFoundAndNamed();
    void onePlanTwoTargetsFourDesigns();
    void theOpenAiRouteOfTheSameServer();
    void theEstimateIsHeldAgainstTheChildsOwnCounts();
    void aModelThatIsNotInstalled();
    void aContextThatIsTooSmallIsSaidBeforeTheFirstTurn();

private:
    QString writePlan(const QString& targets, const QString& rest);
    QTemporaryDir m_folder;
    Numbers m_numbers{QStringLiteral("ollama")};
    PrivateOllama m_ollama;
    QString m_thin; // name of the model whose reading is timed
};

void tst_ollama::initTestCase() {
    QVERIFY2(missing().isEmpty(), qPrintable(missing()));
    QString thin;
    const QString made = thinTestModel(&thin);
    QVERIFY2(made.isEmpty(), qPrintable(made));
    const bool whole = thin == modelPath(kTestModel);
    m_thin = whole ? QStringLiteral("smollm2") : QStringLiteral("smollm2-thin");
    QStringList models{QStringLiteral("smollm2=") + modelPath(kTestModel)};
    if (!whole) models.append(m_thin + QLatin1Char('=') + thin);
    const QString problem = m_ollama.start(models);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

QString tst_ollama::writePlan(const QString& targets, const QString& rest) {
    const QString path = m_folder.filePath(QStringLiteral("plan.json"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) return {};
    const QString text = QStringLiteral("{'schema':'looptax.plan/1','name':'real','targets':[%1],%2}");
    file.write(text.arg(targets, rest).replace(QLatin1Char('\''), QLatin1Char('"')).toUtf8());
    return path;
}

void tst_ollama::itIsFoundAndNamed() {
    const Ended probe = callLooptax({QStringLiteral("probe"), QStringLiteral("--url"), m_ollama.url()});
    QVERIFY2(probe.code == 0, qPrintable(probe.out + probe.err));
    QVERIFY2(probe.out.contains(QLatin1String("Ollama 0.33.0")), qPrintable(probe.out));
    QVERIFY2(probe.out.contains(QLatin1String("smollm2:latest")), qPrintable(probe.out));
}

void tst_ollama::onePlanTwoTargetsFourDesigns() {
    const QString plan = writePlan(
        QStringLiteral("{'id':'llamacpp','kind':'llama-server','managed':{'command':'looptax-llama-server','"
                       "model_file':'%1',"
                       "'args':['-np','1','--cache-ram','0']}},{'id':'ollama','kind':'ollama','url':'%2','"
                       "model':'smollm2'}")
            .arg(kTestModel, m_ollama.url()),
        QStringLiteral(
            "'cells':[{'design':'A','turns':[2]},{'design':'B','turns':[2]},{'design':'C','turns':[2]},"
            "{'design':'D','turns':[2],'padding':[1]}],'repeats':1,'context_tokens':4096,"
            "'on_bad_turn':'oracle','reply':{'max_tokens':48}"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()},
                                  QStringLiteral("both"));
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    const QList<Row> rows = turnsOf(sessionOf(run));
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(16));
    QMap<QString, int> turns;
    for (const Row& row : rows) {
        QCOMPARE(row[QStringLiteral("outcome")], QStringLiteral("ok"));
        QVERIFY(row[QStringLiteral("prompt_tokens")].toInt() > 0);
        QVERIFY(row[QStringLiteral("ttft_ms")].toDouble() > 0);
        ++turns[row[QStringLiteral("target")] + row[QStringLiteral("design")]];
        // Ollama reports no cached count: absent, never 0, and the stratum is not guessed.
        const bool ollama = row[QStringLiteral("target")] == QLatin1String("ollama");
        QCOMPARE(row[QStringLiteral("cached_tokens")].isEmpty(), ollama);
        QCOMPARE(row[QStringLiteral("processed_tokens")].isEmpty(), ollama);
        if (ollama)
            QVERIFY(row[QStringLiteral("stratum")] == QLatin1String("unknown") ||
                    row[QStringLiteral("stratum")] == QLatin1String("load"));
    }
    QCOMPARE(turns.size(), qsizetype(8));
    for (const int n : turns)
        QCOMPARE(n, 2);
    // The same prompt in the same model file has the same characters, whatever the runtime's template makes
    // of it.
    for (const Row& a : rows)
        for (const Row& b : rows)
            if (a[QStringLiteral("design")] == b[QStringLiteral("design")] &&
                a[QStringLiteral("turn")] == QLatin1String("1") &&
                b[QStringLiteral("turn")] == QLatin1String("1"))
                QCOMPARE(a[QStringLiteral("prompt_chars")], b[QStringLiteral("prompt_chars")]);
    const Ended verify = callLooptax({QStringLiteral("verify"), sessionOf(run)});
    QVERIFY2(verify.code == 0, qPrintable(verify.out + verify.err));
    QCOMPARE(processesWith(QStringLiteral("both")), 0);
}

void tst_ollama::theOpenAiRouteOfTheSameServer() {
    const QString plan = writePlan(QStringLiteral("{'id':'v1','kind':'openai','url':'%1','model':'smollm2'}").arg(m_ollama.url()),
                                   QStringLiteral("'cells':[{'design':'A','turns':[2]}],'repeats':1,'context_tokens':4096,"
                                                  "'reply':{'max_tokens':48}"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    const QList<Row> rows = turnsOf(sessionOf(run));
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(2));
    for (const Row& row : rows) {
        QCOMPARE(row[QStringLiteral("outcome")], QStringLiteral("ok"));
        QVERIFY(row[QStringLiteral("prompt_tokens")].toInt() > 0);
        QVERIFY(row[QStringLiteral("cached_tokens")].isEmpty()); // this route reports none
    }
}

namespace {

// What the server that Ollama runs says of each request, in order: tokens of the prompt, and of them those it reused.
struct ChildCount {
    qint64 prompt = 0;
    qint64 cached = 0;
};
QList<ChildCount> childCounts(const QString& log) {
    static const QRegularExpression kLine(QStringLiteral("task\\.n_tokens = (\\d+)|cached n_tokens = (\\d+)"));
    QList<ChildCount> out;
    for (auto at = kLine.globalMatch(log); at.hasNext();) {
        const auto match = at.next();
        if (!match.captured(1).isEmpty())
            out.append({match.captured(1).toLongLong(), -1});
        else if (!out.isEmpty() && out.last().cached < 0) // later batches of the same prompt say it again
            out.last().cached = match.captured(2).toLongLong();
    }
    return out;
}

// Of |estimate - truth|, in tokens and as a share of the prompt.
struct EstimateErrors {
    QList<double> tokens, shares, bias;
    int held = 0;
    void add(const CachedEstimate& estimate, const ChildCount& child) {
        const auto off = double(estimate.tokens - child.cached);
        tokens.append(std::abs(off));
        shares.append(100 * std::abs(off) / double(child.prompt));
        bias.append(off);
        held += estimate.low <= child.cached && child.cached <= estimate.high ? 1 : 0;
    }
    static double at(QList<double> values, double q) {
        std::sort(values.begin(), values.end());
        return values.isEmpty() ? -1 : values[qsizetype(q * double(values.size() - 1) + 0.5)];
    }
    QString text() const {
        return QStringLiteral("%1 turns: off by %2 tokens at the median (%3 % of the prompt), %4 at p90 (%5 %), %6 at most; "
                              "bias %7; the interval holds %8 of them")
            .arg(tokens.size())
            .arg(at(tokens, 0.5), 0, 'f', 0)
            .arg(at(shares, 0.5), 0, 'f', 1)
            .arg(at(tokens, 0.9), 0, 'f', 0)
            .arg(at(shares, 0.9), 0, 'f', 1)
            .arg(at(tokens, 1), 0, 'f', 0)
            .arg(at(bias, 0.5), 0, 'f', 0)
            .arg(held);
    }
};

} // namespace

void tst_ollama::theEstimateIsHeldAgainstTheChildsOwnCounts() {
    QFile log(QString::fromStdString(dataFolder()) + QStringLiteral("/ollama-tests/ollama.log"));
    QVERIFY(log.open(QIODevice::ReadOnly));
    const qint64 before = log.size();
    const QString plan = writePlan(
        QStringLiteral("{'id':'ollama','kind':'ollama','url':'%1','model':'%2'}").arg(m_ollama.url(), m_thin),
        QStringLiteral("'cells':[{'design':'A','turns':[8]},{'design':'C','turns':[6]},{'design':'B-tail','turns':[6]}],"
                       "'cache_modes':['cold','run-isolated'],'repeats':2,'warmup_requests':0,'context_tokens':4096,"
                       // Ollama ends a stream, without its last line, once a token was said more than thirty times in a
                       // row, and a model of few layers does babble: the turn is then cut, as it should be.
                       "'on_bad_turn':'oracle','reply':{'max_tokens':28}"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    SystemFileOps files;
    const auto session = loadSession(files, sessionOf(run).toStdString());
    QVERIFY(session.ok());
    const std::vector<TurnRecord>& turns = session->store.turns();
    QCOMPARE(turns.size(), std::size_t(80));
    log.seek(before);
    const QList<ChildCount> child = childCounts(QString::fromUtf8(log.readAll()));
    QCOMPARE(child.size(), qsizetype(turns.size()));
    const CacheEstimates estimates = estimateCached(turns);
    QCOMPARE(estimates.rates.size(), std::size_t(1));
    const ReadingRate& rate = estimates.rates[0];
    QVERIFY2(rate.fitted, rate.why_not.c_str());
    m_numbers.say(QStringLiteral("reading: %1 ms + processed * (%2 ms + %3 ms * context), sd of a turn %4 %, from %5 cold turns")
                      .arg(rate.fixed_ms, 0, 'f', 1)
                      .arg(rate.per_token_ms, 0, 'f', 3)
                      .arg(rate.per_token_context_ms, 0, 'g', 3)
                      .arg(rate.spread_percent, 0, 'f', 1)
                      .arg(rate.turns));
    const QList<Row> rows = turnsOf(sessionOf(run));
    EstimateErrors cold, warm;
    int without = 0;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const ChildCount& counted = child[qsizetype(i)];
        QCOMPARE(qint64(turns[i].prompt_tokens.value_or(-1)), counted.prompt); // the same request
        QVERIFY(!turns[i].cached_tokens && !turns[i].processed_tokens && !turns[i].cache_mode_broken);
        QVERIFY(rows[qsizetype(i)][QStringLiteral("cached_tokens")].isEmpty());
        QCOMPARE(rows[qsizetype(i)][QStringLiteral("cached_tokens_estimate")],
                 estimates.turns[i] ? QString::number(estimates.turns[i]->tokens) : QString());
        const bool isCold = turns[i].cache_mode == CacheMode::Cold || turns[i].turn == 1;
        if (isCold) QVERIFY2(counted.cached < 40, "the tag in front did not keep the prompts apart");
        if (estimates.turns[i])
            (isCold ? cold : warm).add(*estimates.turns[i], counted);
        else
            ++without;
        m_numbers.say(QStringLiteral("  %1 turn %2: prompt %3, %4 ms, child %5 cached, estimate %6")
                          .arg(QString::fromStdString(turns[i].cell))
                          .arg(turns[i].turn)
                          .arg(counted.prompt)
                          .arg(turns[i].prompt_ms.value_or(-1), 0, 'f', 0)
                          .arg(counted.cached)
                          .arg(estimates.turns[i] ? QStringLiteral("%1 (%2 to %3)")
                                                        .arg(estimates.turns[i]->tokens)
                                                        .arg(estimates.turns[i]->low)
                                                        .arg(estimates.turns[i]->high)
                                                  : QStringLiteral("none")));
    }
    m_numbers.say(QStringLiteral("estimate of cached tokens, later turns, ") + warm.text());
    m_numbers.say(QStringLiteral("estimate of cached tokens, cold turns, ") + cold.text());
    m_numbers.say(QStringLiteral("%1 turns without an estimate").arg(without));
    QVERIFY(warm.tokens.size() >= 30);
    QVERIFY(EstimateErrors::at(warm.shares, 0.5) < 10);
    QVERIFY(warm.held * 10 >= warm.tokens.size() * 7);
}

void tst_ollama::aModelThatIsNotInstalled() {
    const QString plan = writePlan(
        QStringLiteral("{'id':'ollama','kind':'ollama','url':'%1','model':'gemma4:26b'}").arg(m_ollama.url()),
        QStringLiteral("'cells':[{'design':'A','turns':[1]}]"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 2 || run.code == 3, qPrintable(run.last()));
    QVERIFY2(run.err.contains(QLatin1String("gemma4:26b")) &&
                 run.err.contains(QLatin1String("smollm2:latest")),
             qPrintable(run.err));
    QVERIFY(sessionOf(run).isEmpty());
}

void tst_ollama::aContextThatIsTooSmallIsSaidBeforeTheFirstTurn() {
    const QString plan = writePlan(
        QStringLiteral("{'id':'ollama','kind':'ollama','url':'%1','model':'smollm2'}").arg(m_ollama.url()),
        QStringLiteral("'cells':[{'design':'A','turns':[12]}],'context_tokens':1024"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 2, qPrintable(run.last()));
    QVERIFY2(run.err.contains(QLatin1String("1024")), qPrintable(run.err));
}

LOOPTAX_TEST(tst_ollama)
#include "tst_ollama.moc"
