// Every stream of tests/data/wire decodes to the same whatever the pieces it comes in: whole, cut once at
// each byte, byte by byte, and cut at random. Small limits too: where an error falls must not depend on
// timing either.
#include "support/places.h"
#include "support/test_registry.h"
#include "wire_log.h"

#include "base/seeded_random.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <functional>

using namespace looptax;

namespace {

std::string logOf(const std::string& kind, const Pieces& pieces, const WireLimits& limits) {
    if (kind == "http") return httpLog(pieces, limits);
    std::string all;
    for (const std::string& line : kind == "sse" ? sseLog(pieces, limits) : ndjsonLog(pieces, limits)) all += line + "\x1E\n";
    return all;
}

} // namespace

class tst_corpus : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void splitsDoNotMatter_data() {
        QTest::addColumn<std::string>("kind");
        QTest::addColumn<std::string>("bytes");
        const QDir folder(QStringLiteral(LOOPTAX_TEST_DATA "/wire"));
        const QStringList names = folder.entryList({QStringLiteral("*.txt")}, QDir::Files, QDir::Name);
        QVERIFY(names.size() >= 30);
        for (const QString& name : names) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            QTest::newRow(qPrintable(name)) << name.section(QLatin1Char('_'), 0, 0).toStdString() << file.readAll().toStdString();
        }
    }
    void splitsDoNotMatter() {
        QFETCH(std::string, kind);
        QFETCH(std::string, bytes);
        const std::string_view all = bytes;
        WireLimits tight;
        tight.header_bytes = 90;
        tight.response_bytes = 400;
        tight.line_bytes = 120;
        tight.event_bytes = 150;
        tight.events = 3;
        for (const WireLimits& limits : {WireLimits(), tight}) {
            const std::string whole = logOf(kind, {all}, limits);
            for (std::size_t at = 0; at <= all.size(); ++at)
                QVERIFY2(logOf(kind, {all.substr(0, at), all.substr(at)}, limits) == whole,
                         qPrintable(QStringLiteral("cut at byte %1").arg(at)));
            Pieces single;
            for (std::size_t i = 0; i < all.size(); ++i) single.push_back(all.substr(i, 1));
            QCOMPARE(logOf(kind, single, limits), whole);
            SeededRandom random(20'260'801);
            for (int round = 0; round < 100; ++round) {
                Pieces pieces;
                for (std::size_t at = 0; at < all.size();) {
                    const std::size_t n = 1 + random.below(1 + random.below(64));
                    pieces.push_back(all.substr(at, n));
                    at += n;
                }
                QCOMPARE(logOf(kind, pieces, limits), whole);
            }
        }
    }

    // A stream damaged at any byte must end in a verdict, never in a crash or in output past its limits.
    void damagedBytesAreSurvived() {
        SeededRandom random(7);
        const QDir folder(QStringLiteral(LOOPTAX_TEST_DATA "/wire"));
        for (const QString& name : folder.entryList({QStringLiteral("*.txt")}, QDir::Files)) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const std::string good = file.readAll().toStdString();
            if (good.empty()) continue;
            const std::string kind = name.section(QLatin1Char('_'), 0, 0).toStdString();
            for (int round = 0; round < 300; ++round) {
                std::string bad = good;
                for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
                    const std::size_t at = random.below(bad.size());
                    switch (random.below(3)) {
                    case 0: bad[at] = char(random.below(256)); break;
                    case 1: bad.insert(at, bad.substr(random.below(bad.size()), random.below(40))); break;
                    default: bad.erase(at, random.below(40)); break;
                    }
                    if (bad.empty()) bad = "x";
                }
                const std::string_view view = bad;
                const std::size_t cut = random.below(bad.size() + 1);
                QCOMPARE(logOf(kind, {view.substr(0, cut), view.substr(cut)}, {}), logOf(kind, {view}, {}));
            }
        }
    }
};

LOOPTAX_TEST(tst_corpus)
#include "tst_corpus.moc"
