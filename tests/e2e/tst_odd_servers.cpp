// Servers that say what cannot be, or lack what an explanation needs, in the middle of a sweep of the real binary: each
// leaves its mark where a user looks, and none of them stops the sweep.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "sim/sim_model.h"
#include "support/fault_kit.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace looptax;

namespace {

// A and C in this order, six turns, no warm-up: the first script that is queued is for turn 1 of A.
struct OddLab {
    explicit OddLab(TargetKind kind = TargetKind::LlamaServer, CacheMode mode = CacheMode::RunIsolated)
        : dialect(kind)
        , server([kind] {
            SimOptions options;
            options.dialect = kind;
            return options;
        }()) {
        started = server.start().ok();
        plan = tinyPlan({targetAt(kind, server.url(), server.model())});
        plan.warmup_requests = 0;
        plan.cache_modes = {mode};
    }
    // For one turn: what a fault says after it would be taken for a runtime that cut the conversation.
    void queue(const std::string& fault) {
        // The counts in a queued script are of another prompt: this server's tokenizer must not tell.
        server.setPath("/apply-template", oneAnswer(httpAnswer(404, "application/json", "{}")));
        for (const SimFault& known : faultTable(dialect))
            if (known.name == fault) server.queueChat(known.exchanges.front().script);
    }
    CliEnd run() { return runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out")}); }

    TargetKind dialect;
    TempFolder folder;
    ScriptedServer server;
    Plan plan;
    bool started = false;
};

std::string reportOf(const CliEnd& end) { return fileText(end.sessionFolder() + "/report.md"); }

SimScript json(int status, const std::string& body) { return oneAnswer(httpAnswer(status, "application/json", quoted(body))); }

} // namespace

class tst_odd_servers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTurnOutOfItsCacheModeIsSaidAndLeftOut() {
        OddLab lab(TargetKind::LlamaServer, CacheMode::Cold);
        QVERIFY(lab.started);
        lab.queue("plain"); // says that 36 of 40 tokens were cached, and reuse was forbidden
        const CliEnd end = lab.run();
        QVERIFY2(end.code == 0, end.all().c_str());
        QVERIFY2(countLines(end.out, "(cache mode broken: cold)") == 1, end.out.c_str());
        const auto rows = csvRows(fileText(end.sessionFolder() + "/turns.csv"));
        QCOMPARE(rows.size(), std::size_t(6));
        for (std::size_t i = 0; i < rows.size(); ++i)
            QCOMPARE(rows[i].at("cache_mode_broken"), std::string(i == 0 ? "true" : "false"));
        QVERIFY2(contains(reportOf(end), "left out: 1 turn whose cache mode did not hold"), reportOf(end).c_str());
        const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
        QVERIFY2(verified.code == 0, verified.all().c_str());
    }
    void aServerThatCannotSayCachedIsNotVerified() {
        OddLab lab(TargetKind::Ollama);
        QVERIFY(lab.started);
        const CliEnd end = lab.run();
        QVERIFY2(end.code == 0, end.all().c_str());
        for (const auto& row : csvRows(fileText(end.sessionFolder() + "/turns.csv")))
            QCOMPARE(row.at("cache_mode_broken"), std::string());
        QVERIFY2(contains(reportOf(end), "can | 0 | 0 | 6 |"), reportOf(end).c_str());
    }
    void numbersThatCannotBeAreUnknownAndSaid_data() {
        QTest::addColumn<int>("dialect");
        QTest::addRow("llama-server") << int(TargetKind::LlamaServer);
        QTest::addRow("Ollama") << int(TargetKind::Ollama);
        QTest::addRow("OpenAI-compatible") << int(TargetKind::OpenAi);
    }
    void numbersThatCannotBeAreUnknownAndSaid() {
        QFETCH(int, dialect);
        OddLab lab{TargetKind(dialect)};
        QVERIFY(lab.started);
        lab.queue("absurd_numbers");
        const CliEnd end = lab.run();
        QVERIFY2(end.code == 0, end.all().c_str());
        QVERIFY2(countLines(end.out, ": taken as unknown") >= 2, end.out.c_str());
        const auto rows = csvRows(fileText(end.sessionFolder() + "/turns.csv"));
        QCOMPARE(rows.size(), std::size_t(6));
        for (const char* column : {"prompt_tokens", "cached_tokens", "processed_tokens", "prompt_ms", "predicted_ms"})
            QVERIFY2(rows[0].at(column).empty(), column);
        QVERIFY(!rows[1].at("prompt_tokens").empty());
        QVERIFY2(contains(reportOf(end), "Warnings of single turns"), reportOf(end).c_str());
    }
    void aProxyThatAddsABodyIsIgnoredAndSaid_data() {
        QTest::addColumn<QString>("fault");
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("rows");
        QTest::addRow("behind the stream's end") << QStringLiteral("data_after_terminator") << 0 << 6;
        QTest::addRow("a second answer") << QStringLiteral("data_after_body") << 0 << 6;
        QTest::addRow("a page of its own") << QStringLiteral("html_page") << 1 << 5;
    }
    void aProxyThatAddsABodyIsIgnoredAndSaid() {
        QFETCH(QString, fault);
        QFETCH(int, code);
        QFETCH(int, rows);
        OddLab lab;
        QVERIFY(lab.started);
        lab.queue(fault.toStdString());
        const CliEnd end = lab.run();
        QVERIFY2(end.code == code, end.all().c_str());
        QCOMPARE(csvRows(fileText(end.sessionFolder() + "/turns.csv")).size(), std::size_t(rows));
        if (code == 0)
            QVERIFY2(countLines(end.out, "odd: the server sent more after the end of its answer") == 1, end.out.c_str());
        else QVERIFY2(contains(end.out, "protocol: the response is not a chat stream"), end.out.c_str());
        QCOMPARE(lab.server.chatCount(), countType(journalOf(end.sessionFolder()), "turn_start"));
    }
    void aFieldThatIsRefusedIsLeftOutAndSaid_data() {
        QTest::addColumn<int>("dialect");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("said"); // of the requests that followed
        const int openai = int(TargetKind::OpenAi), llama = int(TargetKind::LlamaServer), ollama = int(TargetKind::Ollama);
        QTest::addRow("FastAPI: seed")
            << openai << 422
            << QStringLiteral(
                   "{'detail':[{'type':'extra_forbidden','loc':['body','seed'],'msg':'Extra inputs are not permitted'}]}")
            << QStringLiteral("seed")
            << QStringLiteral("in the plan and not sent: top_k 40, min_p 0, repeat_penalty 1, seed, thinking off");
        QTest::addRow("OpenAI: max_tokens has a newer name")
            << openai << 400
            << QStringLiteral("{'error':{'message':'Unsupported parameter','param':'max_tokens','code':'unsupported_parameter'}}")
            << QStringLiteral("max_tokens") << QStringLiteral("carry temperature 0.2, top_p 0.95, seed, max_tokens; in the plan");
        QTest::addRow("llama-server: the thinking switch")
            << llama << 400
            << QStringLiteral("{'error':{'message':'chat_template_kwargs is not supported by this template','code':400}}")
            << QStringLiteral("chat_template_kwargs")
            << QStringLiteral("repeat_penalty 1, seed, max_tokens; in the plan and not sent: thinking off");
        QTest::addRow("Ollama: an option") << ollama << 400 << QStringLiteral("{'error':'unknown option min_p'}")
                                           << QStringLiteral("options.min_p")
                                           << QStringLiteral("in the plan and not sent: min_p 0, thinking off");
        QTest::addRow("vLLM: in a stream of 200")
            << openai << 200 << QStringLiteral("data: {'error':{'message':'seed is not supported by this model','code':400}}\n\n")
            << QStringLiteral("seed") << QStringLiteral("repeat_penalty 1, seed, thinking off");
    }
    void aFieldThatIsRefusedIsLeftOutAndSaid() {
        QFETCH(int, dialect);
        QFETCH(int, status);
        QFETCH(QString, body);
        QFETCH(QString, field);
        QFETCH(QString, said);
        OddLab lab{TargetKind(dialect)};
        QVERIFY(lab.started);
        lab.server.queueChat(status == 200 ? oneAnswer(httpAnswer(200, "text/event-stream", quoted(body.toStdString())))
                                           : json(status, body.toStdString()));
        const CliEnd end = lab.run();
        QVERIFY2(end.code == 0, end.all().c_str());
        QVERIFY2(contains(end.out, "refuses the field " + field.toStdString() + ", which is left out from now on (" +
                                       (status == 200 ? std::string("the server answered HTTP 200 with an error")
                                                      : "HTTP " + std::to_string(status))),
                 end.out.c_str());
        QVERIFY2(contains(end.out, said.toStdString()), end.out.c_str());
        const auto rows = csvRows(fileText(end.sessionFolder() + "/turns.csv"));
        QCOMPARE(rows.size(), std::size_t(6));
        QCOMPARE(rows[0].at("send_attempt"), std::string("2"));
        QCOMPARE(rows[0].at("retry_wait_ms"), std::string());
        QCOMPARE(rows[0].at("seed").empty(), field == QLatin1String("seed"));
        QCOMPARE(lab.server.chatCount(), 7);
        const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
        QVERIFY2(verified.code == 0, verified.all().c_str());
    }
    void whatWasNotSentIsNotReportedAsSent() {
        OddLab lab(TargetKind::OpenAi);
        QVERIFY(lab.started);
        lab.plan.sampling.top_k = 7;
        lab.plan.sampling.top_p.reset();
        const CliEnd end = lab.run();
        QVERIFY2(end.code == 0, end.all().c_str());
        const QString report = QString::fromStdString(reportOf(end)).remove(QLatin1Char('\\'));
        for (const char* text : {"| sent with requests | temperature 0.2; seed; max_tokens |",
                                 "| in the plan and not sent | top_k 7; min_p 0; repeat_penalty 1; thinking off |",
                                 "carried temperature 0.2, seed, max_tokens; in the plan and not sent: top_k 7"})
            QVERIFY2(report.contains(QLatin1String(text)), qPrintable(report));
    }
    void thoughtsThoughThinkingIsOffAreSaid_data() {
        QTest::addColumn<int>("dialect");
        for (const TargetKind kind : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi})
            QTest::addRow("%s", std::string(name(kind)).c_str()) << int(kind);
    }
    void thoughtsThoughThinkingIsOffAreSaid() {
        QFETCH(int, dialect);
        const TempFolder folder;
        SimOptions options;
        options.dialect = TargetKind(dialect);
        options.reasoning = "Let me think.";
        ScriptedServer server(options);
        QVERIFY(server.start());
        Plan plan = tinyPlan({targetAt(options.dialect, server.url(), server.model())});
        for (const bool thinking : {false, true}) {
            plan.reply.thinking = thinking;
            const CliEnd end = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file(thinking ? "on" : "off")});
            QVERIFY2(end.code == 0, end.all().c_str());
            QVERIFY2(countLines(end.out, "odd: thinking is off in the plan, but the reply has 13 characters of thoughts") ==
                         (thinking ? 0 : 6),
                     end.out.c_str());
            QCOMPARE(contains(reportOf(end), "thinking is off in the plan, but"), !thinking);
        }
    }
    // A build name that is not the simulated one's, so that an explanation is tried for.
    void aServerThatCannotExplainIsMeasuredAllTheSame_data() {
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("said");
        const QString apply = QStringLiteral("/apply-template"), cut = QStringLiteral("/tokenize");
        QTest::addRow("no /apply-template") << apply << 404 << QStringLiteral("{'error':{'message':'File Not Found'}}")
                                            << QStringLiteral("/apply-template answered HTTP 404");
        QTest::addRow("no /tokenize") << cut << 501 << QStringLiteral("{'error':{'message':'not here'}}")
                                      << QStringLiteral("/tokenize answered HTTP 501");
        QTest::addRow("a template that errors") << apply << 500 << QStringLiteral("{'error':{'message':'roles must alternate'}}")
                                                << QStringLiteral("roles must alternate");
        QTest::addRow("a page of a proxy") << apply << 200 << QStringLiteral("<html>please log in</html>")
                                           << QStringLiteral("/apply-template did not answer with JSON");
    }
    void aServerThatCannotExplainIsMeasuredAllTheSame() {
        QFETCH(QString, path);
        QFETCH(int, status);
        QFETCH(QString, body);
        QFETCH(QString, said);
        OddLab lab;
        QVERIFY(lab.started);
        lab.server.setPath("/props", json(200, "{'default_generation_settings':{'n_ctx':16384},'total_slots':1,'model_alias':'" +
                                                   lab.server.model() + "','build_info':'b10488'}"));
        lab.server.setPath(path.toStdString(), json(status, body.toStdString()));
        const CliEnd end = lab.run();
        QVERIFY2(end.code == 0, end.all().c_str());
        QCOMPARE(csvRows(fileText(end.sessionFolder() + "/turns.csv")).size(), std::size_t(6));
        QString report = QString::fromStdString(reportOf(end)).remove(QLatin1Char('\\'));
        QVERIFY2(report.contains(QLatin1String("not explained: ")) && report.contains(said), qPrintable(report));
    }
};

LOOPTAX_TEST(tst_odd_servers)
#include "tst_odd_servers.moc"
