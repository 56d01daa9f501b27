// Targets in the panel: found ones offered and chosen, models, the embedded runtime fetched, doubts.
#include "person.h"
#include "plan_lab.h"
#include "support/test_registry.h"

#include "domain/plan_check.h"
#include "domain/presets.h"
#include "sim/scripted_server.h"
#include "ui/plan/doubt_strip.h"
#include "ui/plan/doubt_words.h"
#include "ui/plan/embedded_row.h"
#include "ui/plan/runtime_installer.h"
#include "ui/plan/target_list.h"

#include <QLabel>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <semaphore>
#include <thread>

using namespace looptax;

namespace {

QString q(const char* words) { return QString::fromUtf8(words); }

bool says(QWidget& root, const QString& words) {
    settle();
    for (const auto* label : root.findChildren<QLabel*>())
        if (label->isVisibleTo(&root) && label->text().contains(words)) return true;
    return false;
}

std::vector<std::string> ids(const PlanPanel& panel) {
    std::vector<std::string> out;
    for (const Target& target : panel.plan().targets) out.push_back(target.id);
    return out;
}

// A panel that has looked already and found nothing.
std::unique_ptr<PlanPanel> looked(PlanLab& lab) {
    auto panel = shown(lab.services);
    [&] { QTRY_VERIFY(says(*panel, q("No runtime answers"))); }();
    return panel;
}

} // namespace

class tst_plan_targets : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsFoundFirstIsTaken();
    void theEmbeddedOneIsTakenWhenNothingAnswers();
    void aPlanOfOnesOwnIsNotTouched();
    void foundOnesAreOfferedAndChosen();
    void modelsAreChosenFromTheList();
    void anOlderAnswerIsDropped();
    void handMadeMovedAndRemoved();
    void addressAndCommandAndBack();
    void aKeyNeverGetsIntoThePlan();
    void theEmbeddedRuntimeIsFetched();
    void whyFetchingFailedAndAgain();
    void fetchingIsCancelledWithItsChildren();
    void noProgramToFetchWith();
    void doubtsOfTheChosenTargets();
    void theMemoryOfTheChosenModelIsADoubt();
    void theMemoryOfAModelFileIsACautionAtItsField();
    void whoIsBusyIsSaidWithEachLook();
    void everyDoubtOfTheRuntimesHasItsMend();
};

void tst_plan_targets::whatIsFoundFirstIsTaken() {
    PlanLab lab;
    lab.installed = true;
    ProbeFinding bare = foundOllama("http://127.0.0.1:1");
    bare.facts.models = {"nomic-embed-text:latest"};
    lab.found = {bare, foundOllama(), foundLlama()};
    auto panel = shown(lab.services);
    QTRY_COMPARE(panel->plan().targets.size(), std::size_t(1));
    const Target& target = panel->plan().targets[0];
    QCOMPARE(target.url, std::string("http://127.0.0.1:11434"));
    QCOMPARE(target.model, std::string("gemma3:4b")); // the first that can chat
    QVERIFY(panel->runnable());
    QCOMPARE(lab.probes.load(), 1);
}

void tst_plan_targets::theEmbeddedOneIsTakenWhenNothingAnswers() {
    PlanLab lab;
    lab.installed = true;
    lab.found = {silent("http://127.0.0.1:8080")};
    auto panel = shown(lab.services);
    QTRY_COMPARE(panel->plan().targets.size(), std::size_t(1));
    QCOMPARE(panel->plan().targets[0], lab.services.embedded.target);
    QVERIFY(panel->runnable());
}

void tst_plan_targets::aPlanOfOnesOwnIsNotTouched() {
    PlanLab lab;
    lab.installed = true;
    lab.found = {foundOllama()};
    PlanPanel panel(lab.services);
    panel.setPlan(fullPlan());
    panel.show();
    openFold(panel, q("Add a target"));
    QTRY_VERIFY(says(panel, q("Ollama at 127.0.0.1:11434")));
    QCOMPARE(panel.plan(), fullPlan());
    // Nor one that somebody began while it looked.
    std::binary_semaphore gate{0};
    lab.services.probe = [&](const std::vector<std::string>&) {
        gate.acquire();
        return std::vector<ProbeFinding>{foundOllama()};
    };
    PlanPanel begun(lab.services);
    begun.show();
    type(find<QAbstractSpinBox>(begun, q("Repeats")), q("9"));
    gate.release();
    QTRY_VERIFY(says(begun, q("Ollama at 127.0.0.1:11434")));
    QVERIFY(begun.plan().targets.empty());
    QCOMPARE(begun.plan().repeats, 9);
}

