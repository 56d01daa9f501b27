// A plan or a session that somebody handed over: whatever is in it, nothing is started, connected to or sent before a person
// has said yes. Watched from inside every process that is started (watch_calls.c).
#include "app/cli.h"
#include "domain/trust.h"
#include "store/session.h"
#include "support/places.h"
#include "support/raw_http.h"
#include "support/session_builder.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

#include <filesystem>
#include <functional>

using namespace looptax;

namespace {

constexpr const char* kKey = "sk-stranger-canary-0123456789";
constexpr const char* kVariable = "LOOPTAX_STRANGER_KEY";

using Args = std::vector<std::string>;

struct Lab {
    TempFolder folder;
    std::string mark = folder.file("it-ran"); // made by every program that a stranger's plan could start
    std::string program = folder.file("evil/looptax-llama-server");
    int calls = 0;

    Lab() {
        std::filesystem::create_directories(folder.file("evil"));
        std::filesystem::create_directories(folder.file("path"));
        for (const std::string& file : {program, folder.file("path/llama-server"), folder.file("path/looptax-llama-server"),
                                        folder.file("path/own-server")}) {
            spit(file, "#!/bin/sh\ntouch " + mark + "\nexit 1\n");
            std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        }
        spit(folder.file("m.gguf"), "no model");
    }
    std::string log() const { return folder.file("watched"); }
    CliProcess::Environment environment() const {
        return {{"LD_PRELOAD", LOOPTAX_BINARY_DIR "/watch_calls.so"},
                {"ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0"},
                {"LOOPTAX_WATCH_LOG", log()},
                {"XDG_CONFIG_HOME", folder.file("config")},
                {"PATH", folder.file("path") + ":/usr/bin:/bin"},
                {kVariable, kKey}};
    }
    CliEnd call(const std::vector<std::string>& words) { return runLooptax(words, environment()); }

    // What was done beyond drawing the report's charts by the program beside this one.
    std::string done() const {
        std::string out;
        if (std::filesystem::exists(log()))
            for (const std::string& line : linesOf(fileText(log())))
                if (!line.ends_with("/looptax-workbench")) out += line + "; ";
        if (std::filesystem::exists(mark)) out += "a program ran; ";
        return out;
    }
    Plan plan(const std::function<void(Target&)>& change) const {
        Plan out = testPlan({{"A", {3}, {}, {}}}, 2);
        change(out.targets[0]);
        return out;
    }
    // Half made: run 1 complete, run 2 to do.
    std::string session(const Plan& plan) const {
        SessionBuilder builder(plan);
        builder.completeRun(1);
        const std::string out = folder.file(SessionBuilder::kId);
        builder.writeTo(out);
        spit(SessionPaths(out).plan(), writePlan(plan));
        return out;
    }
};

void manage(Target& target, const std::string& command, Args args, const std::string& model) {
    target.url.clear();
    target.managed = ManagedCommand{command, model, std::move(args)};
}

// By name, what a stranger tries.
const std::vector<std::pair<const char*, std::function<void(const Lab&, Target&)>>>& tricks() {
    static const std::vector<std::pair<const char*, std::function<void(const Lab&, Target&)>>> all{
        {"a program by its path", [](const Lab& lab, Target& t) { manage(t, lab.program, {}, lab.folder.file("m.gguf")); }},
        {"a program on PATH", [](const Lab& lab, Target& t) { manage(t, "own-server", {}, lab.folder.file("m.gguf")); }},
        {"a shell",
         [](const Lab& lab, Target& t) {
             manage(t, "sh", {"-e", "-s"}, lab.folder.file("m.gguf"));
         }},
        {"a log file",
         [](const Lab& lab, Target& t) {
             manage(t, "llama-server", {"--log-file", lab.folder.file("x")}, lab.folder.file("m.gguf"));
         }},
        {"a remote host",
         [](const Lab& lab, Target& t) {
             manage(t, "llama-server", {"-t", "4", "--rpc", "192.0.2.1:5000"}, lab.folder.file("m.gguf"));
         }},
        {"a download",
         [](const Lab& lab, Target& t) {
             manage(t, "llama-server", {"-hf", "x/y"}, lab.folder.file("m.gguf"));
         }},
        {"a flag behind a flag",
         [](const Lab& lab, Target& t) {
             manage(t, "looptax-llama-server", {"-t", "--path=/"}, lab.folder.file("m.gguf"));
         }},
        {"another machine", [](const Lab&, Target& t) { t.url = "http://192.0.2.1:8080"; }},
        {"a name that begins like this machine", [](const Lab&, Target& t) { t.url = "http://127.0.0.1.example.invalid"; }},
        {"a short form of an address", [](const Lab&, Target& t) { t.url = "http://0:8080"; }},
        {"a key for another machine",
         [](const Lab&, Target& t) {
             t.url = "https://example.invalid";
             t.api_key_env = kVariable;
         }},
        {"a key for a port of this machine",
         [](const Lab&, Target& t) {
             t.url = "http://127.0.0.1:9";
             t.api_key_env = kVariable;
         }},
        {"a key for the server it starts",
         [](const Lab& lab, Target& t) {
             manage(t, "llama-server", {}, lab.folder.file("m.gguf"));
             t.api_key_env = kVariable;
         }},
    };
    return all;
}

// As texts that a failing test shows.
void compareDone(const Lab& lab, const std::string& expected) {
    QCOMPARE(QString::fromStdString(lab.done()), QString::fromStdString(expected));
}

void addTricks() {
    QTest::addColumn<int>("trick");
    for (std::size_t i = 0; i < tricks().size(); ++i) QTest::newRow(tricks()[i].first) << int(i);
}

} // namespace

