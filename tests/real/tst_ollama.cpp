// Real Ollama 0.34.0 and the embedded llama.cpp server: one plan, two targets, all four designs, from the command line, with
// the cached tokens of both; and what our estimate of cached tokens, made for older versions, is worth against its counts.
#include "analysis/cache_estimate.h"
#include "real/real_kit.h"
#include "record/record_store.h"
#include "replay/session_explainer.h"
#include "store/load_session.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

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
    void tableSummaryChartsAndReportShowBoth();
    void theCausesOfBothAreKnown();
    void theOpenAiRouteOfTheSameServer();
    void theEstimateIsScoredAgainstItsOwnCounts();
    void aModelThatIsNotInstalled();
    void aContextThatIsTooSmallIsSaidBeforeTheFirstTurn();

private:
    QTemporaryDir m_folder;
    Numbers m_numbers{QStringLiteral("ollama")};
    PrivateOllama m_ollama;
    QString m_thin; // name of the model whose reading is timed
    QString m_both; // session of two targets
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

void tst_ollama::itIsFoundAndNamed() {
    const Ended probe = callLooptax({QStringLiteral("probe"), QStringLiteral("--url"), m_ollama.url()});
    QVERIFY2(probe.code == 0, qPrintable(probe.out + probe.err));
    QVERIFY2(probe.out.contains(QLatin1String("Ollama 0.34.0")), qPrintable(probe.out));
    QVERIFY2(!probe.out.contains(QLatin1String("does not report which prompt tokens")), qPrintable(probe.out));
    QVERIFY2(probe.out.contains(QLatin1String("smollm2:latest")), qPrintable(probe.out));
}

void tst_ollama::onePlanTwoTargetsFourDesigns() {
    const QString plan =
        writePlan(m_folder,
                  QStringLiteral("{'id':'llamacpp','kind':'llama-server','managed':{'command':'looptax-llama-server','"
                                 "model_file':'%1',"
                                 "'args':['-np','1','--cache-ram','0']}},{'id':'ollama','kind':'ollama','url':'%2','"
                                 "model':'smollm2'}")
                      .arg(kTestModel, m_ollama.url()),
                  QStringLiteral("'cells':[{'design':'A','turns':[2]},{'design':'B','turns':[2]},{'design':'C','turns':[2]},"
                                 "{'design':'D','turns':[2],'padding':[1]}],'repeats':1,'context_tokens':4096,"
                                 "'on_bad_turn':'oracle','reply':{'max_tokens':48}"));
    const Ended run =
        callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()}, QStringLiteral("both"));
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    m_both = sessionOf(run);
    const QList<Row> rows = turnsOf(m_both);
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(16));
    QMap<QString, int> turns;
    QMap<QString, qint64> promptOfTurn1;
    for (const Row& row : rows) {
        QCOMPARE(row[QStringLiteral("outcome")], QStringLiteral("ok"));
        QVERIFY(row[QStringLiteral("prompt_tokens")].toInt() > 0);
        QVERIFY(row[QStringLiteral("ttft_ms")].toDouble() > 0);
        ++turns[row[QStringLiteral("target")] + row[QStringLiteral("design")]];
        // Both say what they found cached, so what a cache mode promises is verified and no stratum is guessed.
        QVERIFY2(number(row, "cached_tokens") >= 0, qPrintable(row[QStringLiteral("cell")]));
        QCOMPARE(number(row, "cached_tokens") + number(row, "processed_tokens"), number(row, "prompt_tokens"));
        QVERIFY(row[QStringLiteral("cached_tokens_estimate")].isEmpty());
        const QString stratum = row[QStringLiteral("stratum")];
        QVERIFY2(QStringList({QStringLiteral("cold"), QStringLiteral("warm"), QStringLiteral("load")}).contains(stratum),
                 qPrintable(stratum));
        if (stratum != QLatin1String("load")) QCOMPARE(row[QStringLiteral("cache_mode_broken")], QStringLiteral("false"));
        const QString place = row[QStringLiteral("target")] + row[QStringLiteral("design")];
        if (row[QStringLiteral("turn")] == QLatin1String("1")) promptOfTurn1[place] = number(row, "prompt_tokens");
        else if (row[QStringLiteral("design")] == QLatin1String("A")) // the whole prompt of turn 1 stands in front of turn 2
            QVERIFY(number(row, "cached_tokens") >= promptOfTurn1[place] - 1);
    }
    QCOMPARE(turns.size(), qsizetype(8));
    for (const int n : turns) QCOMPARE(n, 2);
    // The same prompt in the same model file has the same characters, whatever the runtime's template makes
    // of it.
    for (const Row& a : rows)
        for (const Row& b : rows)
            if (a[QStringLiteral("design")] == b[QStringLiteral("design")] && a[QStringLiteral("turn")] == QLatin1String("1") &&
                b[QStringLiteral("turn")] == QLatin1String("1"))
                QCOMPARE(a[QStringLiteral("prompt_chars")], b[QStringLiteral("prompt_chars")]);
    const Ended verify = callLooptax({QStringLiteral("verify"), m_both});
    QVERIFY2(verify.code == 0, qPrintable(verify.out + verify.err));
    QCOMPARE(processesWith(QStringLiteral("both")), 0);
}

