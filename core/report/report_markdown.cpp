#include "base/text.h"
#include "report/markdown.h"
#include "report/report.h"
#include "report/run_counts.h"
#include "stats/summary.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace looptax {

namespace {

constexpr std::size_t kMaxFailedTurns = 50;
constexpr int kScreening = 8;

using Metric = std::optional<MetricSummary>;

std::string shortNumber(double value) {
    return fixedText(value, std::abs(value) < 100 && value != std::floor(value));
}
std::string med(const Metric& m) {
    return m ? shortNumber(m->median) : std::string();
}
std::string spread(const Metric& m) {
    if (!m) return {};
    return shortNumber(m->median) + " (" + shortNumber(m->min) + " to " + shortNumber(m->max) + ")";
}
std::string orEmpty(const std::optional<double>& value) {
    return value ? shortNumber(*value) : std::string();
}
std::string orEmpty(const std::optional<int>& value) {
    return value ? std::to_string(*value) : std::string();
}

void flatten(const Json& json, const std::string& path, std::vector<std::vector<std::string>>& rows) {
    if (json.is_object() || json.is_array()) {
        for (const auto& [key, value] : json.items()) {
            if (path.empty() && (key == "v" || key == "seq" || key == "type")) continue;
            flatten(value, path.empty() ? key : path + "." + key, rows);
        }
        return;
    }
    const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
    rows.push_back(
        {markdownText(path), json.is_null() || text.empty() ? "not reported" : markdownText(text)});
}

const PassSummary* passesOf(const SessionSummary& summary, const PassKey& key) {
    for (const PassSummary& s : summary.passes)
        if (s.key == key) return &s;
    return nullptr;
}

std::string passText(const PassSummary* s) {
    if (s == nullptr) return {};
    std::string out = std::to_string(s->all_pass) + "/" + std::to_string(s->turns);
    if (s->not_attempted > 0) out += " (+" + std::to_string(s->not_attempted) + " not attempted)";
    return out;
}

std::string conditions(const ReportInputs& in) {
    std::string out = "## Conditions\n\n";
    std::vector<std::vector<std::string>> rows;
    if (in.plan) {
        const Plan& p = *in.plan;
        std::vector<std::string> modes;
        for (const CacheMode mode : p.cache_modes)
            modes.emplace_back(name(mode));
        rows = {{"plan", markdownText(p.name)},
                {"plan sha256", in.plan_sha256},
                {"repeats", std::to_string(p.repeats)},
                {"order", std::string(name(p.order)) + ", seed " + std::to_string(p.order_seed)},
                {"cache modes", joined(modes, ", ")},
                {"seed", std::to_string(p.sampling.seed) + ", " + std::string(name(p.sampling.seed_policy))},
                {"temperature, top\\_p, top\\_k", numberText(p.sampling.temperature) + ", " +
                                                      numberText(p.sampling.top_p) + ", " +
                                                      std::to_string(p.sampling.top_k)},
                {"after a bad turn", std::string(name(p.on_bad_turn))}};
    }
    if (in.session) flatten(*in.session, {}, rows);
    return out + markdownTable({"what", "value"}, rows);
}

std::string runsSection(const ReportInputs& in) {
    const RunCounts c = countRuns(in);
    return "## Runs\n\n" +
           markdownTable(
               {"planned", "complete", "failed", "stopped", "interrupted", "cancelled", "not begun"},
               {{std::to_string(c.planned), std::to_string(c.complete), std::to_string(c.failed),
                 std::to_string(c.stopped), std::to_string(c.interrupted), std::to_string(c.cancelled),
                 std::to_string(c.not_begun)}});
}

// Of the strata that a turn was found in, the one most blocks were in; it is named beside the number.
const TurnSummary* commonest(const SessionSummary& summary, const std::string& target, CacheMode mode,
                             const PublishedTable& table, const PublishedTurn& row) {
    const TurnSummary* best = nullptr;
    for (const TurnSummary& s : summary.turns) {
        const PassKey& k = s.key;
        if (k.target != target || k.cache_mode != mode || k.design != table.design || k.turn != row.turn ||
            k.cap != table.cap || k.padding != row.padding)
            continue;
        const auto n = [](const TurnSummary& t) {
            const Metric& m = t.metric("context_tokens_estimate");
            return m ? m->n : 0;
        };
        if (best == nullptr || n(s) > n(*best)) best = &s;
    }
    return best;
}

std::string besideThePost(const ReportInputs& in, const SessionSummary& summary) {
    if (in.published.tables.empty() || !in.plan) return {};
    std::string out =
        "## Beside the published study\n\nPublished: " + markdownText(in.published.title) + "; " +
        markdownText(in.published.machine) + ", " + markdownText(in.published.runtime) + ", " +
        markdownText(in.published.model) +
        ". It printed one value a turn, without a spread. Other machines and models give other times; "
        "the context and state sizes should agree where replies are right.\n\n";
    for (const Target& target : in.plan->targets) {
        for (const CacheMode mode : in.plan->cache_modes) {
            for (const PublishedTable& table : in.published.tables) {
                std::vector<std::vector<std::string>> rows;
                bool any = false;
                for (const PublishedTurn& row : table.rows) {
                    const TurnSummary* s = commonest(summary, target.id, mode, table, row);
                    any = any || s != nullptr;
                    const auto our = [&](const char* metric) { return s ? s->metric(metric) : Metric(); };
                    rows.push_back({std::to_string(row.turn), orEmpty(row.padding),
                                    orEmpty(row.context_tokens_estimate), med(our("context_tokens_estimate")),
                                    orEmpty(row.state_file_bytes), med(our("state_file_bytes")),
                                    orEmpty(row.ttft_ms), spread(our("ttft_ms")),
                                    s ? std::to_string(our("ttft_ms") ? our("ttft_ms")->n : 0) : "",
                                    s ? markdownText(s->stratum) : ""});
                }
                if (!any) continue;
                out += "### Design " + markdownText(table.design) + ", " + markdownText(target.id) + ", " +
                       std::string(name(mode)) + "\n\n" +
                       markdownTable({"turn", "padding", "ctx tok (post)", "ctx tok (here)",
                                      "state bytes (post)", "state bytes (here)", "TTFT ms (post)",
                                      "TTFT ms (here, min to max)", "n", "cache"},
                                     rows);
            }
        }
    }
    return out;
}

std::string perTurn(const SessionSummary& summary) {
    std::string out = "## Every design, turn by turn\n\nMedians over blocks, with the lowest and highest "
                      "block; n = blocks.\n\n";
    std::string title;
    std::vector<std::vector<std::string>> rows;
    const auto flush = [&] {
        if (!rows.empty())
            out +=
                "### " + title + "\n\n" +
                markdownTable({"cap", "padding", "turn", "cache", "n", "ctx est.", "prompt tok", "cached",
                               "processed", "TTFT ms (min to max)", "decode t/s", "state bytes", "all pass"},
                              rows);
        rows.clear();
    };
    for (const TurnSummary& s : summary.turns) {
        const std::string now = markdownText(s.key.target) + ", design " + markdownText(s.key.design) + ", " +
                                std::string(name(s.key.cache_mode));
        if (now != title) flush();
        title = now;
        const Metric& ttft = s.metric("ttft_ms");
        rows.push_back({orEmpty(s.key.cap), orEmpty(s.key.padding), std::to_string(s.key.turn),
                        markdownText(s.stratum), std::to_string(ttft ? ttft->n : 0),
                        med(s.metric("context_tokens_estimate")), med(s.metric("prompt_tokens")),
                        med(s.metric("cached_tokens")), med(s.metric("processed_tokens")), spread(ttft),
                        med(s.metric("decode_tps")), med(s.metric("state_file_bytes")),
                        passText(passesOf(summary, s.key))});
    }
    flush();
    return out;
}

std::string failedTurns(const ReportInputs& in) {
    std::vector<std::vector<std::string>> rows;
    std::size_t more = 0;
    for (const TurnRecord& t : in.turns) {
        if (t.outcome == Outcome::Ok && t.all_pass.value_or(false)) continue;
        if (rows.size() >= kMaxFailedTurns) {
            ++more;
            continue;
        }
        rows.push_back({markdownText(t.cell), std::to_string(t.run), std::to_string(t.run_attempt),
                        std::to_string(t.turn), std::string(name(t.outcome)), markdownText(t.fail_reason)});
    }
    std::string out = "## Failed turns and wrong answers\n\n";
    if (rows.empty()) return out + "None.\n\n";
    out += markdownTable({"cell", "run", "attempt", "turn", "outcome", "reason"}, rows);
    if (more > 0) out += "and " + std::to_string(more) + " more in turns.csv.\n\n";
    return out;
}

std::string limits(const ReportInputs& in) {
    std::string out = "## What this does not show\n\n";
    if (in.plan && in.plan->repeats < kScreening)
        out += "- " + std::to_string(in.plan->repeats) +
               " repeats are a screening: fewer than 8 cannot support a claim at the 5 % level.\n";
    if (in.plan && in.plan->sampling.seed_policy == SeedPolicy::Fixed)
        out += "- Every repeat used the same seed: replies may be copies, so quality was measured fewer "
               "times than n says.\n";
    bool carry = false, unknown = false;
    for (const TurnRecord& t : in.turns) {
        carry = carry || t.carry_over;
        unknown = unknown || (t.outcome == Outcome::Ok && !t.cached_tokens);
    }
    if (carry)
        out +=
            "- Turn 1 in natural cache mode depends on what ran before it; it is left out of every median.\n";
    if (unknown)
        out += "- The runtime did not report cached tokens for some turns: their cache state is unknown.\n";
    out += "- Context in tokens is characters / 4, an estimate; the runtime's own prompt tokens stand beside "
           "it.\n"
           "- Cells of different N share their first turns: they are not independent measurements.\n"
           "- The decode rate counts a stop token where the runtime does, a bias of one in the tokens of the "
           "reply.\n\n";
    return out;
}

} // namespace

std::string reportMarkdown(const ReportInputs& in) {
    const SessionSummary summary = summarize(in.turns);
    std::string out =
        "# The loop tax, measured\n\n"
        "What does one more turn of an agent loop cost on this runtime: time to the first token, decode "
        "rate, and right answers, by loop design and by turn.\n\n";
    for (const std::string& warning : in.warnings)
        out += "> Warning: " + markdownText(warning) + "\n\n";
    out += conditions(in) + runsSection(in);
    for (const std::string& chart : in.charts)
        out += "![" + markdownText(chart) + "](charts/" + chart + ".svg)\n\n";
    out += besideThePost(in, summary) + perTurn(summary) + failedTurns(in) + limits(in);
    out += "## How to repeat it\n\nSave this plan as plan.json, then: `looptax run plan.json --out DIR`\n\n" +
           markdownFence(in.plan_text, "json") + "\nMade by looptax " + markdownText(in.version) + " (" +
           markdownText(in.commit) + ").\n";
    return out;
}

} // namespace looptax
