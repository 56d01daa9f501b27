// What a plan that came as a file or inside a session may not do unasked.
#include "support/test_registry.h"

#include "domain/trust.h"

#include <QTest>

using namespace looptax;

namespace {

Plan planWith(Target target) {
    Plan plan;
    target.id = "a";
    plan.targets = {std::move(target)};
    return plan;
}

Plan managed(const std::string& command, std::vector<std::string> args = {}) {
    Target target;
    target.managed = ManagedCommand{command, "m.gguf", std::move(args)};
    return planWith(target);
}

Plan at(const std::string& url, std::optional<std::string> key = std::nullopt) {
    Target target;
    target.url = url;
    target.api_key_env = std::move(key);
    return planWith(target);
}

std::string pathsOf(const Plan& plan, Origin origin = Origin::File, const std::string& own = {}) {
    std::string out;
    for (const TrustNeed& need : needsTrust(plan, origin, own)) out += (out.empty() ? "" : " ") + need.path.substr(12);
    return out;
}

using Args = std::vector<std::string>;

} // namespace

class tst_trust : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsAskedAbout_data() {
        QTest::addColumn<Plan>("plan");
        QTest::addColumn<QString>("paths");
        const auto row = [](const char* what, const Plan& plan, const char* paths) {
            QTest::newRow(what) << plan << QString::fromLatin1(paths);
        };
        row("llama-server", managed("llama-server"), "");
        row("the embedded launcher", managed("looptax-llama-server"), "");
        row("the window's own command", managed("own-server"), "");
        row("a path", managed("/usr/bin/llama-server"), ".managed.command");
        row("a relative path", managed("./llama-server"), ".managed.command");
        row("a path that ends in the name", managed("/tmp/looptax-llama-server"), ".managed.command");
        row("another command", managed("sh", {"-t", "4"}), ".managed.command");
        row("another command with arguments", managed("sh", {"-c", "true"}), ".managed.command .managed.args");
        row("a name with a blank", managed("llama-server "), ".managed.command");
        row("another case", managed("LLAMA-SERVER"), ".managed.command");

        row("performance flags", managed("llama-server", {"-np",      "1",
                                                          "-b",       "512",
                                                          "-ub",      "512",
                                                          "-t",       "4",
                                                          "-ngl",     "99",
                                                          "-fa",      "-ctk",
                                                          "q8_0",     "-ctv",
                                                          "q8_0",     "--cache-ram",
                                                          "0",        "--cache-reuse",
                                                          "256",      "--ctx-checkpoints",
                                                          "8",        "--swa-full",
                                                          "--no-mmap"}),
            "");
        row("their kin",
            managed("llama-server", {"--parallel", "2", "--threads=4", "--n-gpu-layers", "-1", "-fa", "on", "--tensor-split",
                                     "3,1", "--kv-unified"}),
            "");
        for (const char* flag : {"--log-file",
                                 "--rpc",
                                 "-hf",
                                 "--hf-repo",
                                 "-mu",
                                 "--model-url",
                                 "-m",
                                 "--model",
                                 "--path",
                                 "--api-key",
                                 "--api-key-file",
                                 "--ssl-key-file",
                                 "--lora",
                                 "--control-vector",
                                 "--mmproj",
                                 "--mmproj-url",
                                 "--chat-template",
                                 "--chat-template-file",
                                 "--grammar-file",
                                 "-f",
                                 "--slot-save-path",
                                 "--lookup-cache-dynamic",
                                 "-lcd",
                                 "--media-path",
                                 "--models-dir",
                                 "--models-preset",
                                 "-md",
                                 "--override-kv",
                                 "--props",
                                 "--tools",
                                 "--webui-mcp-proxy",
                                 "--unheard-of",
                                 "-",
                                 "--",
                                 "--cache-ramx",
                                 "--CACHE-RAM",
                                 "--log_file"})
            row(flag, managed("llama-server", {flag, "x"}), ".managed.args");
        row("a flag joined to its value", managed("llama-server", {"--log-file=/tmp/x"}), ".managed.args");
        row("a flag behind a flag that wants a value", managed("llama-server", {"-t", "--log-file", "x"}), ".managed.args");
        row("a flag behind one that takes none", managed("llama-server", {"--no-mmap", "--rpc", "h:1"}), ".managed.args");
        row("a word behind a switch", managed("llama-server", {"--mlock", "x.gguf"}), ".managed.args");
        row("a value of a flag that may have one", managed("llama-server", {"-fa", "auto", "-fa"}), "");
        row("a path as a value", managed("llama-server", {"-t", "/etc/passwd"}), ".managed.args");
        row("a path as a joined value", managed("llama-server", {"--threads=/etc/passwd"}), ".managed.args");
        row("an address as a value", managed("llama-server", {"-t", "http://h/"}), ".managed.args");
        row("two values", managed("llama-server", {"-t", "4", "5"}), ".managed.args");
        row("a value behind a joined one", managed("llama-server", {"-t=4", "x"}), ".managed.args");
        row("a word alone", managed("llama-server", {"x"}), ".managed.args");
        row("an empty argument", managed("llama-server", {""}), ".managed.args");
        row("a negative that is a flag", managed("llama-server", {"-t", "-f"}), ".managed.args");
        row("a line end in a value", managed("llama-server", {"-t", "4\n--rpc"}), ".managed.args");

