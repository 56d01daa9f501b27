// A whole session explained: prompts rebuilt from the journal, a server that answers by the rule, by another,
// or not at all. The sweep does it by itself at its end, and no trouble of it makes a sweep fail.
#include "base/whole_file.h"
#include "support/test_registry.h"

#include "engine/fake_world.h"
#include "engine/runtime_prompt_reader.h"
#include "explain/toy_vocabulary.h"
#include "prefix/explain_turn.h"
#include "prefix/explanation_json.h"
#include "replay/loop_predictions.h"
#include "replay/session_explainer.h"
#include "store/load_session.h"

#include <nlohmann/json.hpp>

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
    int answeredBefore = 0; // so many questions were answered until noTemplate
    int chats = 0;
    int asked = 0;           // about templates and tokens
    bool ended = false;      // the sweep's session_end was seen before the first question
    bool pieces = true;      // false: an older build, that gives ids alone
    std::int64_t hidden = 0; // tokens that an Ollama's own template adds
};

class ToyClient final : public RuntimeClient {
public:
    explicit ToyClient(ToyServer& server, TargetKind kind = TargetKind::LlamaServer) : m_server(server), m_kind(kind) {}
    Result<TargetFacts> facts(const std::string&, const CancelFlag&) override {
        TargetFacts facts;
        facts.model = "toy";
        facts.context_tokens = 16'384;
        facts.kind = m_kind;
        facts.can_switch_cache = m_kind == TargetKind::LlamaServer;
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
        if (m_kind == TargetKind::Ollama) {
            *end.counts.prompt_tokens += m_server.hidden;
            *end.counts.processed_tokens += m_server.hidden;
        }
        end.counts.predicted_tokens = std::int64_t(reply.size()) + 1; // the stop token
        m_server.slot = prompt;
        m_server.slot.insert(m_server.slot.end(), reply.begin(), reply.end());
        return end;
    }
    void dropConnection() override {}
    Result<std::string> renderPrompt(const Messages& messages, const std::string& model, bool, const CancelFlag&) override {
        ++m_server.asked;
        m_server.runtime.clock.advance(1'000'000);
        if (m_server.noTemplate && m_server.asked > m_server.answeredBefore) return *m_server.noTemplate;
        if (model != "toy") return Error{ErrorKind::Protocol, "asked for " + model, {}, {}, 0};
        return toyRendered(messages);
    }
    Result<Tokens> tokenize(const std::string& text, const std::string&, bool whole, const CancelFlag&) override {
        Tokens tokens = toyTokens(text, whole);
        if (!m_server.pieces)
            for (Token& token : tokens) token.text.clear();
        return tokens;
    }

private:
    ToyServer& m_server;
    TargetKind m_kind;
};

struct ToyLab : FakeLab {
    ToyServer server{runtime, {}, {}, {}, 0, 0, 0, false};
    std::function<void(const JournalLine&)> onLine;
    std::vector<int> askedWhenOpened; // of each target, how often the server had been asked
    SweepResult sweep(const Plan& plan) { return run({plan, out(), std::nullopt, false, {}}); }
    SweepResult goOn(const std::string& folder) { return run({{}, {}, folder, false, {}}); }
    SweepResult run(const SweepRequest& request) {
        EngineWorld w = world();
        w.makeClient = [this](TargetKind kind, const std::string&, const std::string&, const Deadlines&) {
            askedWhenOpened.push_back(server.asked);
            return std::make_unique<ToyClient>(server, kind);
        };
        listener.hook = [this](const JournalLine& line) {
            if (line.type == "session_end") server.ended = server.asked == 0;
            if (onLine) onLine(line);
        };
        return Sweep(request, catalogue(), pack, w, control, listener).run();
    }
    // The journal again, with one more line in front of the n-th turn_start from 1.
    void insertNote(const std::string& folder, int turnStart, const Json& note) {
        std::string text;
        std::int64_t seq = 0;
        const auto add = [&](Json body) {
            body["seq"] = ++seq;
            text += sealLine(body);
        };
        for (const JournalLine& line : listener.lines) {
            if (line.type == "turn_start" && --turnStart == 0) {
                Json body{{"v", 1}, {"seq", 0}, {"type", "note"}};
                body.update(note);
                add(std::move(body));
            }
            add(*line.body);
        }
        QVERIFY(replaceFile(files, SessionPaths(folder).journal(), text).ok());
    }
    SessionExplanations explainedAgain(const std::string& folder, std::int64_t mostNs = 0) {
        ToyClient client(server);
        const CancelFlag cancel{false};
        ExplainRequest request;
        request.folder = folder;
        for (const char* id : {"t", "u"})
            request.sources[id].reader = std::make_shared<RuntimePromptReader>(client, "toy", false, cancel);
        const auto session = loadSession(files, folder);
        for (const Target& target : session->store.plan()->targets)
            if (target.kind != TargetKind::LlamaServer) request.sources[target.id].borrowed = "t";
        request.pack = pack;
        request.most_ns = mostNs;
        auto all = explainSession(files, clock, request, cancel);
        if (!all) qWarning("%s", all.error().text().c_str());
        return all ? all.take() : SessionExplanations{};
    }
    SessionExplanations explanations(const std::string& folder) {
        auto all = loadExplanations(files, folder);
        if (!all) qWarning("%s", all.error().text().c_str());
        return all ? all.take() : SessionExplanations{};
    }
};

