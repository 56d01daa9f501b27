// The engine's world without sockets: a runtime that answers rightly unless told otherwise, on a clock that moves only
// when somebody waits. The real clients have tests of their own.
#pragma once

#include "engine/sweep.h"
#include "loop/loop_design.h"
#include "loop/right_reply.h"
#include "record/record_store.h"
#include "replay/verify.h"
#include "resources/resources.h"
#include "store/load_session.h"
#include "store/session.h"
#include "support/fake_clock.h"

#include <QTemporaryDir>
#include <QTest>

#include <deque>
#include <functional>

namespace looptax {

struct FakeRuntime {
    FakeClock& clock;
    std::vector<ChatRequest> requests; // warm-ups too
    // Looked at before each chat; an empty optional means: answer rightly.
    std::function<std::optional<ChatEnd>(const ChatRequest&, int index)> misbehave;
    std::function<std::string(const ChatRequest&, std::string right)> spoil; // changes the right reply
    bool reachable = true;
    std::int64_t context = 16'384;
    bool canSwitchCache = true;
    bool router = false;  // knows "one" and "two"
    int loading = 0;      // asked for facts this often, it is still loading its model
    std::size_t held = 0; // characters of the last prompt and reply: a cache of one slot
    // Changes what it says of its tokens and times; by the number of the request, from 0.
    std::function<void(RuntimeCounts&, int index)> recount = {};
    ModelMemory memory = {};
    // What it says when it is set back, or why that failed; by default there was nothing to undo.
    Result<std::string> givenBack = std::string();
    int askedToGiveBack = 0;
    int requestsBefore = 0;                             // when it was asked last
    std::function<void(ChatEnd&, int index)> sign = {}; // who answers and what was sent, of a reply that ends well
    std::function<void(TargetFacts&)> present = {};     // what it says of itself
    std::function<bool(int index)> connectsAnew = {};   // before that request
    std::function<Result<std::int64_t>(const ChatRequest&)> countPrompt = {}; // without answering it; unset: it cannot

