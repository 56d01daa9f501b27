// What a newcomer meets first: help, versions, slips of the keyboard. Help and data go to stdout, complaints
// to stderr.
#include "app/cli.h"
#include "support/test_registry.h"

#include <QRegularExpression>
#include <QTest>

using namespace looptax;

Q_DECLARE_METATYPE(std::vector<std::string>)

class tst_usage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void helpSaysWhatACommandTakes_data();
    void helpSaysWhatACommandTakes();
    void everyCommandKnowsItsVersion_data();
    void everyCommandKnowsItsVersion();
    void aSlipIsNamedWithTheNearestWord_data();
    void aSlipIsNamedWithTheNearestWord();
};

void tst_usage::helpSaysWhatACommandTakes_data() {
    QTest::addColumn<std::vector<std::string>>("words");
    QTest::addColumn<std::vector<std::string>>("says");
    using Texts = std::vector<std::string>;
    QTest::newRow("the program") << Texts{"--help"}
                                 << Texts{"probe ",
                                          "plan ",
                                          "validate ",
                                          "run ",
                                          "verify ",
                                          "report ",
                                          "A first sweep",
                                          "0 done, 1 some turns failed, 2 bad usage or plan, 3 target unreachable, "
                                          "4 storage, 130 interrupted"};
    QTest::newRow("probe") << Texts{"probe", "--help"} << Texts{"--url", "--json", "11434", "Sends no chat request"};
    QTest::newRow("plan") << Texts{"plan", "--help"} << Texts{"--preset", "--target", "-o FILE", "quick", "study", "publication"};
    QTest::newRow("validate") << Texts{"validate", "-h"} << Texts{"everything that is wrong"};
    QTest::newRow("run") << Texts{"run", "--help"}
                         << Texts{"--out", "--resume", "--retry-failed", "--trust-plan", "--quiet", "--json-progress", "Ctrl-C"};
    QTest::newRow("verify") << Texts{"verify", "--help"} << Texts{"Changes nothing", "4 when something is lost"};
    QTest::newRow("explain") << Texts{"explain", "--help"}
                             << Texts{"--url", "--what-if", "Nothing is generated", "explanations.jsonl"};
    QTest::newRow("amend") << Texts{"amend", "--help"}
                           << Texts{"--alpha", "--family", "--repeats", "--reason", "changed after data"};
    QTest::newRow("compare") << Texts{"compare", "--help"}
                             << Texts{"--match", "--published", "Nothing is pooled", "what differs around them"};
    QTest::newRow("report") << Texts{"report", "--help"} << Texts{"--format", "-o FILE", "still running"};
}

void tst_usage::helpSaysWhatACommandTakes() {
    QFETCH(std::vector<std::string>, words);
    QFETCH(std::vector<std::string>, says);
    const CliEnd end = runLooptax(words);
    QVERIFY2(end.code == 0 && end.err.empty(), end.all().c_str());
    for (const std::string& text : says) QVERIFY2(contains(end.out, text), (text + " is missing in\n" + end.out).c_str());
    for (const std::string& line : linesOf(end.out)) QVERIFY2(line.size() <= 120, ("too long for a terminal: " + line).c_str());
}

void tst_usage::everyCommandKnowsItsVersion_data() {
    QTest::addColumn<std::vector<std::string>>("words");
    QTest::newRow("the program") << std::vector<std::string>{"--version"};
    for (const char* command : {"probe", "plan", "validate", "run", "verify", "amend", "compare", "report"})
        QTest::newRow(command) << std::vector<std::string>{command, "--version"};
}

void tst_usage::everyCommandKnowsItsVersion() {
    QFETCH(std::vector<std::string>, words);
    const CliEnd end = runLooptax(words);
    QCOMPARE(end.code, 0);
    // "looptax 0.1.0 (0123456789ab)": the commit says which build made a session.
    static const QRegularExpression kForm(
        QStringLiteral("^looptax \\d+\\.\\d+\\.\\d+ \\(([0-9a-f]{7,}(-dirty)?|unknown)\\)\\n$"));
    QVERIFY2(kForm.match(QString::fromStdString(end.out)).hasMatch(), end.all().c_str());
}

