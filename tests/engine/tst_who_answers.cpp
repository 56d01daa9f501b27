// Who answers at a target's address, in mid-session and when a session is resumed: another model is never gone on with,
// another build only where a person says so, and what nobody tells is no change.
#include "fake_world.h"

#include "base/text.h"
#include "replay/verify.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

using Present = std::function<void(TargetFacts&)>;
using Sign = std::function<void(ChatEnd&)>;

enum class Then { GoesOn, Asks, Refuses };

struct Change {
    const char* name;
    const char* source;
    Present before, now; // facts
    Sign replied, replies;
    Then then;
    const char* words; // that say what changed
};

void full(TargetFacts& facts) {
    facts.model_digest = "sha256:11";
    facts.template_sha256 = "aaaa";
    facts.version = "b100";
}
Present fullWith(const Present& change) {
    return [change](TargetFacts& facts) {
        full(facts);
        change(facts);
    };
}
Present path(const char* file, const char* digest = "") {
    return [file, digest](TargetFacts& facts) {
        facts.model_path = file;
        facts.model_digest = digest;
    };
}
Sign from(const char* model, const char* fingerprint = "") {
    return [model, fingerprint](ChatEnd& end) {
        end.model = model;
        end.fingerprint = fingerprint;
    };
}

const std::vector<Change>& changes() {
    static const std::vector<Change> kChanges{
        {"the same again", "", full, full, from("m", "fp1"), from("m", "fp1"), Then::GoesOn, ""},
        {"Ollama pulled the tag anew",
         "ollama /api/tags digest",
         full,
         fullWith([](TargetFacts& f) { f.model_digest = "sha256:22"; }),
         {},
         {},
         Then::Refuses,
         "serves fake (sha256:22) now; this session began with fake (sha256:11)"},
        {"another name is served",
         "llama-server /props model_alias",
         full,
         fullWith([](TargetFacts& f) { f.model = "other"; }),
         {},
         {},
         Then::Refuses,
         "serves other (sha256:11) now"},
        {"another file under the same alias",
         "llama-server /props model_path",
         path("/m/a.gguf"),
         path("/m/b.gguf"),
         {},
         {},
         Then::Refuses,
         "is /m/b.gguf now; this session began with /m/a.gguf"},
        {"the same file elsewhere",
         "one SHA-256 is one file",
         path("/m/a.gguf", "11"),
         path("/n/a.gguf", "11"),
         {},
         {},
         Then::GoesOn,
         ""},
        {"another template",
         "llama-server --chat-template-file",
         full,
         fullWith([](TargetFacts& f) { f.template_sha256 = "bbbb"; }),
         {},
         {},
         Then::Refuses,
         "its SHA-256 is bbbb now; this session began with aaaa"},
        {"another context",
         "llama-server -c",
         full,
         fullWith([](TargetFacts& f) { f.context_tokens = 8192; }),
         {},
         {},
         Then::Refuses,
         "is 8192 now; this session began with 16384"},
        {"a gateway falls back",
         "LiteLLM PR 20177",
         {},
         {},
         from("gpt-oss-20b"),
         from("tiny-fallback-1b"),
         Then::Refuses,
         "answers as model tiny-fallback-1b now; its first reply in this session came from gpt-oss-20b"},
        {"another build",
         "llama-server /props build_info",
         full,
         fullWith([](TargetFacts& f) { f.version = "b101"; }),
         {},
         {},
         Then::Asks,
         "is build b101 now; the turns before were measured on b100"},
        {"another fingerprint",
         "OpenAI system_fingerprint",
         {},
         {},
         from("m", "fp1"),
         from("m", "fp2"),
         Then::Asks,
         "system_fingerprint fp2 now"},
        {"nothing is told any more", "absent is no change", full, {}, from("m", "fp1"), {}, Then::GoesOn, ""},
        {"nothing was told before", "sessions of older versions", {}, full, {}, from("m", "fp1"), Then::GoesOn, ""},
        {"the echo of another name",
         "Ollama answers qwen for qwen:latest",
         {},
         {},
         from("m:latest"),
         from("m:latest"),
         Then::GoesOn,
         ""},
    };
    return kChanges;
}

