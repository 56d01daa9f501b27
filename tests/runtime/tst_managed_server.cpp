// A server that the sweep starts: it is waited for, listened to, and gone when the sweep is, however that
// happens.
#include "support/places.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include "base/text.h"
#include "runtime/http_client.h"
#include "runtime/managed_server.h"

#include <QDir>
#include <QProcess>
#include <QTest>

#include <csignal>
#include <functional>
#include <sys/stat.h>

using namespace looptax;

namespace {

constexpr const char* kServer = LOOPTAX_BINARY_DIR "/looptax-scripted-llama-server";
constexpr const char* kModel = LOOPTAX_SOURCE_DIR "/LICENSE"; // any file will do

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string script(const TempFolder& folder, const std::string& text) {
    const std::string path = folder.file("server.sh");
    spit(path, "#!/bin/sh\n" + text);
    ::chmod(path.c_str(), 0700);
    return path;
}

// Processes that were started with that text on their command line. A zombie has no command line and is none.
int processesWith(const std::string& text) {
    int count = 0;
    for (const QString& name : QDir(QStringLiteral("/proc")).entryList({QStringLiteral("[0-9]*")}, QDir::Dirs))
        count += has(slurp("/proc/" + name.toStdString() + "/cmdline"), text) ? 1 : 0;
    return count;
}

struct Lab {
    TempFolder folder;
    SystemClock clock;
    CancelFlag cancel{false};
    std::vector<std::string> progress;
    std::function<void()> onProgress;
    std::string log = folder.file("runtime.log");

    // Every server of the lab carries the folder's name on its command line.
    Result<std::unique_ptr<ManagedServer>> start(const std::string& command, std::vector<std::string> args = {},
                                                 std::int64_t deadlineMs = 30'000) {
        args.insert(args.end(), {"--sim-log", folder.file("sim.log")});
        return ManagedServer::start(
            {command, kModel, args}, 4096, log, clock,
            [this](const std::string& text) {
                progress.push_back(text);
                if (onProgress) onProgress();
            },
            cancel, deadlineMs);
    }
    bool nothingRuns() const { return processesWith(folder.path()) == 0; }
};

} // namespace

class tst_managed_server : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itAnswersOnAPortOfItsOwnAndIsGoneAfterwards() {
        Lab lab;
        {
            auto one = lab.start(kServer);
            auto two = lab.start(kServer);
            QVERIFY2(one.ok() && two.ok(), one.ok() ? "" : one.error().text().c_str());
            QVERIFY((*one)->url() != (*two)->url() && (*one)->alive() && (*two)->alive());
            QVERIFY(has((*one)->url(), "http://127.0.0.1:"));
            HttpClient http(*parseUrl((*one)->url()), {}, {}, lab.clock);
            const auto props = http.fetch({"GET", "/props", {}}, 5'000, lab.cancel);
            QVERIFY(props.ok());
            QVERIFY2(has(props->body, "4096"), props->body.c_str()); // -c is the plan's
            QVERIFY(processesWith(lab.folder.path()) >= 2);
        }
        QVERIFY(lab.nothingRuns()); // at once: the destructor has waited
    }

    void whatItWritesIsKeptInTheLog() {
        Lab lab;
        spit(lab.log, "from an earlier start\n");
        auto server =
            lab.start(script(lab.folder, "echo to stdout; echo to stderr >&2; exec '" + std::string(kServer) + "' \"$@\"\n"));
        QVERIFY2(server.ok(), server.ok() ? "" : server.error().text().c_str());
        const std::string text = slurp(lab.log);
        QVERIFY2(has(text, "from an earlier start\n") && has(text, "to stdout\n") && has(text, "to stderr\n"), text.c_str());
        const std::string words = (*server)->lastWords();
        QVERIFY2(has(words, "to stdout | to stderr") && !has(words, "earlier"), words.c_str());
    }

