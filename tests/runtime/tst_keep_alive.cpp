// What a measured Ollama is left with: it is as it was, or what stands is said. No request of this makes it generate, load
// or start another runner.
#include "base/json_fwd.h"
#include "runtime/chat_lab.h"
#include "sim/sim_model.h"
#include "support/test_registry.h"

#include <QElapsedTimer>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

SimOptions ollama() {
    SimOptions options;
    options.dialect = TargetKind::Ollama;
    return options;
}

SimScript answer(int status, const std::string& body) { return oneAnswer(httpAnswer(status, "application/json", body)); }

SimScript loaded(const std::string& name, const std::string& until) {
    return answer(200, "{\"models\":[{\"name\":\"other:7b\",\"expires_at\":\"2318-01-01T00:00:00Z\"},{\"name\":\"" + name +
                           "\",\"model\":\"" + name + "\",\"expires_at\":\"" + until + "\"}]}");
}

std::vector<Json> bodiesTo(const ScriptedServer& server, const char* path) {
    std::vector<Json> out;
    for (const SeenRequest& seen : server.seen())
        if (seen.request.path == path) out.push_back(Json::parse(seen.request.body, nullptr, false));
    return out;
}

} // namespace

class tst_keep_alive : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itIsSetBackToWhatItWas_data();
    void itIsSetBackToWhatItWas();
    void whereThereIsNothingToUndoNothingIsAsked_data();
    void whereThereIsNothingToUndoNothingIsAsked();
    void whatCannotBeUndoneIsSaid_data();
    void whatCannotBeUndoneIsSaid();
    void aServerThatIsSilentIsNotWaitedForLong();
};