    ChatEnd chat(const ChatRequest& request, StreamListener& listener) {
        const int index = int(requests.size());
        requests.push_back(request);
        clock.advance(10'000);
        const std::int64_t sent = clock.monotonicNs();
        listener.onSent(sent, connectsAnew && connectsAnew(index) ? std::optional(0.1) : std::nullopt);
        if (misbehave) {
            if (auto end = misbehave(request, index)) {
                end->end_ns = clock.monotonicNs();
                return *end;
            }
        }
        std::size_t chars = 0;
        for (const Message& message : request.messages) chars += message.content.size();
        std::string reply = rightReply(request.messages);
        if (spoil) reply = spoil(request, std::move(reply));
        ChatEnd end;
        end.outcome = Outcome::Ok;
        end.http_status = 200;
        end.counts.prompt_tokens = std::int64_t(chars / 4);
        const bool reuse = request.cache_prompt.value_or(false);
        end.counts.cached_tokens = reuse ? std::int64_t(std::min(held, chars) / 4) : 0;
        end.counts.processed_tokens = *end.counts.prompt_tokens - *end.counts.cached_tokens;
        end.counts.prompt_ms = 5.0;
        end.counts.predicted_tokens = 11;
        end.counts.predicted_ms = 100.0;
        end.counts.finish_reason = "stop";
        if (recount) recount(end.counts, index);
        if (sign) sign(end, index);
        clock.advance(5'000'000);
        listener.onHeaders(clock.monotonicNs());
        listener.onRead({clock.monotonicNs(), {}});
        listener.onEvent(clock.monotonicNs());
        // A token each 10 ms: 100 tokens a second.
        const std::size_t pieces = std::min<std::size_t>(11, std::max<std::size_t>(1, reply.size()));
        for (std::size_t i = 0; i < pieces; ++i) {
            if (i > 0) {
                clock.advance(10'000'000);
                listener.onRead({clock.monotonicNs(), {}});
            }
            listener.onDelta(DeltaKind::Content, clock.monotonicNs(), reply.substr(i, i + 1 < pieces ? 1 : std::string::npos));
        }
        clock.advance(1'000'000);
        end.end_ns = clock.monotonicNs();
        held = chars + reply.size();
        return end;
    }
};

class FakeClient final : public RuntimeClient {
public:
    explicit FakeClient(FakeRuntime& runtime) : m_runtime(runtime) {}
    Result<TargetFacts> facts(const std::string& model, const CancelFlag&) override {
        if (!m_runtime.reachable) return Error{ErrorKind::Unreachable, "nothing answers", "127.0.0.1:1", "start it", 0};
        if (m_runtime.loading-- > 0)
            return Error{ErrorKind::Protocol, "/props answered HTTP 503: Loading model", "127.0.0.1:1", {}, 503};
        TargetFacts facts;
        facts.router = m_runtime.router;
        if (m_runtime.router) facts.models = {"one", "two"};
        facts.model = model.empty() && !m_runtime.router ? "fake" : model;
        facts.context_tokens = m_runtime.context;
        facts.can_switch_cache = m_runtime.canSwitchCache;
        facts.memory = m_runtime.memory;
        if (m_runtime.present) m_runtime.present(facts);
        return facts;
    }
    ChatEnd chat(const ChatRequest& request, StreamListener& listener, const CancelFlag&) override {
        return m_runtime.chat(request, listener);
    }
    void dropConnection() override {}
    Result<std::int64_t> countPrompt(const ChatRequest& request, const CancelFlag& cancel) override {
        return m_runtime.countPrompt ? m_runtime.countPrompt(request) : RuntimeClient::countPrompt(request, cancel);
    }
    Result<std::string> giveBack(std::int64_t, const CancelFlag& cancel) override {
        if (cancel) return Error{ErrorKind::Cancelled, "cancelled", {}, {}, 0};
        ++m_runtime.askedToGiveBack;
        m_runtime.requestsBefore = int(m_runtime.requests.size());
        return m_runtime.givenBack;
    }

private:
    FakeRuntime& m_runtime;
};

struct FakeServer final : RunningServer {
    explicit FakeServer(bool& aliveFlag) : m_alive(aliveFlag) { m_alive = true; }
    std::string url() const override { return "http://127.0.0.1:1"; }
    bool alive() override { return m_alive; }
    std::string lastWords() override { return "out of memory"; }
    bool& m_alive;
};

struct CollectingListener : SweepListener {
    std::string folder;
    std::vector<JournalLine> lines;
    std::vector<SweepProgress> progresses;
    std::function<void(const JournalLine&)> hook;
    void onSession(const std::string& path) override { folder = path; }
    void onLine(const JournalLine& line) override {
        lines.push_back(line);
        if (hook) hook(line);
    }
    void onProgress(const SweepProgress& progress) override { progresses.push_back(progress); }
    int count(std::string_view type) const {
        return int(std::count_if(lines.begin(), lines.end(), [&](const JournalLine& l) { return l.type == type; }));
    }
};

// One folder, one clock, one runtime; run() makes a sweep of the plan in it.
struct FakeLab {
    QTemporaryDir dir;
    FakeClock clock;
    SystemFileOps files;
    FakeRuntime runtime{clock, {}, {}, {}, true, 16'384, true, 0, 0};
    bool serverAlive = false;
    int serverStarts = 0;
    SweepControl control;
    CollectingListener listener;
    std::shared_ptr<const TaskPack> pack = readTaskPack(resource("task/research-log.json")).take();

    EngineWorld world(FileOps* other = nullptr) {
        return EngineWorld{other != nullptr ? *other : static_cast<FileOps&>(files), clock,
                           [this](TargetKind, const std::string&, const std::string&, const Deadlines&) {
                               return std::make_unique<FakeClient>(runtime);
                           },
                           [this](const ManagedCommand&, int, const std::string&, const std::function<void(const std::string&)>&,
                                  const CancelFlag&) -> Result<std::unique_ptr<RunningServer>> {
                               ++serverStarts;
                               return std::unique_ptr<RunningServer>(std::make_unique<FakeServer>(serverAlive));
                           },
                           [](const std::string&) { return std::string("key"); }};
    }
    std::string out() const { return dir.path().toStdString(); }
    SweepResult run(const Plan& plan, FileOps* other = nullptr) {
        EngineWorld w = world(other);
        return Sweep({plan, out(), std::nullopt, false, {}}, catalogue(), pack, w, control, listener).run();
    }
    SweepResult resume(const std::string& folder, bool retryFailed = false, bool changedRuntime = false) {
        EngineWorld w = world();
        listener.lines.clear();
        SweepRequest request{{}, {}, folder, retryFailed, {}};
        request.changed_runtime = changedRuntime;
        return Sweep(std::move(request), catalogue(), pack, w, control, listener).run();
    }
    bool verified = true; // false: a test breaks its session on purpose

    // What the engine wrote holds against itself, whatever happened in the sweep.
    ~FakeLab() {
        if (!verified || listener.folder.empty() || !files.exists(SessionPaths(listener.folder).journal())) return;
        const auto report = verifySession(files, listener.folder, {});
        if (!report) {
            QTest::qFail(("verify: " + report.error().text()).c_str(), __FILE__, __LINE__);
            return;
        }
        for (const Finding& finding : report->findings)
            if (finding.severity != Severity::Info) QTest::qFail(("verify: " + finding.sentence()).c_str(), __FILE__, __LINE__);
    }
    RecordStore replay(const std::string& folder) { return loadSession(files, folder)->store; }
};

inline Plan smallPlan() {
    Plan plan;
    plan.name = "small";
    Target target;
    target.id = "t";
    target.url = "http://127.0.0.1:1";
    plan.targets = {target};
    plan.cells = {{"A", {3}, {}, {}}, {"C", {4}, {3}, {}}};
    plan.repeats = 2;
    plan.order = Order::Listed;
    return plan;
}

} // namespace looptax
