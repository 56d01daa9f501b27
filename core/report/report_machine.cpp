// Was the machine quiet? Which turns something else disturbed, what the times and verdicts are without them, and who stamped the
// reads that the times are made of. Records that are older than these columns say nothing here, least of all that it was quiet.
#include "analysis/disturbed.h"
#include "base/text.h"
#include "report/json_parts.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace looptax {

using namespace doc;

namespace {

constexpr std::size_t kMostRows = 40;

// Of turns of complete runs.
struct StampCounts {
    int kernel = 0;
    int user = 0;
    int mixed = 0;
    int unknown = 0;
    int first_delta_shared = 0;
    int client_starved = 0;
    void add(const TurnRecord& turn) {
        ++(turn.stamp_source == "kernel"  ? kernel
           : turn.stamp_source == "user"  ? user
           : turn.stamp_source == "mixed" ? mixed
                                          : unknown);
        first_delta_shared += int(turn.first_delta_shared.value_or(false));
        client_starved += int(clientStarved(turn));
    }
    bool known() const { return kernel + user + mixed > 0; }
};

// By target; none whose records do not say.
std::map<std::string, StampCounts> stampCounts(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> all;
    for (const TurnRecord& turn : turns) all.push_back(&turn);
    std::map<std::string, StampCounts> out;
    for (const RunTurns& run : completeRuns(all))
        for (const TurnRecord* turn : run.turns) out[turn->target].add(*turn);
    std::erase_if(out, [](const auto& target) { return !target.second.known(); });
    return out;
}

AnalysisRules rulesOf(const ReportContext& context) {
    return context.analysis() != nullptr ? context.analysis()->rules : AnalysisRules();
}

std::string byText(const DisturbedCell& cell) {
    std::vector<std::string> parts;
    for (const auto& [what, turns] : cell.by) parts.push_back(what + ": " + counted(turns, "turn", "turns"));
    return joined(parts, "; ");
}

bool anyDisturbed(const std::vector<DisturbedCell>& cells) {
    return std::any_of(cells.begin(), cells.end(), [](const DisturbedCell& cell) { return cell.disturbed > 0; });
}

void sayMore(Document& document, std::size_t all, std::size_t shown) {
    if (all > shown) document.add(Paragraph{plain("More rows are in summary.json.")});
}

void addCells(Document& document, const ReportContext& context, const std::vector<DisturbedCell>& cells) {
    if (!anyDisturbed(cells)) {
        int turns = 0, known = 0;
        for (const DisturbedCell& cell : cells) turns += cell.turns, known += cell.known;
        document.add(Paragraph{plain("Nothing else on the machine disturbed " +
                                     (known == turns ? "any" : "any of the " + std::to_string(known) + " that tell") + " of " +
                                     counted(turns, "turn", "turns") + " of complete runs.")});
        return;
    }
    for (const std::string& words : notQuietTexts(context, cells))
        document.add(Notice{Notice::Kind::Warning,
                            plain("the machine was not quiet: " + words + " There is no second median without them.")});
    Table table{
        "Turns of complete runs that something else on the machine disturbed, by cell",
        {{"design"}, {"N", true}, {"cache mode"}, {"turns", true}, {"record says", true}, {"disturbed", true}, {"by what"}},
        {}};
    for (const DisturbedCell& cell : cells)
        if (table.rows.size() < kMostRows)
            table.rows.push_back({cellText(context, cell.key), std::to_string(cell.key.n), std::string(name(cell.key.cache_mode)),
                                  std::to_string(cell.turns), std::to_string(cell.known), std::to_string(cell.disturbed),
                                  byText(cell)});
    const std::size_t shown = table.rows.size();
    document.add(std::move(table));
    sayMore(document, cells.size(), shown);
}

void addMedians(Document& document, const ReportContext& context) {
    const auto medians = quietMedians(context.in.turns, blocksForVerdict(rulesOf(context)));
    if (medians.empty()) {
        document.add(Paragraph{
            plain("There is no median of TTFT with and without the disturbed turns: it takes as many blocks without them as a "
                  "verdict needs, and a cell of which no more than half was disturbed.")});
        return;
    }
    Table table{"TTFT in ms with and without the disturbed turns, medians over blocks",
                {{"design"},
                 {"cache mode"},
                 {"turn", true},
                 {"cache"},
                 {"disturbed turns", true},
                 {"n", true},
                 {"TTFT", true},
                 {"n without", true},
                 {"TTFT without", true}},
                {}};
    for (const QuietMedian& row : medians)
        if (table.rows.size() < kMostRows)
            table.rows.push_back(
                {cellText(context, {row.key.target, row.key.design, row.key.cap, row.key.padding, row.key.cache_mode, 0}),
                 std::string(name(row.key.cache_mode)), std::to_string(row.key.turn), row.stratum, std::to_string(row.disturbed),
                 std::to_string(row.with.n), rounded(row.with.median), std::to_string(row.without.n),
                 rounded(row.without.median)});
    const std::size_t shown = table.rows.size();
    document.add(std::move(table));
    sayMore(document, medians.size(), shown);
    document.add(Paragraph{
        plain("All other tables and charts count the disturbed turns. Turns of which both sides have the blocks that a verdict "
              "needs are listed, in cells of which no more than half was disturbed.")});
}

void addVerdictsWithout(Document& document, const ReportContext& context) {
    if (context.analysis() == nullptr) return;
    Table table{"Verdicts with and without the disturbed turns",
                {{"id"}, {"target"}, {"with"}, {"without"}, {"n without", true}, {"so"}},
                {}};
    for (const Verdict& v : context.analysis()->verdicts)
        if (v.without_disturbed)
            table.rows.push_back({v.id, v.target, std::string(title(v.without_disturbed->with)),
                                  std::string(title(v.without_disturbed->without)), std::to_string(v.without_disturbed->n),
                                  v.without_disturbed->same() ? "the same" : "not decided"});
    if (!table.rows.empty()) document.add(std::move(table));
}

void addStamps(Document& document, const std::map<std::string, StampCounts>& targets, const ReportContext& context) {
    Table table{"Turns of complete runs, by who stamped the reads of the reply",
                {{"target"},
                 {"kernel", true},
                 {"this program", true},
                 {"mixed", true},
                 {"not known", true},
                 {"first read shared", true},
                 {"client starved", true}},
                {}};
    bool shared = false, starved = false;
    for (const auto& [target, counts] : targets) {
        table.rows.push_back({target + (context.simulated(target) ? " (SIMULATED)" : ""), std::to_string(counts.kernel),
                              std::to_string(counts.user), std::to_string(counts.mixed), std::to_string(counts.unknown),
                              std::to_string(counts.first_delta_shared), std::to_string(counts.client_starved)});
        shared = shared || counts.first_delta_shared > 0;
        starved = starved || counts.client_starved > 0;
    }
    document.add(std::move(table));
    std::string text = "Kernel: stamped when the bytes arrived. This program: when it woke up to read them.";
    if (shared)
        text += " First read shared: the read that brought the first piece of the reply brought more, so TTFT is an upper bound. "
                "These turns are "
                "counted here and stay in the median.";
    document.add(Paragraph{plain(text)});
    if (starved)
        document.add(
            Notice{Notice::Kind::Warning,
                   plain("in the turns under \"client starved\" this program itself waited for a processor for more than "
                         "5 % of TTFT. Stamps of the kernel do not suffer from that, those of this program do.")});
}

} // namespace

