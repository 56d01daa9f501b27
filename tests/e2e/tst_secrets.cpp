// An API key goes to the server it is for and nowhere else: not into a file, not onto a screen, not even when
// a server sends it back in an error.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QByteArray>
#include <QDirIterator>
#include <QTest>

#include <filesystem>

using namespace looptax;

class tst_secrets : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theKeyReachesTheServerAndNothingElse_data();
    void theKeyReachesTheServerAndNothingElse();
    void aServerThatSendsTheKeyBackTellsNobody_data();
    void aServerThatSendsTheKeyBackTellsNobody();
    void aRefusedKeyIsSaidWithoutIt();
    void aKeyIsSentAsItWasMeant_data();
    void aKeyIsSentAsItWasMeant();
    void aKeyThatCannotBeOneIsNotSent_data();
    void aKeyThatCannotBeOneIsNotSent();
    void aServerThatSaysTheKeyAsItsReplyTellsNobody_data();
    void aServerThatSaysTheKeyAsItsReplyTellsNobody();
    void aKeyInThePlaceOfItsVariableIsStoredNowhere();
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

    explicit Lab(TargetKind dialect) : server(optionsFor(dialect)) {
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
        std::vector<std::string> words{"run", plan, "--out", folder.file("out"), "--trust-plan"};
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
    QCOMPARE(lab.call({"run", "--resume", session, "--trust-plan"}).code, 0);
    QCOMPARE(lab.call({"verify", session}).code, 0);
    for (const char* format : {"md", "json", "csv"}) QCOMPARE(lab.call({"report", session, "--format", format}).code, 0);
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
    const std::string error = quoted("{'error':{'message':'Incorrect API key provided: ") + kKey + quoted(".','code':401}}");
    const QString chat = QStringLiteral("/v1/chat/completions");
    const QString models = QStringLiteral("/v1/models");
    QTest::newRow("when it is looked at") << models << httpAnswer(401, "application/json", error) << 3;
    QTest::newRow("when it is looked at, as text")
        << models << httpAnswer(500, "text/plain", "who is " + kKey + "?") << 0; // a doubt: the chat may work
    QTest::newRow("by a redirect") << models
                                   << httpAnswer(302, "text/plain", "", {{"Location", "http://evil.invalid/?k=" + kKey}}) << 3;
    QTest::newRow("in the answer to a turn") << chat << httpAnswer(401, "application/json", error) << 1;
    QTest::newRow("in a page of HTML") << chat << httpAnswer(502, "text/html", "<h1>" + kKey + "</h1>") << 1;
    // Of a long page the first 4 KiB are kept: here they end inside the key.
    QTest::newRow("in a page that is cut off") << chat << httpAnswer(502, "text/html", std::string(4084, '-') + kKey) << 1;
    QTest::newRow("by a redirect of a turn")
        << chat << httpAnswer(307, "text/plain", "", {{"Location", "http://evil.invalid/?k=" + kKey}}) << 1;
    QTest::newRow("in mid-stream") << chat << httpAnswer(200, "text/event-stream", "data: " + error + "\n\n") << 1;
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
    const std::string said = end.all() + (session.empty() ? std::string() : fileText(session + "/journal.jsonl"));
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
    QVERIFY2(contains(end.err, "answered HTTP 401: Invalid API Key (set api_key_env to the variable that holds the key)"),
             end.err.c_str());
    QVERIFY(!contains(end.all(), wrong));
    QCOMPARE(lab.server.chatCount(), 0);
}

void tst_secrets::aKeyIsSentAsItWasMeant_data() {
    QTest::addColumn<std::string>("before");
    QTest::addColumn<std::string>("behind");
    QTest::newRow("CR, of a CRLF .env file") << std::string() << std::string("\r");
    QTest::newRow("LF, of a key file") << std::string() << std::string("\n");
    QTest::newRow("both") << std::string() << std::string("\r\n");
    QTest::newRow("blanks") << std::string(" ") << std::string("\t ");
}

// What was around the key in its file is not part of it: not on the wire, and not in what the key is searched by.
void tst_secrets::aKeyIsSentAsItWasMeant() {
    QFETCH(std::string, before);
    QFETCH(std::string, behind);
    Lab lab{TargetKind::OpenAi};
    const CliEnd end = lab.run({}, before + kKey + behind);
    QVERIFY2(end.code == 0, end.all().c_str());
    for (const SeenRequest& seen : lab.server.seen())
        QCOMPARE(seen.request.header("authorization").value_or(""), "Bearer " + kKey);
    lab.server.setPath(
        "/v1/chat/completions",
        {.steps = {{.bytes = httpAnswer(401, "application/json",
                                        quoted("{'error':{'message':'Incorrect API key provided: ") + kKey + quoted(".'}}"))}}});
    QCOMPARE(lab.run({}, before + kKey + behind).code, 1);
    const std::string leak = leakBelow(lab.folder.path());
    QVERIFY2(leak.empty(), leak.c_str());
}

