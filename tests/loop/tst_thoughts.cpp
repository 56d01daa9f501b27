// Thoughts in the content of a reply are not judged for the answer, whatever the template's marks; text that only looks like
// a mark stays text.
#include "loop/reply_checker.h"
#include "loop/thoughts.h"

#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

namespace {

const std::string kRight = "```json\n{\"count\": 1, \"log\": [{\"date\": \"2026-01-01\", \"note\": \"a\"}]}\n```";
const std::string kRightBare = "{\"count\": 1, \"log\": [{\"date\": \"2026-01-01\", \"note\": \"a\"}]}";
const std::string kDraft = "The reply must look like this:\n```json\n{\"count\": 99, \"log\": []}\n```\nNow the real one.\n";
const std::string kSketch = "Like this:\n```json\n{ \"count\": ..., \"log\": [...] }\n```\nNow the real one.\n";

Expectation expectation(ReplyFormat format = ReplyFormat::Prompt) {
    Expectation expected;
    expected.truth.count = 1;
    expected.truth.log = {LogEntry{{{"date", "2026-01-01"}, {"note", "a"}}}};
    expected.format = format;
    return expected;
}

} // namespace

class tst_thoughts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theAnswerIsJudged_data() {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("after");
        const std::pair<const char*, const char*> marks[] = {
            {"<think>", "</think>"},
            {"<thinking>", "</thinking>"},
            {"<thought>", "</thought>"},
            {"<reasoning>", "</reasoning>"},
            {"<Think>", "</THINK>"},
            {"[THINK]", "[/THINK]"},
            {"<seed:think>", "</seed:think>"},
            {"<mm:think>", "</mm:think>"},
            {"<|START_THINKING|>", "<|END_THINKING|>"},
            {"◁think▷", "◁/think▷"},
            {"<|inner_prefix|>", "<|inner_suffix|>"},
            {"<unused94>thought\n", "<unused95>"},
            {"<|channel>thought\n", "<channel|>"},
            {"<longcat_think>", "</longcat_think>"},
            {"<scratchpad>", "</scratchpad>"},
            {"<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"},
            {"<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>"}};
        for (const auto& [open, close] : marks)
            for (const auto& [name, draft] : {std::pair("draft", kDraft), {"sketch", kSketch}, {"nothing", std::string()}}) {
                QTest::addRow("%s %s %s", open, close, name) << open + ("\n" + draft) + close + "\n\n" << std::string();
                QTest::addRow("bare %s %s %s", open, close, name) << draft + close + "\n\n" << std::string();
            }
        QTest::newRow("white space before") << "\n \n<think>" + kDraft + "</think>\n" << std::string();
        QTest::newRow("thinks twice") << "<think>" + kDraft + "</think>\n<think>again</think>\n" << std::string();
        QTest::newRow("a draft's fence stays open")
            << std::string("<think>\n```json\n{\"count\": 9\n</think>\n\n") << std::string();
        QTest::newRow("the mark in a fence of the thoughts") << "<think>\n```\n</think>\n```\n" + kDraft + "</think>\n"
                                                             << std::string();
        QTest::newRow("the answer's own marks") << std::string("<think>hm</think>\n<answer>\n") << std::string("\n</answer>");
        QTest::newRow("the end of a message: gpt-oss")
            << std::string("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>")
            << std::string("<|return|>");
        QTest::newRow("gpt-oss, its tokens taken out") << "analysis" + kSketch + "assistantfinal" << std::string();
        QTest::newRow("a stray mark at the start: MiniMax") << std::string("</mm:think>") << std::string();
    }
    void theAnswerIsJudged() {
        QFETCH(std::string, before);
        QFETCH(std::string, after);
        for (const auto& [format, answer] : {std::pair(ReplyFormat::Prompt, kRight),
                                             {ReplyFormat::AnyJson, kRightBare},
                                             {ReplyFormat::JsonSchema, kRightBare}}) {
            const Judgement judgement = checkReply(before + answer + after, expectation(format));
            QVERIFY2(judgement.all_pass, judgement.fail_reason.c_str());
            QVERIFY(judgement.reasoning_in_content);
        }
    }

    void noThoughts_data() {
        QTest::addColumn<std::string>("reply");
        QTest::addColumn<bool>("json");
        QTest::newRow("none") << kRight << false;
        QTest::newRow("marks behind the answer") << kRight + "\nI did not <think> about </think> it." << false;
        QTest::newRow("begins with a word that is a mark elsewhere") << "analysis of the log:\n" + kRight << false;
        QTest::newRow("a mark in the middle of talk") << "Here <think> it is:\n" + kRight << false;
        QTest::newRow("a closing mark behind the answer") << kRight + "\n</think>" << false;
        QTest::newRow("inside a string, fenced")
            << std::string(
                   "```json\n{\"count\": 1, \"log\": [{\"date\": \"2026-01-01\", \"note\": \"a\", \"x\": \"</think>\"}]}\n```")
            << false;
        QTest::newRow("inside a string, bare")
            << std::string("{\"count\": 1, \"log\": [{\"date\": \"2026-01-01\", \"note\": \"a\", \"x\": \"<think></think>\"}]}")
            << true;
    }
    void noThoughts() {
        QFETCH(std::string, reply);
        QFETCH(bool, json);
        const Judgement judgement = checkReply(reply, expectation(json ? ReplyFormat::AnyJson : ReplyFormat::Prompt));
        QVERIFY2(judgement.all_pass, judgement.fail_reason.c_str());
        QVERIFY(!judgement.reasoning_in_content);
    }

    // JSON that was cut off holds the mark in a string, as far as anybody can tell.
    void aMarkInJsonThatBreaksOff() {
        Expectation expected = expectation(ReplyFormat::AnyJson);
        expected.hit_max_tokens = true;
        const Judgement judgement = checkReply("{\"note\":\"a </think> b\",\"count\":1", expected);
        QVERIFY(!judgement.reasoning_in_content);
        QCOMPARE(judgement.fail_reason, std::string("hit max_tokens: the JSON breaks off"));
    }
    void maxTokensInTheThoughts() {
        Expectation expected = expectation();
        expected.hit_max_tokens = true;
        const Judgement thoughts = checkReply("<think>\n" + kDraft, expected);
        QVERIFY(!thoughts.all_pass && !thoughts.valid_json && thoughts.reasoning_in_content);
        QCOMPARE(thoughts.fail_reason, std::string("hit max_tokens before the reply began"));
        QCOMPARE(checkReply("", expected).fail_reason, std::string("hit max_tokens before the reply began"));
        const Judgement half = checkReply(kRight.substr(0, 30), expected);
        QCOMPARE(half.fail_reason, std::string("hit max_tokens: the JSON breaks off"));
        // The published study counts a reply that was cut off as failed, whatever it says.
        const Judgement whole = checkReply(kRight, expected);
        QVERIFY(whole.valid_json && whole.count_match && whole.entries_complete && !whole.all_pass && !whole.all_pass_local);
        QCOMPARE(whole.fail_reason, std::string("hit max_tokens"));
        QVERIFY(whole.state_text); // a whole state is one, whatever came after it
    }
    // A model that never closes its thoughts and ends by itself has said what it had to say.
    void unclosedAndEnded() {
        const Judgement judgement = checkReply("<think>\n" + kRight, expectation());
        QVERIFY(judgement.all_pass && judgement.reasoning_in_content);
    }
    void sessionsFromBeforeTheRuleAreJudgedAsTheyWere() {
        Expectation expected = expectation();
        expected.thoughts_apart = false;
        const Judgement judgement = checkReply("<think>\n" + kDraft + "</think>\n" + kRight, expected);
        QVERIFY(judgement.valid_json && !judgement.all_pass && !judgement.reasoning_in_content);
    }
    void whatFollowsIsTheAnswer() {
        const auto never = [](std::string_view) { return false; };
        QCOMPARE(std::string(thoughtsIn("<think>a</think> b", never).answer), std::string("b"));
        QVERIFY(thoughtsIn("<think>a", never).unclosed);
        QCOMPARE(std::string(thoughtsIn(" plain text ", never).answer), std::string(" plain text "));
    }
};

LOOPTAX_TEST(tst_thoughts)
#include "tst_thoughts.moc"
