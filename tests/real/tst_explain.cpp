// Why turns were re-read, on the embedded llama.cpp server: the rule against what the server says it reused,
// in five designs and three cache modes, and the place where prompts part against kvprof's own diff of the
// same prompts.
#include "base/bytes_json.h"
#include "base/clock.h"
#include "base/whole_file.h"
#include "real/real_kit.h"
#include "record/line_fields.h"
#include "record/record_json.h"
#include "record/record_store.h"
#include "replay/run_replay.h"
#include "replay/session_explainer.h"
#include "resources/resources.h"
#include "store/session.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>

using namespace looptax;
using namespace looptax::real;

class tst_explain : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void theRuleNamesWhatTheServerReused();
    void theReportSaysItInWordsAndKeepsItsPromise();
    void madeAgainItIsTheSameToTheByte();
    void kvprofFindsTheSameDifference();
    void aTemplateThatCutsPastRepliesIsFoundOut();
    void repliesThatEndByThemselvesAreCountedTo();

private:
    QString writePlan(const QString& model, const QString& rest);
    SessionExplanations explanationsOf(const QString& session);
    QTemporaryDir m_folder;
    Numbers m_numbers{QStringLiteral("explain")};
    SystemFileOps m_files;
    QString m_session;
    QString m_thin; // path of the model whose replies nobody reads
};

namespace {

// Each turn's messages and those of the turn before it, of the runs of one cache mode.
struct Pair {
    int run = 0;
    int turn = 0;
    std::string design;
    Messages before;
    Messages now;
};

std::vector<Pair> pairsOf(FileOps& files, const std::string& folder, CacheMode mode) {
    const auto pack = readTaskPack(resource("task/research-log.json")).take();
    std::vector<Pair> out;
    RecordStore store;
    std::optional<RunReplay> run;
    std::string tag;
    Messages before;
    const auto read = readJournal(files, SessionPaths(folder).journal(), [&](const JournalLine& line) {
        store.apply(line);
        if (line.type == "run_start") {
            run.reset();
            before.clear();
        }
        if (line.type == "turn_start") tag = textField(*line.body, "tag").value_or("");
        if (line.type != "turn_done") return;
        const auto record = readRecord(*line.body);
        if (!record || record->cache_mode != mode) return;
        if (!run) run.emplace(*record, *store.plan(), pack);
        Messages now = run->prompt(record->turn, tag);
        if (record->turn > 1) out.push_back({record->run, record->turn, record->design, before, now});
        before = std::move(now);
        run->answered(record->turn, getBytes(*line.body, "reply").value_or(""), getBytes(*line.body, "state"));
    });
    return read.ok() ? out : std::vector<Pair>{};
}

Json messagesJson(const Messages& messages) {
    Json out = Json::array();
    for (const Message& message : messages) out.push_back({{"role", message.role}, {"content", message.content}});
    return out;
}

} // namespace

void tst_explain::initTestCase() {
    QVERIFY2(missing().isEmpty(), qPrintable(missing()));
    QVERIFY(m_folder.isValid());
    const QString made = thinTestModel(&m_thin);
    QVERIFY2(made.isEmpty(), qPrintable(made));
}

