// An API key goes to the server it is for and nowhere else: not into a file, not onto a screen, not even when
// a server sends it back in an error.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QByteArray>
#include <QDirIterator>
#include <QTest>

using namespace looptax;

class tst_secrets : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theKeyReachesTheServerAndNothingElse_data();
    void theKeyReachesTheServerAndNothingElse();
    void aServerThatSendsTheKeyBackTellsNobody_data();
    void aServerThatSendsTheKeyBackTellsNobody();
    void aRefusedKeyIsSaidWithoutIt();
    void theSearchWouldFindIt();
};

namespace {

const std::string kKey = "sk-canary+7Qx/Zr9Lw2==";
constexpr const char* kVariable = "LOOPTAX_TEST_CANARY";

// The key as it might leak: as it is, in a URL, in hex, and inside any base64 whatever came before it.
std::vector<std::string> disguises() {
    const QByteArray key = QByteArray::fromStdString(kKey);
    std::vector<std::string> out{kKey, key.toPercentEncoding().toStdString(), key.toHex().toStdString()};
    for (int before = 0; before < 3; ++before) {
        // Of each alignment the middle, which no neighbour can change.
        const QByteArray text = (QByteArray(before, ' ') + key).toBase64();
        out.push_back(text.mid(before == 0 ? 0 : 4, 24).toStdString());
    }
    return out;
}

std::string leakIn(const std::string& text) {
    for (const std::string& disguise : disguises())
        if (contains(text, disguise)) return disguise;
    return {};
}

std::string leakBelow(const std::string& folder) {
    QDirIterator it(QString::fromStdString(folder), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (it.hasNext()) {
        const std::string path = it.next().toStdString();
        if (!leakIn(fileText(path)).empty() || !leakIn(path).empty()) return path;
    }
    return {};
}

struct Lab {
    TempFolder folder;
    ScriptedServer server;
    std::string plan;
    int calls = 0;

    explicit Lab(TargetKind dialect)
        : server(optionsFor(dialect)) {
        if (!server.start()) qFatal("the scripted server does not start");
        Target target = targetAt(dialect, server.url(), server.model(), "t");
        target.api_key_env = kVariable;
        plan = planFile(folder.path(), tinyPlan({target}));
    }
    static SimOptions optionsFor(TargetKind dialect) {
        SimOptions options;
        options.dialect = dialect;
        options.api_key = kKey;
        return options;
    }
    // What it printed is kept among the files that are searched.
    CliEnd call(const std::vector<std::string>& words, const std::string& key = kKey) {
        const CliEnd end = runLooptax(words, {{kVariable, key}});
        spit(folder.file("printed" + std::to_string(++calls) + ".txt"), end.all());
        return end;
    }
    CliEnd run(const std::vector<std::string>& more = {}, const std::string& key = kKey) {
        std::vector<std::string> words{"run", plan, "--out", folder.file("out")};
        words.insert(words.end(), more.begin(), more.end());
        return call(words, key);
    }
};

} // namespace

void tst_secrets::theKeyReachesTheServerAndNothingElse_data() {
    QTest::addColumn<int>("dialect");
    QTest::newRow("llama-server") << int(TargetKind::LlamaServer);
    QTest::newRow("Ollama") << int(TargetKind::Ollama);
    QTest::newRow("OpenAI-compatible") << int(TargetKind::OpenAi);
}

void tst_secrets::theKeyReachesTheServerAndNothingElse() {
    QFETCH(int, dialect);
    Lab lab{TargetKind(dialect)};
    QCOMPARE(lab.call({"validate", lab.plan}).code, 0);
    const CliEnd end = lab.run();
    QVERIFY2(end.code == 0, end.all().c_str());
    QCOMPARE(lab.run({"--json-progress"}).code, 0);
    const std::string session = end.sessionFolder();
    QCOMPARE(lab.call({"run", "--resume", session}).code, 0);
    QCOMPARE(lab.call({"verify", session}).code, 0);
    for (const char* format : {"md", "json", "csv"})
        QCOMPARE(lab.call({"report", session, "--format", format}).code, 0);
    const std::string spec = "kind=" + std::string(name(TargetKind(dialect))) + ",url=" + lab.server.url() +
                             ",model=" + lab.server.model() + ",api_key_env=" + kVariable;
    QCOMPARE(lab.call({"plan", "--preset", "quick", "--target", spec}).code, 0);

    QVERIFY(lab.server.chatCount() > 0);
    for (const SeenRequest& seen : lab.server.seen())
        QCOMPARE(seen.request.header("authorization").value_or(""), "Bearer " + kKey);
    const std::string leak = leakBelow(lab.folder.path());
    QVERIFY2(leak.empty(), leak.c_str());
}

void tst_secrets::aServerThatSendsTheKeyBackTellsNobody_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<std::string>("answer");
    QTest::addColumn<int>("code");
    const std::string error =
        quoted("{'error':{'message':'Incorrect API key provided: ") + kKey + quoted(".','code':401}}");
    const QString chat = QStringLiteral("/v1/chat/completions");
    const QString models = QStringLiteral("/v1/models");
    QTest::newRow("when it is looked at") << models << httpAnswer(401, "application/json", error) << 3;
    QTest::newRow("when it is looked at, as text")
        << models << httpAnswer(500, "text/plain", "who is " + kKey + "?") << 3;
    QTest::newRow("by a redirect") << models
                                   << httpAnswer(302, "text/plain", "",
                                                 {{"Location", "http://evil.invalid/?k=" + kKey}})
                                   << 3;
    QTest::newRow("in the answer to a turn") << chat << httpAnswer(401, "application/json", error) << 1;
    QTest::newRow("in a page of HTML") << chat << httpAnswer(502, "text/html", "<h1>" + kKey + "</h1>") << 1;
    // Of a long page the first 4 KiB are kept: here they end inside the key.
    QTest::newRow("in a page that is cut off")
        << chat << httpAnswer(502, "text/html", std::string(4084, '-') + kKey) << 1;
    QTest::newRow("by a redirect of a turn")
        << chat << httpAnswer(307, "text/plain", "", {{"Location", "http://evil.invalid/?k=" + kKey}}) << 1;
    QTest::newRow("in mid-stream") << chat << httpAnswer(200, "text/event-stream", "data: " + error + "\n\n")
                                   << 1;
}