void tst_keep_alive::itIsSetBackToWhatItWas_data() {
    QTest::addColumn<std::string>("before"); // expires_at of the model when it is first looked at; "-": not loaded
    QTest::addColumn<std::string>("name");   // as /api/ps lists it
    QTest::addColumn<int>("least");          // seconds it is set back to
    QTest::addColumn<int>("most");
    QTest::addColumn<std::string>("facts");
    const std::string inAnHour = isoUtc(SystemClock().wallMs() + 3'600'000);
    const std::string soon = isoUtc(SystemClock().wallMs() + 60'000);
    // Forms of the time as Go writes it: RFC 3339 with up to nine decimals and an offset (api.ProcessModelResponse).
    QTest::newRow("not loaded") << std::string("-") << std::string() << 300 << 300 << std::string("not loaded");
    QTest::newRow("loaded for the default's rest")
        << soon << std::string("simulated-oracle") << 300 << 300 << std::string("another");
    QTest::newRow("loaded for an hour") << inAnHour << std::string("simulated-oracle:latest") << 3'500 << 3'600
                                        << std::string("another 59 min");
    QTest::newRow("nine decimals and an offset") << std::string("2026-01-01T00:00:00.123456789-07:00")
                                                 << std::string("simulated-oracle") << 300 << 300 << std::string("another 0 s");
    QTest::newRow("no time at all") << std::string("0001-01-01T00:00:00Z") << std::string("simulated-oracle") << 300 << 300
                                    << std::string("another 0 s");
    QTest::newRow("an odd time") << std::string("soon") << std::string("simulated-oracle") << 300 << 300
                                 << std::string("another 0 s");
}

void tst_keep_alive::itIsSetBackToWhatItWas() {
    QFETCH(std::string, before);
    QFETCH(std::string, name);
    QFETCH(int, least);
    QFETCH(int, most);
    QFETCH(std::string, facts);
    ChatLab lab(ollama());
    if (before != "-") lab.server.setPath("/api/ps", loaded(name, before));
    const auto known = lab.client->facts(lab.server.model(), lab.cancel);
    QVERIFY(known.ok());
    QVERIFY2(known->keep_alive.rfind("-1 ", 0) == 0 && known->keep_alive.find(facts) != std::string::npos,
             known->keep_alive.c_str());
    lab.server.clearScripts();
    QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
    const Json chat = bodiesTo(lab.server, "/api/chat").back();
    QCOMPARE(chat["keep_alive"].get<int>(), -1);
    // Looked at again in between, as after a failed run: what we did ourselves is not how it was.
    QVERIFY(lab.client->facts(lab.server.model(), lab.cancel).ok());

    const auto said = lab.client->giveBack(5'000, lab.cancel);
    QVERIFY2(said.ok(), said ? "" : said.error().text().c_str());
    QVERIFY2(said->find("keep_alive -1") != std::string::npos &&
                 said->find("unloads simulated-oracle again after") != std::string::npos,
             said->c_str());
    const auto asked = bodiesTo(lab.server, "/api/generate");
    QCOMPARE(asked.size(), std::size_t(1));
    const Json& request = asked[0];
    QCOMPARE(request["model"].get<std::string>(), lab.server.model());
    const int seconds = request["keep_alive"].get<int>();
    QVERIFY2(seconds >= least && seconds <= most, std::to_string(seconds).c_str());
    QVERIFY(!request.contains("prompt") && !request.contains("messages"));
    // Others than the chat's would start another runner (needsReload in Ollama's server/sched.go).
    QVERIFY(request["options"]["num_ctx"] == chat["options"]["num_ctx"] && request["options"]["num_ctx"] == 4096);
    QVERIFY(request["shift"] == chat["shift"] && request["shift"] == false);
    QCOMPARE(lab.server.chatCount(), 1);
    QCOMPARE(*lab.client->giveBack(5'000, lab.cancel), std::string()); // once is enough
    QCOMPARE(bodiesTo(lab.server, "/api/generate").size(), std::size_t(1));
}

void tst_keep_alive::whereThereIsNothingToUndoNothingIsAsked_data() {
    QTest::addColumn<std::string>("state");
    QTest::addColumn<std::string>("says"); // empty: nothing is said either
    QTest::newRow("nothing was sent") << std::string("idle") << std::string();
    QTest::newRow("kept in memory for ever before") << std::string("pinned") << std::string("as before the sweep");
    QTest::newRow("unloaded meanwhile, by somebody else")
        << std::string("unloaded") << std::string("no longer lists simulated-oracle");
    QTest::newRow("a server that lists nothing") << std::string("empty") << std::string("no longer lists simulated-oracle");
}

void tst_keep_alive::whereThereIsNothingToUndoNothingIsAsked() {
    QFETCH(std::string, state);
    QFETCH(std::string, says);
    ChatLab lab(ollama());
    // 292 years: what a negative keep_alive comes to in Go's nanoseconds.
    if (state == "pinned") lab.server.setPath("/api/ps", loaded("simulated-oracle", "2318-03-13T10:15:30.123456789Z"));
    QVERIFY(lab.client->facts(lab.server.model(), lab.cancel).ok());
    if (state != "idle") QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
    if (state == "unloaded") lab.server.unloadModel();
    if (state == "empty") lab.server.setPath("/api/ps", answer(200, "{}"));
    const auto said = lab.client->giveBack(5'000, lab.cancel);
    QVERIFY(said.ok());
    QCOMPARE(said->empty(), says.empty());
    QVERIFY2(said->find(says) != std::string::npos, said->c_str());
    QCOMPARE(lab.server.requestCount("/api/generate"), 0);
}

void tst_keep_alive::whatCannotBeUndoneIsSaid_data() {
    QTest::addColumn<std::string>("path");
    QTest::addColumn<std::string>("why");
    QTest::newRow("the list fails") << std::string("/api/ps") << std::string("HTTP 500: no");
    QTest::newRow("the request fails") << std::string("/api/generate") << std::string("HTTP 500: no");
    QTest::newRow("the server is gone") << std::string() << std::string("Connection refused");
}

void tst_keep_alive::whatCannotBeUndoneIsSaid() {
    QFETCH(std::string, path);
    QFETCH(std::string, why);
    ChatLab lab(ollama());
    QVERIFY(lab.client->facts(lab.server.model(), lab.cancel).ok());
    QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
    if (path.empty()) lab.server.stop();
    else lab.server.setPath(path, answer(500, "{\"error\":\"no\"}"));
    const auto said = lab.client->giveBack(5'000, lab.cancel);
    QVERIFY(!said.ok());
    const std::string text = said.error().text();
    for (const std::string& part :
         {std::string("keep_alive of simulated-oracle could not be set back"), why, std::string("ollama stop simulated-oracle")})
        QVERIFY2(text.find(part) != std::string::npos, text.c_str());
}

void tst_keep_alive::aServerThatIsSilentIsNotWaitedForLong() {
    ChatLab lab(ollama());
    QVERIFY(lab.client->facts(lab.server.model(), lab.cancel).ok());
    QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
    lab.server.setPath("/api/ps", {.steps = {{.what = SimStep::Do::Hang}}});
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!lab.client->giveBack(300, lab.cancel).ok());
    QVERIFY2(timer.elapsed() < 3'000, QByteArray::number(timer.elapsed()).constData());
}

LOOPTAX_TEST(tst_keep_alive)
#include "tst_keep_alive.moc"
