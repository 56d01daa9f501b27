#include "support/test_registry.h"

#include "loop/right_reply.h"

#include <QTest>

using namespace looptax;

class tst_right_reply : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aConversationIsCollectedFromItsUserMessages() {
        const Messages messages{{"system", "00000000\nKeep a log."},
                                {"user", "New entry:\n{\n  \"date\": \"2025-01-06\",\n  \"finding\": \"a } b\"\n}\nGo."},
                                {"assistant", "whatever was said {\"date\":\"1999-01-01\"}"},
                                {"user", "New entry:\n{\"date\": \"2025-01-08\", \"finding\": \"c\"}"}};
        QCOMPARE(rightReply(messages),
                 std::string("```json\n{\n  \"count\": 2,\n  \"log\": [\n    {\n      \"date\": \"2025-01-08\",\n"
                             "      \"finding\": \"c\"\n    },\n    {\n      \"date\": \"2025-01-06\",\n"
                             "      \"finding\": \"a } b\"\n    }\n  ]\n}\n```"));
    }
    void aStateIsKeptWithAllItsKeysAndCappedByTheWords() {
        const Messages messages{{"system", "Always keep at most the 1 newest entries."},
                                {"user", "{\"project\":\"marsh\",\"count\":4,\"log\":[{\"date\":\"2025-01-"
                                         "06\"}]}\n{\"date\":\"2025-01-08\"}"}};
        QCOMPARE(rightReply(messages), std::string("```json\n{\n  \"project\": \"marsh\",\n  \"count\": 5,\n  \"log\": "
                                                   "[\n    {\n      \"date\": \"2025-01-08\"\n    }\n  ]\n}\n```"));
    }
    void aLogLeftInDisorderIsSorted() {
        const std::string reply = rightReply({{"user", "{\"count\":2,\"log\":[{\"date\":\"2025-01-01\"},{\"date\":"
                                                       "\"2025-01-05\"}]} {\"date\":\"2025-01-08\"}"}});
        QVERIFY(reply.find("01-08") < reply.find("01-05"));
        QVERIFY(reply.find("01-05") < reply.find("01-01"));
    }
    void otherTalkGetsAFriendlySentence_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addRow("a warm-up") << QByteArray("Name three rivers.");
        QTest::addRow("nothing") << QByteArray();
        QTest::addRow("some other object") << QByteArray("{\"a\":1}");
        QTest::addRow("nothing but braces") << QByteArray(200'000, '{');
    }
    void otherTalkGetsAFriendlySentence() {
        QFETCH(QByteArray, content);
        const std::string reply = rightReply({{"user", content.toStdString()}});
        QVERIFY(!reply.empty());
        QVERIFY(reply.find('{') == std::string::npos);
    }
};

LOOPTAX_TEST(tst_right_reply)
#include "tst_right_reply.moc"
