// cyllama's server, the real bad specimen: it ignores `stream`, answers to any model's name, says stop at max_tokens, and from
// its second request on an error of its engine becomes an empty reply. A turn of it must not pass for a measured one.
#include "real/real_kit.h"
#include "support/test_registry.h"

#include <QSysInfo>
#include <QTest>

using namespace looptax;
using namespace looptax::real;

class tst_cyllama : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void itIsFoundAndNamed();
    void aTurnFailsAndSaysThatStreamWasIgnored_data();
    void aTurnFailsAndSaysThatStreamWasIgnored();

private:
    QTemporaryDir m_folder;
    Numbers m_numbers{QStringLiteral("cyllama")};
    PrivateServer m_server;
};

void tst_cyllama::initTestCase() {
    if (QSysInfo::buildCpuArchitecture() != QLatin1String("x86_64")) QSKIP("its makers build it for x86-64 alone");
    const QString lacks = missing({QStringLiteral("servers/cyllama/looptax.wheel")});
    QVERIFY2(lacks.isEmpty(), qPrintable(lacks));
    const QString problem =
        m_server.start(QStringLiteral("cyllama"), QStringLiteral("servers/cyllama/bin/python"),
                       {QStringLiteral("-m"), QStringLiteral("cyllama.llama.server"), QStringLiteral("--model"),
                        modelPath(kTestModel), QStringLiteral("--ctx-size"), QStringLiteral("4096")});
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void tst_cyllama::itIsFoundAndNamed() {
    const Ended probe = callLooptax({QStringLiteral("probe"), QStringLiteral("--url"), m_server.url()});
    QVERIFY2(probe.code == 0, qPrintable(probe.out + probe.err));
    QVERIFY2(probe.out.contains(QLatin1String("OpenAI-compatible")), qPrintable(probe.out));
    QVERIFY2(probe.out.contains(QLatin1String("gpt-3.5-turbo")), qPrintable(probe.out)); // whatever it serves
}

void tst_cyllama::aTurnFailsAndSaysThatStreamWasIgnored_data() {
    QTest::addColumn<QString>("model");
    QTest::newRow("a reply") << QStringLiteral("gpt-3.5-turbo");
    QTest::newRow("an empty reply, to a name that is on no list") << QStringLiteral("no-such-model");
}

void tst_cyllama::aTurnFailsAndSaysThatStreamWasIgnored() {
    QFETCH(QString, model);
    const QString plan =
        writePlan(m_folder, QStringLiteral("{'id':'cyllama','kind':'openai','url':'%1','model':'%2'}").arg(m_server.url(), model),
                  QStringLiteral("'cells':[{'design':'A','turns':[2]}],'repeats':1,'warmup_requests':0,'context_tokens':4096,"
                                 "'reply':{'max_tokens':16}"));
    const Ended run = callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()});
    QVERIFY2(run.code == 1, qPrintable(run.last()));
    const QList<Row> rows = turnsOf(sessionOf(run));
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(1)); // a request that failed ends its run
    QCOMPARE(rows[0][QStringLiteral("outcome")], QStringLiteral("protocol"));
    const QString why = rows[0][QStringLiteral("fail_reason")];
    QVERIFY2(why.contains(QLatin1String("the server ignored stream: true")), qPrintable(why));
    QVERIFY2(why.contains(QLatin1String("chat.completion")), qPrintable(why)); // what it said is quoted
    QVERIFY(rows[0][QStringLiteral("ttft_ms")].isEmpty());
}

LOOPTAX_TEST(tst_cyllama)
#include "tst_cyllama.moc"