class tst_strangers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPlanDoesNothingUnasked_data() { addTricks(); }
    void aPlanDoesNothingUnasked() {
        QFETCH(int, trick);
        Lab lab;
        const std::string file =
            planFile(lab.folder.path(), lab.plan([&](Target& t) { tricks()[std::size_t(trick)].second(lab, t); }));
        QCOMPARE(lab.call({"validate", file}).code, 0);
        for (const auto& words : {Args{"run", file, "--out", lab.folder.file("out")}, Args{"explain", "--what-if", file}}) {
            const CliEnd end = lab.call(words);
            QVERIFY2(end.code == 2 && contains(end.err, "if that is what you want, add --trust-plan"), end.all().c_str());
            QVERIFY2(!contains(end.all(), kKey), end.all().c_str());
        }
        compareDone(lab, "");
        QVERIFY(!std::filesystem::exists(lab.folder.file("out")));
    }

    void aSessionDoesNothingUnasked_data() { addTricks(); }
    void aSessionDoesNothingUnasked() {
        QFETCH(int, trick);
        Lab lab;
        const Plan plan = lab.plan([&](Target& t) { tricks()[std::size_t(trick)].second(lab, t); });
        const std::string session = lab.session(plan);
        // Opened, and changed on this disk: that starts and asks nobody.
        for (const auto& words : {Args{"verify", session}, Args{"report", session}, Args{"report", session, "--format", "csv"},
                                  Args{"compare", session, "--published"}, Args{"amend", session, "--alpha", "0.01"},
                                  Args{"amend", session, "--repeats", "3"}}) {
            const CliEnd end = lab.call(words);
            // The replies of a session made by hand are not right ones, which verify says.
            QVERIFY2(end.code == 0 || (words[0] == "verify" && end.code == 1), end.all().c_str());
        }
        const std::string before = fileText(SessionPaths(session).journal());
        for (const auto& words :
             {Args{"run", "--resume", session}, Args{"run", "--resume", session, "--retry-failed"},
              Args{"run", planFile(lab.folder.path(), plan), "--resume", session}, Args{"explain", session}}) {
            const CliEnd end = lab.call(words);
            QVERIFY2(end.code == 2 && contains(end.err, "if that is what you want, add --trust-plan"), end.all().c_str());
        }
        compareDone(lab, "");
        QCOMPARE(fileText(SessionPaths(session).journal()), before);
    }

    // The window reads a plan file by the same rule; it may look at this machine's known ports meanwhile.
    void theWindowDoesNotRunAPlanUnasked_data() { addTricks(); }
    void theWindowDoesNotRunAPlanUnasked() {
        QFETCH(int, trick);
        Lab lab;
        const std::string file =
            planFile(lab.folder.path(), lab.plan([&](Target& t) { tricks()[std::size_t(trick)].second(lab, t); }));
        QProcess window;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        environment.insert(QStringLiteral("LOOPTAX_DATA_DIR"), QStringLiteral("/nonexistent/looptax"));
        for (const auto& [name, value] : lab.environment())
            environment.insert(QString::fromStdString(name), QString::fromStdString(value));
        window.setProcessEnvironment(environment);
        window.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench"),
                     {QStringLiteral("--run"), QString::fromStdString(file), QStringLiteral("--out"),
                      QString::fromStdString(lab.folder.file("out")), QStringLiteral("--quit-when-done")});
        QVERIFY(window.waitForFinished(kCliDeadlineMs));
        QCOMPARE(window.exitCode(), 2);
        for (const std::string& line : linesOf(std::filesystem::exists(lab.log()) ? fileText(lab.log()) : std::string()))
            QVERIFY2(line.rfind("connect 127.0.0.1 ", 0) == 0 && line != "connect 127.0.0.1 9", line.c_str());
        QVERIFY(!std::filesystem::exists(lab.mark));
        QVERIFY(!std::filesystem::exists(lab.folder.file("out")));
    }

    // Typed by the user, the address of explain is meant; a key of the stranger's choice is not sent there.
    void anAddressThatIsTypedGetsNoKeyOfTheSession() {
        Lab lab;
        const std::string session = lab.session(lab.plan([](Target& t) { t.api_key_env = kVariable; }));
        const CliEnd end = lab.call({"explain", session, "--url", "http://127.0.0.1:9"});
        QVERIFY2(end.code == 2 && contains(end.err, kVariable), end.all().c_str());
        compareDone(lab, "");
        const std::string other = lab.session(lab.plan([](Target& t) { t.url = "http://192.0.2.1:8080"; }));
        (void)lab.call({"explain", other, "--url", "http://127.0.0.1:9"});
        compareDone(lab, "connect 127.0.0.1 9; ");
    }

    // What a yes allows is done, and the watch sees it: it would have seen the rest.
    void aYesIsForThisTimeAndTheWatchSeesIt() {
        Lab lab;
        const std::string session =
            lab.session(lab.plan([&](Target& t) { manage(t, lab.program, {}, lab.folder.file("m.gguf")); }));
        (void)lab.call({"run", "--resume", session, "--trust-plan"});
        QVERIFY2(contains(lab.done(), "exec " + lab.program + "; ") && contains(lab.done(), "a program ran; "),
                 lab.done().c_str());
        std::filesystem::remove(lab.mark);
        spit(lab.log(), "");
        QCOMPARE(lab.call({"run", "--resume", session}).code, 2);
        compareDone(lab, "");
    }

    // The window remembers a yes by its hash, and the command line honours it; nothing of it lies in the session.
    void whatIsRememberedIsForExactlyItsValues() {
        Lab lab;
        const Plan plan = lab.plan([&](Target& t) { manage(t, lab.program, {"--log-file", "x"}, lab.folder.file("m.gguf")); });
        const std::string session = lab.session(plan);
        std::filesystem::create_directories(lab.folder.file("config/looptax"));
        std::string allowed;
        for (const TrustNeed& need : needsTrust(plan, Origin::Session, {})) allowed += need.hash + "\n";
        spit(lab.folder.file("config/looptax/permissions"), allowed);
        (void)lab.call({"run", "--resume", session});
        QVERIFY2(contains(lab.done(), "exec " + lab.program + "; ") && contains(lab.done(), "a program ran; "),
                 lab.done().c_str());
        std::filesystem::remove(lab.mark);
        spit(lab.log(), "");
        const std::string other = lab.session(lab.plan([&](Target& t) {
            manage(t, lab.program, {"--log-file", "y"}, lab.folder.file("m.gguf"));
        }));
        QCOMPARE(lab.call({"run", "--resume", other}).code, 2);
        compareDone(lab, "");
    }
};

LOOPTAX_TEST(tst_strangers)
#include "tst_strangers.moc"
