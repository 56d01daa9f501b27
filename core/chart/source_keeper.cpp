#include "chart/source_keeper.h"

#include "analysis/disturbed.h"
#include "analysis/runs.h"
#include "analysis/summary.h"
#include "analysis/tax_split.h"
#include "base/json_read.h"
#include "base/text.h"
#include "chart/chart_family.h"
#include "domain/simulated.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace looptax {

namespace {

constexpr std::array<std::string_view, 5> kNames{"ttft_ms", "context_tokens_estimate", "prompt_tokens", "cached_tokens",
                                                 "processed_tokens"};
constexpr std::array<std::optional<Spread> SourceTurn::*, 5> kPlaces{&SourceTurn::ttft_ms, &SourceTurn::context_tokens_estimate,
                                                                     &SourceTurn::prompt_tokens, &SourceTurn::cached_tokens,
                                                                     &SourceTurn::processed_tokens};

template <class Range, class Match> std::size_t indexOf(const Range& range, Match&& match) {
    return std::size_t(std::find_if(range.begin(), range.end(), match) - range.begin());
}

void addTargets(ChartSource& source, const RecordStore& store) {
    for (const Target& target : store.plan()->targets) {
        SourceTarget found{target.id, target.kind, target.model, "", false};
        if (store.sessionLine() && store.sessionLine()->contains("targets"))
            for (const Json& facts : (*store.sessionLine())["targets"]) {
                if (textMember(facts, "id") != target.id) continue;
                found.build = textMember(facts, "version");
                if (const std::string model = textMember(facts, "model"); !model.empty()) found.model = model;
            }
        found.model = withoutFolder(found.model);
        found.simulated = simulatedFact(store.sessionLines(), target.id).value_or(namedSimulated(found.build + found.model));
        source.targets.push_back(std::move(found));
    }
}

void addPublished(ChartSource& source, const PublishedStudy& study) {
    source.published_where = study.machine + ", " + study.runtime;
    for (const PublishedTable& table : study.tables)
        for (const PublishedTurn& row : table.rows)
            source.published.push_back({table.design, row.turn, row.padding, row.context_tokens_estimate, row.ttft_ms});
}

bool drawable(const TurnRecord& r) { return countsForTimes(r) && r.stratum != "load"; }

std::optional<double> valueOf(const TurnRecord& r, std::size_t metric) {
    return summaryMetrics()[metricIndex(kNames[metric])].value(r);
}

// What the summaries of these records are made from, by turn.
std::vector<const TurnRecord*> countedByTurn(const std::vector<const TurnRecord*>& records) {
    std::vector<const TurnRecord*> counted;
    for (const RunTurns& run : completeRuns(records))
        std::copy_if(run.turns.begin(), run.turns.end(), std::back_inserter(counted),
                     [](const TurnRecord* turn) { return countsForTimes(*turn); });
    std::stable_sort(counted.begin(), counted.end(), [](const TurnRecord* a, const TurnRecord* b) { return a->turn < b->turn; });
    return counted;
}

std::vector<const TurnRecord*> behind(const std::vector<const TurnRecord*>& counted, const TurnSummary& summary) {
    std::vector<const TurnRecord*> turns;
    auto at = std::lower_bound(counted.begin(), counted.end(), summary.key.turn,
                               [](const TurnRecord* turn, int wanted) { return turn->turn < wanted; });
    for (; at != counted.end() && (*at)->turn == summary.key.turn; ++at)
        if ((*at)->stratum == summary.stratum) turns.push_back(*at);
    return turns;
}

struct Candidate {
    double value = 0;
    std::uint32_t row = 0;
};

void chooseNearest(Spread& spread, const std::vector<Candidate>& candidates) {
    // The middle of two values is rounded: both are equally near all the same.
    const double alike = 1e-12 * std::fabs(spread.median);
    double least = std::numeric_limits<double>::infinity();
    for (const auto& [value, row] : candidates) {
        const double away = std::fabs(value - spread.median);
        const bool tied = spread.row && std::fabs(away - least) <= alike;
        if (tied ? int(row) > *spread.row : away > least) continue;
        least = std::min(least, away);
        spread.row = int(row);
    }
    spread.turns = int(candidates.size());
}

} // namespace

SourceKeeper::SourceKeeper(ChartReference reference, std::string sessionId) : m_reference(reference) {
    m_source.session = std::move(sessionId);
}

