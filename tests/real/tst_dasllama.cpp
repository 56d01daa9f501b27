// dasllama, a server whose engine is not llama.cpp: a true stream over the OpenAI route, cached tokens in its usage, and
// `timings` of its own meaning, which must not be read as llama-server's.
#include "real/real_kit.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;
using namespace looptax::real;

class tst_dasllama : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void itIsFoundAndNamed();
    void itsCachedCountsAreVerified();

private:
    QTemporaryDir m_folder;
    Numbers m_numbers{QStringLiteral("dasllama")};
    PrivateServer m_server;
};

void tst_dasllama::initTestCase() {
    const QString lacks = missing({QStringLiteral("servers/dasllama/looptax.wheel")});
    QVERIFY2(lacks.isEmpty(), qPrintable(lacks));
    // It writes the model once more in a form of its own, into the folder where it was given it. (Qwen: it cannot read the
    // Q4_1 of the test model.)
    const QString model = PrivateServer::folder(QStringLiteral("dasllama")) + QLatin1Char('/') + kModel;
    QFile::remove(model);
    QVERIFY(QFile::link(modelPath(kModel), model));
    const QString problem = m_server.start(QStringLiteral("dasllama"), QStringLiteral("servers/dasllama/bin/dasllama-server"),
                                           {QStringLiteral("--model"), model, QStringLiteral("--ctx"), QStringLiteral("4096"),
                                            QStringLiteral("--streams"), QStringLiteral("1"), QStringLiteral("--threads"),
                                            QStringLiteral("-1"), QStringLiteral("--gpu"), QStringLiteral("off")});
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void tst_dasllama::itIsFoundAndNamed() {
    const Ended probe = callLooptax({QStringLiteral("probe"), QStringLiteral("--url"), m_server.url()});
    QVERIFY2(probe.code == 0, qPrintable(probe.out + probe.err));
    QVERIFY2(probe.out.contains(QLatin1String("OpenAI-compatible")), qPrintable(probe.out));
    QVERIFY2(probe.out.contains(kModel), qPrintable(probe.out));
}

void tst_dasllama::itsCachedCountsAreVerified() {
    const QString plan = writePlan(
        m_folder, QStringLiteral("{'id':'dasllama','kind':'openai','url':'%1','model':'%2'}").arg(m_server.url(), kModel),
        QStringLiteral("'cells':[{'design':'A','turns':[3]},{'design':'C','turns':[3]}],'order':'listed','repeats':1,"
                       "'context_tokens':4096,'on_bad_turn':'oracle','reply':{'max_tokens':24}"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    const QList<Row> rows = turnsOf(sessionOf(run));
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(6));
    QList<Row> a;
    for (const Row& row : rows) {
        QCOMPARE(row[QStringLiteral("outcome")], QStringLiteral("ok"));
        QVERIFY(row[QStringLiteral("ttft_ms")].toDouble() > 0);
        QVERIFY(row[QStringLiteral("decode_tps")].toDouble() > 0);
        QVERIFY(number(row, "cached_tokens") >= 0);
        QCOMPARE(number(row, "cached_tokens") + number(row, "processed_tokens"), number(row, "prompt_tokens"));
        QCOMPARE(row[QStringLiteral("cache_mode_broken")], QStringLiteral("false"));
        // Its timings{ttft_ms, gen_ms} are of its own clock: neither is prompt_ms or predicted_ms.
        QVERIFY(row[QStringLiteral("prompt_ms")].isEmpty());
        QVERIFY(row[QStringLiteral("decode_tps_runtime")].isEmpty());
        QVERIFY(row[QStringLiteral("counts_disagree")].isEmpty());
        if (row[QStringLiteral("design")] == QLatin1String("A")) a.append(row);
    }
    QCOMPARE(a.size(), qsizetype(3));
    QVERIFY(number(a[1], "cached_tokens") >= number(a[0], "prompt_tokens") - 1);
    QVERIFY(number(a[2], "cached_tokens") > number(a[1], "cached_tokens"));
    QVERIFY(number(a[2], "processed_tokens") < number(a[0], "processed_tokens"));
    const Ended verify = callLooptax({QStringLiteral("verify"), sessionOf(run)});
    QVERIFY2(verify.code == 0, qPrintable(verify.out + verify.err));
}

LOOPTAX_TEST(tst_dasllama)
#include "tst_dasllama.moc"