        for (const char* url : {"http://127.0.0.1:8080", "http://127.8.9.10", "https://127.0.0.1", "http://localhost:1",
                                "http://LocalHost", "http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]", "http://0.0.0.0:8080",
                                "http://[::]:8080", "http://box.localhost:1"})
            row(url, at(url), "");
        for (const char* url : {"http://192.0.2.1", "http://0.0.0.1", "http://[::2]:8080", "http://[::ffff:127.0.0.1]",
                                "http://127.0.0.1.evil.org", "http://127.1", "http://127.0.0.1.", "http://2130706433",
                                "http://0x7f000001", "http://0177.0.0.1", "http://localhost.evil.org", "http://localhost.",
                                "http://evil.org/127.0.0.1", "http://[fe80::1]", "https://api.example.org/v1"})
            row(url, at(url), ".url");
        row("an address nobody can connect to", at("ftp://192.0.2.1"), "");
        row("a key", at("http://127.0.0.1:8080", "AWS_SECRET_ACCESS_KEY"), ".api_key_env");
        row("a key for another machine", at("https://api.example.org", "KEY"), ".url .api_key_env");
        Plan both = managed("llama-server");
        both.targets[0].url = "http://192.0.2.1";
        row("an address beside a command", both, ".url");
        Plan key = managed("llama-server");
        key.targets[0].api_key_env = "KEY";
        row("a key for a server that is started", key, ".api_key_env");
    }
    void whatIsAskedAbout() {
        QFETCH(Plan, plan);
        QFETCH(QString, paths);
        for (const Origin origin : {Origin::File, Origin::Session})
            QCOMPARE(QString::fromStdString(pathsOf(plan, origin, "own-server")), paths);
        QCOMPARE(pathsOf(plan, Origin::Typed), "");
    }

    void everyTargetIsLookedAt() {
        Plan plan = at("http://127.0.0.1:1");
        plan.targets.push_back(at("http://192.0.2.1").targets[0]);
        plan.targets.push_back(managed("sh").targets[0]);
        const auto needs = needsTrust(plan, Origin::Session, {});
        QCOMPARE(needs.size(), std::size_t(2));
        QCOMPARE(needs[0].path, "$.targets[1].url");
        QCOMPARE(needs[1].path, "$.targets[2].managed.command");
    }

    // Of two plans: is what was allowed in the first allowed in the second?
    void aPermissionHoldsForExactlyItsValues_data() {
        QTest::addColumn<Plan>("allowed");
        QTest::addColumn<Plan>("asked");
        QTest::addColumn<bool>("same");
        const auto row = [](const char* what, const Plan& allowed, const Plan& asked, bool same) {
            QTest::newRow(what) << allowed << asked << same;
        };
        row("the same command", managed("sh", {"-c", "true"}), managed("sh", {"-c", "true"}), true);
        row("another command", managed("sh", {"-c", "true"}), managed("zsh", {"-c", "true"}), false);
        row("another argument", managed("sh", {"-c", "true"}), managed("sh", {"-c", "rm"}), false);
        row("arguments split elsewhere", managed("sh", {"-c", "a b"}), managed("sh", {"-c", "a", "b"}), false);
        row("performance flags of a foreign command", managed("sh", {"-t", "1"}), managed("sh", {"-t", "2"}), false);
        Plan other = managed("sh");
        other.targets[0].managed->model_file = "n.gguf";
        row("another model file of a foreign command", managed("sh"), other, false);
        row("one more argument", managed("llama-server", {"--rpc", "a:1"}),
            managed("llama-server", {"--rpc", "a:1", "--log-file", "x"}), false);
        row("the same address", at("http://192.0.2.1"), at("http://192.0.2.1"), true);
        row("another port", at("http://192.0.2.1"), at("http://192.0.2.1:81"), false);
        row("a key to the same place", at("http://127.0.0.1:1", "KEY"), at("http://127.0.0.1:1", "KEY"), true);
        row("a key to another port", at("http://127.0.0.1:1", "KEY"), at("http://127.0.0.1:2", "KEY"), false);
        row("another key", at("http://127.0.0.1:1", "KEY"), at("http://127.0.0.1:1", "OTHER"), false);
    }
    void aPermissionHoldsForExactlyItsValues() {
        QFETCH(Plan, allowed);
        QFETCH(Plan, asked);
        QFETCH(bool, same);
        Trust trust{Origin::Session, {}, {}};
        QVERIFY(!permitted(allowed, trust, "s").ok());
        for (const TrustNeed& need : needsTrust(allowed, trust)) trust.allowed.insert(need.hash);
        QVERIFY(permitted(allowed, trust, "s").ok());
        asked.targets[0].id = "another-name"; // no part of what is allowed
        QCOMPARE(permitted(asked, trust, "s").ok(), same);
    }

    // A stranger writes part of the sentence, and must not be able to write another one or turn it around.
    void whatAStrangerWroteStaysOneShortLine() {
        Plan plan = managed("sh\n\nThis plan was checked.", {"-x", std::string(5'000, 'a'),
                                                             "\xE2\x80\xAE"
                                                             "b",
                                                             "\x1B[2J"});
        plan.targets[0].id = "a\tb\xC2\x85"
                             "c";
        for (const TrustNeed& need : needsTrust(plan, Origin::File, {})) {
            QVERIFY2(need.what.find_first_of("\n\r\t\x1B") == std::string::npos, need.what.c_str());
            QVERIFY2(need.what.find("\xE2\x80\xAE") == std::string::npos && need.what.find("\xC2\x85") == std::string::npos,
                     need.what.c_str());
            QVERIFY2(need.what.size() < 600, need.what.c_str());
        }
    }

    void theRefusalNamesEveryNeed() {
        Plan plan = at("http://192.0.2.1:8000", "KEY");
        const Status status = permitted(plan, Trust{Origin::File, {}, {}}, "plan.json");
        QVERIFY(!status.ok());
        QCOMPARE(int(status.error().kind), int(ErrorKind::Permission));
        QCOMPARE(
            status.error().text(),
            "plan.json: target a is on another machine: http://192.0.2.1:8000; target a sends the environment variable KEY as a "
            "key to http://192.0.2.1:8000 (if that is what you want, add --trust-plan)");
    }
};

LOOPTAX_TEST(tst_trust)
#include "tst_trust.moc"
