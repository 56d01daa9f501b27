#include "support/test_registry.h"

#include "loop/fence.h"

#include <QTest>

using namespace looptax;

class tst_fence : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void blocksAreFoundAsCommonMarkHasThem_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("blocks"); // language|content|closed, joined by " & "
        const auto row = [](const char* name, const QByteArray& text, const QByteArray& blocks) {
            QTest::addRow("%s", name) << text << blocks;
        };
        row("plain", "```json\n{}\n```", "json|{}|closed");
        row("none", "no fence `here` at all", "");
        row("talk around it", "Sure:\n```json\n{}\n```\nDone.", "json|{}|closed");
        row("upper case", "```JSON\n{}\n```", "JSON|{}|closed");
        row("first word of the info string", "```json fenced block\n{}\n```", "json|{}|closed");
        row("space before the language", "```  json\n{}\n```", "json|{}|closed");
        row("no language", "```\n{}\n```", "|{}|closed");
        row("tildes", "~~~json\n{}\n~~~", "json|{}|closed");
        row("backticks do not close tildes", "~~~json\n{}\n```", "json|{}\n```|open");
        row("a tilde fence may have backticks behind it", "~~~json `x`\n{}\n~~~", "json|{}|closed");
        row("a backtick fence may not", "```json {} ```\ntext", "");
        row("four open, three do not close", "````json\n{}\n```\n````", "json|{}\n```|closed");
        row("three open, five close", "```json\n{}\n`````", "json|{}|closed");
        row("two ticks are none", "``json\n{}\n``", "");
        row("three spaces before", "   ```json\n   {}\n   ```", "json|   {}|closed");
        row("four spaces before", "    ```json\n{}\n", "");
        row("a closing fence set in by four spaces", "```json\n{}\n    ```", "json|{}\n    ```|open");
        row("words behind the closing fence", "```json\n{}\n``` end", "json|{}\n``` end|open");
        row("spaces behind the closing fence", "```json\n{}\n``` \t", "json|{}|closed");
        row("never closed", "```json\n{\n", "json|{|open");
        row("nothing behind the opening", "```json", "json||open");
        row("empty", "```json\n```", "json||closed");
        row("carriage returns and line feeds", "```json\r\n{\r\n}\r\n```\r\n", "json|{\r\n}|closed");
        row("carriage returns alone", "```json\r{}\r```", "json|{}|closed");
        row("two blocks", "```json\n1\n```\n```json\n2\n```", "json|1|closed & json|2|closed");
        row("a fence inside another is text", "````md\n```json\n{}\n```\n````", "md|```json\n{}\n```|closed");
        row("text, then a fence without a blank line", "text\n```json\n{}\n```", "json|{}|closed");
        row("a byte order mark hides the fence", "\xEF\xBB\xBF```json\n{}", "");
    }
    void blocksAreFoundAsCommonMarkHasThem() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, blocks);
        const std::string owned = text.toStdString();
        QByteArrayList found;
        for (const FencedBlock& block : fencedBlocks(owned))
            found << QByteArray::fromStdString(std::string(block.language)) + "|" +
                         QByteArray::fromStdString(std::string(block.content)) + (block.closed ? "|closed" : "|open");
        QCOMPARE(found.join(" & "), blocks);
    }
    void onlyJsonIsJson() {
        const auto is = [](std::string_view language) { return isJsonFence({language, {}, 0, 0, true}); };
        QVERIFY(is("json") && is("Json") && is("JSON"));
        QVERIFY(!is("json5") && !is("jso") && !is("") && !is("jsonc") && !is("json,"));
    }
};

LOOPTAX_TEST(tst_fence)
#include "tst_fence.moc"