void tst_secrets::aServerThatSendsTheKeyBackTellsNobody() {
    QFETCH(QString, path);
    QFETCH(std::string, answer);
    QFETCH(int, code);
    Lab lab{TargetKind::OpenAi};
    lab.server.setPath(path.toStdString(), {.steps = {{.bytes = answer}}});
    const CliEnd end = lab.run();
    QVERIFY2(end.code == code, end.all().c_str());
    const std::string session = end.sessionFolder();
    const std::string said =
        end.all() + (session.empty() ? std::string() : fileText(session + "/journal.jsonl"));
    QVERIFY2(contains(said, "[API key]"), said.c_str()); // something stood there, and what it was is said
    QVERIFY2(!contains(said, kKey.substr(0, 10)), said.c_str());
    const std::string leak = leakBelow(lab.folder.path());
    QVERIFY2(leak.empty(), leak.c_str());
}

void tst_secrets::aRefusedKeyIsSaidWithoutIt() {
    Lab lab{TargetKind::OpenAi};
    const std::string wrong = "sk-canary-that-is-wrong";
    const CliEnd end = lab.run({}, wrong);
    QCOMPARE(end.code, 3);
    QVERIFY2(
        contains(end.err,
                 "answered HTTP 401: Invalid API Key (set api_key_env to the variable that holds the key)"),
        end.err.c_str());
    QVERIFY(!contains(end.all(), wrong));
    QCOMPARE(lab.server.chatCount(), 0);
}

void tst_secrets::theSearchWouldFindIt() {
    for (const std::string before : {"", "a", "ab", "abc"}) {
        const QByteArray text = QByteArray::fromStdString(before + kKey + "behind").toBase64();
        QVERIFY2(!leakIn("x" + text.toStdString()).empty(), text.constData());
    }
    const TempFolder folder;
    spit(folder.file(".hidden"), "Authorization: Bearer " + kKey);
    QCOMPARE(leakBelow(folder.path()), folder.file(".hidden"));
}

LOOPTAX_TEST(tst_secrets)
#include "tst_secrets.moc"
