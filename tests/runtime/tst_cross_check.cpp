// A llama-server says of its prompt twice, in `timings` and in `usage`: what does not agree is kept as it was given and
// said, and a number that cannot be is unknown, with a warning, and not worked out from its neighbours.
#include "runtime/chat_lab.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

namespace {

QString text(const std::optional<std::int64_t>& n) { return n ? QString::number(*n) : QStringLiteral("-"); }

} // namespace

class tst_cross_check : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsAreComparedWhenTheyCome_data() {
        QTest::addColumn<QByteArray>("timings");
        QTest::addColumn<QByteArray>("usage");
        QTest::addColumn<QString>("counts"); // prompt, cached, processed
        QTest::addColumn<QString>("disagree");
        QTest::addColumn<int>("warnings");
        const auto row = [](const char* name, const char* timings, const char* usage, const char* counts, const char* disagree,
                            int warnings = 0) {
            QTest::addRow("%s", name) << QByteArray(timings) << QByteArray(usage) << QString::fromLatin1(counts)
                                      << QString::fromLatin1(disagree) << warnings;
        };
        row("both agree", "'cache_n':36,'prompt_n':4", "'prompt_tokens':40,'prompt_tokens_details':{'cached_tokens':36}",
            "40 36 4", "");
        row("timings alone", "'cache_n':36,'prompt_n':4", "", "40 36 4", "");
        row("usage alone", "", "'prompt_tokens':40,'prompt_tokens_details':{'cached_tokens':36}", "40 36 4", "");
        row("no cached count", "", "'prompt_tokens':40", "40 - -", "");
        row("the sum is not the prompt", "'cache_n':36,'prompt_n':4", "'prompt_tokens':50", "50 36 4",
            "36 cached and 4 processed are not the prompt's 50 tokens");
        row("two cached counts", "'cache_n':36,'prompt_n':4", "'prompt_tokens':40,'prompt_tokens_details':{'cached_tokens':30}",
            "40 36 4", "timings say 36 cached, usage says 30");
        row("more cached than there is", "", "'prompt_tokens':40,'prompt_tokens_details':{'cached_tokens':41}", "40 41 -",
            "41 cached are more than the prompt's 40 tokens");
        row("a negative count", "'cache_n':-1,'prompt_n':4", "'prompt_tokens':40", "40 - 4", "", 1);
        row("an absurd count is not worked out", "'cache_n':36,'prompt_n':-4", "'prompt_tokens':40", "40 36 -", "", 1);
        row("a time that cannot be", "'cache_n':36,'prompt_n':4,'prompt_ms':-5.0", "'prompt_tokens':40", "40 36 4", "", 1);
    }
    void countsAreComparedWhenTheyCome() {
        QFETCH(QByteArray, timings);
        QFETCH(QByteArray, usage);
        QFETCH(QString, counts);
        QFETCH(QString, disagree);
        QFETCH(int, warnings);
        ChatLab lab;
        QByteArray last = "data: {'choices':[]";
        if (!usage.isEmpty()) last += ",'usage':{" + usage + "}";
        if (!timings.isEmpty()) last += ",'timings':{" + timings + "}";
        last = last.replace('\'', '"') + "}\n\n";
        const std::string body =
            lab.kit.opening() + lab.kit.writer->finish("stop") + last.toStdString() + lab.kit.writer->terminator();
        lab.server.queueChat(FaultKit::script({FaultKit::send(lab.kit.chunked(body))}));
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::Ok);
        QCOMPARE(text(end.counts.prompt_tokens) + QLatin1Char(' ') + text(end.counts.cached_tokens) + QLatin1Char(' ') +
                     text(end.counts.processed_tokens),
                 counts);
        QCOMPARE(QString::fromStdString(end.counts.disagree), disagree);
        QCOMPARE(int(end.warnings.size()), warnings);
        QVERIFY(!end.counts.prompt_ms);
    }
};

LOOPTAX_TEST(tst_cross_check)
#include "tst_cross_check.moc"