std::string textOf(const SweepResult& result) { return result.error ? result.error->text() : std::string(); }

// Run 1 is complete and run 2 was cut in its second turn: the first repeat is open.
std::string cutSession(FakeLab& lab, const Change& change, int warmups) {
    Plan plan = smallPlan();
    plan.warmup_requests = warmups;
    lab.runtime.present = change.before;
    lab.runtime.sign = [&](ChatEnd& end, int) {
        if (change.replied) change.replied(end);
    };
    lab.runtime.misbehave = [&lab, at = 4 + warmups](const ChatRequest&, int index) -> std::optional<ChatEnd> {
        if (index != at) return std::nullopt;
        lab.control.cut = true;
        ChatEnd end;
        end.outcome = Outcome::Cancelled;
        return end;
    };
    const std::string folder = lab.run(plan).folder;
    lab.control.cut = false;
    lab.runtime.misbehave = nullptr;
    lab.runtime.present = change.now;
    lab.runtime.sign = [&](ChatEnd& end, int) {
        if (change.replies) change.replies(end);
    };
    lab.runtime.requests.clear();
    return folder;
}

} // namespace

class tst_who_answers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aResumeLooksWhoAnswersNow_data() {
        QTest::addColumn<int>("change");
        QTest::addColumn<int>("warmups");
        for (int i = 0; i < int(changes().size()); ++i)
            for (const int warmups : {1, 0})
                QTest::addRow("%s, %d warm-ups", changes()[std::size_t(i)].name, warmups) << i << warmups;
    }
    void aResumeLooksWhoAnswersNow() {
        QFETCH(int, change);
        QFETCH(int, warmups);
        const Change& c = changes()[std::size_t(change)];
        FakeLab lab;
        const std::string folder = cutSession(lab, c, warmups);
        const SweepResult resumed = lab.resume(folder);
        QCOMPARE(resumed.changed_runtime, c.then == Then::Asks);
        if (c.then == Then::GoesOn) {
            QVERIFY2(!resumed.error, textOf(resumed).c_str());
            QCOMPARE(resumed.turns_ok, 11); // what is complete is kept
            return;
        }
        QVERIFY(resumed.error);
        QCOMPARE(resumed.error->kind, ErrorKind::Plan);
        QVERIFY2(textOf(resumed).find(c.words) != std::string::npos, textOf(resumed).c_str());
        QCOMPARE(resumed.turns_ok, 0);
        QVERIFY2((textOf(resumed).find("--allow-changed-runtime") != std::string::npos) == (c.then == Then::Asks),
                 textOf(resumed).c_str());
        const SweepResult allowed = lab.resume(folder, false, true);
        if (c.then == Then::Refuses) {
            QVERIFY2(textOf(allowed).find(c.words) != std::string::npos, textOf(allowed).c_str());
            QCOMPARE(allowed.turns_ok, 0);
            return;
        }
        QVERIFY2(!allowed.error, textOf(allowed).c_str());
        const RecordStore store = lab.replay(folder);
        QVERIFY2(store.warnings().empty(), joined(store.warnings(), "\n").c_str());
        for (const ScheduledRun& run : store.schedule()) {
            int complete = 0;
            for (const RunView& view : store.runs()) complete += view.run == run.run && view.outcome == RunOutcome::Complete;
            QCOMPARE(complete, 1);
        }
        QVERIFY(store.runs().front().outcome == RunOutcome::Interrupted); // complete, on the build before
        QVERIFY(store.lastAttempt(1)->run_attempt > 1);
        const auto verified = verifySession(lab.files, folder, {});
        QVERIFY(verified.ok() && verified->clean());
        // It was answered: the same build is not asked about again.
        const SweepResult again = lab.resume(folder, true);
        QVERIFY2(!again.error, textOf(again).c_str());
    }
    void anotherModelInMidSessionFailsItsRunAlone() {
        FakeLab lab;
        lab.runtime.sign = [](ChatEnd& end, int index) {
            end.model = index == 2 ? "tiny-fallback-1b" : "gpt-oss-20b";
            end.fingerprint = "fp1";
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY2(!result.error, textOf(result).c_str());
        QCOMPARE(result.turns_failed, 1);
        const RecordStore store = lab.replay(result.folder);
        const TurnRecord& turn = store.turns()[1];
        QCOMPARE(turn.outcome, Outcome::Protocol);
        QCOMPARE(turn.reply_model, std::string("tiny-fallback-1b"));
        QCOMPARE(turn.run_outcome, std::string("failed"));
        QVERIFY(!turn.decode_tps && !turn.all_pass);
        QCOMPARE(store.turns()[0].reply_model, std::string("gpt-oss-20b"));
        QCOMPARE(store.turns()[0].reply_fingerprint, std::string("fp1"));
        QVERIFY2(store.runs()[0].reason.find("its first reply in this session came from gpt-oss-20b") != std::string::npos,
                 store.runs()[0].reason.c_str());
        QCOMPARE(result.turns_ok, 1 + 4 + 3 + 4);
        QVERIFY(verifySession(lab.files, result.folder, {})->clean());
    }
    void anotherFingerprintInMidSessionIsAWarningOnce() {
        FakeLab lab;
        lab.runtime.sign = [](ChatEnd& end, int index) { end.fingerprint = index % 2 == 0 ? "fp1" : "fp2"; };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY2(!result.error, textOf(result).c_str());
        QCOMPARE(result.turns_failed, 0);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turnWarnings().size(), std::size_t(1));
        QVERIFY(store.turnWarnings()[0].text.find("fp2 now") != std::string::npos);
    }
    // The reply goes on naming the model that was requested; only the server's own account tells.
    void aServerStartedAgainBetweenTwoTurnsIsAskedWhoItIs_data() {
        QTest::addColumn<int>("change");
        for (int i = 0; i < int(changes().size()); ++i)
            if (changes()[std::size_t(i)].now && !changes()[std::size_t(i)].replies)
                QTest::addRow("%s", changes()[std::size_t(i)].name) << i;
    }
    void aServerStartedAgainBetweenTwoTurnsIsAskedWhoItIs() {
        QFETCH(int, change);
        const Change& c = changes()[std::size_t(change)];
        FakeLab lab;
        lab.runtime.present = c.before;
        lab.runtime.connectsAnew = [&](int index) {
            if (index == 2) lab.runtime.present = c.now;
            return index == 2;
        };
        const SweepResult result = lab.run(smallPlan());
        const RecordStore store = lab.replay(result.folder);
        if (c.then != Then::Refuses) {
            QVERIFY2(!result.error, textOf(result).c_str());
            QCOMPARE(result.turns_ok, 14);
            std::string notes;
            for (const auto& note : store.notes()) notes += note->value("text", "") + "\n";
            if (c.then == Then::Asks) QVERIFY2(notes.find(c.words) != std::string::npos, notes.c_str());
            return;
        }
        QVERIFY2(textOf(result).find(c.words) != std::string::npos, textOf(result).c_str());
        QCOMPARE(store.runs().size(), std::size_t(1));
        QCOMPARE(*store.runs()[0].outcome, RunOutcome::Failed);
        QVERIFY2(store.runs()[0].reason.find(c.words) != std::string::npos, store.runs()[0].reason.c_str());
    }
    void aLostTargetThatComesBackWithAnotherModelEndsTheSweep() {
        FakeLab lab;
        lab.runtime.present = full;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index != 2) return std::nullopt;
            lab.runtime.reachable = false;
            ChatEnd end;
            end.outcome = Outcome::Cut;
            return end;
        };
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type != "note" || (*line.body)["kind"] != "target_lost") return;
            lab.runtime.reachable = true;
            lab.runtime.present = fullWith([](TargetFacts& f) { f.model_digest = "sha256:22"; });
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY2(textOf(result).find("serves fake (sha256:22) now") != std::string::npos, textOf(result).c_str());
        QCOMPARE(result.turns_ok, 1);
    }
};

LOOPTAX_TEST(tst_who_answers)
#include "tst_who_answers.moc"
