// Retry-After in the forms servers write it.
#include "support/test_registry.h"

#include "runtime/retry_after.h"

#include <QTest>

using namespace looptax;

namespace {
constexpr qint64 kNow = 784'111'777'000; // Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 section 5.6.7
constexpr qint64 kAbsent = -1;
} // namespace

class tst_retry_after : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void howLongIsRead_data() {
        QTest::addColumn<QString>("headers"); // name: value, divided by |
        QTest::addColumn<qint64>("ms");
        const auto row = [](const char* name, const char* headers, qint64 ms) {
            QTest::newRow(name) << QString::fromUtf8(headers) << ms;
        };
        // RFC 9110 section 10.2.3
        row("seconds", "Retry-After: 120", 120'000);
        row("a date", "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT", 60'000);
        row("name in small letters", "retry-after: 7", 7'000);
        // RFC 9110 section 5.6.7: the two obsolete forms, which a recipient must accept
        row("a date of RFC 850", "Retry-After: Sunday, 06-Nov-94 08:50:07 GMT", 30'000);
        row("a date of asctime", "Retry-After: Sun Nov  6 08:49:47 1994", 10'000);
        row("the next day", "Retry-After: Mon, 07 Nov 1994 08:49:37 GMT", 86'400'000);
        row("the next year", "Retry-After: Fri, 06 Jan 1995 08:49:37 GMT", qint64(61) * 86'400'000);
        // A server's clock that is five minutes ahead of ours: its own Date says so.
        row("a date beside the server's own", "Date: Sun, 06 Nov 1994 08:54:37 GMT|Retry-After: Sun, 06 Nov 1994 08:54:57 GMT",
            20'000);
        row("seconds beside a Date", "Date: Sun, 06 Nov 1994 08:54:37 GMT|Retry-After: 3", 3'000);
        row("a Date that is none", "Date: yesterday|Retry-After: Sun, 06 Nov 1994 08:50:37 GMT", 60'000);
        row("none", "Retry-After: 0", 0);
        row("a date that is over", "Retry-After: Sun, 06 Nov 1994 08:00:00 GMT", 0);
        // openai-python's and Azure's clients read these too
        row("milliseconds", "retry-after-ms: 1234", 1'234);
        row("milliseconds before seconds", "Retry-After: 2|retry-after-ms: 1500", 1'500);
        row("milliseconds that are none", "Retry-After: 2|retry-after-ms: soon", 2'000);
        row("a fraction of a second", "Retry-After: 0.25", 250);
        row("rounded up", "Retry-After: 0.0001", 1);
        row("for ever", "Retry-After: 99999999999999", 1'000'000'000'000);
        row("a date without end", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 1'000'000'000'000);
        row("blanks", "Retry-After:  5 ", 5'000);
        for (const char* other :
             {"", "Retry-After: ", "Retry-After: soon", "Retry-After: -5", "Retry-After: 30 s", "Retry-After: 1, 2",
              "Retry-After: nan", "Retry-After: inf", "Retry-After: 12:30", "Retry-After: Sun, 31 Feb 1994 08:50:37 GMT",
              "Retry-After: Sun, 06 Nov 1994 25:50:37 GMT", "Retry-After: Sun, 06 Foo 1994 08:50:37 GMT",
              "Retry-After: Sun, 06 Nov 1994 08:50:37 CEST", "Retry-After: 1994-11-06T08:50:37Z"})
            QTest::addRow("not read: %s", other) << QString::fromUtf8(other) << kAbsent;
    }
    void howLongIsRead() {
        QFETCH(QString, headers);
        QFETCH(qint64, ms);
        HttpHead head;
        for (const QString& line : headers.split(QLatin1Char('|'), Qt::SkipEmptyParts))
            head.headers.emplace_back(line.section(QLatin1Char(':'), 0, 0).toStdString(),
                                      line.section(QLatin1Char(':'), 1).trimmed().toStdString());
        QCOMPARE(qint64(retryAfterMs(head, kNow).value_or(kAbsent)), ms);
    }
};

LOOPTAX_TEST(tst_retry_after)
#include "tst_retry_after.moc"
