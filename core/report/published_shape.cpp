#include "report/published_shape.h"

#include "base/text.h"
#include "report/report_numbers.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace looptax {

using namespace doc;

namespace {

constexpr std::size_t kLeastRows = 3; // a line through two points says nothing of a shape

struct Curve {
    std::vector<double> context, ttft;
    std::vector<double> level; // ours over theirs
};
// Ours apart by what the cache held: a cold first turn and warm later ones lie on no one line.
struct Points {
    Curve post;
    std::map<std::string, Curve> ours; // by stratum, at the post's rows
};

Points pointsOf(const ReportContext& context, const PublishedTable& table, const std::string& target, CacheMode mode) {
    Points out;
    for (const PublishedTurn& row : table.rows) {
        if (!row.ttft_ms || !row.context_tokens_estimate) continue;
        out.post.context.push_back(*row.context_tokens_estimate);
        out.post.ttft.push_back(*row.ttft_ms);
        const ReportCurve* curve = context.curve({target, table.design, table.cap, row.padding, mode, row.turn});
        const TurnSummary* s = curve != nullptr ? context.commonest(*curve, row.turn) : nullptr;
        if (s == nullptr) continue;
        const auto &ttft = s->metric("ttft_ms"), &ctx = s->metric("context_tokens_estimate");
        if (!ttft || !ctx || ttft->median <= 0 || ctx->median <= 0 || *row.ttft_ms <= 0) continue;
        Curve& ours = out.ours[s->stratum];
        ours.context.push_back(ctx->median);
        ours.ttft.push_back(ttft->median);
        ours.level.push_back(ttft->median / *row.ttft_ms);
    }
    return out;
}

SlopeFit shapeOf(const Curve& curve) {
    return curve.ttft.size() < kLeastRows ? SlopeFit{} : elasticity(curve.context, curve.ttft);
}

std::string shapeText(const SlopeFit& fit) { return fit.slope ? fixedText(*fit.slope, 2) : std::string(); }

std::string shapeRange(const SlopeFit& fit) {
    if (!fit.interval) return {};
    return fixedText(fit.interval->low, 2) + " to " + fixedText(fit.interval->high, 2) + " (" +
           fixedText(100 * fit.interval->coverage, 1) + " %)";
}

std::string levelText(const PublishedShape& shape) {
    if (!shape.level) return {};
    const auto [low, high] = *shape.level;
    return rounded(low) == rounded(high) ? rounded(low) : rounded(low) + " to " + rounded(high);
}

} // namespace

std::vector<PublishedShape> publishedShapes(const ReportContext& context) {
    std::vector<PublishedShape> out;
    for (const PublishedTable& published : context.in.published.tables) {
        std::vector<PublishedShape> ours;
        Curve post;
        for (const ReportTarget& target : context.targets)
            for (const CacheMode mode : {CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold}) {
                Points points = pointsOf(context, published, target.id, mode);
                for (const auto& [stratum, curve] : points.ours) {
                    const auto [low, high] = std::minmax_element(curve.level.begin(), curve.level.end());
                    ours.push_back({published.design, published.cap, target.id, mode, stratum, int(curve.ttft.size()),
                                    shapeOf(curve), std::pair(*low, *high)});
                }
                post = std::move(points.post);
            }
        if (ours.empty()) continue;
        out.push_back({published.design, published.cap, {}, {}, {}, int(post.ttft.size()), shapeOf(post), {}});
        out.insert(out.end(), ours.begin(), ours.end());
    }
    return out;
}

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
    for (const PublishedShape& shape : publishedShapes(context)) {
        std::string design, by = "the post";
        if (shape.target.empty()) {
            design = context.designText(shape.design);
            if (shape.cap) design += ", cap " + std::to_string(*shape.cap);
        } else {
            by = (session.empty() ? "" : session + ", ") + shape.target +
                 (context.simulated(shape.target) ? " (SIMULATED)" : "") + ", " + std::string(name(*shape.cache_mode));
        }
        table.rows.push_back({design, by, std::to_string(shape.rows), shape.target.empty() ? "not stated" : shape.stratum,
                              shapeText(shape.elasticity), shapeRange(shape.elasticity), levelText(shape)});
    }
    if (table.rows.empty()) return false;
    document.add(std::move(table));
    return true;
}

Paragraph publishedShapeNote() {
    return {plain("Elasticity: the slope of ln TTFT on ln context tokens (Theil-Sen), of three rows or more that were found in "
                  "the same state of the cache. About 1: the time is proportional to the whole context, everything is read "
                  "again. About 0: flat. It does not depend on how fast a machine is, so it may be read across. The level, "
                  "here / there, does: another processor, model, quantisation and server build are in it, and no interval can "
                  "be given, because the post printed one value a turn. For that reason, and because it states no cache mode, "
                  "its values are never averaged with ours.")};
}

} // namespace looptax
