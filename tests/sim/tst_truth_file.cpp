// What the scripted server hands to another process about what it did.
#include "sim/truth_file.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

namespace {

SeenRequest chat(std::int64_t arrived, SimEnd end = SimEnd::Answered) {
    SeenRequest seen;
    seen.request.chat_index = 0;
    seen.request.arrived_ns = arrived;
    seen.sent = {{arrived + 1, 90, SimMark::Head},     {arrived + 2, 50, SimMark::Role},     {arrived + 10, 60, SimMark::Content},
                 {arrived + 20, 60, SimMark::Content}, {arrived + 30, 60, SimMark::Content}, {arrived + 40, 200, SimMark::End}};
    seen.end = end;
    return seen;
}

} // namespace

class tst_truth_file : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aChatIsItsStampsAndCounts() {
        SeenRequest probe;
        probe.end = SimEnd::Answered;
        const auto truths = chatTruths({chat(5'000), probe, chat(1'000), chat(9'000, SimEnd::PeerGone)});
        QCOMPARE(int(truths.size()), 2); // neither the probe nor what was cut
        QVERIFY((truths[0] == ChatTruth{1'000, 1'040, 5, {1'010, 1'020, 1'030}}));
        QCOMPARE(truths[1].arrived_ns, std::int64_t(5'000));
    }
    void whatIsWrittenIsRead() {
        const auto truths = chatTruths({chat(1'000), chat(5'000)});
        const auto read = readTruth(truthText(truths));
        QVERIFY(read.ok());
        QVERIFY(*read == truths);
        QVERIFY(readTruth(truthText({})).ok());
    }
    void aTextThatIsCutOrStrangeIsRefused_data() {
        QTest::addColumn<QString>("text");
        QTest::addRow("empty") << QString();
        QTest::addRow("cut before its end") << QStringLiteral("looptax.truth/2\n1 2 3 1 6\n");
        QTest::addRow("a number too few") << QStringLiteral("looptax.truth/2\n1 2 3 2 5\nend\n");
        QTest::addRow("a number too many") << QStringLiteral("looptax.truth/2\n1 2 3 1 5 6\nend\n");
        QTest::addRow("fewer than none") << QStringLiteral("looptax.truth/2\n1 2 3 -1\nend\n");
        QTest::addRow("no number") << QStringLiteral("looptax.truth/2\n1 2 x 1 6\nend\n");
        QTest::addRow("another version") << QStringLiteral("looptax.truth/1\n1 2 3 4 5 6\nend\n");
    }
    void aTextThatIsCutOrStrangeIsRefused() {
        QFETCH(QString, text);
        const auto read = readTruth(text.toStdString());
        QVERIFY(!read.ok());
        QVERIFY(read.error().kind == ErrorKind::Corrupt);
    }
};

LOOPTAX_TEST(tst_truth_file)
#include "tst_truth_file.moc"