void tst_ollama::tableSummaryChartsAndReportShowBoth() {
    QVERIFY(!m_both.isEmpty());
    QProcess workbench;
    workbench.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench"),
                    {QStringLiteral("--export"), m_both, QStringLiteral("--to"), m_both + QStringLiteral("/charts")});
    QVERIFY(workbench.waitForFinished(60'000));
    QCOMPARE(workbench.exitCode(), 0);
    QFile svg(m_both + QStringLiteral("/charts/cached_processed_by_turn.svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    const QString drawn = QString::fromUtf8(svg.readAll());
    QFile file(m_both + QStringLiteral("/summary.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto summary = nlohmann::json::parse(file.readAll().toStdString(), nullptr, false);
    // One repeat: the median of a turn is its count. D's turns are runs of their own paddings; A says enough.
    int shown = 0;
    for (const Row& row : turnsOf(m_both)) {
        if (row[QStringLiteral("design")] != QLatin1String("A") || row[QStringLiteral("stratum")] == QLatin1String("load"))
            continue;
        for (const auto& entry : summary["summaries"]) {
            if (entry["target"] != row[QStringLiteral("target")].toStdString() || entry["design"] != "A" ||
                entry["turn"] != number(row, "turn"))
                continue;
            QCOMPARE(entry["cached_tokens"]["median"].get<double>(), double(number(row, "cached_tokens")));
            QCOMPARE(entry["processed_tokens"]["median"].get<double>(), double(number(row, "processed_tokens")));
            ++shown;
        }
        const QString panel = QStringLiteral("A, ") + row[QStringLiteral("target")];
        QVERIFY2(drawn.contains(panel), qPrintable(panel));
        const QString bar = QStringLiteral("%1: %2 + %3")
                                .arg(number(row, "turn"))
                                .arg(number(row, "cached_tokens"))
                                .arg(number(row, "processed_tokens"));
        QVERIFY2(drawn.contains(bar), qPrintable(bar));
    }
    QVERIFY2(shown >= 3, qPrintable(QString::number(shown))); // Ollama's first turn of all may have loaded the model
    const Ended report = callLooptax({QStringLiteral("report"), m_both});
    QVERIFY2(report.code == 0, qPrintable(report.last()));
    for (const QString& line : report.out.split(QLatin1Char('\n')))
        QVERIFY2(!line.startsWith(QLatin1String("| A | ollama |")) || !line.contains(QLatin1String("not reported")),
                 qPrintable(line));
    QVERIFY(!report.out.contains(QLatin1String("Cached tokens, estimated")));
}

// Ollama shows no tokens; the embedded server has the same model, and counts the same. It had ended when the sweep was over.
void tst_ollama::theCausesOfBothAreKnown() {
    const Ended explain = callLooptax({QStringLiteral("explain"), m_both});
    QVERIFY2(explain.code == 0, qPrintable(explain.last()));
    SystemFileOps files;
    const auto all = loadExplanations(files, m_both.toStdString());
    QVERIFY(all.ok());
    for (const char* target : {"llamacpp", "ollama"}) {
        const SessionExplanations own = ofTarget(*all, target);
        const ExplainedCounts counts = countsOf(own);
        for (const TurnExplanation& turn : own.turns)
            if (!turn.exact.value_or(false))
                m_numbers.say(QString::fromStdString(turn.cell + " turn " + std::to_string(turn.turn) + ": " + turn.absent +
                                                     turn.sentence));
        QCOMPARE(counts.turns, std::int64_t(8));
        QCOMPARE(counts.explained, std::int64_t(8));
        QCOMPARE(counts.exact, std::int64_t(8));
        m_numbers.say(QStringLiteral("%1: %2 of %3 turns explained and exact")
                          .arg(QLatin1String(target))
                          .arg(counts.exact)
                          .arg(counts.turns));
    }
    const Ended report = callLooptax({QStringLiteral("report"), m_both});
    QVERIFY(report.out.contains(
        QLatin1String("The prompts of ollama, which shows neither template nor tokens, were cut by a llama-server")));
}

void tst_ollama::theOpenAiRouteOfTheSameServer() {
    const QString plan = writePlan(
        m_folder, QStringLiteral("{'id':'v1','kind':'openai','url':'%1','model':'smollm2'}").arg(m_ollama.url()),
        QStringLiteral("'cells':[{'design':'A','turns':[2]}],'repeats':1,'context_tokens':4096,'reply':{'max_tokens':48}"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    const QList<Row> rows = turnsOf(sessionOf(run));
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(2));
    for (const Row& row : rows) {
        QCOMPARE(row[QStringLiteral("outcome")], QStringLiteral("ok"));
        QVERIFY(row[QStringLiteral("prompt_tokens")].toInt() > 0);
        // In usage.prompt_tokens_details, as OpenAI's own.
        QVERIFY(number(row, "cached_tokens") >= 0);
        QCOMPARE(number(row, "cached_tokens") + number(row, "processed_tokens"), number(row, "prompt_tokens"));
    }
    QVERIFY(number(rows[1], "cached_tokens") >= number(rows[0], "prompt_tokens") - 1);
}

namespace {

// What the server that Ollama runs says of each request, in order: tokens of the prompt, and of them those found cached.
struct ChildCount {
    qint64 prompt = 0;
    qint64 cached = 0;
};
QList<ChildCount> childCounts(const QString& log) {
    static const QRegularExpression kLine(QStringLiteral("task\\.n_tokens = (\\d+)|cached n_tokens = (\\d+)"));
    QList<ChildCount> out;
    for (auto at = kLine.globalMatch(log); at.hasNext();) {
        const auto match = at.next();
        if (!match.captured(1).isEmpty()) out.append({match.captured(1).toLongLong(), -1});
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

void tst_ollama::theEstimateIsScoredAgainstItsOwnCounts() {
    QFile log(QString::fromStdString(dataFolder()) + QStringLiteral("/ollama-tests/ollama.log"));
    QVERIFY(log.open(QIODevice::ReadOnly));
    const qint64 before = log.size();
    const QString plan = writePlan(
        m_folder, QStringLiteral("{'id':'ollama','kind':'ollama','url':'%1','model':'%2'}").arg(m_ollama.url(), m_thin),
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
    // As an Ollama before 0.33.3 would have said it.
    std::vector<TurnRecord> silent = turns;
    for (TurnRecord& turn : silent) {
        turn.cached_tokens.reset();
        turn.processed_tokens.reset();
        turn.cache_mode_broken.reset();
        if (turn.stratum != "load") turn.stratum = "unknown";
    }
    const CacheEstimates estimates = estimateCached(silent);
    QCOMPARE(estimates.rates.size(), std::size_t(1));
    const ReadingRate& rate = estimates.rates[0];
    const QList<Row> rows = turnsOf(sessionOf(run));
    EstimateErrors cold, warm;
    int without = 0;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const ChildCount& counted = child[qsizetype(i)];
        QCOMPARE(qint64(turns[i].prompt_tokens.value_or(-1)), counted.prompt); // the same request
        // Two witnesses: what Ollama says and what the server that it runs wrote into the log.
        QCOMPARE(qint64(turns[i].cached_tokens.value_or(-1)), counted.cached);
        QCOMPARE(qint64(turns[i].processed_tokens.value_or(-1)), counted.prompt - counted.cached);
        QVERIFY(!turns[i].cache_mode_broken.value_or(false));
        QVERIFY(rows[qsizetype(i)][QStringLiteral("cached_tokens_estimate")].isEmpty());
        const bool isCold = turns[i].cache_mode == CacheMode::Cold || turns[i].turn == 1;
        if (isCold) QVERIFY2(counted.cached < 40, "the tag in front did not keep the prompts apart");
        if (estimates.turns[i]) (isCold ? cold : warm).add(*estimates.turns[i], counted);
        else ++without;
        m_numbers.say(QStringLiteral("  %1 turn %2: prompt %3, %4 ms, %5 cached, estimate %6")
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
    QVERIFY2(rate.fitted, rate.why_not.c_str());
    m_numbers.say(QStringLiteral("reading: %1 ms + processed * (%2 ms + %3 ms * context), sd of a turn %4 %, from %5 cold turns")
                      .arg(rate.fixed_ms, 0, 'f', 1)
                      .arg(rate.per_token_ms, 0, 'f', 3)
                      .arg(rate.per_token_context_ms, 0, 'g', 3)
                      .arg(rate.spread_percent, 0, 'f', 1)
                      .arg(rate.turns));
    m_numbers.say(QStringLiteral("estimate of cached tokens, later turns, ") + warm.text());
    m_numbers.say(QStringLiteral("estimate of cached tokens, cold turns, ") + cold.text());
    m_numbers.say(QStringLiteral("%1 turns without an estimate").arg(without));
    QVERIFY(warm.tokens.size() >= 30);
    QVERIFY(EstimateErrors::at(warm.shares, 0.5) < 10);
    QVERIFY(warm.held * 10 >= warm.tokens.size() * 7);
}

void tst_ollama::aModelThatIsNotInstalled() {
    const QString plan =
        writePlan(m_folder, QStringLiteral("{'id':'ollama','kind':'ollama','url':'%1','model':'gemma4:26b'}").arg(m_ollama.url()),
                  QStringLiteral("'cells':[{'design':'A','turns':[1]}]"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 2 || run.code == 3, qPrintable(run.last()));
    QVERIFY2(run.err.contains(QLatin1String("gemma4:26b")) && run.err.contains(QLatin1String("smollm2:latest")),
             qPrintable(run.err));
    QVERIFY(sessionOf(run).isEmpty());
}

void tst_ollama::aContextThatIsTooSmallIsSaidBeforeTheFirstTurn() {
    const QString plan =
        writePlan(m_folder, QStringLiteral("{'id':'ollama','kind':'ollama','url':'%1','model':'smollm2'}").arg(m_ollama.url()),
                  QStringLiteral("'cells':[{'design':'A','turns':[12]}],'context_tokens':1024"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 2, qPrintable(run.last()));
    QVERIFY2(run.err.contains(QLatin1String("1024")), qPrintable(run.err));
}

LOOPTAX_TEST(tst_ollama)
#include "tst_ollama.moc"