    void waitingIsSaid() {
        Lab lab;
        // Two seconds of the clock, not of the test: the lab's server never gets ready, the deadline ends it.
        const auto server = lab.start(kServer, {"--sim-never-ready"}, 2'300);
        QVERIFY(!server.ok());
        QVERIFY(lab.progress.size() >= 2);
        QVERIFY2(has(lab.progress[0], "looptax-scripted-llama-server, 1 s") && has(lab.progress[1], ", 2 s"),
                 lab.progress[0].c_str());
    }

    void whyItDoesNotStartIsSaid_data() {
        QTest::addColumn<QString>("body"); // of a shell script; empty: the scripted server with --sim-refuse
        QTest::addColumn<QStringList>("says");
        QTest::newRow("it says why") << QString() << QStringList{QStringLiteral("loading the model | out of memory")};
        QTest::newRow("only its last lines") << QStringLiteral("for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; exit 3\n")
                                             << QStringList{QStringLiteral(": line 5 | line 6 | line 7 | line 8 | line 9")};
        QTest::newRow("it says nothing") << QStringLiteral("exit 3\n")
                                         << QStringList{QStringLiteral("wrote nothing"), QStringLiteral("exit code 3")};
        QTest::newRow("it is killed") << QStringLiteral("echo allocating; kill -9 $$\n")
                                      << QStringList{QStringLiteral("killed by signal 9"), QStringLiteral("allocating")};
        QTest::newRow("colours and bells") << QStringLiteral("printf '\\033[31mred\\007\\n'; exit 1\n")
                                           << QStringList{QStringLiteral("red")};
    }
    void whyItDoesNotStartIsSaid() {
        QFETCH(QString, body);
        QFETCH(QStringList, says);
        Lab lab;
        const auto server = body.isEmpty() ? lab.start(kServer, {"--sim-refuse", "out of memory"})
                                           : lab.start(script(lab.folder, body.toStdString()));
        QVERIFY(!server.ok());
        QCOMPARE(server.error().kind, ErrorKind::Unreachable);
        const std::string text = server.error().text();
        for (const QString& part : says) QVERIFY2(has(text, part.toStdString()), text.c_str());
        QVERIFY2(has(text, lab.log), text.c_str());
        QVERIFY2(!has(text, "\033") && !has(text, "line 4") && !has(text, "\n"), text.c_str());
        QVERIFY(lab.nothingRuns());
    }

    void aCommandThatIsNotThereIsNamed_data() {
        QTest::addColumn<QString>("command");
        QTest::newRow("a bare name") << QStringLiteral("no-such-llama-server");
        QTest::newRow("a path") << QStringLiteral("/nonexistent/llama-server");
        QTest::newRow("a folder") << QStringLiteral("/usr");
        QTest::newRow("a file that is no program") << QStringLiteral(LOOPTAX_SOURCE_DIR "/LICENSE");
    }
    void aCommandThatIsNotThereIsNamed() {
        QFETCH(QString, command);
        Lab lab;
        const auto server = lab.start(command.toStdString());
        QVERIFY(!server.ok());
        const std::string text = server.error().text();
        QVERIFY2(has(text, "the command " + command.toStdString() + " was not found") && !server.error().hint.empty(),
                 text.c_str());
        QVERIFY(slurp(lab.log).empty());
    }

    void aModelThatIsNotThereIsNamed() {
        Lab lab;
        const auto server = ManagedServer::start({kServer, "no-such.gguf", {}}, 4096, lab.log, lab.clock, {}, lab.cancel);
        QVERIFY(!server.ok());
        QVERIFY2(has(server.error().text(), "no-such.gguf") && has(server.error().hint, "models"), server.error().text().c_str());
    }

    void aLogThatCannotBeWrittenIsSaidAndNothingStarts() {
        Lab lab;
        lab.log = lab.folder.file("missing/runtime.log");
        const auto server = lab.start(kServer);
        QVERIFY(!server.ok());
        QCOMPARE(server.error().kind, ErrorKind::Storage);
        QVERIFY(lab.nothingRuns());
    }

    void theDeadlineEndsAServerThatIsNeverReady_data() {
        QTest::addColumn<QString>("body");
        QTest::newRow("it listens to nobody") << QStringLiteral("echo thinking; exec sleep 60 # ");
        QTest::newRow("it listens and never answers") // health must not be waited for longer than the deadline
            << QStringLiteral("echo thinking; port=$6; exec python3 -c 'import socket,sys,time\ns=socket.socket(); "
                              "s.bind((\"127.0.0.1\",int(sys.argv[1]))); s.listen(); time.sleep(60)' $port # ");
    }
    void theDeadlineEndsAServerThatIsNeverReady() {
        QFETCH(QString, body);
        Lab lab;
        const std::int64_t began = lab.clock.monotonicNs();
        const auto server = lab.start(script(lab.folder, body.toStdString() + "\n"), {}, 700);
        const double ms = double(lab.clock.monotonicNs() - began) / 1e6;
        QVERIFY(!server.ok());
        QVERIFY2(has(server.error().text(), "within 700 ms: thinking"), server.error().text().c_str());
        QVERIFY2(ms >= 700 && ms < 2'600, std::to_string(ms).c_str()); // a second of it is grace for the end
        QVERIFY(lab.nothingRuns());
    }

    void aCancelEndsTheStart() {
        Lab lab;
        lab.onProgress = [&] { lab.cancel = true; };
        const auto server = lab.start(kServer, {"--sim-never-ready"});
        QVERIFY(!server.ok());
        QCOMPARE(server.error().kind, ErrorKind::Cancelled);
        QCOMPARE(lab.progress.size(), std::size_t(1)); // it was not waited for any longer
        QVERIFY(lab.nothingRuns());
    }

    void aServerThatDiesIsNoticedWithItsLastWords() {
        Lab lab;
        auto server = lab.start(kServer, {"--sim-die-at-chat", "1"});
        QVERIFY2(server.ok(), server.ok() ? "" : server.error().text().c_str());
        QVERIFY((*server)->alive());
        HttpClient http(*parseUrl((*server)->url()), {}, {}, lab.clock);
        QVERIFY(!http.fetch({"POST", "/v1/chat/completions", "{}"}, 5'000, lab.cancel).ok());
        QTRY_VERIFY(!(*server)->alive());
        QVERIFY2(has((*server)->lastWords(), "ggml: out of memory"), (*server)->lastWords().c_str());
        QVERIFY(!(*server)->alive());
        QVERIFY(lab.nothingRuns());
    }

    void aPortThatWasTakenMeanwhileIsNoReasonToFail() {
        // The first start finds its port taken by another program, which stays; the second gets another port.
        Lab lab;
        const std::string thief = "setsid python3 -c 'import os,socket,sys,time\ns=socket.socket(); "
                                  "s.bind((\"127.0.0.1\",int(sys.argv[1]))); s.listen()\n"
                                  "open(sys.argv[2],\"w\").write(str(os.getpid())); time.sleep(20)' \"$6\" '" +
                                  lab.folder.file("taken") + "' >/dev/null 2>&1 &\n";
        auto server = lab.start(script(lab.folder, "if [ ! -e '" + lab.folder.file("taken") + "' ]; then\n" + thief +
                                                       "while [ ! -e '" + lab.folder.file("taken") +
                                                       "' ]; do sleep 0.02; done\necho cannot bind; exit 1\nfi\nexec '" +
                                                       std::string(kServer) + "' \"$@\"\n"));
        QVERIFY2(server.ok(), server.ok() ? "" : server.error().text().c_str());
        QVERIFY(has(slurp(lab.log), "cannot bind\n"));
        QVERIFY((*server)->alive());
        server = Error{};
        ::kill(pid_t(std::stol(slurp(lab.folder.file("taken")))), SIGKILL);
        QTRY_VERIFY(lab.nothingRuns());
    }

    void theWholeGroupIsEnded_data() {
        QTest::addColumn<QString>("how");
        QTest::newRow("a server behind a wrapper script") << QStringLiteral("\"$SERVER\" \"$@\"; echo over\n");
        QTest::newRow("a wrapper that does not wait") << QStringLiteral("\"$SERVER\" \"$@\" & wait $!\n");
        QTest::newRow("a server that ignores SIGTERM") << QStringLiteral("exec \"$SERVER\" \"$@\" --sim-stubborn\n");
        QTest::newRow("a wrapper that ignores SIGTERM with its server")
            << QStringLiteral("trap '' TERM; \"$SERVER\" \"$@\" --sim-stubborn\n");
    }
    void theWholeGroupIsEnded() {
        QFETCH(QString, how);
        Lab lab;
        const std::string wrapper = script(lab.folder, "SERVER='" + std::string(kServer) + "'\n" + how.toStdString());
        {
            auto server = lab.start(wrapper);
            QVERIFY2(server.ok(), server.ok() ? "" : server.error().text().c_str());
            QVERIFY(!lab.nothingRuns());
        }
        QTRY_VERIFY(lab.nothingRuns());
    }

    void whatAWrapperLeavesBehindIsEndedWithIt() {
        // The wrapper dies, its server lives on in the group: it must not keep the model in memory beside the
        // next one.
        Lab lab;
        auto server = lab.start(script(lab.folder, "'" + std::string(kServer) + "' \"$@\" & while [ ! -e '" +
                                                       lab.folder.file("die") + "' ]; do sleep 0.02; done\n"));
        QVERIFY2(server.ok(), server.ok() ? "" : server.error().text().c_str());
        spit(lab.folder.file("die"), "now");
        QTRY_VERIFY(!(*server)->alive());
        QTRY_VERIFY(lab.nothingRuns());
    }

    void ourOwnDeathEndsIt_data() {
        QTest::addColumn<QString>("how");
        QTest::addColumn<int>("signal");
        for (const int signal : {SIGKILL, SIGTERM, SIGSEGV}) {
            QTest::addRow("the server itself, signal %d", signal) << QStringLiteral("exec \"$SERVER\" \"$@\"\n") << signal;
            QTest::addRow("behind a wrapper, signal %d", signal) << QStringLiteral("\"$SERVER\" \"$@\"; echo over\n") << signal;
            QTest::addRow("a stubborn one, signal %d", signal)
                << QStringLiteral("trap '' TERM HUP; \"$SERVER\" \"$@\" --sim-stubborn\n") << signal;
        }
    }
    void ourOwnDeathEndsIt() {
        QFETCH(QString, how);
        QFETCH(int, signal);
        Lab lab;
        const std::string wrapper = script(lab.folder, "SERVER='" + std::string(kServer) + "'\n" + how.toStdString());
        QProcess parent;
        parent.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-server-parent"),
                     {QString::fromStdString(wrapper), QString::fromLatin1(kModel), QString::fromStdString(lab.log),
                      QStringLiteral("--sim-log"), QString::fromStdString(lab.folder.file("sim.log"))});
        QTRY_VERIFY_WITH_TIMEOUT(parent.canReadLine() || parent.state() == QProcess::NotRunning, 15'000);
        const QByteArray said = parent.readLine();
        QVERIFY2(said.startsWith("ready "), said.constData());
        ::kill(pid_t(parent.processId()), signal);
        QVERIFY(parent.waitForFinished(5'000));
        QTRY_VERIFY(lab.nothingRuns());
    }

    void manyStartsLeaveNothingOpen() {
        const auto open = [] {
            return QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::System).size();
        };
        Lab lab;
        QVERIFY(lab.start(kServer).ok());
        const auto before = open();
        for (int i = 0; i < 5; ++i) QVERIFY(lab.start(kServer).ok());
        QCOMPARE(open(), before);
    }
};

LOOPTAX_TEST(tst_managed_server)
#include "tst_managed_server.moc"