Plan managedPlan(const std::vector<std::string>& ids) {
    Plan plan = smallPlan();
    plan.repeats = 1;
    plan.cells = {{"A", {4}, {}, {}}};
    plan.targets.clear();
    for (const std::string& id : ids) {
        Target target;
        target.id = id;
        target.managed = ManagedCommand{"llama-server", "/models/toy.gguf", {"--cache-ram", "0"}};
        plan.targets.push_back(target);
    }
    return plan;
}

// Four turns and a promise of each target, in this order.
bool explainedWhole(const SessionExplanations& all, const std::vector<std::string>& targets) {
    std::vector<std::string> found;
    for (const TurnExplanation& turn : all.turns)
        if (turn.verdict && turn.turn == 4) found.push_back(turn.target);
    return found == targets && all.turns.size() == 4 * targets.size() &&
           std::size_t(countsOf(all).explained) == all.turns.size() &&
           std::all_of(targets.begin(), targets.end(), [&](const std::string& id) { return !ofTarget(all, id).loops.empty(); });
}

bool anyHas(const std::vector<std::string>& texts, const std::string& words) {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return text.find(words) != std::string::npos; });
}

Plan fivePlan() {
    Plan plan = smallPlan();
    plan.cells = {{"A", {4}, {}, {}}, {"B", {4}, {}, {}}, {"C", {4}, {3}, {}}, {"D", {3}, {}, {3}}, {"B-tail", {4}, {}, {}}};
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
                qWarning("%s turn %d: %s %s", turn.cell.c_str(), turn.turn, turn.sentence.c_str(), turn.absent.c_str());
        QCOMPARE(counts.explained, std::int64_t(57));
        QCOMPARE(counts.exact, std::int64_t(57));
        QCOMPARE(counts.mismatches, std::int64_t(0));
        QVERIFY(std::all_of(all.turns.begin(), all.turns.end(), [](const auto& t) { return t.prompt_proved; }));
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
                    QCOMPARE(turn.cached_reported, std::optional(loop.turns[std::size_t(turn.turn) - 1].cached));
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
        const CancelFlag cancel{false};
        ExplainRequest request;
        request.folder = folder;
        request.sources["t"].reader = std::make_shared<RuntimePromptReader>(client, "toy", false, cancel);
        request.pack = lab.pack;
        const auto again = explainSession(lab.files, lab.clock, request, cancel);
        QVERIFY(again.ok());
        QCOMPARE(writeExplanations(*again), before);
    }
    void whatAnotherRequestTookIsSaid() {
        ToyLab lab;
        Plan plan = smallPlan();
        plan.repeats = 1;
        plan.cells = {{"A", {4}, {}, {}}};
        lab.server.answers = [](int chat, std::int64_t byRule) { return chat == 3 ? std::int64_t(0) : byRule; };
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
        lab.server.noTemplate =
            Error{ErrorKind::Protocol, "/apply-template answered HTTP " + std::to_string(status), "t", {}, status};
        const SweepResult result = lab.sweep(fivePlan());
        QVERIFY2(!result.error, "an explanation must not make a sweep fail");
        const SessionExplanations all = lab.explanations(result.folder);
        QCOMPARE(countsOf(all).turns, std::int64_t(57)); // they were measured, though nobody can say why
        QCOMPARE(countsOf(all).absent, std::int64_t(57));
        QVERIFY(all.turns.back().absent.find("/apply-template answered HTTP") != std::string::npos);
        QCOMPARE(all.absent.size(), std::size_t(1));
        QVERIFY(all.absent[0].find("/apply-template answered HTTP") != std::string::npos);
        QVERIFY2(lab.server.asked <= 3, "a server without the route is not asked for every turn");
    }
    void aLogLongerThanMemoryIsReadToItsEnd_data() {
        QTest::addColumn<QStringList>("targets");
        QTest::addColumn<bool>("told"); // by the log
        QTest::addColumn<int>("verdict");
        const QStringList one{QStringLiteral("t")};
        const QStringList two{QStringLiteral("t"), QStringLiteral("u")};
        QTest::addRow("of one server") << one << true << int(Reread::WindowLost);
        QTest::addRow("of two servers: whose line it is, nobody knows") << two << true << int(Reread::SlotLost);
        QTest::addRow("nothing of it") << one << false << int(Reread::SlotLost);
    }
    void aLogLongerThanMemoryIsReadToItsEnd() {
        QFETCH(QStringList, targets);
        QFETCH(bool, told);
        QFETCH(int, verdict);
        ToyLab lab;
        lab.server.answers = [](int chat, std::int64_t byRule) { return chat == 3 ? std::int64_t(0) : byRule; };
        std::vector<std::string> ids;
        for (const QString& id : targets) ids.push_back(id.toStdString());
        const SweepResult result = lab.sweep(managedPlan(ids));
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        // Across the border of two pieces of a megabyte, and behind 16 of them.
        std::string log((std::size_t(17) << 20) - 10, '.');
        log += told ? "forcing full prompt re-processing due to lack of cache data\n" : "all is well\n";
        QVERIFY(replaceFile(lab.files, SessionPaths(result.folder).runtimeLog(), log).ok());
        const SessionExplanations all = lab.explainedAgain(result.folder);
        QCOMPARE(all.turns.size(), std::size_t(4 * targets.size()));
        QCOMPARE(int(all.turns[2].verdict.value()), verdict);
        QCOMPARE(all.turns[1].verdict, std::optional(Reread::AppendOnly)); // which lost nothing
    }
    void aRestartIsOfTheTargetThatItsNoteNames_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("target"); // empty: an older journal, whose notes have none
        QTest::addColumn<bool>("forgotten");    // what t's slot held
        const QByteArray ofU("the server of u was lost (gone); starting it again");
        QTest::addRow("this one") << QByteArray("started again") << QByteArray("t") << true;
        QTest::addRow("another") << QByteArray("started again") << QByteArray("u") << false;
        QTest::addRow("this one, by its text")
            << QByteArray("the server of t was lost (gone); starting it again") << QByteArray() << true;
        QTest::addRow("another, by its text") << ofU << QByteArray() << false;
        QTest::addRow("not the one in the text") << ofU << QByteArray("t") << true;
        QTest::addRow("nobody knows which") << QByteArray("a server was started again") << QByteArray() << true;
    }
    void aRestartIsOfTheTargetThatItsNoteNames() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, target);
        QFETCH(bool, forgotten);
        ToyLab lab;
        const SweepResult result = lab.sweep(managedPlan({"t", "u"}));
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        Json note{{"kind", "server_restart"}, {"text", text.toStdString()}};
        if (!target.isEmpty()) note["target"] = target.toStdString();
        lab.insertNote(result.folder, 3, note);
        const SessionExplanations all = lab.explainedAgain(result.folder);
        QCOMPARE(all.turns.size(), std::size_t(8));
        QCOMPARE(all.turns[2].target, std::string("t"));
        QCOMPARE(all.turns[2].held_by.empty(), forgotten);
        QCOMPARE(all.turns[3].held_by, std::string("turn 3 of run 1"));
    }
    void aServerIsAskedBeforeItMakesRoomForTheNext() {
        ToyLab lab;
        const SweepResult result = lab.sweep(managedPlan({"t", "u"}));
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        QCOMPARE(lab.askedWhenOpened.size(), std::size_t(3)); // both before the sweep, then the second to be measured
        QCOMPARE(lab.askedWhenOpened[1], 0);
        QVERIFY(lab.askedWhenOpened[2] > 0);
        const SessionExplanations all = lab.explanations(result.folder);
        QVERIFY(explainedWhole(all, {"t", "u"}));
        QVERIFY(all.absent.empty());
    }
    void serversOfSomebodyElseAreAskedAtTheEnd() {
        ToyLab lab;
        Plan plan = managedPlan({"t", "u"});
        for (Target& target : plan.targets) {
            target.managed.reset();
            target.url = "http://127.0.0.1:1";
        }
        const SweepResult result = lab.sweep(plan);
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        QVERIFY(lab.server.ended); // not asked before
        QVERIFY(explainedWhole(lab.explanations(result.folder), {"t", "u"}));
    }
    void aSweepThatWasCutKeepsTheAccountThatItHas() {
        ToyLab lab;
        lab.onLine = [&](const JournalLine& line) {
            if (line.type == "turn_done" && (*line.body)["target"] == "u") lab.control.cut = true;
        };
        const SweepResult cut = lab.sweep(managedPlan({"t", "u"}));
        QVERIFY(cut.cancelled);
        QVERIFY(explainedWhole(lab.explanations(cut.folder), {"t"}));
        lab.onLine = nullptr;
        lab.control.cut = false;
        const SweepResult result = lab.goOn(cut.folder);
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        const SessionExplanations all = lab.explanations(cut.folder);
        QCOMPARE(ofTarget(all, "t").turns.size(), std::size_t(4));
        QVERIFY(ofTarget(all, "t").absent.empty()); // whose server was not started again
        QVERIFY(!ofTarget(all, "u").turns.empty());
        QCOMPARE(countsOf(all).explained, countsOf(all).turns);
    }
    void aWhatIfThatIsNotWorkedOutSaysWhy() {
        ToyLab lab;
        Plan plan = smallPlan();
        plan.repeats = 1;
        plan.cells = {{"A", {2}, {}, {}}};
        // The warm-up's prompt and two turns are answered, then no more.
        lab.server.noTemplate = Error{ErrorKind::Protocol, "/apply-template answered HTTP 500", "t", {}, 500};
        lab.server.answeredBefore = 3;
        const SweepResult result = lab.sweep(plan);
        const SessionExplanations all = lab.explanations(result.folder);
        QCOMPARE(countsOf(all).explained, std::int64_t(2));
        QVERIFY(all.loops.empty());
        QVERIFY(anyHas(all.absent, "target t: what other designs would read was not worked out: "));
        QVERIFY(anyHas(all.absent, "/apply-template answered HTTP 500"));
        lab.server.noTemplate.reset();
        const SessionExplanations late = lab.explainedAgain(result.folder, 1);
        QVERIFY(late.loops.empty());
        QCOMPARE(countsOf(late).turns, std::int64_t(2));
        QVERIFY(anyHas(late.absent, "not worked out: the time for explanations was over; looptax explain SESSION "
                                    "makes it"));
        QVERIFY(!lab.explainedAgain(result.folder).loops.empty());
    }
    void whatIfHasEachCapAndPaddingOfThePlanOnce() {
        Plan plan = smallPlan();
        plan.cells = {
            {"C", {4, 2}, {3, 2}, {}}, {"C", {6}, {3}, {}}, {"D", {3}, {}, {1, 2}}, {"B", {20}, {}, {}}, {"B", {5}, {}, {}}};
        ToyReader reader;
        const auto pack = readTaskPack(resource("task/research-log.json")).take();
        const auto loops = predictLoops(plan, pack, reader, {});
        QVERIFY(loops.ok());
        std::vector<std::string> found;
        for (const PredictedLoop& loop : *loops)
            found.push_back(loop.design + " " + std::to_string(loop.cap.value_or(0)) + " " +
                            std::to_string(loop.padding.value_or(0)) + " " + std::to_string(loop.n));
        const std::vector<std::string> expected{"A 0 0 12", "B 0 0 12", "C 2 0 4",      "C 3 0 6",
                                                "D 0 1 3",  "D 0 2 3",  "B-tail 0 0 12"};
        QCOMPARE(found, expected);
    }
    void aServerWithoutPiecesHasNoSections() {
        ToyLab lab;
        lab.server.pieces = false;
        Plan plan = fivePlan();
        plan.cache_modes = {CacheMode::RunIsolated};
        const SweepResult result = lab.sweep(plan);
        QVERIFY(!result.error);
        const SessionExplanations all = lab.explanations(result.folder);
        QCOMPARE(all.turns.size(), std::size_t(19));
        for (const TurnExplanation& turn : all.turns) {
            QVERIFY(turn.sections.empty());
            QVERIFY(turn.verdict != Reread::Unexplained);
            QCOMPARE(turn.absent.empty(), turn.turn == 1 || turn.design == "A");
        }
        ToyReader reader; // what is promised rests on ids alone
        const auto loops = predictLoops(plan, lab.pack, reader, {});
        QVERIFY(loops.ok() && all.loops.size() == loops->size());
        for (std::size_t i = 0; i < all.loops.size(); ++i) QVERIFY(all.loops[i].turns == (*loops)[i].turns);
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
    // Ollama has no route for them; a llama-server of the same plan that counts the same tokens may cut its prompts.
    void aRuntimeWithoutTokensIsExplainedByALlamaServer_data() {
        QTest::addColumn<int>("hidden");
        QTest::addColumn<bool>("managed");
        QTest::newRow("the same counts") << 0 << false;
        QTest::newRow("another template") << 4 << false;
        QTest::newRow("of a server that has ended") << 0 << true;
    }
    void aRuntimeWithoutTokensIsExplainedByALlamaServer() {
        QFETCH(int, hidden);
        QFETCH(bool, managed);
        ToyLab lab;
        lab.server.hidden = hidden;
        Plan plan = managedPlan({"t"});
        if (!managed) {
            plan.targets[0].managed.reset();
            plan.targets[0].url = "http://127.0.0.1:1";
        }
        Target ollama;
        ollama.id = "u";
        ollama.kind = TargetKind::Ollama;
        ollama.url = "http://127.0.0.1:2";
        ollama.model = "toy";
        plan.targets.push_back(ollama);
        plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
        const SweepResult result = lab.sweep(plan);
        QVERIFY(!result.error);
        const SessionExplanations own = ofTarget(lab.explanations(result.folder), "t");
        QCOMPARE(countsOf(own).exact, std::int64_t(8));
        QVERIFY(!own.loops.empty());
        SessionExplanations all = ofTarget(lab.explanations(result.folder), "u");
        if (managed) { // what has to be done is said, and does it
            QVERIFY(all.turns.empty());
            QVERIFY(anyHas(all.absent, "target u: only llama-server shows its template and its tokens; looptax explain"));
            all = ofTarget(lab.explainedAgain(result.folder), "u");
        }
        QCOMPARE(all.turns.size(), std::size_t(8));
        QVERIFY(all.loops.empty());
        for (const TurnExplanation& turn : all.turns) {
            if (hidden > 0) {
                QVERIFY2(turn.absent.find("another model or template") != std::string::npos, turn.absent.c_str());
                continue;
            }
            QVERIFY2(turn.exact.value_or(false), turn.sentence.c_str());
            // A new tag stands in front of every cold turn, and of turn 1 of a run: on purpose, and not another's doing.
            const bool tagged = turn.turn == 1 || turn.cell.find("cold") != std::string::npos;
            QCOMPARE(name(*turn.verdict), name(tagged ? Reread::CacheOff : Reread::AppendOnly));
        }
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
