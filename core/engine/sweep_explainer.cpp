#include "engine/sweep_explainer.h"

#include "engine/runtime_prompt_reader.h"
#include "replay/session_explainer.h"

#include <algorithm>

namespace looptax {

namespace {

// Explaining is for afterwards: a person waits for the end of the sweep, and `looptax explain` makes up for what is left.
constexpr std::int64_t kMostExplainNs = 60'000'000'000;

// Whose template and tokenizer cut the target's prompts: a llama-server's own; for a runtime that shows neither, the first
// llama-server that is still open. Null: nobody's.
TargetSession* readerOf(TargetSession& session, const SweepExplainer::Targets& targets) {
    if (session.target().kind == TargetKind::LlamaServer) return &session;
    const auto found = std::find_if(targets.begin(), targets.end(), [](const auto& other) {
        return other->isOpen() && other->target().kind == TargetKind::LlamaServer;
    });
    return found == targets.end() ? nullptr : found->get();
}

} // namespace

SweepExplainer::SweepExplainer(EngineWorld& world, const Plan& plan, std::shared_ptr<const TaskPack> pack,
                               const CancelFlag& cancel, std::function<void(const std::string&)> progress)
    : m_world(world)
    , m_plan(plan)
    , m_pack(std::move(pack))
    , m_cancel(cancel)
    , m_progress(std::move(progress)) {}

Result<SessionExplanations> SweepExplainer::explained(const std::string& folder, TargetSession& target, TargetSession& reader) {
    m_progress("explaining what was read anew");
    ExplainRequest request;
    request.folder = folder;
    request.pack = m_pack;
    request.most_ns = kMostExplainNs;
    request.progress = m_progress;
    ExplainSource& source = request.sources[target.target().id];
    if (reader.isOpen()) {
        source.reader =
            std::make_shared<RuntimePromptReader>(reader.client(), reader.facts().model, m_plan.reply.thinking, m_cancel);
        if (&reader != &target) source.borrowed = reader.target().id;
    } else {
        source.why = "its server had ended when the sweep was over; looptax explain SESSION asks it again";
    }
    return explainSession(m_world.files, m_world.clock, request, m_cancel);
}

void SweepExplainer::beforeItEnds(const std::string& folder, TargetSession& target) {
    if (target.target().kind != TargetKind::LlamaServer) return;
    if (auto part = explained(folder, target, target)) m_explained.insert_or_assign(target.target().id, part.take());
}

void SweepExplainer::finish(const std::string& folder, const Targets& targets, bool over) {
    if (!over && m_explained.empty()) return;
    const auto known = loadExplanations(m_world.files, folder);
    SessionExplanations all;
    bool any = false;
    for (const auto& target : targets) {
        const std::string& id = target->target().id;
        SessionExplanations part;
        TargetSession* const reader = readerOf(*target, targets);
        if (reader == nullptr) {
            // A managed llama-server has ended by now. To start it once more would be a second model beside this one's.
            if (known) part = ofTarget(*known, id);
            const bool anyReader = std::any_of(targets.begin(), targets.end(),
                                               [](const auto& other) { return other->target().kind == TargetKind::LlamaServer; });
            if (part.empty() && anyReader && over)
                part.absent.push_back("target " + id +
                                      ": only llama-server shows its template and its tokens; looptax explain "
                                      "SESSION asks the plan's one about its prompts");
        } else if (const auto earlier = m_explained.find(id); earlier != m_explained.end()) {
            part = std::move(earlier->second);
            any = true;
        } else if (SessionExplanations kept = known ? ofTarget(*known, id) : SessionExplanations();
                   !target->isOpen() && !kept.empty()) {
            part = std::move(kept); // of a sweep that this one goes on with, which made all runs of the target
        } else if (over) {
            any = any || target->isOpen();
            auto now = explained(folder, *target, *reader);
            if (!now) return;
            part = now.take();
        }
        add(all, std::move(part));
    }
    if (any) (void)writeExplanationsFile(m_world.files, folder, all);
}

} // namespace looptax
