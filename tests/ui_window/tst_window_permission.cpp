// A session that somebody handed over: nothing of its plan is started, connected to or sent before a person has said yes, by
// whatever way it is resumed.
#include "hand.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/window/session_line.h"
#include "ui/window/trouble_line.h"
#include "window_lab.h"

#include <QTest>

#include <filesystem>

using namespace looptax;

namespace {

QString q(const std::string& text) { return QString::fromStdString(text); }

struct Stranger : WindowLab {
    std::string mark = folder.file("it-ran");
    std::string program = folder.file("evil/llama-server");
    std::string session = folder.file(SessionBuilder::kId);
    std::set<std::string> allowed;
    int amended = 0;

    explicit Stranger(const std::function<void(Stranger&, Target&)>& trick) {
        std::filesystem::create_directories(folder.file("evil"));
        spit(program, "#!/bin/sh\ntouch " + mark + "\nexit 1\n");
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        spit(folder.file("m.gguf"), "no model");
        Plan plan = testPlan({{"A", {3}, {}, {}}}, 3);
        trick(*this, plan.targets[0]);
        SessionBuilder builder(plan);
        builder.completeRun(1);
        builder.runStart(2); // run 3 is open
        builder.runEnd(2, RunOutcome::Failed);
        builder.writeTo(session);
        services.addRepeats = [this](const std::string&, int) {
            ++amended;
            return Status();
        };
        services.allowed = [this] { return allowed; };
        services.allow = [this](const std::vector<TrustNeed>& needs) {
            for (const TrustNeed& need : needs) allowed.insert(need.hash);
        };
    }
};

using Trick = std::function<void(Stranger&, Target&)>;

void manage(Target& target, const std::string& command, std::vector<std::string> args, const std::string& model) {
    target.url.clear();
    target.managed = ManagedCommand{command, model, std::move(args)};
}

const std::vector<std::pair<const char*, Trick>>& tricks() {
    static const std::vector<std::pair<const char*, Trick>> all{
        {"a program", [](Stranger& s, Target& t) { manage(t, s.program, {}, s.folder.file("m.gguf")); }},
        {"arguments",
         [](Stranger& s, Target& t) {
             manage(t, "llama-server", {"--log-file", s.mark}, s.folder.file("m.gguf"));
         }},
        {"an address", [](Stranger&, Target& t) { t.url = "http://192.0.2.1:8080"; }},
        {"a key",
         [](Stranger& s, Target& t) {
             t.url = s.server.url();
             t.model = s.server.model();
             t.api_key_env = "PATH";
         }},
    };
    return all;
}

// Every way on with the session on screen.
const std::vector<std::pair<const char*, std::function<void(MainWindow&, Hand&)>>>& ways() {
    static const std::vector<std::pair<const char*, std::function<void(MainWindow&, Hand&)>>> all{
        {"the button", [](MainWindow&, Hand& hand) { QVERIFY(hand.click(SessionLine::resumeText())); }},
        {"the key", [](MainWindow& window, Hand&) { QTest::keyClick(&window, Qt::Key_F9); }},
        {"the call", [](MainWindow& window, Hand&) { window.sweep().resume(false); }},
        {"retry failed", [](MainWindow& window, Hand&) { window.sweep().resume(true); }},
        {"again", [](MainWindow& window, Hand&) { window.sweep().resumeAgain(); }},
        {"add repeats", [](MainWindow& window, Hand&) { window.sweep().addRepeats(2); }},
    };
    return all;
}

bool open(MainWindow& window, const std::string& session) {
    window.resize(1280, 800);
    window.show();
    window.openSession(q(session));
    return QTest::qWaitFor([&] { return window.feed().folder() == session && window.activity().now() == Activity::None; },
                           10'000);
}

} // namespace

class tst_window_permission : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyAppearance(QStringLiteral("light")); }

    void aForeignSessionAsksBeforeItGoesOn_data() {
        QTest::addColumn<int>("trick");
        QTest::addColumn<int>("way");
        for (std::size_t t = 0; t < tricks().size(); ++t)
            for (std::size_t w = 0; w < ways().size(); ++w)
                QTest::addRow("%s, %s", tricks()[t].first, ways()[w].first) << int(t) << int(w);
    }
    void aForeignSessionAsksBeforeItGoesOn() {
        QFETCH(int, trick);
        QFETCH(int, way);
        Stranger lab(tricks()[std::size_t(trick)].second);
        MainWindow window(lab.services);
        Hand hand(window);
        QVERIFY(open(window, lab.session));
        QVERIFY(waitForBackgroundWork(std::chrono::seconds(20))); // it looks for runtimes as it opens
        const std::string before = slurp(lab.session + "/journal.jsonl");
        const auto asked = lab.server.seen().size();
        ways()[std::size_t(way)].second(window, hand);
        QVERIFY2(window.trouble().text().contains(QStringLiteral("needs your permission")), qPrintable(window.trouble().text()));
        QVERIFY(window.activity().now() == Activity::None);
        // Neither putting it away nor anything else lets it through.
        QVERIFY(hand.click(QStringLiteral("Cancel")));
        QVERIFY(window.trouble().text().isEmpty());
        QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
        QVERIFY(!std::filesystem::exists(lab.mark));
        QCOMPARE(lab.server.seen().size(), asked);
        QCOMPARE(lab.amended, 0);
        QVERIFY(slurp(lab.session + "/journal.jsonl") == before);
        QVERIFY(lab.allowed.empty());
    }

    void aYesGoesOnAndIsRemembered() {
        Stranger lab(tricks()[0].second);
        MainWindow window(lab.services);
        Hand hand(window);
        QVERIFY(open(window, lab.session));
        QVERIFY(hand.click(SessionLine::resumeText()));
        QVERIFY2(window.trouble().text().contains(q(lab.program)), qPrintable(window.trouble().text()));
        QVERIFY(hand.click(QStringLiteral("Allow and continue")));
        QVERIFY(QTest::qWaitFor([&] { return std::filesystem::exists(lab.mark); }, 20'000));
        QVERIFY(QTest::qWaitFor([&] { return window.activity().now() == Activity::None; }, 20'000));
        QCOMPARE(lab.allowed.size(), std::size_t(1));
        // It ended at once, as it is no server; going on with it needs no second yes.
        std::filesystem::remove(lab.mark);
        QVERIFY(window.sweep().resumeAgain());
        QVERIFY(QTest::qWaitFor([&] { return std::filesystem::exists(lab.mark) && window.activity().now() == Activity::None; },
                                20'000));
    }

    void theQuestionGoesWithItsSession() {
        Stranger lab(tricks()[0].second);
        SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 2));
        builder.completeRun(1);
        const std::string other = lab.folder.file("20261125-010203-0a1b2c3d");
        builder.writeTo(other);
        MainWindow window(lab.services);
        Hand hand(window);
        QVERIFY(open(window, lab.session));
        QVERIFY(hand.click(SessionLine::resumeText()));
        QVERIFY(!window.trouble().text().isEmpty());
        QVERIFY(open(window, other));
        QVERIFY2(window.trouble().text().isEmpty(), qPrintable(window.trouble().text()));
    }

    void theQuestionMakesRoomForWhatBeginsNext() {
        Stranger lab(tricks()[0].second);
        MainWindow window(lab.services);
        Hand hand(window);
        QVERIFY(open(window, lab.session));
        QVERIFY(hand.click(SessionLine::resumeText()));
        QVERIFY(hand.button(QStringLiteral("Allow and continue")) != nullptr);
        window.openSession(q(lab.folder.file("nothing here")));
        QVERIFY(QTest::qWaitFor([&] { return window.activity().now() == Activity::None; }, 10'000));
        QVERIFY2(window.trouble().text().contains(QStringLiteral("nothing here")), qPrintable(window.trouble().text()));
        QVERIFY(hand.button(QStringLiteral("Allow and continue")) == nullptr);
    }

    void manyNeedsAreNotAllowedUnseen() {
        Stranger lab([](Stranger& s, Target& t) { manage(t, s.program, {}, s.folder.file("m.gguf")); });
        Plan plan = testPlan({{"A", {3}, {}, {}}}, 3);
        plan.targets.clear();
        for (int i = 0; i < 12; ++i) {
            Target target;
            target.id = "t" + std::to_string(i);
            target.url = "http://192.0.2." + std::to_string(i + 1);
            plan.targets.push_back(target);
        }
        SessionBuilder builder(plan);
        builder.completeRun(1);
        const std::string many = lab.folder.file("20261126-010203-0a1b2c3d");
        builder.writeTo(many);
        MainWindow window(lab.services);
        QVERIFY(open(window, many));
        QVERIFY(!window.sweep().resume(false));
        QVERIFY2(window.trouble().text().contains(QStringLiteral("4 more")), qPrintable(window.trouble().text()));
        QVERIFY(Hand(window).button(QStringLiteral("Allow and continue")) == nullptr);
    }

    void aPlanFileWithACommandCannotBeStarted() {
        Stranger lab(tricks()[0].second);
        MainWindow window(lab.services);
        Hand hand(window);
        window.resize(1280, 800);
        window.show();
        const std::string file = lab.folder.file("plan.json");
        Plan plan = testPlan({{"A", {1}, {}, {}}}, 8);
        manage(plan.targets[0], lab.program, {}, lab.folder.file("m.gguf"));
        spit(file, writePlan(plan));
        QVERIFY(window.plan().loadFile(q(file)));
        QVERIFY(!hand.enabled(QStringLiteral("Start")));
        QTest::keyClick(&window, Qt::Key_F5);
        QVERIFY(window.activity().now() == Activity::None);
        QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
        QVERIFY(!std::filesystem::exists(lab.mark));
    }
};

LOOPTAX_TEST(tst_window_permission)
#include "tst_window_permission.moc"
