// What the streams of a session let the client's clock see, and prompts that a runtime dropped a part of: both limit what
// the tables and the verdicts may say.
#include "analysis/runs.h"
#include "analysis/stream_counts.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace looptax {

using namespace doc;

namespace {

constexpr std::size_t kMostCells = 20;

std::string turnsText(int turns) { return counted(turns, "turn", "turns"); }

// Prompts whose counts looked too small.
std::vector<const Json*> promptChecks(const ReportInputs& in) {
    std::vector<const Json*> out;
    for (const auto& note : in.notes)
        if (note && textMember(*note, "kind") == "prompt_check") out.push_back(note.get());
    return out;
}

// Of those, what came of the ones that were whole: the others have a record that says so.
std::vector<std::string> wholePrompts(const ReportInputs& in) {
    std::vector<std::string> out;
    for (const Json* note : promptChecks(in)) {
        const auto is = [&](const char* key, int value) { return note->contains(key) && (*note)[key] == value; };
        if (std::none_of(in.turns.begin(), in.turns.end(), [&](const TurnRecord& turn) {
                return turn.prompt_truncated.value_or(false) && is("run", turn.run) && is("run_attempt", turn.run_attempt) &&
                       is("turn", turn.turn);
            }))
            out.push_back(textMember(*note, "text"));
    }
    return out;
}

struct TruncatedPrompts {
    int turns = 0;
    const TurnRecord* first = nullptr;
};

// By target and cell.
std::map<std::pair<std::string, std::string>, TruncatedPrompts> truncatedPrompts(const std::vector<TurnRecord>& turns) {
    std::map<std::pair<std::string, std::string>, TruncatedPrompts> out;
    for (const TurnRecord& turn : turns) {
        if (!turn.prompt_truncated.value_or(false)) continue;
        TruncatedPrompts& found = out[{turn.target, turn.cell}];
        ++found.turns;
        if (found.first == nullptr) found.first = &turn;
    }
    return out;
}

} // namespace

Json streamsJson(const std::vector<TurnRecord>& turns) {
    Json out = Json::array();
    for (const auto& [target, counts] : streamCounts(turns))
        out.push_back({{"target", target},
                       {"token", counts.token},
                       {"chunked", counts.chunked},
                       {"buffered", counts.buffered},
                       {"unknown", counts.unknown}});
    return out;
}

Json promptChecksJson(const ReportInputs& in) {
    Json out = Json::array();
    for (const Json* note : promptChecks(in)) out.push_back(textMember(*note, "text"));
    return out;
}

Json promptsTruncatedJson(const std::vector<TurnRecord>& turns) {
    Json out = Json::array();
    for (const auto& [key, found] : truncatedPrompts(turns))
        out.push_back({{"target", key.first}, {"cell", key.second}, {"turns", found.turns}});
    return out;
}

void addStreams(Document& document, const ReportContext& context) {
    const auto targets = streamCounts(context.in.turns);
    if (std::any_of(targets.begin(), targets.end(), [](const auto& target) { return target.second.known() > 0; })) {
        Table table{"Turns of complete runs, by how the tokens of the reply came",
                    {{"target"}, {"token by token", true}, {"chunked", true}, {"buffered", true}, {"not known", true}},
                    {}};
        for (const auto& [target, counts] : targets)
            table.rows.push_back({target + (context.simulated(target) ? " (SIMULATED)" : ""), std::to_string(counts.token),
                                  std::to_string(counts.chunked), std::to_string(counts.buffered),
                                  std::to_string(counts.unknown)});
        document.add(std::move(table));
    }
    for (const auto& [target, counts] : targets)
        if (counts.mixed())
            document.add(Notice{Notice::Kind::Warning,
                                plain("the replies of " + target +
                                      " came in different ways within this session, so its times are not all of one kind. "
                                      "Look for what changed: a proxy, speculative decoding, a busy server. Then measure the "
                                      "target again.")});
    BulletList list;
    for (const auto& [target, counts] : targets) {
        if (counts.chunked > 0)
            list.items.push_back(plain("Chunked, " + turnsText(counts.chunked) + " of " + target +
                                       ": several tokens came in one chunk. TTFT is that of the first chunk. There is no "
                                       "client-side decode rate: the time between chunks is not the time between tokens."));
        if (counts.buffered > 0)
            list.items.push_back(plain("Buffered, " + turnsText(counts.buffered) + " of " + target +
                                       ": the reply was held back and sent at once, by a proxy or by the server itself. There "
                                       "is no TTFT and no client-side decode rate. Measure without the proxy, or turn its "
                                       "buffering off."));
    }
    if (!list.items.empty()) document.add(std::move(list));
    if (std::any_of(targets.begin(), targets.end(), [](const auto& target) { return target.second.unknown_rates > 0; }))
        document.add(Paragraph{plain("Kind of stream not recorded: this session is older than that column, or a part of it is. "
                                     "Where a server sends several tokens in a chunk, the client-side decode rate is not one "
                                     "of tokens.")});
}

void addTruncatedPrompts(Document& document, const ReportContext& context) {
    const auto cells = truncatedPrompts(context.in.turns);
    const std::vector<std::string> whole = wholePrompts(context.in);
    if (cells.empty() && whole.empty()) return;
    document.add(Heading{3, "Was every prompt whole?"});
    if (!cells.empty()) {
        document.add(Notice{
            Notice::Kind::Warning,
            plain("prompt truncated: in the turns below the runtime counted far fewer tokens than the prompt needs, so it "
                  "dropped a part without an error. What a model answers to a part of a prompt says nothing about its "
                  "quality: these runs failed, and no verdict on quality uses them. Raise the context of the server "
                  "(llama-server: -c, Ollama: num_ctx) and make them again with looptax run --resume SESSION --retry-failed, or "
                  "leave these cells out of a new plan.")});
        Table table{"Turns whose prompt was truncated, by cell",
                    {{"design"}, {"N", true}, {"cache mode"}, {"turns", true}, {"first seen in"}, {"what the record says of it"}},
                    {}};
        for (const auto& [key, found] : cells) {
            if (table.rows.size() >= kMostCells) break;
            const TurnRecord& first = *found.first;
            table.rows.push_back({cellText(context, cellKeyOf(first)), std::to_string(first.n),
                                  std::string(name(first.cache_mode)), std::to_string(found.turns),
                                  "run " + std::to_string(first.run) + ", turn " + std::to_string(first.turn),
                                  first.fail_reason});
        }
        const bool more = cells.size() > table.rows.size();
        document.add(std::move(table));
        if (more) document.add(Paragraph{plain("More cells are in summary.json.")});
    }
    if (whole.empty()) return;
    document.add(
        Paragraph{plain("Counts that looked too small; the server's own tokenizer says that these prompts were whole:")});
    BulletList list;
    for (std::size_t i = 0; i < std::min(whole.size(), kMostCells); ++i) list.items.push_back(plain(whole[i]));
    if (whole.size() > kMostCells) list.items.push_back(plain("and more in summary.json"));
    document.add(std::move(list));
}

} // namespace looptax
