// The published curves beside ours, shape and level apart: another machine and another model change how long
// everything takes, which says nothing; whether the time grows with the context is what can be set side by side.
#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "stats/slope.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace looptax {

using namespace doc;

namespace {

struct Points {
    std::vector<double> context, ttft;       // the post's
    std::vector<double> our_context, our_ttft; // at the same rows; only where both have one
    std::vector<double> level;               // ours over theirs
    std::set<std::string> strata;
};

Points pointsOf(const ReportContext& context, const PublishedTable& table, const std::string& target, CacheMode mode) {
    Points out;
    for (const PublishedTurn& row : table.rows) {
        if (!row.ttft_ms || !row.context_tokens_estimate) continue;
        out.context.push_back(*row.context_tokens_estimate);
        out.ttft.push_back(*row.ttft_ms);
        const ReportCurve* curve = context.curve({target, table.design, table.cap, row.padding, mode, row.turn});
        const TurnSummary* s = curve != nullptr ? context.commonest(*curve, row.turn) : nullptr;
        if (s == nullptr) continue;
        const auto &ttft = s->metric("ttft_ms"), &ctx = s->metric("context_tokens_estimate");
        if (!ttft || !ctx || ttft->median <= 0 || ctx->median <= 0 || *row.ttft_ms <= 0) continue;
        out.our_context.push_back(ctx->median);
        out.our_ttft.push_back(ttft->median);
        out.level.push_back(ttft->median / *row.ttft_ms);
        out.strata.insert(s->stratum);
    }
    return out;
}

std::string shapeText(const SlopeFit& fit) { return fit.slope ? fixedText(*fit.slope, 2) : std::string(); }

std::string shapeRange(const SlopeFit& fit) {
    if (!fit.interval) return {};
    return fixedText(fit.interval->low, 2) + " to " + fixedText(fit.interval->high, 2) + " (" +
           fixedText(100 * fit.interval->coverage, 1) + " %)";
}

std::string levelText(const std::vector<double>& level) {
    const auto [low, high] = std::minmax_element(level.begin(), level.end());
    if (level.empty()) return {};
    return rounded(*low) == rounded(*high) ? rounded(*low) : rounded(*low) + " to " + rounded(*high);
}

} // namespace

bool addPublishedShape(Document& document, const ReportContext& context, const std::string& session) {
    Table table{"Shape and level of TTFT over the context, at the rows that the post printed",
                {{"design", false},
                 {"measured by", false},
                 {"rows", true},
                 {"cache", false},
                 {"elasticity", true},
                 {"interval", false},
                 {"TTFT here / there", true}},
                {}};
    for (const PublishedTable& published : context.in.published.tables) {
        std::vector<std::vector<std::string>> ours;
        Points post;
        for (const ReportTarget& target : context.targets)
            for (const CacheMode mode : {CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold}) {
                Points points = pointsOf(context, published, target.id, mode);
                if (points.our_ttft.empty()) {
                    post = post.ttft.empty() ? std::move(points) : std::move(post);
                    continue;
                }
                const SlopeFit fit = elasticity(points.our_context, points.our_ttft);
                ours.push_back({"", (session.empty() ? "" : session + ", ") + target.id +
                                        (target.simulated ? " (SIMULATED)" : "") + ", " + std::string(name(mode)),
                                std::to_string(points.our_ttft.size()),
                                joined({points.strata.begin(), points.strata.end()}, ", "), shapeText(fit),
                                shapeRange(fit), levelText(points.level)});
                post = std::move(points);
            }
        if (ours.empty()) continue;
        const SlopeFit fit = elasticity(post.context, post.ttft);
        std::string design = context.designText(published.design);
        if (published.cap) design += ", cap " + std::to_string(*published.cap);
        table.rows.push_back({design, "the post", std::to_string(post.ttft.size()), "not stated", shapeText(fit),
                              shapeRange(fit), ""});
        table.rows.insert(table.rows.end(), ours.begin(), ours.end());
    }
    if (table.rows.empty()) return false;
    document.add(std::move(table));
    return true;
}

Paragraph publishedShapeNote() {
    return {plain("Elasticity: the slope of ln TTFT on ln context tokens (Theil-Sen). About 1: the time is proportional "
                  "to the whole context, everything is read again. About 0: flat. It does not depend on how fast a machine "
                  "is, so it may be read across. The level, here / there, does: another processor, model, quantisation and "
                  "server build are in it, and no interval can be given, because the post printed one value a turn. For "
                  "that reason, and because it states no cache mode, its values are never averaged with ours.")};
}

} // namespace looptax
