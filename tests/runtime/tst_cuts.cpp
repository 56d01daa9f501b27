// The same bytes give the same turn, however the network cut them: every recorded stream through the whole client, in one
// piece, cut once at each byte, byte by byte and cut at random; where the connection ends after it and where it stays.
#include "recorded_connection.h"

#include "base/seeded_random.h"
#include "support/patience.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace looptax;

namespace {

std::string number(const auto& value) { return value ? std::to_string(*value) : "absent"; }

// All of a chat that goes on record but its times.
std::string told(const Played& played) {
    const ChatEnd& end = played.end;
    const RuntimeCounts& c = end.counts;
    std::string out = std::string(name(end.outcome)) + " | " + end.error_text + " | " + std::to_string(end.http_status) + " | " +
                      c.finish_reason + " | " + number(c.prompt_tokens) + " " + number(c.cached_tokens) + " " +
                      number(c.processed_tokens) + " " + number(c.predicted_tokens) + " " + number(c.prompt_ms) + " " +
                      number(c.predicted_ms) + " " + number(c.load_ms) + " | " + c.disagree + " | " + end.model + " | " +
                      end.fingerprint + " | " + number(end.overflow_prompt_tokens) + " " + number(end.overflow_context);
    for (const bool flag : {end.no_done, end.no_finish_reason, end.invalid_utf8, end.busy}) out += flag ? " 1" : " 0";
    return out + " | " + played.heard.content + " | " + played.heard.reasoning;
}

std::vector<std::string> cutInTwo(const std::string& all, std::size_t at) {
    std::vector<std::string> out;
    if (at > 0) out.push_back(all.substr(0, at));
    if (at < all.size()) out.push_back(all.substr(at));
    return out;
}

} // namespace

class tst_cuts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsDoNotMatter_data() {
        QTest::addColumn<int>("dialect");
        QTest::addColumn<std::string>("bytes");
        const auto row = [](const QString& name, Dialect dialect, const std::string& bytes) {
            QTest::newRow(qPrintable(name)) << int(dialect) << bytes;
        };
        const QDir folder(QStringLiteral(LOOPTAX_TEST_DATA "/wire"));
        const QStringList names = folder.entryList({QStringLiteral("*.txt")}, QDir::Files, QDir::Name);
        QVERIFY(names.size() >= 30);
        for (const QString& name : names) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            const std::string bytes = file.readAll().toStdString();
            if (name.startsWith(QLatin1String("http"))) {
                row(name, Dialect::Sse, bytes);
                continue;
            }
            const Dialect dialect = name.startsWith(QLatin1String("sse")) ? Dialect::Sse : Dialect::Ndjson;
            row(name + QStringLiteral(" chunked"), dialect, chunked(bytes));
            row(name + QStringLiteral(" length"), dialect, withLength(bytes));
            row(name + QStringLiteral(" until close"), dialect, untilClose(bytes));
            row(name + QStringLiteral(" status 500"), dialect, withLength(bytes, "500 Internal Server Error"));
        }
        // Good and bad at the end of a stream, where one packet holds what a pause would part.
        const std::string good = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n";
        for (const auto& [name, rest] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"NaN in the last event", "data: {\"usage\":{\"prompt_tokens\":NaN}}\n\n"},
                 {"an error after the finish reason", "data: {\"error\":{\"message\":\"died\"}}\n\ndata: [DONE]\n\n"},
                 {"an error after the terminator", "data: [DONE]\n\ndata: {\"error\":{\"message\":\"died\"}}\n\n"},
                 {"half an event after the terminator", "data: [DONE]\n\ndata: {\"cho"},
                 {"a bare error without a line end", "{\"error\":\"died\"}"},
                 {"text after the finish reason",
                  "data: {\"choices\":[{\"delta\":{\"content\":\" there\"}}]}\n\ndata: [DONE]\n\n"},
                 {"half a character", "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}}]}\n\ndata: "
                                      "{\"choices\":[{\"delta\":{\"content\":\"\\ude00\"}}]}\n\ndata: [DONE]\n\n"}})
            for (const bool framed : {true, false}) {
                const std::string body = good + rest;
                row(QStringLiteral("%1%2").arg(QLatin1String(name),
                                               framed ? QStringLiteral(", chunked") : QStringLiteral(", until close")),
                    Dialect::Sse, framed ? chunked(body) : untilClose(body));
            }
        row(QStringLiteral("pretty-printed error"), Dialect::Ndjson, withLength("{\n  \"error\": \"model not found\"\n}\n"));
    }
    void cutsDoNotMatter() {
        QFETCH(int, dialect);
        QFETCH(std::string, bytes);
        const auto end = [&](std::vector<std::string> pieces, bool closes) {
            return told(play(Dialect(dialect), std::move(pieces), closes));
        };
        for (const bool closes : {true, false}) {
            const std::string whole = end({bytes}, closes);
            for (std::size_t at = 1; at < bytes.size(); at += kPatience) { // each; under a sanitizer some
                const std::string cut = end(cutInTwo(bytes, at), closes);
                QVERIFY2(cut == whole,
                         qPrintable(QStringLiteral("cut at byte %1:\n%2\nwhole:\n%3")
                                        .arg(QString::number(at), QString::fromStdString(cut), QString::fromStdString(whole))));
            }
            std::vector<std::string> single;
            for (const char c : bytes) single.emplace_back(1, c);
            QCOMPARE(end(single, closes), whole);
            SeededRandom random(20'261'130);
            for (int round = 0; round < 200 / kPatience; ++round) {
                std::vector<std::string> pieces;
                for (std::size_t at = 0; at < bytes.size();) {
                    const std::size_t n = 1 + random.below(1 + random.below(96));
                    pieces.push_back(bytes.substr(at, n));
                    at += n;
                }
                QCOMPARE(end(pieces, closes), whole);
            }
        }
    }
};

LOOPTAX_TEST(tst_cuts)
#include "tst_cuts.moc"
