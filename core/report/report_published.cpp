#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <algorithm>

namespace looptax {

using namespace doc;

namespace {

// The published tables' own columns: state bytes and padding where they printed them, and only there.
struct Layout {
    bool state = false;
    bool padding = false;
    explicit Layout(const PublishedTable& table) {
        for (const PublishedTurn& row : table.rows) {
            state = state || row.state_file_bytes.has_value();
            padding = padding || row.padding.has_value();
        }
    }
};

PassKey keyOf(const PublishedTable& table, const PublishedTurn& row, const std::string& target, CacheMode mode) {
    return {target, table.design, table.cap, row.padding, mode, row.turn};
}

std::vector<Column> columnsOf(const Layout& layout) {
    std::vector<Column> out{{layout.padding ? "padding" : "turn", true}, {"ctx tok, post", true}, {"ctx tok, here", true}};
    if (layout.state) {
        out.push_back({"state bytes, post", true});
        out.push_back({"state bytes, here", true});
    }
    for (const char* title : {"TTFT ms, post", "TTFT ms, here", kInterval, "n"}) out.push_back({title, true});
    out.push_back({"cache here", false});
    return out;
}

std::vector<std::string> rowOf(const ReportContext& context, const Layout& layout, const PublishedTurn& row,
                               const TurnSummary* s) {
    const auto our = [&](const char* metric) { return context.metric(s, metric); };
    std::vector<std::string> out{layout.padding ? countText(row.padding) : std::to_string(row.turn),
                                 rounded(row.context_tokens_estimate), medianText(our("context_tokens_estimate"))};
    if (layout.state) {
        out.push_back(rounded(row.state_file_bytes));
        out.push_back(medianText(our("state_file_bytes")));
    }
    const MetricDetail* ttft = our("ttft_ms");
    out.push_back(rounded(row.ttft_ms));
    out.push_back(medianText(ttft));
    out.push_back(intervalWithCoverage(ttft));
    out.push_back(ttft ? std::to_string(ttft->n) : "");
    out.push_back(s ? s->stratum : "");
    return out;
}

// Its decode rates beside ours, as a sentence: the post printed them so.
std::string decodeText(const ReportContext& context, const PublishedTable& table, const PassKey& key) {
    std::string out;
    if (table.decode_first && table.decode_last)
        out = "Decode t/s in the post: " + rounded(table.decode_first) + " at the first turn, " + rounded(table.decode_last) +
              " at the last.";
    else if (table.decode_lowest && table.decode_highest)
        out = "Decode t/s in the post: " + rounded(table.decode_lowest) + " to " + rounded(table.decode_highest) + ".";
    const ReportCurve* curve = context.curve(key);
    if (curve == nullptr || curve->turns.empty()) return out;
    const TurnSummary* from = context.commonest(*curve, curve->turns.front()->key.turn);
    const TurnSummary* to = context.commonest(*curve, curve->turns.back()->key.turn);
    const std::string first = medianText(context.metric(from, "decode_tps")), last = medianText(context.metric(to, "decode_tps"));
    if (out.empty() || first.empty() || last.empty()) return out;
    out += " Here, by the client's clock: " + first + " at turn " + std::to_string(from->key.turn);
    if (to != from) out += ", " + last + " at turn " + std::to_string(to->key.turn);
    return out + ".";
}

void addTable(Document& document, const ReportContext& context, const PublishedTable& published, const std::string& target,
              CacheMode mode) {
    const Layout layout(published);
    std::string caption = context.simulated(target) ? "SIMULATED: design " : "Design ";
    caption += context.designText(published.design);
    if (published.cap) caption += ", cap " + std::to_string(*published.cap);
    caption += layout.padding ? ", " + counted(published.n, "turn", "turns") + " in the post, all rows turn 1"
                              : ", N = " + std::to_string(published.n) + " in the post";
    caption += " · " + target + " · " + std::string(name(mode));
    Table table{caption, columnsOf(layout), {}};
    bool any = false;
    for (const PublishedTurn& row : published.rows) {
        const ReportCurve* curve = context.curve(keyOf(published, row, target, mode));
        const TurnSummary* s = curve ? context.commonest(*curve, row.turn) : nullptr;
        any = any || s != nullptr;
        table.rows.push_back(rowOf(context, layout, row, s));
    }
    if (!any) return;
    dropIfEmpty(table, kInterval);
    liftCoverage(table, kInterval);
    document.add(std::move(table));
    std::string below;
    if (!published.rows.empty()) below = decodeText(context, published, keyOf(published, published.rows.front(), target, mode));
    for (const std::string& remark : published.remarks)
        if (!layout.padding) below += (below.empty() ? "" : " ") + std::string("The post notes: ") + remark + ".";
    if (!below.empty()) document.add(Paragraph{plain(below)});
}

} // namespace

void addPublished(Document& document, const ReportContext& context) {
    const PublishedStudy& post = context.in.published;
    if (post.tables.empty() || context.curves.empty()) return;
    Document tables;
    for (const ReportTarget& target : context.targets) {
        std::vector<CacheMode> modes;
        for (const ReportCurve& curve : context.curves)
            if (curve.key.target == target.id && std::find(modes.begin(), modes.end(), curve.key.cache_mode) == modes.end())
                modes.push_back(curve.key.cache_mode);
        std::sort(modes.begin(), modes.end());
        for (const CacheMode mode : modes)
            for (const PublishedTable& table : post.tables) addTable(tables, context, table, target.id, mode);
    }
    if (tables.blocks.empty()) return;
    document.add(Heading{2, "Beside the published study"});
    document.add(
        Paragraph{plain("Published (the post): " + post.title + " (" + post.machine + ", " + post.runtime + ", " + post.model +
                        "). It printed one value a turn, without a spread and without a stated cache mode. "
                        "Other machines and models give other times: do not pool the two. Context and state "
                        "sizes should agree where replies are right. An empty cell: not run here, or not "
                        "printed there.")});
    for (Block& block : tables.blocks) document.blocks.push_back(std::move(block));
}

} // namespace looptax
