// Why a prompt was read anew, on prompts small enough to be counted by eye and on the designs' own.
#include "support/test_registry.h"

#include "explain/toy_vocabulary.h"
#include "loop/right_reply.h"
#include "prefix/explain_turn.h"
#include "prefix/prompt_sections.h"
#include "prefix/what_if.h"
#include "resources/resources.h"

#include <QTest>

#include <numeric>

using namespace looptax;

namespace {

std::shared_ptr<const TaskPack> pack() { return readTaskPack(resource("task/research-log.json")).take(); }

AskedPrompt asked(const Messages& messages) {
    AskedPrompt out;
    out.messages = messages;
    out.rendered = toyRendered(messages);
    out.tokens = toyTokens(out.rendered);
    return out;
}

HeldPrompt held(const Messages& messages, const std::string& reply) {
    HeldPrompt out;
    out.messages = messages;
    out.rendered = toyRendered(messages);
    out.prompt = toyTokens(out.rendered);
    out.generated = toyTokens(reply, false);
    out.by = "turn 1 of run 1";
    out.same_run = true;
    return out;
}

void answer(AskedPrompt& prompt, std::int64_t cached) {
    prompt.cached = cached;
    prompt.prompt_tokens = std::int64_t(prompt.tokens.size());
    prompt.processed = *prompt.prompt_tokens - cached;
}

const Messages kFirst{{"system", "00000000\nKeep a log."}, {"user", "New entry:\n{\"date\":\"1\"}\nGo."}};
const std::string kReply = "Here it is, all of it";

Messages second(const std::string& pastReply = kReply) {
    Messages out = kFirst;
    out.push_back({"assistant", pastReply});
    out.push_back({"user", "New entry:\n{\"date\":\"2\"}\nGo."});
    return out;
}

// Two turns of a design that keeps a state, with right replies.
struct TwoTurns {
    Messages first;
    std::string reply;
    Messages second;
};
TwoTurns turnsOf(const char* design, int turn) {
    LoopSettings settings;
    settings.n = turn + 1;
    settings.cap = 3;
    settings.padding = 3;
    const auto loop = makeLoopDesign(design, pack(), settings);
    auto state = loop->initialState();
    TwoTurns out;
    for (int t = 1; t <= turn + 1; ++t) {
        out.first = std::move(out.second);
        out.second = loop->messages(t, "00000000", state);
        const std::string reply = rightReply(out.second);
        if (t <= turn) out.reply = reply;
        if (const auto next = loop->nextState(t, checkReply(reply, loop->expectation(t, state)))) state = next;
        loop->remember(t, reply);
    }
    return out;
}

const SectionCount* sectionOf(const TurnExplanation& account, const char* label) {
    for (const SectionCount& section : account.sections)
        if (section.label == label) return &section;
    return nullptr;
}

} // namespace