void SourceKeeper::readHead(const RecordStore& store) {
    m_headRead = true;
    m_source.plan_name = store.plan()->name;
    m_source.cache_modes = store.plan()->cache_modes;
    if (store.sessionLine() && store.sessionLine()->contains("looptax")) {
        const Json& built = (*store.sessionLine())["looptax"];
        m_source.measured_by = textMember(built, "version") + " (" + textMember(built, "commit") + ")";
    }
    addTargets(m_source, store);
    if (m_reference.published != nullptr) addPublished(m_source, *m_reference.published);
    for (const ScheduledRun& run : store.schedule()) {
        m_source.planned_turns = std::max(m_source.planned_turns, run.n);
        if (std::size_t(run.target) >= m_source.targets.size()) continue;
        if (const auto key =
                keyOf(m_source.targets[std::size_t(run.target)].id, run.design, run.cap, run.padding, run.cache_mode))
            m_kept.try_emplace(*key);
    }
    for (const auto& [key, kept] : m_kept) m_source.curves.push_back(curveOf(key));
}

bool SourceKeeper::catchUp(const RecordStore& store, bool live, std::size_t mostTurns, const TaxSplitSource& taxSplit) {
    m_source.warnings = store.warnings();
    m_source.turns_on_record = store.turns().size();
    m_source.live = live;
    if (!store.plan()) return true;
    if (!m_headRead) readHead(store);

    std::vector<std::size_t> open;
    std::swap(open, m_openRuns);
    for (const std::size_t run : open) takeRun(store, run);
    for (; m_nextRun < store.runs().size(); ++m_nextRun) takeRun(store, m_nextRun);

    std::size_t read = 0;
    while (!m_staleBlocks.empty() && read < mostTurns) {
        const auto [key, block] = *m_staleBlocks.begin();
        read += m_kept[key].slices[block].rows.size();
        summarise(store, key, block);
        m_staleBlocks.erase(m_staleBlocks.begin());
    }
    if (!m_staleBlocks.empty()) return false;
    arrange();
    split(store, taxSplit);
    readRunning(store);
    return true;
}

void SourceKeeper::takeRun(const RecordStore& store, std::size_t index) {
    const RunView& run = store.runs()[index];
    if (!run.outcome) return m_openRuns.push_back(index);
    if (*run.outcome != RunOutcome::Complete || run.turns.empty()) return;
    const TurnRecord& first = store.turns()[run.turns.front()];
    const auto key = keyOf(first);
    if (!key) return;
    auto& rows = m_kept[*key].slices[first.repeat].rows;
    rows.insert(rows.end(), run.turns.begin(), run.turns.end());
    m_staleBlocks.insert({*key, first.repeat});
    m_splitStale = true;
}

void SourceKeeper::split(const RecordStore& store, const TaxSplitSource& taxSplit) {
    const std::size_t turns = store.turns().size();
    const bool due = m_splitStale && (!m_source.live || turns >= m_splitAt + m_splitAt / 20);
    const TaxSplit own = due && !taxSplit ? splitTax(store.turns()) : TaxSplit();
    const TaxSplit* fitted = due && taxSplit ? taxSplit() : &own;
    if (due && fitted != nullptr) {
        const TaxSplit& made = *fitted;
        m_splitStale = made.turns.size() != turns; // some turns behind: good while more come, not at the end
        m_splitAt = turns;
        m_splits.clear();
        for (SourceTarget& target : m_source.targets) {
            const TargetTax* tax = made.target(target.id);
            if (tax == nullptr) continue;
            target.law = lawText(tax->law);
            if (!target.law.empty() && tax->outside_ms)
                target.law += ", of it " + fixedText(*tax->outside_ms, 1) + " ms outside the model (median)";
            target.why_no_law = tax->law.why_not;
        }
        for (const SplitSummary& row : made.rows) {
            const auto key = keyOf(row.key.target, row.key.design, row.key.cap, row.key.padding, row.key.cache_mode);
            const TargetTax* tax = made.target(row.key.target);
            const auto known = [&](TaxPart part) { return row[part].has_value(); };
            // A bar that lacks a part would pass for a shorter time.
            if (!key || tax == nullptr || (tax->outside_ms && !known(TaxPart::Outside)) || !known(TaxPart::Fixed) ||
                !known(TaxPart::NewMessage) || !known(TaxPart::Attention) || !known(TaxPart::Reread))
                continue;
            const auto median = [&](TaxPart part) { return row[part] ? row[part]->median : 0; };
            m_splits[{*key, row.key.turn, row.stratum}] = {median(TaxPart::Outside),    median(TaxPart::Fixed),
                                                           median(TaxPart::NewMessage), median(TaxPart::Attention),
                                                           median(TaxPart::Reread),     row[TaxPart::Reread]->n};
        }
    }
    std::size_t at = 0; // curves stand in the order of their keys
    for (const auto& [key, kept] : m_kept) {
        if (at == m_source.curves.size() || !sameCurve(m_source.curves[at], curveOf(key))) continue;
        for (SourceTurn& turn : m_source.curves[at].turns) {
            const Strata& strata = kept.turns.at(turn.turn);
            const auto found = m_splits.find({key, turn.turn, commonest(strata)->first});
            turn.split = found == m_splits.end() ? std::nullopt : std::optional(found->second);
        }
        ++at;
    }
}

