// A whole session explained: prompts rebuilt from the journal, a server that answers by the rule, by another,
// or not at all. The sweep does it by itself at its end, and no trouble of it makes a sweep fail.
#include "support/test_registry.h"

#include "engine/fake_world.h"
#include "engine/session_explainer.h"
#include "explain/explain_turn.h"
#include "explain/explanation_json.h"
#include "explain/toy_vocabulary.h"

#include <QTest>

using namespace looptax;

namespace {

// One slot that keeps its rule, over the toy vocabulary; the tests of the engine have the rest of the
// runtime.
struct ToyServer {
    FakeRuntime& runtime;
    Tokens slot;
    std::function<std::int64_t(int chat, std::int64_t byRule)> answers; // what it says it reused
    std::optional<Error> noTemplate;
    int chats = 0;
    int asked = 0;      // about templates and tokens
    bool ended = false; // the sweep's session_end was seen before the first question
};

class ToyClient final : public RuntimeClient {
public:
    explicit ToyClient(ToyServer& server)
        : m_server(server) {}
    Result<TargetFacts> facts(const std::string&, const CancelFlag&) override {
        TargetFacts facts;
        facts.model = "toy";
        facts.context_tokens = 16'384;
        facts.can_switch_cache = true;
        return facts;
    }
    ChatEnd chat(const ChatRequest& request, StreamListener& listener, const CancelFlag&) override {
        ChatEnd end = m_server.runtime.chat(request, listener);
        const Tokens prompt = toyTokens(toyRendered(request.messages));
        const Tokens reply = toyTokens(rightReply(request.messages), false);
        const auto same = std::int64_t(std::min(commonPrefix(m_server.slot, prompt), prompt.size() - 1));
        std::int64_t cached = request.cache_prompt.value_or(true) ? same : 0;
        if (m_server.answers) cached = m_server.answers(m_server.chats, cached);
        ++m_server.chats;
        end.counts.prompt_tokens = std::int64_t(prompt.size());
        end.counts.cached_tokens = cached;
        end.counts.processed_tokens = std::int64_t(prompt.size()) - cached;
        end.counts.predicted_tokens = std::int64_t(reply.size()) + 1; // the stop token
        m_server.slot = prompt;
        m_server.slot.insert(m_server.slot.end(), reply.begin(), reply.end());
        return end;
    }
    void dropConnection() override {}
    Result<std::string> renderPrompt(const Messages& messages, const std::string& model, bool,
                                     const CancelFlag&) override {
        ++m_server.asked;
        if (m_server.noTemplate) return *m_server.noTemplate;
        if (model != "toy") return Error{ErrorKind::Protocol, "asked for " + model, {}, {}, 0};
        return toyRendered(messages);
    }
    Result<Tokens> tokenize(const std::string& text, const std::string&, bool whole,
                            const CancelFlag&) override {
        return toyTokens(text, whole);
    }

private:
    ToyServer& m_server;
};

struct ToyLab : FakeLab {
    ToyServer server{runtime, {}, {}, {}, 0, 0, false};
    SweepResult sweep(const Plan& plan) {
        EngineWorld w = world();
        w.makeClient = [this](TargetKind, const std::string&, const std::string&, const Deadlines&) {
            return std::make_unique<ToyClient>(server);
        };
        listener.hook = [this](const JournalLine& line) {
            if (line.type == "session_end") server.ended = server.asked == 0;
        };
        return Sweep({plan, out(), std::nullopt, false, {}}, catalogue(), pack, w, control, listener).run();
    }
    SessionExplanations explanations(const std::string& folder) {
        auto all = loadExplanations(files, folder);
        if (!all) qWarning("%s", all.error().text().c_str());
        return all ? all.take() : SessionExplanations{};
    }
};

Plan fivePlan() {
    Plan plan = smallPlan();
    plan.cells = {{"A", {4}, {}, {}},
                  {"B", {4}, {}, {}},
                  {"C", {4}, {3}, {}},
                  {"D", {3}, {}, {3}},
                  {"B-tail", {4}, {}, {}}};
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold, CacheMode::Natural};
    plan.repeats = 1;
    return plan;
}

} // namespace