std::vector<std::string> notQuietTexts(const ReportContext& context, const std::vector<DisturbedCell>& cells) {
    std::vector<std::string> out;
    for (const DisturbedCell& cell : cells)
        if (!cell.quiet())
            out.push_back("of " + cellText(context, cell.key) + ", N = " + std::to_string(cell.key.n) + ", " +
                          std::string(name(cell.key.cache_mode)) + ", " + std::to_string(cell.disturbed) + " of " +
                          counted(cell.known, "turn was", "turns were") + " disturbed.");
    return out;
}

Json disturbedTurnsJson(const std::vector<DisturbedCell>& cells) {
    Json out = Json::array();
    for (const DisturbedCell& cell : cells) {
        Json row = keyJson(cell.key);
        row["n_turns"] = cell.key.n;
        row["turns"] = cell.turns;
        row["known"] = cell.known;
        row["disturbed"] = cell.disturbed;
        row["quiet"] = cell.quiet();
        row["by"] = Json::array();
        for (const auto& [what, turns] : cell.by) row["by"].push_back({{"what", what}, {"turns", turns}});
        out.push_back(std::move(row));
    }
    return out;
}

Json stampsJson(const std::vector<TurnRecord>& turns) {
    Json out = Json::array();
    for (const auto& [target, counts] : stampCounts(turns))
        out.push_back({{"target", target},
                       {"kernel", counts.kernel},
                       {"user", counts.user},
                       {"mixed", counts.mixed},
                       {"unknown", counts.unknown},
                       {"first_delta_shared", counts.first_delta_shared},
                       {"client_starved", counts.client_starved}});
    return out;
}

Json withoutDisturbedJson(const ReportContext& context) {
    const auto side = [](const MetricSummary& summary) { return Json{{"n", summary.n}, {"median", summary.median}}; };
    Json out = Json::array();
    for (const QuietMedian& median : quietMedians(context.in.turns, blocksForVerdict(rulesOf(context)))) {
        Json row = keyJson(median.key);
        row["turn"] = median.key.turn;
        row["stratum"] = median.stratum;
        row["disturbed"] = median.disturbed;
        row["with"] = side(median.with);
        row["without"] = side(median.without);
        out.push_back(std::move(row));
    }
    return out;
}

void addMachine(Document& document, const ReportContext& context) {
    const auto cells = disturbedCells(context.in.turns);
    const auto stamps = stampCounts(context.in.turns);
    if (cells.empty() && stamps.empty()) return;
    document.add(Heading{2, "Was the machine quiet?"});
    if (!cells.empty()) addCells(document, context, cells);
    else
        document.add(Paragraph{
            plain("Nobody can say: no turn of a complete run tells whether something else on the machine disturbed it.")});
    if (cells.empty() ||
        std::any_of(cells.begin(), cells.end(), [](const DisturbedCell& cell) { return cell.known < cell.turns; }))
        for (const auto& note : context.in.notes)
            if (note && textMember(*note, "kind") == "host_activity") document.add(Paragraph{plain(textMember(*note, "text"))});
    if (anyDisturbed(cells)) {
        addMedians(document, context);
        addVerdictsWithout(document, context);
    }
    if (!stamps.empty()) addStamps(document, stamps, context);
}

} // namespace looptax