SourceKeeper::Strata::const_iterator SourceKeeper::commonest(const Strata& strata) {
    return std::max_element(strata.begin(), strata.end(),
                            [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
}

void SourceKeeper::summarise(const RecordStore& store, const CurveKey& key, int block) {
    Kept& kept = m_kept[key];
    std::set<int>& stale = m_staleTurns[key];
    for (auto& [turn, strata] : kept.turns)
        for (auto& [stratum, blocks] : strata)
            if (blocks.erase(block) > 0) stale.insert(turn);
    Slice& slice = kept.slices[block];
    slice.several.clear();
    slice.streams = {};
    std::vector<const TurnRecord*> records;
    for (const std::size_t row : slice.rows) records.push_back(&store.turns()[row]);
    const std::vector<const TurnRecord*> counted = countedByTurn(records);
    slice.disturbed.clear();
    for (const TurnRecord* turn : counted) {
        slice.streams.add(*turn);
        if (wasDisturbed(*turn) && turn->ttft_ms)
            slice.disturbed.push_back({turn->turn, turn->stratum, {*turn->ttft_ms, int(turn - store.turns().data())}});
    }
    for (const TurnSummary& summary : summarizeTimes(records)) {
        if (summary.stratum == "load") continue;
        Block found;
        for (std::size_t i = 0; i < kMetrics; ++i)
            if (const auto& metric = summary.metric(kNames[i])) found.medians[i] = metric->median;
        noteTurns(found, slice, store, behind(counted, summary));
        kept.turns[summary.key.turn][summary.stratum][block] = found;
        stale.insert(summary.key.turn);
    }
}

void SourceKeeper::noteTurns(Block& block, Slice& slice, const RecordStore& store, const std::vector<const TurnRecord*>& turns) {
    const auto rowOf = [&](const TurnRecord* turn) { return std::uint32_t(turn - store.turns().data()); };
    block.turns = std::uint32_t(turns.size());
    if (turns.size() == 1) {
        block.first = rowOf(turns.front());
        return;
    }
    block.first = std::uint32_t(slice.several.size());
    for (const TurnRecord* turn : turns) {
        Sibling& sibling = slice.several.emplace_back();
        sibling.row = rowOf(turn);
        for (std::size_t i = 0; i < kMetrics; ++i)
            sibling.values[i] = valueOf(*turn, i).value_or(std::numeric_limits<double>::quiet_NaN());
    }
}

SourceTurn SourceKeeper::turnOf(const Kept& kept, int turn, const Strata& strata) {
    const auto& [common, blocks] = *commonest(strata);
    SourceTurn result;
    result.turn = turn;
    for (const auto& [index, block] : blocks)
        for (const Disturbed& one : kept.slices.at(index).disturbed)
            if (one.turn == turn && one.stratum == common) result.disturbed.push_back(one.drawn);
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < kMetrics; ++i) {
        std::vector<double> medians;
        candidates.clear();
        for (const auto& [index, block] : blocks) {
            if (!block.medians[i]) continue;
            medians.push_back(*block.medians[i]);
            if (block.turns == 1) {
                candidates.push_back({medians.back(), block.first});
                continue;
            }
            const Sibling* sibling = kept.slices.at(index).several.data() + block.first;
            for (const Sibling* end = sibling + block.turns; sibling != end; ++sibling)
                if (!std::isnan(sibling->values[i])) candidates.push_back({sibling->values[i], sibling->row});
        }
        if (medians.empty()) continue;
        const auto [low, high] = std::minmax_element(medians.begin(), medians.end());
        Spread spread{0, *low, *high, int(medians.size())};
        spread.median = medianOf(std::move(medians)).value_or(0);
        chooseNearest(spread, candidates);
        result.*kPlaces[i] = spread;
    }
    const auto used = [](const auto& stratum) { return !stratum.second.empty(); };
    result.mixed = std::count_if(strata.begin(), strata.end(), used) > 1;
    return result;
}

void SourceKeeper::arrange() {
    for (const auto& [key, turns] : m_staleTurns) {
        Kept& kept = m_kept[key];
        // Curves stand in the order of their keys.
        const auto at = std::size_t(std::distance(m_kept.begin(), m_kept.find(key)));
        const SourceCurve blank = curveOf(key);
        if (at == m_source.curves.size() || !sameCurve(m_source.curves[at], blank)) // not in the schedule
            m_source.curves.insert(m_source.curves.begin() + std::ptrdiff_t(at), blank);
        m_source.curves[at].streams = {};
        for (const auto& [block, slice] : kept.slices) m_source.curves[at].streams += slice.streams;
        std::vector<SourceTurn>& drawn = m_source.curves[at].turns;
        for (const int turn : turns) {
            const auto place = std::lower_bound(drawn.begin(), drawn.end(), turn,
                                                [](const SourceTurn& t, int wanted) { return t.turn < wanted; });
            const bool known = place != drawn.end() && place->turn == turn;
            const Strata& strata = kept.turns[turn];
            const bool any =
                std::any_of(strata.begin(), strata.end(), [](const auto& stratum) { return !stratum.second.empty(); });
            if (!any) {
                if (known) drawn.erase(place);
                continue;
            }
            SourceTurn made = turnOf(kept, turn, strata);
            if (known) *place = std::move(made);
            else drawn.insert(place, std::move(made));
        }
    }
    m_staleTurns.clear();
}

std::optional<SourceKeeper::CurveKey> SourceKeeper::keyOf(const std::string& target, const std::string& design,
                                                          std::optional<int> cap, std::optional<int> padding,
                                                          CacheMode mode) const {
    const auto designs = m_reference.designs;
    const std::size_t t = indexOf(m_source.targets, [&](const SourceTarget& one) { return one.id == target; });
    const std::size_t d = indexOf(designs, [&](const DesignFacts& one) { return one.id == design; });
    if (t == m_source.targets.size() || d == designs.size()) return std::nullopt;
    return CurveKey{t, d, cap.value_or(-1), padding.value_or(-1), mode};
}

std::optional<SourceKeeper::CurveKey> SourceKeeper::keyOf(const TurnRecord& r) const {
    return keyOf(r.target, r.design, r.cap, r.padding, r.cache_mode);
}

SourceCurve SourceKeeper::curveOf(const CurveKey& key) const {
    const auto& [target, design, cap, padding, mode] = key;
    SourceCurve curve;
    curve.target = target;
    curve.design = m_reference.designs[design].id;
    curve.design_name = m_reference.designs[design].name;
    if (cap >= 0) curve.cap = cap;
    if (padding >= 0) curve.padding = padding;
    curve.cache_mode = mode;
    return curve;
}

void SourceKeeper::readRunning(const RecordStore& store) {
    m_source.running.reset();
    if (store.runs().empty() || store.runs().back().outcome) return;
    SourceRun run;
    for (const std::size_t row : store.runs().back().turns) {
        const TurnRecord& r = store.turns()[row];
        const auto key = keyOf(r);
        if (!key || !drawable(r)) continue;
        if (run.curve.turns.empty()) run.curve = curveOf(*key);
        run.repeat = r.repeat;
        SourceTurn turn;
        turn.turn = r.turn;
        for (std::size_t i = 0; i < kMetrics; ++i)
            if (const auto value = valueOf(r, i)) turn.*kPlaces[i] = Spread{*value, *value, *value, 1, 1, int(row)};
        if (wasDisturbed(r) && r.ttft_ms) turn.disturbed.push_back({*r.ttft_ms, int(row)});
        run.curve.streams.add(r);
        auto& turns = run.curve.turns;
        if (!turns.empty() && turns.back().turn == r.turn) turns.pop_back(); // sent again
        turns.push_back(std::move(turn));
    }
    if (!run.curve.turns.empty()) m_source.running = std::move(run);
}

} // namespace looptax