class tst_session_explainer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSweepExplainsItselfAfterItsEnd() {
        ToyLab lab;
        const SweepResult result = lab.sweep(fivePlan());
        QVERIFY(!result.error);
        QVERIFY2(lab.server.ended, "the server was asked before the sweep had ended");
        const SessionExplanations all = lab.explanations(result.folder);
        QCOMPARE(all.turns.size(), std::size_t(57));
        const ExplainedCounts counts = countsOf(all);
        for (const TurnExplanation& turn : all.turns)
            if (!turn.exact.value_or(false) || turn.verdict == Reread::Unexplained)
                qWarning("%s turn %d: %s %s", turn.cell.c_str(), turn.turn, turn.sentence.c_str(),
                         turn.absent.c_str());
        QCOMPARE(counts.explained, std::int64_t(57));
        QCOMPARE(counts.exact, std::int64_t(57));
        QCOMPARE(counts.mismatches, std::int64_t(0));
        QVERIFY(
            std::all_of(all.turns.begin(), all.turns.end(), [](const auto& t) { return t.prompt_proved; }));
        QCOMPARE(all.loops.size(), designTable().size());
    }
    void promiseAndMeasurementAreTheSameForAServerByTheRule() {
        ToyLab lab;
        Plan plan = fivePlan();
        plan.cache_modes = {CacheMode::RunIsolated};
        const SessionExplanations all = lab.explanations(lab.sweep(plan).folder);
        int compared = 0;
        for (const PredictedLoop& loop : all.loops)
            for (const TurnExplanation& turn : all.turns)
                if (turn.design == loop.design) {
                    QCOMPARE(turn.cached_reported,
                             std::optional(loop.turns[std::size_t(turn.turn) - 1].cached));
                    ++compared;
                }
        QCOMPARE(compared, 19);
    }
    void theSameJournalGivesTheSameBytes() {
        ToyLab lab;
        const std::string folder = lab.sweep(fivePlan()).folder;
        const std::string path = SessionPaths(folder).explanations();
        const std::string before = readFile(lab.files, path).take();
        ToyClient client(lab.server);
        ExplainRequest request;
        request.folder = folder;
        request.sources["t"] = {&client, "toy", {}};
        request.pack = lab.pack;
        const auto again = explainSession(lab.files, lab.clock, request, CancelFlag{false});
        QVERIFY(again.ok());
        QCOMPARE(writeExplanations(*again), before);
    }
    void whatAnotherRequestTookIsSaid() {
        ToyLab lab;
        Plan plan = smallPlan();
        plan.repeats = 1;
        plan.cells = {{"A", {4}, {}, {}}};
        lab.server.answers = [](int chat, std::int64_t byRule) {
            return chat == 3 ? std::int64_t(0) : byRule;
        };
        const SessionExplanations all = lab.explanations(lab.sweep(plan).folder);
        QCOMPARE(all.turns.size(), std::size_t(4));
        QCOMPARE(all.turns[2].verdict, std::optional(Reread::SlotLost)); // chat 0 was the warm-up
        QVERIFY(!all.turns[2].exact.value());
        QCOMPARE(all.turns[3].verdict, std::optional(Reread::AppendOnly));
    }
    void withoutATemplateItIsAbsentAndSaysWhy_data() {
        QTest::addColumn<int>("status");
        QTest::addRow("no such route") << 404;
        QTest::addRow("switched off") << 501;
        QTest::addRow("a template that errors") << 500;
    }
    void withoutATemplateItIsAbsentAndSaysWhy() {
        QFETCH(int, status);
        ToyLab lab;
        lab.server.noTemplate = Error{
            ErrorKind::Protocol, "/apply-template answered HTTP " + std::to_string(status), "t", {}, status};
        const SweepResult result = lab.sweep(fivePlan());
        QVERIFY2(!result.error, "an explanation must not make a sweep fail");
        const SessionExplanations all = lab.explanations(result.folder);
        QCOMPARE(countsOf(all).turns, std::int64_t(0));
        QCOMPARE(all.absent.size(), std::size_t(1));
        QVERIFY(all.absent[0].find("/apply-template answered HTTP") != std::string::npos);
        QVERIFY2(lab.server.asked <= 3, "a server without the route is not asked for every turn");
    }
    void aRuntimeWithoutTokensMakesNoFile() {
        ToyLab lab;
        Plan plan = smallPlan();
        plan.targets[0].kind = TargetKind::Ollama;
        plan.targets[0].model = "toy";
        const SweepResult result = lab.sweep(plan);
        QVERIFY(!result.error);
        QVERIFY(!lab.files.exists(SessionPaths(result.folder).explanations()));
        QVERIFY(lab.explanations(result.folder).empty());
    }
    void anInterruptedSweepIsNotHeldUp() {
        ToyLab lab;
        lab.server.answers = [&](int chat, std::int64_t byRule) {
            if (chat == 5) lab.control.finish = true;
            return byRule;
        };
        const SweepResult result = lab.sweep(fivePlan());
        QVERIFY(result.cancelled);
        QCOMPARE(lab.server.asked, 0);
    }
};

LOOPTAX_TEST(tst_session_explainer)
#include "tst_session_explainer.moc"