QString tst_explain::writePlan(const QString& model, const QString& rest) {
    const QString path = m_folder.filePath(QStringLiteral("plan.json"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) return {};
    const QString text =
        QStringLiteral("{'schema':'looptax.plan/1','name':'real','targets':[{'id':'llamacpp','kind':'llama-server',"
                       "'managed':{'command':'looptax-llama-server','model_file':'%1',"
                       "'args':['-np','1','--cache-ram','0']}}],'context_tokens':4096,%2}");
    file.write(text.arg(model, rest).replace(QLatin1Char('\''), QLatin1Char('"')).toUtf8());
    return path;
}

SessionExplanations tst_explain::explanationsOf(const QString& session) {
    auto all = loadExplanations(m_files, session.toStdString());
    return all ? all.take() : SessionExplanations{};
}

void tst_explain::theRuleNamesWhatTheServerReused() {
    const QString plan = writePlan(
        m_thin, QStringLiteral("'cells':[{'design':'A','turns':[3]},{'design':'B','turns':[4]},{'design':'C','turns':[4]},"
                               "{'design':'D','turns':[2],'padding':[2]},{'design':'B-tail','turns':[4]}],'repeats':1,"
                               "'cache_modes':['run-isolated','cold','natural'],'on_bad_turn':'oracle','reply':{'max_tokens':"
                               "16}"));
    QElapsedTimer timer;
    timer.start();
    const Ended run =
        callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()}, QStringLiteral("explain"));
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    m_session = sessionOf(run);
    const QList<Row> rows = turnsOf(m_session);
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(51));
    for (const Row& row : rows) {
        QCOMPARE(number(row, "cached_tokens") + number(row, "processed_tokens"), number(row, "prompt_tokens"));
        const QString mode = row[QStringLiteral("cache_mode")];
        if (mode == QLatin1String("cold") || (mode == QLatin1String("run-isolated") && number(row, "turn") == 1))
            QCOMPARE(number(row, "cached_tokens"), 0);
        else QVERIFY(number(row, "cached_tokens") > 0);
        // Verified by the program itself, from the same counts; of natural turns nothing is promised.
        QCOMPARE(row[QStringLiteral("cache_mode_broken")],
                 mode == QLatin1String("natural") ? QString() : QStringLiteral("false"));
        QCOMPARE(row[QStringLiteral("counts_disagree")], QString());
    }
    const SessionExplanations all = explanationsOf(m_session);
    const ExplainedCounts counts = countsOf(all);
    m_numbers.say(QStringLiteral("%1 turns: %2 explained, %3 exact, %4 with counts that disagree, in %5 s")
                      .arg(counts.turns)
                      .arg(counts.explained)
                      .arg(counts.exact)
                      .arg(counts.mismatches)
                      .arg(timer.elapsed() / 1000));
    for (const TurnExplanation& turn : all.turns)
        if (!turn.exact.value_or(false))
            m_numbers.say(
                QString::fromStdString(turn.cell + " turn " + std::to_string(turn.turn) + ": " + turn.sentence + turn.absent));
    QCOMPARE(counts.turns, std::int64_t(rows.size()));
    QVERIFY(double(counts.explained) >= 0.95 * double(counts.turns));
    QVERIFY(double(counts.exact) >= 0.90 * double(counts.turns));
    // The issue asks it of the natural turns by themselves too: cold ones are easily right.
    SessionExplanations natural;
    for (const TurnExplanation& turn : all.turns)
        if (turn.cell.ends_with("/natural")) natural.turns.push_back(turn);
    const ExplainedCounts warm = countsOf(natural);
    m_numbers.say(
        QStringLiteral("natural alone: %1 turns, %2 explained, %3 exact").arg(warm.turns).arg(warm.explained).arg(warm.exact));
    QCOMPARE(warm.turns, std::int64_t(17));
    QVERIFY(double(warm.explained) >= 0.95 * double(warm.turns) && double(warm.exact) >= 0.90 * double(warm.turns));
    QCOMPARE(counts.mismatches, std::int64_t(0));
    for (const TurnExplanation& turn : all.turns) {
        QVERIFY(turn.prompt_proved);
        std::int64_t tokens = 0;
        for (const SectionCount& section : turn.sections) tokens += section.tokens;
        QCOMPARE(tokens, *turn.prompt_tokens_reported);
    }
}

