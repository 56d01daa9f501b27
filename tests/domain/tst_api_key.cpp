// Keys come from environment variables as people's files left them, and go nowhere but into one header.
#include "support/test_registry.h"

#include "domain/api_key.h"
#include "domain/plan_json.h"
#include "domain/presets.h"

#include <QTest>

using namespace looptax;

class tst_api_key : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theNameOfAVariable_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<bool>("name");
        for (const char* name : {"OPENAI_API_KEY", "hf_token", "Key", "_x", "KEY2", "my_key_for_the_server_in_the_cellar_no_2",
                                 "LOOPTAX_TEST_CANARY", "HF_TOKEN", "sk_live", "AKIA_KEY", "k2"})
            QTest::newRow(name) << std::string(name) << true;
        // None of them a real key: each has the form of one.
        for (const char* key : {"sk-EXAMPLE-KEY",
                                "sk-secret-123",
                                "sk-proj-1",
                                "2KEY",
                                "2x",
                                "A KEY",
                                "ключ",
                                "$X",
                                "KEY=1",
                                "KEY\n",
                                "clé",
                                "",
                                "hf_AbCdEfGhIjKlMnOpQrSt",
                                "gsk_abcdefghijklmnop1234",
                                "ghp_0123456789abcdefABCDEF",
                                "AIzaSyA0123456789abcdefghijklmnop",
                                "a1b2c3d4e5f60718293a4b5c6d7e8f90",
                                "ABCDEF0123456789ABCDEF0123456789",
                                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
                                "xK9mQ2vL8nR4tY7wZ3pB",
                                "Bearer KEY",
                                "$OPENAI_API_KEY",
                                "${KEY}"})
            QTest::newRow(*key != 0 ? key : "nothing") << std::string(key) << false;
    }
    void theNameOfAVariable() {
        QFETCH(std::string, text);
        QFETCH(bool, name);
        QCOMPARE(isVariableName(text), name);
    }

    void aKeyInThePlaceOfItsVariableGoesNoFurther_data() { theNameOfAVariable_data(); }
    void aKeyInThePlaceOfItsVariableGoesNoFurther() {
        QFETCH(std::string, text);
        QFETCH(bool, name);
        if (text.empty() || text.find('\n') != std::string::npos) return; // no such plan or option can be written
        Plan plan;
        Target target;
        target.id = "t";
        target.url = "http://127.0.0.1:1";
        target.api_key_env = text;
        plan.targets = {target};
        plan.cells = {{"A", {2}, {}, {}}};
        const ParsedPlan parsed = readPlan(writePlan(plan));
        QCOMPARE(parsed.problems.empty(), name);
        QCOMPARE(parsed.plan.targets[0].api_key_env.has_value(), name);
        const auto option = parseTarget("kind=openai,url=http://127.0.0.1:1,model=m,api_key_env=" + text);
        QCOMPARE(option.ok(), name);
        if (name) return;
        QCOMPARE(parsed.problems[0].path, "$.targets[0].api_key_env");
        QVERIFY2(parsed.problems[0].text().find(text) == std::string::npos, parsed.problems[0].text().c_str());
        QVERIFY2(option.error().text().find(text) == std::string::npos, option.error().text().c_str());
    }

    void theValueOfAVariable_data() {
        QTest::addColumn<std::string>("value");
        QTest::addColumn<std::string>("key"); // empty: refused
        QTest::addColumn<std::string>("said");
        const auto row = [](const char* what, std::string value, std::string key, std::string said = {}) {
            QTest::newRow(what) << value << key << said;
        };
        row("as it should be", "sk-good", "sk-good");
        row("CR", "sk-good\r", "sk-good");
        row("LF", "sk-good\n", "sk-good");
        row("CR LF", "sk-good\r\n", "sk-good");
        row("blanks around", "  sk-good \t", "sk-good");
        row("base64", "aGVsbG8/+==", "aGVsbG8/+==");
        row("not set", "", "", "is not set");
        row("a tab", "\t", "", "contains only white space");
        row("an empty line", "\r\n", "", "contains only white space");
        row("a header of its own", "sk-good\r\nX-Evil: 1", "", "contains a control character inside the key, at position 8");
        row("a NUL", std::string("sk\0good", 7), "", "contains a control character inside the key, at position 3");
        row("DEL", "sk\x7Fgood", "", "contains a control character inside the key");
        row("an escape sequence", "sk\x1B[31m", "", "contains a control character inside the key");
        row("a tab inside", "sk\tgood", "", "contains a control character inside the key");
        row("a blank inside", "sk good", "", "contains a blank inside the key, at position 3");
        row("letters that are not ASCII", "cl\xC3\xA9", "", "contains a character outside ASCII inside the key, at position 3");
        row("a no-break space behind", "sk-good\xC2\xA0", "", "contains a character outside ASCII");
        row("a byte order mark", "\xEF\xBB\xBFsk-good", "", "contains a character outside ASCII");
        row("in quotes", "\"sk-good\"", "", "contains quotation marks around the key");
        row("in single quotes", " 'sk-good'\n", "", "contains quotation marks around the key");
        row("with its scheme", "Bearer sk-good", "", "contains \"Bearer\" before the key");
    }
    void theValueOfAVariable() {
        QFETCH(std::string, value);
        QFETCH(std::string, key);
        QFETCH(std::string, said);
        const auto read = readApiKey("MY_KEY", value);
        QCOMPARE(read.ok(), !key.empty());
        if (read) {
            QCOMPARE(*read, key);
            return;
        }
        const std::string text = read.error().text();
        QVERIFY2(text.find("the environment variable MY_KEY " + said) == 0, text.c_str());
        QVERIFY2(text.find("good") == std::string::npos, text.c_str());
    }

    void whatAServerSaysIsShownWithoutTheKey_data() {
        QTest::addColumn<std::string>("key");
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("shown");
        const std::string key = "sk-proj-CANARY-0123456789abcdef";
        const auto row = [&](const char* what, std::string of, std::string text, std::string shown) {
            QTest::newRow(what) << of << text << shown;
        };
        row("whole", key, "no key " + key + ".", "no key [API key].");
        row("twice", key, key + key, "[API key][API key]");
        row("its beginning", key, "key sk-proj-CANA****", "key [API key]****");
        row("its end", key, "key ****9abcdef.", "key ****9abcdef.");
        row("eight of its end", key, "key ****89abcdef.", "key ****[API key].");
        row("the middle", key, "...CANARY-01...", "...[API key]...");
        row("cut off at the end", key, "key sk-pro", "key [API key]");
        row("too little of it", key, "key sk-p", "key sk-p");
        row("beginning inside a longer word", key, "xsk-proj-CANARYx", "x[API key]x");
        row("a short key", "sk-abc", "sk-abc, sk-ab", "[API key], sk-ab");
        row("a placeholder", "x", "max x", "max x");
        row("none", "", "text", "text");
    }
    void whatAServerSaysIsShownWithoutTheKey() {
        QFETCH(std::string, key);
        QFETCH(std::string, text);
        QFETCH(std::string, shown);
        QCOMPARE(withoutKey(text, key), shown);
    }

    // A placeholder key must not change what was measured.
    void aReplyLosesAWholeKeyAlone() {
        QCOMPARE(withoutWholeKey("say sk-proj-CANARY-01 twice", "sk-proj-CANARY-01"), "say [API key] twice");
        QCOMPARE(withoutWholeKey("sk-proj-CANARY", "sk-proj-CANARY-01"), "sk-proj-CANARY");
        QCOMPARE(withoutWholeKey("ollama/qwen, research", "ollama"), "ollama/qwen, research");
    }
};

LOOPTAX_TEST(tst_api_key)
#include "tst_api_key.moc"
