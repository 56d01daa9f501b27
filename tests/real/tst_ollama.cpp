// Real Ollama 0.33.0 beside the embedded llama.cpp server: one plan, two targets, all four designs, from the
// command line.
#include "real/real_kit.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;
using namespace looptax::real;

class tst_ollama : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void itIsFoundAndNamed();
    void onePlanTwoTargetsFourDesigns();
    void theOpenAiRouteOfTheSameServer();
    void aModelThatIsNotInstalled();
    void aContextThatIsTooSmallIsSaidBeforeTheFirstTurn();

private:
    QString writePlan(const QString& targets, const QString& rest);
    QTemporaryDir m_folder;
    Numbers m_numbers{QStringLiteral("ollama")};
    PrivateOllama m_ollama;
};

void tst_ollama::initTestCase() {
    QVERIFY2(missing().isEmpty(), qPrintable(missing()));
    const QString problem = m_ollama.start({QStringLiteral("smollm2=") + modelPath(kTestModel)});
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
    QVERIFY2(run.code == 0, qPrintable(run.out + run.err));
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
    QVERIFY2(run.code == 0, qPrintable(run.out + run.err));
    const QList<Row> rows = turnsOf(sessionOf(run));
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(2));
    for (const Row& row : rows) {
        QCOMPARE(row[QStringLiteral("outcome")], QStringLiteral("ok"));
        QVERIFY(row[QStringLiteral("prompt_tokens")].toInt() > 0);
        QVERIFY(row[QStringLiteral("cached_tokens")].isEmpty()); // this route reports none
    }
}

void tst_ollama::aModelThatIsNotInstalled() {
    const QString plan = writePlan(
        QStringLiteral("{'id':'ollama','kind':'ollama','url':'%1','model':'gemma4:26b'}").arg(m_ollama.url()),
        QStringLiteral("'cells':[{'design':'A','turns':[1]}]"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 2 || run.code == 3, qPrintable(run.out + run.err));
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
    QVERIFY2(run.code == 2, qPrintable(run.out + run.err));
    QVERIFY2(run.err.contains(QLatin1String("1024")), qPrintable(run.err));
}

LOOPTAX_TEST(tst_ollama)
#include "tst_ollama.moc"
