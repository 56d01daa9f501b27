#include "support/test_registry.h"

#include "base/json_text.h"
#include "base/seeded_random.h"

#include <QTest>

#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

using namespace looptax;

// nlohmann's dump() is the yardstick: journals are sealed and prompts are hashed over this text, and yesterday's must stay good.
class tst_json_text : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalsDump_data();
    void equalsDump();
    void equalsDumpForAnyBytes();
};

namespace {

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

} // namespace

void tst_json_text::equalsDump_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("words") << QByteArray("right as it is");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("marks that are written with a backslash") << QByteArray("\"a\\b\"\n\r\n\t/");
    QTest::newRow("every control") << [] {
        QByteArray all;
        for (char c = 0; c < 0x20; ++c) all += c;
        return all;
    }();
    QTest::newRow("delete") << QByteArray("\x7f");
    QTest::newRow("umlauts, Chinese, an emoji") << QByteArray("Größe 温度 \xF0\x9F\x98\x80");
    QTest::newRow("no UTF-8") << QByteArray("a\xFFz \xC3( \xE2\x82");
    QTest::newRow("overlong, surrogate, past the end of Unicode") << QByteArray("\xC0\x80 \xED\xA0\x80 \xF5\x80\x80\x80");
    QTest::newRow("ASCII, then other, then marks") << QByteArray("plain \"x\" ü \"y\"\n");
}

void tst_json_text::equalsDump() {
    QFETCH(QByteArray, text);
    const std::string s = text.toStdString();
    Json json;
    json["text"] = s;
    json[s] = Json::array({s, nullptr, true, false, 0, -1, 3.0, 0.1, 1e300, -0.0, std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<double>::infinity(), Json::object(),
                           Json::array()});
    QCOMPARE(jsonText(json), dumped(json));
    QCOMPARE(jsonText(Json(s)), dumped(Json(s)));
}

void tst_json_text::equalsDumpForAnyBytes() {
    // Seldom enough marks and broken bytes that runs of text between them are met as well.
    constexpr std::array<unsigned char, 12> kOdd{'"', '\\', '\n', '\t', 0, 0x1f, 0x7f, 0x80, 0xc3, 0xe2, 0xf0, 0xff};
    SeededRandom random(7);
    for (int round = 0; round < 2'000; ++round) {
        std::string s;
        for (std::uint64_t i = random.below(40); i > 0; --i)
            s += char(random.below(6) == 0 ? kOdd[std::size_t(random.below(kOdd.size()))] : 'a' + random.below(26));
        const Json json{{s, {s}}};
        QCOMPARE(jsonText(json), dumped(json));
    }
}

LOOPTAX_TEST(tst_json_text)
#include "tst_json_text.moc"
