// `looptax compare` as a user calls it.
#include "app/cli.h"
#include "compare_sessions.h"
#include "html_check.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTest>

using namespace looptax;

namespace {

struct Folders {
    TempFolder temp;
    std::string first = temp.file("first"), second = temp.file("second");
    explicit Folders(const SessionBuilder& a = comparedFirst(), const SessionBuilder& b = comparedSecond()) {
        a.writeTo(first);
        b.writeTo(second);
    }
    std::string journal(const std::string& folder) const { return SessionPaths(folder).journal(); }
};

} // namespace

class tst_compare_command : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFormatIsWrittenAndNothingElseChanges() {
        const Folders f;
        const std::string before = slurp(f.journal(f.first)) + slurp(f.journal(f.second));
        const CliEnd md = runLooptax({"compare", f.first, f.second});
        QVERIFY2(md.code == 0 && md.err.empty(), md.all().c_str());
        QVERIFY(contains(md.out, "# Two sessions beside each other") && contains(md.out, "Nothing is pooled."));
        const std::string file = f.temp.file("both.html");
        const CliEnd html = runLooptax({"compare", f.first + "/", f.second, "--format", "html", "-o", file});
        QVERIFY2(html.code == 0 && html.out.empty(), html.all().c_str());
        for (const std::string& problem : htmlProblems(slurp(file))) QFAIL(problem.c_str());
        const CliEnd json = runLooptax({"compare", f.first, f.second, "--format=json"});
        QCOMPARE(Json::parse(json.out)["schema"].get<std::string>(), std::string("looptax.comparison/1"));
        QCOMPARE(runLooptax({"compare", f.first, f.second, "--format=json"}).out, json.out);
        QCOMPARE(slurp(f.journal(f.first)) + slurp(f.journal(f.second)), before);
        QCOMPARE(QDir(QString::fromStdString(f.first)).entryList(QDir::Files).size(), 2); // plan.json and the journal
    }
    void whatCannotBeComparedIsNamed_data() {
        QTest::addColumn<std::vector<std::string>>("words");
        QTest::addColumn<int>("code");
        QTest::addColumn<std::string>("said");
        using Words = std::vector<std::string>;
        const auto row = [](const char* name, Words words, int code, const char* said) {
            QTest::newRow(name) << words << code << std::string(said);
        };
        row("one session", {"compare", "{1}"}, 2, "compare needs two session folders (looptax compare --help)\n");
        row("the same folder twice", {"compare", "{1}", "{1}/"}, 2, "both folders hold the same session, ");
        row("a folder that is no session", {"compare", "{1}", "{1}/state"}, 4, "/state: there is no session here");
        row("a format", {"compare", "{1}", "{2}", "--format", "csv"}, 2, "unknown format csv (one of: md, html, json)\n");
        row("half a pair", {"compare", "{1}", "{2}", "--match", "llamacpp="}, 2, "--match llamacpp= names no pair of targets");
        row("a target that is not there", {"compare", "{1}", "{2}", "--match", "llamacpp=lamacpp"}, 2,
            "the second session has no turn of a target lamacpp (it has: lc)\n");
        row("two beside the post", {"compare", "{1}", "{2}", "--published"}, 2, "compare --published needs one session folder");
        row("a slip", {"compare", "{1}", "{2}", "--mach", "a=b"}, 2, "unknown option --mach (did you mean --match?)\n");
    }
    void whatCannotBeComparedIsNamed() {
        QFETCH(std::vector<std::string>, words);
        QFETCH(int, code);
        QFETCH(std::string, said);
        const Folders f;
        for (std::string& word : words)
            if (word.rfind("{", 0) == 0) word = (word[1] == '1' ? f.first : f.second) + word.substr(3);
        const CliEnd end = runLooptax(words);
        QVERIFY2(end.code == code && contains(end.err, said) && end.out.empty(), end.all().c_str());
    }
    void noCellInCommonIsASentenceAndExitTwo() {
        const Folders f(comparedFirst(), oneDesign("B", "llamacpp", TargetKind::LlamaServer, kOtherId));
        const CliEnd end = runLooptax({"compare", f.first, f.second});
        QVERIFY2(end.code == 2 && contains(end.err, "the sessions have no cell in common"), end.all().c_str());
    }
    void aNewerAndADamagedJournalAreComparedAsFarAsTheyAreUnderstood() {
        const Folders f;
        Json newer;
        newer["v"] = 2;
        newer["seq"] = comparedFirst().lines().size() + 1;
        newer["type"] = "hologram";
        spit(f.journal(f.first), slurp(f.journal(f.first)) + sealLine(newer));
        std::string damaged = slurp(f.journal(f.second));
        damaged[damaged.size() / 2] = char(damaged[damaged.size() / 2] ^ 1);
        spit(f.journal(f.second), damaged);
        const CliEnd end = runLooptax({"compare", f.first, f.second});
        QVERIFY2(end.code == 0, end.all().c_str());
        QVERIFY2(contains(end.out, "S1: this session was written by a newer version"), end.out.c_str());
        QVERIFY2(contains(end.out, "S2: journal.jsonl line "), end.out.c_str());
    }
    void targetsOfTwoKindsAreComparedWhenAskedFor() {
        const Folders f(comparedFirst(), oneDesign("A", "home", TargetKind::Ollama, kOtherId));
        QCOMPARE(runLooptax({"compare", f.first, f.second}).code, 2);
        const CliEnd end = runLooptax({"compare", f.first, f.second, "--match", "llamacpp=home"});
        QVERIFY2(end.code == 0 && contains(end.out, "different runtimes"), end.all().c_str());
    }
    void oneSessionBesideThePost() {
        const Folders f;
        const CliEnd end = runLooptax({"compare", f.first, "--published"});
        QVERIFY2(end.code == 0 && contains(end.out, "# One session beside the published study"), end.all().c_str());
        QVERIFY(contains(end.out, "never averaged with ours"));
        QCOMPARE(runLooptax({"compare", f.first, "--published", "--format", "json"}).code, 2);
    }
};

LOOPTAX_TEST(tst_compare_command)
#include "tst_compare_command.moc"
