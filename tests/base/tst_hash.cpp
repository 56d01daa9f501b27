#include "support/test_registry.h"

#include "base/hash.h"
#include "base/seeded_random.h"

#include <QTest>

using namespace looptax;

class tst_hash : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void crcOfTheCheckString() { QCOMPARE(crc32cHex("123456789"), std::string("e3069283")); }
    void shaOfNothingAndAbc() {
        QCOMPARE(sha256Hex(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        QCOMPARE(sha256Hex("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }
    void shaOfPartsIsThatOfTheWhole() {
        Sha256 hash;
        hash.add("a");
        hash.add("");
        hash.add("bc");
        QCOMPARE(hash.hex(), sha256Hex("abc"));
    }
    // The order of a journalled schedule must be the same on every machine: checked against an independent Python generator.
    void shuffleIsTheSameEverywhere() {
        SeededRandom random(1);
        std::vector<int> items{1, 2, 3, 4, 5, 6, 7, 8};
        random.shuffle(items);
        QCOMPARE(items, (std::vector<int>{5, 7, 4, 6, 2, 8, 3, 1}));
    }
    void belowStaysBelow() {
        SeededRandom random(7);
        std::vector<int> seen(6);
        for (int i = 0; i < 6000; ++i) ++seen[random.below(6)];
        for (int n : seen) QVERIFY(n > 800 && n < 1200);
        QCOMPARE(SeededRandom(3).below(1), std::uint64_t(0));
    }
};

LOOPTAX_TEST(tst_hash)
#include "tst_hash.moc"