void tst_explain::theReportSaysItInWordsAndKeepsItsPromise() {
    QVERIFY(!m_session.isEmpty());
    QFile file(m_session + QStringLiteral("/report.md"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString report = QString::fromUtf8(file.readAll());
    QVERIFY(report.contains(QLatin1String("## Why turns were re-read")));
    QVERIFY(report.contains(QLatin1String("Design C capped state: of a state of")));
    for (const char* row :
         {"| llamacpp | run-isolated | turn 1 reuses nothing, later turns keep what the runtime can | 17 | 0 | 0 |",
          "| llamacpp | cold | no turn reuses anything | 17 | 0 | 0 |", "| llamacpp | natural | nothing | 0 | 0 | 17 |"})
        QVERIFY2(report.contains(QLatin1String(row)), row);
    QVERIFY(!report.contains(QLatin1String("left out:")) && !report.contains(QLatin1String("Cached tokens, estimated")));
    const qsizetype at = report.indexOf(QLatin1String("B-tail in place of B on llamacpp"));
    QVERIFY(at > 0);
    const QString promise = report.mid(at, report.indexOf(QLatin1Char('\n'), at) - at);
    m_numbers.say(promise);
    QVERIFY(promise.contains(QLatin1String("measured")));
    std::map<std::string, std::int64_t> promised;
    std::map<std::string, std::int64_t> measured;
    const SessionExplanations all = explanationsOf(m_session);
    for (const PredictedLoop& loop : all.loops)
        for (const PredictedTurn& turn : loop.turns) promised[loop.design] += turn.processed();
    for (const TurnExplanation& turn : all.turns)
        if (turn.cell.find("/run-isolated") != std::string::npos) measured[turn.design] += *turn.processed_reported;
    // The state is the oracle's, so but for A, whose history holds what the model really said, the promise is
    // kept.
    for (const char* design : {"B", "C", "D", "B-tail"}) QCOMPARE(promised[design], measured[design]);
    QVERIFY(measured["B-tail"] < measured["B"]);
}

void tst_explain::madeAgainItIsTheSameToTheByte() {
    QVERIFY(!m_session.isEmpty());
    const std::string path = SessionPaths(m_session.toStdString()).explanations();
    const std::string before = readFile(m_files, path).take();
    QVERIFY(QFile::remove(QString::fromStdString(path)));
    const Ended again = callLooptax({QStringLiteral("explain"), m_session}, QStringLiteral("again"));
    QVERIFY2(again.code == 0, qPrintable(again.out + again.err));
    QVERIFY(again.out.contains(QLatin1String("51 of 51 turns explained")));
    QVERIFY(readFile(m_files, path).take() == before);
    QCOMPARE(processesWith(QStringLiteral("again")), 0);
}

void tst_explain::kvprofFindsTheSameDifference() {
    QVERIFY(!m_session.isEmpty());
    const std::vector<Pair> pairs = pairsOf(m_files, m_session.toStdString(), CacheMode::RunIsolated);
    QCOMPARE(pairs.size(), std::size_t(12));
    Json asked = Json::array();
    for (const Pair& pair : pairs)
        asked.push_back(
            {{"key", pair.run * 1000 + pair.turn}, {"parent", messagesJson(pair.before)}, {"current", messagesJson(pair.now)}});
    QFile file(m_folder.filePath(QStringLiteral("pairs.json")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(asked.dump()));
    file.close();

    SystemClock clock;
    const CancelFlag cancel{false};
    const auto server = ManagedServer::start({"looptax-llama-server", m_thin.toStdString(), {"-np", "1"}}, 4096,
                                             m_folder.filePath(QStringLiteral("server.log")).toStdString(), clock, {}, cancel);
    QVERIFY2(server.ok(), server.ok() ? "" : server.error().text().c_str());
    const QString data = QString::fromStdString(dataFolder());
    QProcess python;
    python.start(data + QStringLiteral("/runtime/venv/bin/python"),
                 {QStringLiteral(LOOPTAX_SOURCE_DIR "/tests/real/kvprof_diff.py"), data + QStringLiteral("/kvprof"),
                  QString::fromStdString((*server)->url()), file.fileName()});
    QVERIFY(python.waitForFinished(60'000));
    QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());

    const SessionExplanations all = explanationsOf(m_session);
    int agreed = 0;
    for (const QByteArray& line : python.readAllStandardOutput().trimmed().split('\n')) {
        const Json theirs = Json::parse(line.toStdString());
        const int key = theirs["key"].get<int>();
        const auto ours = std::find_if(all.turns.begin(), all.turns.end(),
                                       [&](const TurnExplanation& t) { return t.run == key / 1000 && t.turn == key % 1000; });
        QVERIFY(ours != all.turns.end());
        QCOMPARE(ours->prompt_tokens, theirs["current"].get<std::int64_t>());
        // kvprof compares prompts alone: A's next one begins with the whole of the last, and how far the reply
        // was kept is ours to add.
        QCOMPARE(theirs["extends"].get<bool>(), ours->design == "A");
        if (ours->design == "A") {
            QVERIFY(ours->cached_predicted >= theirs["lcp"].get<std::int64_t>());
        } else {
            QVERIFY(ours->first_difference.has_value());
            QCOMPARE(ours->first_difference->token, theirs["lcp"].get<std::int64_t>());
            QVERIFY(ours->first_difference->now.rfind(theirs["now"].get<std::string>(), 0) == 0);
            QVERIFY(ours->first_difference->held.rfind(theirs["held"].get<std::string>(), 0) == 0);
            QCOMPARE(ours->cached_predicted, theirs["lcp"].get<std::int64_t>());
        }
        ++agreed;
    }
    QCOMPARE(agreed, 12);
    m_numbers.say(
        QStringLiteral("kvprof 0.2.0 on the same prompts: %1 of 12 pairs with the same first difference and counts").arg(agreed));
}

void tst_explain::aTemplateThatCutsPastRepliesIsFoundOut() {
    const QString file = m_folder.filePath(QStringLiteral("cutting.jinja"));
    QFile out(file);
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write("{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['role'] == 'assistant' %}{{ "
              "m['content'][:20] }}"
              "{% else %}{{ m['content'] }}{% endif %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n");
    out.close();
    const QString path =
        writePlan(m_thin, QStringLiteral("'cells':[{'design':'A','turns':[3]}],'repeats':1,'reply':{'max_tokens':24}"));
    QFile plan(path);
    QVERIFY(plan.open(QIODevice::ReadWrite));
    QByteArray text = plan.readAll();
    text.replace("\"--cache-ram\",\"0\"", "\"--cache-ram\",\"0\",\"--chat-template-file\",\"" + file.toUtf8() + "\"");
    plan.resize(0);
    plan.seek(0);
    plan.write(text);
    plan.close();
    const Ended run =
        callLooptax({QStringLiteral("run"), path, QStringLiteral("--out"), m_folder.path(), QStringLiteral("--trust-plan")},
                    QStringLiteral("cut"));
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    const SessionExplanations all = explanationsOf(sessionOf(run));
    QCOMPARE(all.turns.size(), std::size_t(3));
    for (const TurnExplanation& turn : all.turns) {
        m_numbers.say(QString::fromStdString("cutting template, turn " + std::to_string(turn.turn) + ": " + turn.sentence));
        QVERIFY(turn.exact.value_or(false) && turn.mismatch.empty());
        if (turn.turn > 1) QCOMPARE(turn.verdict, std::optional(Reread::HistoryRerendered));
    }
    QVERIFY(std::any_of(all.turns[1].sections.begin(), all.turns[1].sections.end(),
                        [](const SectionCount& s) { return s.label == "past reply 1" && s.tokens > 0; }));
}

void tst_explain::repliesThatEndByThemselvesAreCountedTo() {
    const QString plan = writePlan(kModel, QStringLiteral("'cells':[{'design':'A','turns':[3]},{'design':'B-tail','turns':[2]}],"
                                                          "'repeats':1,'on_bad_turn':'oracle'"));
    const Ended run =
        callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()}, QStringLiteral("stop"));
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    const QString session = sessionOf(run);
    const QList<Row> rows = turnsOf(session);
    m_numbers.add(rows);
    QVERIFY(std::any_of(rows.begin(), rows.end(),
                        [](const Row& row) { return row[QStringLiteral("finish_reason")] == QLatin1String("stop"); }));
    const SessionExplanations all = explanationsOf(session);
    const ExplainedCounts counts = countsOf(all);
    m_numbers.say(QStringLiteral("default model: %1 turns, %2 explained, %3 exact")
                      .arg(counts.turns)
                      .arg(counts.explained)
                      .arg(counts.exact));
    for (const TurnExplanation& turn : all.turns) {
        m_numbers.say(QString::fromStdString(turn.cell + " turn " + std::to_string(turn.turn) + ": " + turn.sentence));
        QVERIFY(turn.mismatch.empty());
        QVERIFY2(turn.exact.value_or(false), turn.sentence.c_str());
        if (turn.design == "A" && turn.turn > 1) QVERIFY(turn.retokenised);
    }
    QCOMPARE(counts.explained, std::int64_t(5));
}

LOOPTAX_TEST(tst_explain)
#include "tst_explain.moc"