void tst_secrets::aKeyThatCannotBeOneIsNotSent_data() {
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("said");
    QTest::newRow("a header of its own") << kKey + "\r\nX-Evil: 1" << std::string("contains a control character inside the key");
    QTest::newRow("two keys") << kKey + "\n" + kKey << std::string("contains a control character inside the key");
    QTest::newRow("a tab alone") << std::string("\t") << std::string("contains only white space");
    QTest::newRow("in quotes") << "\"" + kKey + "\"" << std::string("contains quotation marks around the key");
    QTest::newRow("a blank inside") << kKey + " # mine" << std::string("contains a blank inside the key");
    QTest::newRow("with its scheme") << "Bearer " + kKey << std::string("contains \"Bearer\" before the key");
    QTest::newRow("letters") << kKey + "\xC3\xA9" << std::string("contains a character outside ASCII");
}

void tst_secrets::aKeyThatCannotBeOneIsNotSent() {
    QFETCH(std::string, key);
    QFETCH(std::string, said);
    Lab lab{TargetKind::OpenAi};
    const CliEnd end = lab.run({}, key);
    QCOMPARE(end.code, 2);
    QVERIFY2(contains(end.err, std::string("the environment variable ") + kVariable + " " + said), end.err.c_str());
    QCOMPARE(lab.server.seen().size(), std::size_t(0));
    const std::string leak = leakBelow(lab.folder.path());
    QVERIFY2(leak.empty(), leak.c_str());
}

void tst_secrets::aServerThatSaysTheKeyAsItsReplyTellsNobody_data() {
    QTest::addColumn<int>("step"); // characters an event
    QTest::addColumn<QString>("member");
    for (const int step : {1, 5, 1000})
        for (const char* member : {"content", "reasoning_content"})
            QTest::addRow("%d characters of %s", step, member) << step << QString::fromLatin1(member);
}

void tst_secrets::aServerThatSaysTheKeyAsItsReplyTellsNobody() {
    QFETCH(int, step);
    QFETCH(QString, member);
    Lab lab{TargetKind::OpenAi};
    const std::string reply = "You sent " + kKey + ", thank you.";
    std::string stream;
    for (std::size_t at = 0; at < reply.size(); at += std::size_t(step))
        stream += quoted("data: {'choices':[{'delta':{'") + member.toStdString() + quoted("':'") +
                  reply.substr(at, std::size_t(step)) + quoted("'}}]}\n\n");
    stream += quoted("data: {'choices':[{'delta':{},'finish_reason':'stop'}],'system_fingerprint':'") + kKey +
              quoted("'}\n\ndata: [DONE]\n\n");
    lab.server.setPath("/v1/chat/completions", {.steps = {{.bytes = httpAnswer(200, "text/event-stream", stream)}}});
    lab.server.setPath("/v1/models", {.steps = {{.bytes = httpAnswer(200, "application/json",
                                                                     quoted("{'data':[{'id':'") + lab.server.model() +
                                                                         quoted("'},{'id':'") + kKey + quoted("'}]}"))}}});
    const CliEnd end = lab.run({"--json-progress"});
    QVERIFY2(!end.sessionFolder().empty(), end.all().c_str());
    QVERIFY(contains(fileText(end.sessionFolder() + "/journal.jsonl"), "You sent [API key], thank you."));
    const std::string leak = leakBelow(lab.folder.path());
    QVERIFY2(leak.empty(), leak.c_str());
}

void tst_secrets::aKeyInThePlaceOfItsVariableIsStoredNowhere() {
    Lab lab{TargetKind::OpenAi};
    const std::string spec = "kind=openai,url=" + lab.server.url() + ",model=m,api_key_env=" + kKey;
    QCOMPARE(lab.call({"plan", "--preset", "quick", "--target", spec, "-o", lab.folder.file("made.json")}).code, 2);
    QCOMPARE(lab.call({"run", "--preset", "quick", "--target", spec, "--out", lab.folder.file("out")}).code, 2);
    const std::string mine = lab.folder.file("mine.json");
    std::string text = fileText(lab.plan);
    text.replace(text.find(kVariable), std::string(kVariable).size(), kKey);
    spit(mine, text);
    QCOMPARE(lab.call({"validate", mine}).code, 2);
    QCOMPARE(lab.call({"run", mine, "--out", lab.folder.file("out"), "--trust-plan"}).code, 2);
    std::filesystem::remove(mine); // it is the user's own
    const std::string leak = leakBelow(lab.folder.path());
    QVERIFY2(leak.empty(), leak.c_str());
    QCOMPARE(lab.server.seen().size(), std::size_t(0));
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