void tst_plan_targets::foundOnesAreOfferedAndChosen() {
    PlanLab lab;
    auto panel = looked(lab);
    ProbeFinding loading = foundLlama("http://127.0.0.1:9931");
    loading.facts = {};
    loading.problem = "the model is still loading";
    ProbeFinding strange;
    strange.url = "http://127.0.0.1:8000";
    strange.answers = true;
    strange.problem = "something answers, but none of the known APIs";
    panel->offer({foundOllama(), foundLlama(), loading, strange, silent("http://127.0.0.1:1234")});
    QVERIFY(panel->plan().targets.empty()); // the suggestion was made when it looked
    for (const char* words : {"Ollama at 127.0.0.1:11434", "0.13.1, 3 models", "llama-server at 127.0.0.1:8080",
                              "context of 4,096 tokens, 4 slots", "the model is still loading", "none of the known APIs"})
        QVERIFY2(says(*panel, q(words)), words);
    QVERIFY(!find<QAbstractButton>(*panel, q("Add Something at 127.0.0.1:8000"))->isEnabled());
    click(find<QAbstractButton>(*panel, q("Add Ollama at 127.0.0.1:11434")));
    click(find<QAbstractButton>(*panel, q("Add llama-server at 127.0.0.1:8080")));
    click(find<QAbstractButton>(*panel, q("Add Ollama at 127.0.0.1:11434"))); // another of its models
    QCOMPARE(ids(*panel), (std::vector<std::string>{"ollama", "llamacpp", "ollama-2"}));
    QCOMPARE(panel->plan().targets[0].model, std::string("gemma3:4b"));
    QCOMPARE(panel->plan().targets[2].model, std::string("qwen2.5-coder:7b"));
    QVERIFY2(panel->runnable(), qPrintable(panel->blocked()));
}

void tst_plan_targets::modelsAreChosenFromTheList() {
    PlanLab lab;
    auto panel = looked(lab);
    panel->offer({foundOllama()});
    click(find<QAbstractButton>(*panel, q("Add Ollama at 127.0.0.1:11434")));
    auto* model = find<QComboBox>(*panel, q("Model"));
    QCOMPARE(model->count(), 3);
    QVERIFY(choose(model, q("qwen2.5-coder:7b")));
    QCOMPARE(panel->plan().targets[0].model, std::string("qwen2.5-coder:7b"));
    type(model, q("one I pull later"));
    QCOMPARE(panel->plan().targets[0].model, std::string("one I pull later"));
    panel->offer({foundOllama(), foundLlama()});
    QCOMPARE(panel->plan().targets[0].model, std::string("one I pull later"));
    type(model, {});
    QVERIFY(wordsBeside(*panel, model).contains(q("is required")));
    // Another address, another list.
    openFold(*panel, q("Details"));
    type(find<QLineEdit>(*panel, q("Address")), q("http://localhost:8080/"));
    QCOMPARE(model->count(), 1);
}