void tst_usage::aSlipIsNamedWithTheNearestWord_data() {
    QTest::addColumn<std::vector<std::string>>("words");
    QTest::addColumn<std::string>("said");
    using Words = std::vector<std::string>;
    const auto row = [](const char* label, Words words, const char* said) { QTest::newRow(label) << words << std::string(said); };
    row("a command", {"prob"}, "looptax: unknown command prob (did you mean probe?)\n");
    row("a command far from any", {"frobnicate"}, "looptax: unknown command frobnicate (looptax --help lists them)\n");
    row("an option of run", {"run", "--rseume", "x"}, "looptax: unknown option --rseume (did you mean --resume?)\n");
    row("an option of run with a value", {"run", "--json-progres=1"},
        "looptax: unknown option --json-progres (did you mean --json-progress?)\n");
    row("an option of probe", {"probe", "--urls", "x"}, "looptax: unknown option --urls (did you mean --url?)\n");
    row("an option of plan", {"plan", "--presets", "quick"}, "looptax: unknown option --presets (did you mean --preset?)\n");
    row("an option of report", {"report", "x", "--fromat", "md"}, "looptax: unknown option --fromat (did you mean --format?)\n");
    row("an option far from any", {"verify", "--zzzzzzzz"}, "looptax: unknown option --zzzzzzzz (--help lists the options)\n");
    row("a preset", {"plan", "--preset", "stduy", "--target", "kind=ollama,url=http://127.0.0.1:1,model=m"},
        "looptax: unknown preset \"stduy\" (one of: quick, study, publication)\n");
    row("a kind of target", {"plan", "--preset", "quick", "--target", "kind=llama,url=http://127.0.0.1:1"},
        "looptax: --target kind=llama,url=http://127.0.0.1:1: unknown kind \"llama\" (one of: llama-server, "
        "ollama, openai)\n");
    row("a format", {"report", "x", "--format", "pdf"}, "looptax: unknown format pdf (one of: md, html, json, csv, runs)\n");
    row("an option without its value", {"run", "--out"}, "looptax: --out needs a value (--help shows which)\n");
    row("a value where none goes", {"run", "--quiet=yes"}, "looptax: --quiet takes no value\n");
    row("no plan", {"validate"}, "looptax: no plan (give a plan file, or --preset with --target)\n");
    row("no target", {"run", "--preset", "quick", "--out", "x"},
        "looptax: no target (for example --target kind=ollama,url=http://127.0.0.1:11434,model=gemma3; "
        "looptax probe finds them)\n");
    row("no folder", {"run", "--preset", "quick", "--target", "kind=llama-server,url=http://127.0.0.1:1"},
        "looptax: --out DIR is missing (it is where the session folder is made)\n");
    row("a plan and a preset", {"run", "a.json", "--preset", "quick", "--out", "x"},
        "looptax: a plan file and --preset exclude each other\n");
    row("two plans", {"validate", "a.json", "b.json"}, "looptax: one plan at a time, not a.json and b.json\n");
    row("another runtime than which", {"run", "--allow-changed-runtime", "--out", "x"},
        "looptax: --allow-changed-runtime goes with --resume (name the session: --resume SESSION --allow-changed-runtime)\n");
    row("a retry of nothing", {"run", "--retry-failed", "--out", "x"},
        "looptax: --retry-failed goes with --resume (name the session: --resume SESSION --retry-failed)\n");
    row("verify without a session", {"verify"}, "looptax: verify needs one session folder (looptax verify --help)\n");
    row("a control character", {"\x1b[31mred"}, "looptax: unknown command [31mred (looptax --help lists them)\n");
}

void tst_usage::aSlipIsNamedWithTheNearestWord() {
    QFETCH(std::vector<std::string>, words);
    QFETCH(std::string, said);
    const CliEnd end = runLooptax(words);
    QCOMPARE(end.code, 2);
    QCOMPARE(end.err, said);
    QCOMPARE(end.out, std::string());
}

LOOPTAX_TEST(tst_usage)
#include "tst_usage.moc"