class tst_explain_turn : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aConversationThatGrowsReusesAllThatWasHeld() {
        const HeldPrompt before = held(kFirst, kReply);
        AskedPrompt prompt = asked(second());
        answer(prompt, std::int64_t(before.prompt.size() + before.generated.size()));
        const TurnExplanation account = explainTurn(prompt, &before, {});
        QCOMPARE(account.verdict, std::optional(Reread::AppendOnly));
        QCOMPARE(account.difference, std::optional<std::int64_t>(0));
        QVERIFY(account.exact.value() && account.retokenised && account.mismatch.empty());
        QVERIFY(!account.first_difference); // there is only more, nothing else
    }
    void sectionsHoldEveryTokenOnce() {
        const HeldPrompt before = held(kFirst, kReply);
        AskedPrompt prompt = asked(second());
        answer(prompt, std::int64_t(before.prompt.size() + before.generated.size()));
        const TurnExplanation account = explainTurn(prompt, &before, {});
        std::int64_t tokens = 0;
        std::int64_t cached = 0;
        for (const SectionCount& section : account.sections) {
            tokens += section.tokens;
            cached += section.cached;
            QVERIFY(section.cached <= section.tokens);
        }
        QCOMPARE(tokens, account.prompt_tokens);
        QCOMPARE(cached, *prompt.cached);
        QVERIFY(sectionOf(account, "tag")->tokens == 1);
        QCOMPARE(sectionOf(account, "past reply 1")->cached, sectionOf(account, "past reply 1")->tokens);
        QCOMPARE(sectionOf(account, "entry 2")->cached, std::int64_t(0));
        QCOMPARE(sectionOf(account, "entry 1")->cached, sectionOf(account, "entry 1")->tokens);
    }
    void aReplyThatComesBackOtherwiseBreaksThePrefix_data() {
        QTest::addColumn<QByteArray>("comesBack");
        QTest::addColumn<QByteArray>("now");
        QTest::addRow("cut by the template") << QByteArray("Here") << QByteArray("<|im_end|>");
        QTest::addRow("other words") << QByteArray("Here it was, all of it") << QByteArray(" was");
    }
    void aReplyThatComesBackOtherwiseBreaksThePrefix() {
        QFETCH(QByteArray, comesBack);
        QFETCH(QByteArray, now);
        const HeldPrompt before = held(kFirst, kReply);
        AskedPrompt prompt = asked(second(comesBack.toStdString()));
        const TurnExplanation account = explainTurn(prompt, &before, {});
        QCOMPARE(account.verdict, std::optional(Reread::HistoryRerendered));
        QVERIFY(account.first_difference.has_value());
        QVERIFY(account.first_difference->now.rfind(now.toStdString(), 0) == 0);
        QVERIFY(account.first_difference->held.rfind(comesBack == "Here" ? " it is, all of it" : " is, all", 0) == 0);
        QVERIFY(account.first_difference->before.find("Here") != std::string::npos);
    }
    void whatATemplateLeftOfAReplyIsStillAReply() {
        const std::string rendered =
            "<|im_start|>assistant\nHere it is, <|im_end|>\n<|im_start|>user\nHere it is, all of it, again";
        const Messages messages{{"assistant", "Here it is, all of it"}, {"user", "Here it is, all of it, again"}};
        const auto sections = sectionsOf(messages, rendered);
        QCOMPARE(sections[1].label(), std::string("past reply 1"));
        QCOMPARE(rendered.substr(sections[1].begin, sections[1].end - sections[1].begin), std::string("Here it is, "));
    }
    // The model said the text in other tokens than it has when it is sent back: only the server can know.
    void aReuseThatEndsInsideThePastReplyIsHistoryToo() {
        const HeldPrompt before = held(kFirst, kReply);
        AskedPrompt prompt = asked(second());
        answer(prompt, std::int64_t(before.prompt.size()) + 1);
        const TurnExplanation account = explainTurn(prompt, &before, {});
        QCOMPARE(account.verdict, std::optional(Reread::HistoryRerendered));
        QVERIFY(!account.exact.value());
        QCOMPARE(*account.difference, 1 - std::int64_t(before.generated.size()));
    }
    void twoTokensAreForgivenOnlyWhereIdsAreGuessed() {
        const HeldPrompt before = held(kFirst, kReply);
        AskedPrompt prompt = asked(second());
        answer(prompt, std::int64_t(before.prompt.size() + before.generated.size()) - 2);
        QVERIFY(explainTurn(prompt, &before, {}).exact.value());
        const TwoTurns turns = turnsOf("B", 3);
        const HeldPrompt state = held(turns.first, turns.reply);
        AskedPrompt next = asked(turns.second);
        const auto rule = explainTurn(next, &state, {}).cached_predicted;
        answer(next, rule - 1);
        QVERIFY(!explainTurn(next, &state, {}).exact.value());
        answer(next, rule);
        QVERIFY(explainTurn(next, &state, {}).exact.value());
    }
    void aStateBreaksThePrefixWhereItChanges_data() {
        QTest::addColumn<QString>("design");
        QTest::addColumn<double>("least"); // share of the state that is reused
        QTest::addColumn<double>("most");
        QTest::addRow("B: newest first") << QStringLiteral("B") << 0.0 << 0.2;
        QTest::addRow("C: capped") << QStringLiteral("C") << 0.0 << 0.2;
        QTest::addRow("D: padded") << QStringLiteral("D") << 0.0 << 0.2;
        QTest::addRow("B-tail: oldest first") << QStringLiteral("B-tail") << 0.6 << 1.0;
    }
    void aStateBreaksThePrefixWhereItChanges() {
        QFETCH(QString, design);
        QFETCH(double, least);
        QFETCH(double, most);
        const TwoTurns turns = turnsOf(qPrintable(design), 5);
        const HeldPrompt before = held(turns.first, turns.reply);
        const TurnExplanation account = explainTurn(asked(turns.second), &before, {});
        QCOMPARE(account.verdict, std::optional(Reread::StateChangedAt));
        QCOMPARE(account.first_difference->section, std::string("state"));
        const SectionCount* state = sectionOf(account, "state");
        const double share = double(state->cached) / double(state->tokens);
        QVERIFY2(share >= least && share <= most, account.sentence.c_str());
        QVERIFY(sectionOf(account, "system")->cached == sectionOf(account, "system")->tokens);
    }
    void aStateThatStaysIsReused() {
        const TwoTurns turns = turnsOf("B", 3);
        Messages same = turns.first;
        same[1].content.replace(same[1].content.rfind("\"date\""), 6, "\"DATE\"");
        const HeldPrompt before = held(turns.first, turns.reply);
        const TurnExplanation account = explainTurn(asked(same), &before, {});
        QCOMPARE(account.verdict, std::optional(Reread::AppendOnly));
        QCOMPARE(sectionOf(account, "state")->cached, sectionOf(account, "state")->tokens);
    }
    void whatElseCanBe_data() {
        QTest::addColumn<int>("way");
        QTest::addColumn<int>("verdict");
        QTest::addRow("reuse was forbidden") << 0 << int(Reread::CacheOff);
        QTest::addRow("the slot was empty") << 1 << int(Reread::SlotLost);
        QTest::addRow("another conversation was there") << 2 << int(Reread::SlotLost);
        QTest::addRow("nothing reused, though it should stand there") << 3 << int(Reread::SlotLost);
        QTest::addRow("the window had moved on") << 4 << int(Reread::WindowLost);
        QTest::addRow("less than anybody can say why") << 5 << int(Reread::Unexplained);
        QTest::addRow("more than was there") << 6 << int(Reread::Unexplained);
        QTest::addRow("the very same prompt again") << 7 << int(Reread::AppendOnly);
        QTest::addRow("another tag") << 8 << int(Reread::CacheOff);
        QTest::addRow("another tag, of another run") << 11 << int(Reread::CacheOff);
        QTest::addRow("a log that tells of a full re-read, but this was none") << 9 << int(Reread::Unexplained);
        QTest::addRow("a log that tells of a full re-read, but all was reused") << 10 << int(Reread::AppendOnly);
    }
    void whatElseCanBe() {
        QFETCH(int, way);
        QFETCH(int, verdict);
        HeldPrompt before = held(kFirst, kReply);
        AskedPrompt prompt = asked(second());
        MemoryHints hints;
        if (way == 0) {
            prompt.cache_prompt = false;
            answer(prompt, 0);
        }
        if (way == 2 || way == 11) before.same_run = false;
        if (way == 3 || way == 4) answer(prompt, 0);
        hints.lost_window = way == 4 || way == 9 || way == 10;
        if (way == 5 || way == 9) answer(prompt, 3);
        if (way == 10) answer(prompt, std::int64_t(before.prompt.size() + before.generated.size()));
        if (way == 6) answer(prompt, std::int64_t(prompt.tokens.size()) - 1);
        if (way == 7) prompt = asked(kFirst);
        if (way == 8 || way == 11) {
            Messages other = second();
            other[0].content[0] = '7';
            prompt = asked(other);
        }
        const TurnExplanation account = explainTurn(prompt, way == 1 ? nullptr : &before, hints);
        QCOMPARE(int(account.verdict.value()), verdict);
        QVERIFY(!account.sentence.empty());
        if (way == 7) QCOMPARE(account.cached_predicted, std::int64_t(prompt.tokens.size()) - 1); // one is always read
        if (way == 0) QVERIFY(account.exact.value());
        if (way == 5 || way == 6) QVERIFY(!account.exact.value());
    }
    // A state that changed asks the memory to go back: nothing reused may be that, or another's request.
    void nothingReusedOfAChangedPromptHasTwoPossibleCauses() {
        const TwoTurns turns = turnsOf("B", 3);
        const HeldPrompt before = held(turns.first, turns.reply);
        AskedPrompt prompt = asked(turns.second);
        answer(prompt, 0);
        const TurnExplanation account = explainTurn(prompt, &before, {});
        QCOMPARE(account.verdict, std::optional(Reread::Unexplained));
        for (const char* named : {"another client's request", "sliding window, or recurrent", "server's log"})
            QVERIFY2(account.sentence.find(named) != std::string::npos, account.sentence.c_str());
        MemoryHints hints;
        hints.slots = 4;
        QCOMPARE(explainTurn(prompt, &before, hints).verdict, std::optional(Reread::SlotLost));
        hints = {};
        hints.may_have_restarted = true;
        QCOMPARE(explainTurn(prompt, &before, hints).verdict, std::optional(Reread::SlotLost));
    }
    void idsWithoutTextsMakeNoSections_data() {
        QTest::addColumn<QString>("design");
        QTest::addColumn<int>("verdict"); // -1: no account
        QTest::addRow("a conversation that grows") << QStringLiteral("A") << int(Reread::AppendOnly);
        QTest::addRow("a state that changes") << QStringLiteral("B") << -1;
        QTest::addRow("capped") << QStringLiteral("C") << -1;
        QTest::addRow("padded") << QStringLiteral("D") << -1;
    }
    void idsWithoutTextsMakeNoSections() {
        QFETCH(QString, design);
        QFETCH(int, verdict);
        const TwoTurns turns = turnsOf(qPrintable(design), 3);
        HeldPrompt before = held(turns.first, turns.reply);
        AskedPrompt prompt = asked(turns.second);
        const auto byPieces = explainTurn(prompt, &before, {});
        for (Tokens* tokens : {&before.prompt, &before.generated, &prompt.tokens})
            for (Token& token : *tokens) token.text.clear();
        answer(prompt, byPieces.cached_predicted);
        const TurnExplanation account = explainTurn(prompt, &before, {});
        QVERIFY(account.sections.empty());
        QCOMPARE(account.cached_predicted, byPieces.cached_predicted); // ids are enough for it
        QVERIFY(account.exact.value());
        if (verdict >= 0) {
            QCOMPARE(int(account.verdict.value()), verdict);
            QVERIFY(account.absent.empty());
        } else {
            QVERIFY(!account.verdict);
            QCOMPARE(account.absent, std::string("this server's /tokenize gives no pieces (older build): where in "
                                                 "the prompt the difference lies is not known"));
            QCOMPARE(account.first_difference->token, byPieces.first_difference->token);
            QVERIFY(account.first_difference->section.empty() && account.first_difference->now.empty() &&
                    account.first_difference->held.empty());
        }
        prompt.cache_prompt = false;
        answer(prompt, 0);
        QCOMPARE(explainTurn(prompt, &before, {}).verdict, std::optional(Reread::CacheOff));
        prompt.cache_prompt = true;
        MemoryHints hints;
        hints.may_have_restarted = true;
        const TurnExplanation lost = explainTurn(prompt, &before, hints);
        QCOMPARE(lost.verdict, std::optional(Reread::SlotLost)); // the counts tell, whatever the place
        QVERIFY(lost.absent.empty());
    }
    void countsThatDisagreeAreShown() {
        AskedPrompt prompt = asked(kFirst);
        answer(prompt, 0);
        *prompt.processed -= 1;
        QVERIFY(explainTurn(prompt, nullptr, {}).mismatch.find("is not prompt_tokens") != std::string::npos);
        answer(prompt, 0);
        *prompt.prompt_tokens += 4;
        *prompt.processed += 4;
        QVERIFY(explainTurn(prompt, nullptr, {}).mismatch.find("the runtime counted") != std::string::npos);
    }
    // A vocabulary may show a mark that the text does not have, and a space that is not there.
    void tokensAreFoundInTheTextTheyWereCutFrom() {
        const Tokens tokens{{1, ""}, {2, "<s>"}, {3, " Hello"}, {4, " wor"}, {5, "ld"}};
        QCOMPARE(tokenStarts(tokens, "Hello world"), (std::vector<std::size_t>{0, 0, 0, 5, 9}));
    }
    void whatIfSaysWhatEachDesignWouldReuse() {
        ToyReader reader;
        LoopSettings settings;
        settings.n = 6;
        settings.cap = 3;
        settings.padding = 3;
        std::map<std::string, std::int64_t> lastProcessed;
        for (const DesignFacts& facts : designTable()) {
            const auto loop = predictLoop(facts.id, pack(), settings, "00000000", reader, {});
            QVERIFY(loop.ok());
            QCOMPARE(loop->turns.size(), std::size_t(6));
            QCOMPARE(loop->turns[0].cached, std::int64_t(0));
            lastProcessed[std::string(facts.id)] = loop->turns[5].processed();
            QVERIFY(loop->turns[5].cached > 50); // the system and the instructions, at least
        }
        // B reads its growing state each turn, B-tail what is new, A the least: it sends no state.
        QVERIFY(lastProcessed["B"] > 2 * lastProcessed["B-tail"]);
        QVERIFY(lastProcessed["A"] < lastProcessed["B-tail"]);
        QVERIFY(lastProcessed["D"] > lastProcessed["B"]);
        reader.trouble = Error{ErrorKind::Protocol, "no template", {}, {}, 0};
        QVERIFY(!predictLoop("A", pack(), settings, "00000000", reader, {}));
        QVERIFY(!predictLoop("E", pack(), settings, "00000000", reader, {}));
    }
};

LOOPTAX_TEST(tst_explain_turn)
#include "tst_explain_turn.moc"