void tst_plan_targets::anOlderAnswerIsDropped() {
    PlanLab lab;
    std::mutex mutex;
    std::condition_variable changed;
    int asked = 0;
    bool open = false;
    lab.services.probe = [&](const std::vector<std::string>&) {
        std::unique_lock lock(mutex);
        const int mine = ++asked;
        changed.wait(lock, [&] { return open || mine > 1; });
        return std::vector<ProbeFinding>{mine == 1 ? foundLlama() : foundOllama()};
    };
    auto panel = shown(lab.services); // looks by itself
    click(find<QAbstractButton>(*panel, q("Look again")));
    QVERIFY(says(*panel, q("Looking")));
    {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
    QTRY_VERIFY(!panel->plan().targets.empty());
    openFold(*panel, q("Add a target")); // it closed when a target was there
    QVERIFY(says(*panel, q("Ollama at")));
    QVERIFY(!says(*panel, q("llama-server at")));
    QCOMPARE(asked, 2);
    QCOMPARE(panel->plan().targets.size(), std::size_t(1));
    QCOMPARE(panel->plan().targets[0].kind, TargetKind::Ollama);
}

void tst_plan_targets::handMadeMovedAndRemoved() {
    PlanLab lab;
    auto panel = looked(lab);
    click(find<QAbstractButton>(*panel, q("Enter by hand")));
    click(find<QAbstractButton>(*panel, q("Enter by hand")));
    QCOMPARE(ids(*panel), (std::vector<std::string>{"openai", "openai-2"}));
    QVERIFY(!panel->runnable()); // no model yet
    type(find<QComboBox>(*panel, q("Model"), 0), q("first"));
    type(find<QComboBox>(*panel, q("Model"), 1), q("second"));
    QVERIFY(panel->runnable());
    click(find<QAbstractButton>(*panel, q("Move openai-2 up")));
    QCOMPARE(ids(*panel), (std::vector<std::string>{"openai-2", "openai"}));
    QCOMPARE(panel->plan().targets[0].model, std::string("second"));
    QVERIFY(!find<QAbstractButton>(*panel, q("Move openai-2 up"))->isEnabled());
    openFold(*panel, q("Details"), 0);
    openFold(*panel, q("Details"), 1);
    auto* id = find<QLineEdit>(*panel, q("Name"), 1);
    type(id, q("openai"));
    QVERIFY(allMarks(*panel).join(QLatin1Char('|')).contains(q("used twice")));
    click(find<QAbstractButton>(*panel, q("Remove openai"), 1));
    QCOMPARE(panel->plan().targets.size(), std::size_t(1));
    QVERIFY(panel->runnable());
    click(find<QAbstractButton>(*panel, q("Remove openai")));
    QVERIFY(panel->plan().targets.empty());
    QVERIFY(allMarks(*panel).join(QLatin1Char('|')).contains(q("name at least one runtime")));
}

void tst_plan_targets::addressAndCommandAndBack() {
    PlanLab lab;
    auto panel = looked(lab);
    const Plan plan = presetPlan("quick", {plainTarget()}).take();
    panel->setPlan(plan);
    openFold(*panel, q("Details"));
    auto* way = find<QComboBox>(*panel, q("The server"));
    QVERIFY(choose(way, q("is started for the sweep")));
    QVERIFY(panel->plan().targets[0].managed.has_value());
    QVERIFY(panel->plan().targets[0].url.empty());
    QVERIFY(find<QLineEdit>(*panel, q("Address")) == nullptr);
    type(find<QLineEdit>(*panel, q("Model file")), q("/m/x.gguf"));
    type(find<QLineEdit>(*panel, q("Arguments")), q("-np 1 --alias \"a b\""));
    QVERIFY2(panel->runnable(), qPrintable(allMarks(*panel).join(QLatin1Char('|'))));
    QCOMPARE(panel->plan().targets[0].managed->args, (std::vector<std::string>{"-np", "1", "--alias", "a b"}));
    type(find<QLineEdit>(*panel, q("Arguments")), q("--port 1"));
    QVERIFY(wordsBeside(*panel, find<QLineEdit>(*panel, q("Arguments"))).contains(q("ours to choose")));
    QVERIFY(choose(way, q("runs already, at an address")));
    QCOMPARE(panel->plan(), plan);
    QVERIFY(choose(way, q("is started for the sweep"))); // nothing that was typed is gone
    QCOMPARE(panel->plan().targets[0].managed->model_file, std::string("/m/x.gguf"));
}

void tst_plan_targets::aKeyNeverGetsIntoThePlan() {
    PlanLab lab;
    auto panel = looked(lab);
    panel->setPlan(presetPlan("quick", {plainTarget()}).take());
    openFold(*panel, q("Details"));
    auto* key = find<QLineEdit>(*panel, q("Key variable"));
    type(key, q("sk-Abc123"));
    QVERIFY(!panel->runnable());
    QVERIFY(wordsBeside(*panel, key).contains(q("name of an environment variable")));
    QVERIFY(!wordsBeside(*panel, key).contains(q("Abc123")));
    QVERIFY(writePlan(panel->plan()).find("Abc123") == std::string::npos);
    type(key, q("LOOPTAX_NO_SUCH_VARIABLE"));
    QVERIFY(panel->runnable()); // a warning: it may be set where the plan will run
    QVERIFY(wordsBeside(*panel, key).contains(q("is not set")));
    type(key, q("PATH"));
    QCOMPARE(wordsBeside(*panel, key), QString());
    QCOMPARE(panel->plan().targets[0].api_key_env, std::optional<std::string>("PATH"));
    type(key, {});
    QVERIFY(!panel->plan().targets[0].api_key_env);
}

void tst_plan_targets::theEmbeddedRuntimeIsFetched() {
    PlanLab lab;
    const std::string here = lab.folder.file("here");
    const std::string go = lab.folder.file("go");
    lab.installer("echo 'making a place'\nprintf ' 10%%\\r 55%% of model\\r' >&2\nwhile [ ! -e " + go +
                  " ]; do sleep 0.02; done\ntouch " + here + "\n");
    lab.services.embedded.installed = [&] { return lab.files.exists(here); };
    auto panel = looked(lab);
    auto& row = *panel->findChild<EmbeddedRow*>();
    QSignalSpy runnable(panel.get(), &PlanPanel::runnableChanged);
    panel->setPlan(presetPlan("quick", {plainTarget()}).take());
    QVERIFY(panel->runnable());
    openFold(*panel, q("Add a target")); // closed: there is one
    click(find<QAbstractButton>(*panel, q("Fetch and use embedded llama.cpp")));
    QVERIFY(panel->installing());
    QTRY_VERIFY(says(row, q("55% of model")));
    QVERIFY(!panel->runnable()); // it would disturb what is measured
    QVERIFY(panel->blocked().contains(q("being fetched")));
    spit(go, "");
    QTRY_COMPARE(ids(*panel), (std::vector<std::string>{"llamacpp", "embedded"}));
    QCOMPARE(panel->plan().targets[1], lab.services.embedded.target);
    QVERIFY(!panel->installing());
    QVERIFY(panel->runnable());
    QVERIFY(!find<QAbstractButton>(row, q("Embedded llama.cpp is in the plan"))->isEnabled());
    click(find<QAbstractButton>(*panel, q("Remove embedded")));
    click(find<QAbstractButton>(row, q("Use embedded llama.cpp"))); // now it is here
    QCOMPARE(ids(*panel), (std::vector<std::string>{"llamacpp", "embedded"}));
}

void tst_plan_targets::whyFetchingFailedAndAgain() {
    PlanLab lab;
    lab.installer("echo 'getting the model'\necho 'no space left on device' >&2\nexit 3\n");
    auto panel = looked(lab);
    auto& row = *panel->findChild<EmbeddedRow*>();
    click(find<QAbstractButton>(*panel, q("Fetch and use embedded llama.cpp")));
    QTRY_VERIFY(says(row, q("no space left on device")));
    QVERIFY(says(row, q("status 3")));
    QVERIFY(panel->plan().targets.empty());
    lab.installer("exit 0\n");
    panel = looked(lab); // another path of the script
    auto& second = *panel->findChild<EmbeddedRow*>();
    click(find<QAbstractButton>(*panel, q("Fetch and use embedded llama.cpp")));
    QTRY_VERIFY(says(second, q("not where it should be")));
    lab.installed = true;
    click(find<QAbstractButton>(second, q("Try again: fetch embedded llama.cpp")));
    QCOMPARE(ids(*panel), std::vector<std::string>{"embedded"});
}

void tst_plan_targets::fetchingIsCancelledWithItsChildren() {
    PlanLab lab;
    const std::string pid = lab.folder.file("pid");
    // The script waits for a child that does the work, as get-runtime.sh does for pip.
    lab.installer("sleep 600 &\necho $! > " + pid + ".part; mv " + pid + ".part " + pid + "\necho working\nwait\n");
    auto panel = looked(lab);
    auto& row = *panel->findChild<EmbeddedRow*>();
    click(find<QAbstractButton>(*panel, q("Fetch and use embedded llama.cpp")));
    QTRY_VERIFY(says(row, q("working")));
    const auto child = pid_t(std::stol(slurp(pid)));
    QCOMPARE(::kill(child, 0), 0);
    click(find<QAbstractButton>(*panel, q("Cancel fetching the embedded runtime")));
    QTRY_VERIFY(!panel->installing());
    QVERIFY(says(row, q("Stopped.")));
    QVERIFY(panel->plan().targets.empty());
    // Gone, or a zombie that init has not collected yet.
    const std::string stat = "/proc/" + std::to_string(child) + "/stat";
    QTRY_VERIFY(slurp(stat).empty() || slurp(stat).find(") Z ") != std::string::npos);
    // And when the panel goes in the middle of it.
    click(find<QAbstractButton>(*panel, q("Fetch and use embedded llama.cpp")));
    QTRY_VERIFY(says(row, q("working")));
    const std::string second = "/proc/" + std::to_string(std::stol(slurp(pid))) + "/stat";
    panel.reset();
    QTRY_VERIFY(slurp(second).empty() || slurp(second).find(") Z ") != std::string::npos);
}

void tst_plan_targets::noProgramToFetchWith() {
    PlanLab lab;
    lab.services.embedded.program = q("/no/such/program");
    auto panel = looked(lab);
    auto& row = *panel->findChild<EmbeddedRow*>();
    click(find<QAbstractButton>(*panel, q("Fetch and use embedded llama.cpp")));
    QTRY_VERIFY(says(row, q("/no/such/program could not be started")));
    lab.services.embedded.program.clear();
    click(find<QAbstractButton>(row, q("Try again: fetch embedded llama.cpp")));
    QTRY_VERIFY(says(row, q("carries no program")));
    QVERIFY(!panel->installing());
}

void tst_plan_targets::doubtsOfTheChosenTargets() {
    PlanLab lab;
    auto panel = looked(lab);
    panel->offer({foundOllama(), foundLlama()});
    auto& strip = *panel->findChild<DoubtStrip*>();
    QVERIFY(!strip.isVisibleTo(panel.get())); // nothing is chosen
    click(find<QAbstractButton>(*panel, q("Add llama-server at 127.0.0.1:8080")));
    QCOMPARE(strip.open(), 2);
    for (const char* words : {"llamacpp: 4 slots.", "another run warmed", "To do: Start the server with -np 1.",
                              "To do: Start the server with --cache-ram 0."})
        QVERIFY2(says(strip, q(words)), words);
    click(find<QAbstractButton>(strip, q("Put aside: 4 slots.")));
    QCOMPARE(strip.open(), 1);
    QCOMPARE(strip.aside(), 1);
    QVERIFY(!says(strip, q("4 slots.")));
    QVERIFY(says(strip, q("2 doubts about these targets, 1 put aside")));
    click(find<QAbstractButton>(*panel, q("Add Ollama at 127.0.0.1:11434")));
    QCOMPARE(strip.open(), 2);
    QCOMPARE(strip.aside(), 1); // stays aside
    click(find<QAbstractButton>(strip, q("Show the doubts that were put aside")));
    QCOMPARE(strip.open(), 3);
    QVERIFY(panel->runnable()); // doubts keep nobody from starting
    click(find<QAbstractButton>(*panel, q("Remove llamacpp")));
    QCOMPARE(strip.open(), 1);
}

void tst_plan_targets::theMemoryOfTheChosenModelIsADoubt() {
    PlanLab lab;
    auto panel = looked(lab);
    ProbeFinding ollama = foundOllama();
    const std::string model = "gemma3:4b"; // the first that can chat
    ollama.memories["another"] = {ModelMemory::Kind::Hybrid, 0};
    panel->offer({ollama});
    click(find<QAbstractButton>(*panel, q("Add Ollama at 127.0.0.1:11434")));
    auto& strip = *panel->findChild<DoubtStrip*>();
    const int before = strip.open();
    QVERIFY(!says(strip, q("hybrid"))); // of a model nobody chose
    ollama.memories[model] = {ModelMemory::Kind::SlidingWindow, 512};
    panel->offer({ollama});
    QCOMPARE(strip.open(), before + 1);
    QVERIFY(says(strip, q("Sliding-window attention of 512 tokens.")));
    QVERIFY(says(strip, q("LLAMA_ARG_SWA_FULL=1")));
}

void tst_plan_targets::theMemoryOfAModelFileIsACautionAtItsField() {
    PlanLab lab;
    std::atomic<int> asked{0};
    lab.services.memoryWarnings = [&asked](const Plan& plan) {
        ++asked;
        std::vector<Problem> out;
        for (std::size_t i = 0; i < plan.targets.size(); ++i)
            if (plan.targets[i].managed && plan.targets[i].managed->model_file == "gemma.gguf")
                out.push_back({"$.targets[" + std::to_string(i) + "].managed.model_file", "it forgets", {}, true});
        return out;
    };
    auto panel = looked(lab);
    Plan plan = *presetPlan("quick", {});
    Target target;
    target.id = "a";
    target.managed = ManagedCommand{"llama-server", "gemma.gguf", {}};
    plan.targets = {target};
    const auto said = [&] {
        return std::any_of(panel->problems().begin(), panel->problems().end(),
                           [](const Problem& p) { return p.message == "it forgets"; });
    };
    panel->setPlan(plan);
    QTRY_VERIFY(said());
    QVERIFY(panel->runnable());
    const int before = asked;
    plan.repeats = 9; // nothing that matters to it
    panel->setPlan(plan);
    QVERIFY(said());
    plan.targets[0].managed->model_file = "llama.gguf";
    panel->setPlan(plan);
    QVERIFY(!said());
    QTRY_COMPARE(asked.load(), before + 1);
}

void tst_plan_targets::whoIsBusyIsSaidWithEachLook() {
    PlanLab lab;
    std::atomic<int> looks{0};
    const auto here = std::this_thread::get_id();
    std::atomic<bool> beside{true};
    lab.services.busyNow = [&](const Plan&) {
        beside = beside && std::this_thread::get_id() != here;
        return looks++ == 0 ? std::string("Busy now: cc1plus (pid 4711) 98 % of a core.") : std::string();
    };
    auto panel = looked(lab);
    QTRY_VERIFY(says(*panel, q("cc1plus (pid 4711) 98 %")));
    QVERIFY(beside);
    panel->setEditable(false);
    QVERIFY(!says(*panel, q("cc1plus")));
    panel->setEditable(true);
    panel->lookAgain();
    QTRY_COMPARE(looks.load(), 2);
    QTRY_VERIFY(says(*panel, q("No runtime answers")));
    QVERIFY(!says(*panel, q("cc1plus")));
}

// From the runtimes' own mouths: a doubt whose sentence loses a part there has no mend here.
void tst_plan_targets::everyDoubtOfTheRuntimesHasItsMend() {
    SystemClock clock;
    std::vector<std::string> doubts{doubt::busy(), doubt::contextUnknown()};
    for (const TargetKind kind : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi}) {
        for (const std::string& memory :
             {doubt::slidingWindow(512, kind), doubt::recurrent(true, kind), doubt::recurrent(false, kind)})
            doubts.push_back(memory);
        SimOptions options;
        options.dialect = kind;
        options.slots = 4;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        const CancelFlag cancel{false};
        const auto facts = makeRuntimeClient(kind, server.url(), {}, Deadlines{}, clock)->facts(server.model(), cancel);
        QVERIFY2(facts.ok(), facts ? "" : facts.error().text().c_str());
        doubts.insert(doubts.end(), facts->doubts.begin(), facts->doubts.end());
        for (const ProbeFinding& finding : probe({server.url()}, clock))
            doubts.insert(doubts.end(), finding.facts.doubts.begin(), finding.facts.doubts.end());
    }
    QVERIFY(doubts.size() >= 5);
    for (const std::string& one : doubts) {
        const DoubtWords words = doubtWords(one);
        QVERIFY2(words.whole && !words.what.isEmpty() && !words.why.isEmpty() && !words.mend.isEmpty(), one.c_str());
    }
    const DoubtWords other = doubtWords("its clock runs backwards");
    QCOMPARE(other.what, q("Its clock runs backwards."));
    QVERIFY(!other.whole && !other.why.isEmpty() && !other.mend.isEmpty());
    QCOMPARE(doubtWords("a: b").mend, other.mend);
    QCOMPARE(doubtWords("a; c").mend, q("C."));
}

LOOPTAX_TEST(tst_plan_targets)
#include "tst_plan_targets.moc"
