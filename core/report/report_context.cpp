#include "analysis/analysis_inputs.h"
#include "base/text.h"
#include "domain/simulated.h"
#include "report/report_sections.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace looptax {

using namespace doc;

namespace {

// The first that any of the session's lines says of the target: what stood there when its first turn was
// measured.
const Json* factsOf(const ReportInputs& in, const std::string& id) {
    for (const auto& line : in.sessions) {
        if (!line) continue;
        const auto targets = line->find("targets");
        if (targets == line->end() || !targets->is_array()) continue;
        for (const Json& facts : *targets)
            if (textMember(facts, "id") == id) return &facts;
    }
    return nullptr;
}

void keepOnce(std::vector<std::string>& list, const std::string& text) {
    if (!text.empty() && std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

int blocks(const TurnSummary& summary) {
    const auto& metric = summary.metric("context_tokens_estimate");
    return metric ? metric->n : 0;
}

std::vector<LoopSlopes> slopesOf(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> all;
    all.reserve(turns.size());
    for (const TurnRecord& turn : turns) all.push_back(&turn);
    return loopSlopes(runSlopes(all));
}

PassKey curveKey(PassKey key) {
    key.turn = 0;
    return key;
}

} // namespace

AnalysisInputs analysisInputs(const ReportInputs& report) {
    AnalysisInputs in;
    in.plan = report.plan;
    in.amendments = report.amendments;
    in.schedule = report.schedule;
    in.runs = &report.runs;
    in.turns = &report.turns;
    in.targets = analysedTargets(report.plan, report.sessions);
    in.instrument = report.instrument;
    in.collecting = report.collecting;
    return in;
}

ReportInputs reportInputs(const RecordStore& records) {
    ReportInputs in;
    in.plan = records.plan();
    in.plan_text = records.planText();
    in.plan_sha256 = records.planHash();
    in.schedule = records.schedule();
    in.runs = records.runs();
    in.turns = records.turns();
    in.sessions = records.sessionLines();
    in.notes = records.notes();
    in.amendments = records.amendments();
    in.warnings = records.warnings();
    in.turn_warnings = records.turnWarnings();
    in.sent = records.sent();
    in.collecting = !records.ended();
    return in;
}

std::vector<ReportTarget> reportTargets(const ReportInputs& in) {
    std::vector<ReportTarget> out;
    const auto add = [&](const std::string& id) -> ReportTarget& {
        const auto at = std::find_if(out.begin(), out.end(), [&](const ReportTarget& t) { return t.id == id; });
        if (at != out.end()) return *at;
        ReportTarget& target = out.emplace_back();
        target.id = id;
        return target;
    };
    if (in.plan)
        for (const Target& planned : in.plan->targets) {
            ReportTarget& target = add(planned.id);
            target.kind = name(planned.kind);
            target.model = planned.model;
        }
    for (const TurnRecord& turn : in.turns) {
        ReportTarget& target = add(turn.target);
        if (target.model.empty()) target.model = turn.model;
        target.simulated = target.simulated || namedSimulated(turn.model);
        keepOnce(target.reply_models, turn.reply_model);
        keepOnce(target.reply_fingerprints, turn.reply_fingerprint);
    }
    for (const SentFields& sent : in.sent)
        if (sent.body) add(sent.target).sent.push_back(sent.body);
    for (const auto& line : in.sessions)
        if (line && line->contains("targets") && (*line)["targets"].is_array())
            for (const Json& facts : (*line)["targets"])
                for (ReportTarget& target : out)
                    if (target.id == textMember(facts, "id")) keepOnce(target.builds, textMember(facts, "version"));
    for (ReportTarget& target : out) {
        target.simulated = target.simulated || namedSimulated(target.model);
        target.facts = factsOf(in, target.id);
        if (target.facts != nullptr) {
            target.version = textMember(*target.facts, "version");
            if (const std::string model = textMember(*target.facts, "model"); !model.empty()) target.model = model;
        }
        target.model = withoutFolder(target.model);
        target.simulated = simulatedFact(in.sessions, target.id)
                               .value_or(target.simulated || namedSimulated(target.version) || namedSimulated(target.model));
    }
    return out;
}

std::string samplingText(const Sampling& s) {
    const auto of = [](const char* name, const std::optional<double>& value) {
        return value ? std::string(name) + " " + numberText(*value) : "no " + std::string(name);
    };
    return joined({of("temperature", s.temperature), of("top_p", s.top_p),
                   s.top_k ? "top_k " + std::to_string(*s.top_k) : "no top_k", of("min_p", s.min_p),
                   of("repeat_penalty", s.repeat_penalty)},
                  ", ");
}

std::string sentText(const ReportTarget& target, const Plan& plan) {
    if (target.sent.empty()) return {};
    const SentSettings settings = sentSettings(*target.sent.back(), plan);
    return joined(settings.sent, ", ") +
           (settings.not_sent.empty() ? std::string() : "; in the plan and not sent: " + joined(settings.not_sent, ", "));
}

ReportContext::ReportContext(const ReportInputs& inputs)
    : in(inputs)
    , summary(summarize(inputs.turns))
    , cache_modes(cacheModes(inputs.turns))
    , estimates(estimateCached(inputs.turns))
    , detail(summaryDetail(inputs.turns))
    , slopes(slopesOf(inputs.turns))
    , targets(reportTargets(inputs)) {
    m_analysis = inputs.analysis;
    if (!m_analysis && inputs.plan) m_analysis = analyse(analysisInputs(inputs));
    std::map<PassKey, ReportCurve> byKey;
    for (const TurnSummary& s : summary.turns) byKey[curveKey(s.key)].turns.push_back(&s);
    for (const PassSummary& s : summary.passes) byKey[curveKey(s.key)].passes.push_back(&s);
    for (auto& [key, curve] : byKey) {
        curve.key = key;
        curves.push_back(std::move(curve));
    }
}

bool ReportContext::simulated(const std::string& target) const {
    return std::any_of(targets.begin(), targets.end(), [&](const ReportTarget& t) { return t.id == target && t.simulated; });
}

bool ReportContext::anySimulated() const {
    return std::any_of(targets.begin(), targets.end(), [](const ReportTarget& t) { return t.simulated; });
}

bool ReportContext::allSimulated() const {
    return anySimulated() && std::all_of(targets.begin(), targets.end(), [](const ReportTarget& t) { return t.simulated; });
}

const TurnSummary* ReportContext::commonest(const ReportCurve& curve, int turn) const {
    const TurnSummary* best = nullptr;
    for (const TurnSummary* s : curve.turns)
        if (s->key.turn == turn && (best == nullptr || blocks(*s) > blocks(*best))) best = s;
    return best;
}

const ReportCurve* ReportContext::curve(const PassKey& key) const {
    const auto at =
        std::find_if(curves.begin(), curves.end(), [wanted = curveKey(key)](const ReportCurve& c) { return c.key == wanted; });
    return at == curves.end() ? nullptr : &*at;
}

const MetricDetail* ReportContext::metric(const TurnSummary* row, std::string_view name) const {
    if (row == nullptr) return nullptr;
    const auto at = std::size_t(row - summary.turns.data());
    if (at >= detail.turns.size()) return nullptr;
    const auto& found = detail.turns[at].metric(name);
    return found ? &*found : nullptr;
}

const PassDetail* ReportContext::passes(const PassSummary* row) const {
    if (row == nullptr) return nullptr;
    const auto at = std::size_t(row - summary.passes.data());
    return at < detail.passes.size() ? &detail.passes[at] : nullptr;
}

const Analysis* ReportContext::analysis() const { return m_analysis ? &*m_analysis : nullptr; }

int ReportContext::mostBlocks() const {
    int most = 0;
    for (const TurnSummary& s : summary.turns)
        if (const auto& ttft = s.metric("ttft_ms")) most = std::max(most, ttft->n);
    return most;
}

std::optional<Plan> ReportContext::planInForce() const {
    if (!in.plan) return std::nullopt;
    return looptax::planInForce(*in.plan, in.amendments);
}

std::string ReportContext::designText(const std::string& design) const {
    const auto at = in.design_names.find(design);
    return at == in.design_names.end() ? design : design + " " + at->second;
}

std::string ReportContext::caption(const PassKey& key) const {
    std::string out = simulated(key.target) ? "SIMULATED: design " : "Design ";
    out += designText(key.design);
    if (key.cap) out += ", cap " + std::to_string(*key.cap);
    if (key.padding) out += ", padding " + std::to_string(*key.padding);
    return out + " · " + key.target + " · " + std::string(name(key.cache_mode));
}

std::string cellText(const ReportContext& context, const CellKey& key) {
    std::string out = key.design;
    if (key.cap) out += ", cap " + std::to_string(*key.cap);
    if (key.padding) out += ", padding " + std::to_string(*key.padding);
    return out + " · " + key.target + (context.simulated(key.target) ? " (SIMULATED)" : "");
}

} // namespace looptax
