#include "domain/plan_check.h"

#include "base/text.h"
#include "base/words.h"
#include "domain/schedule.h"
#include "domain/url.h"

#include <algorithm>
#include <set>

namespace looptax {

namespace {

constexpr int kLongest = 1'000; // turns, cap, padding: beyond it a slip of the keyboard is likelier than a wish

class Checker {
public:
    Checker(const Plan& plan, const Catalogue& catalogue) : m_plan(plan), m_catalogue(catalogue) {}

    std::vector<Problem> run() {
        targets();
        cells();
        numbers();
        size();
        sampling();
        analysis();
        return std::move(m_problems);
    }

private:
    void error(std::string path, std::string message, std::string hint = {}) {
        m_problems.push_back({std::move(path), std::move(message), std::move(hint), false});
    }
    void warning(std::string path, std::string message, std::string hint = {}) {
        m_problems.push_back({std::move(path), std::move(message), std::move(hint), true});
    }
    template <class Number> void range(const std::string& path, const std::optional<Number>& value, Number low, Number high) {
        if (value) range(path, *value, low, high);
    }
    template <class Number> void range(const std::string& path, Number value, Number low, Number high) {
        if (value < low || value > high || value != value)
            error(path, "is " + decimalText(double(value)),
                  "from " + decimalText(double(low)) + " to " + decimalText(double(high)));
    }

    void targets() {
        if (m_plan.targets.empty()) error("$.targets", "is empty", "name at least one runtime to measure");
        std::set<std::string> ids;
        for (std::size_t i = 0; i < m_plan.targets.size(); ++i) {
            const Target& target = m_plan.targets[i];
            const std::string path = "$.targets[" + std::to_string(i) + "]";
            const bool plain = !target.id.empty() && std::all_of(target.id.begin(), target.id.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                       c == '.';
            });
            if (!plain) error(path + ".id", "must be of letters, digits, '-', '_' and '.'");
            else if (!ids.insert(target.id).second) error(path + ".id", "\"" + target.id + "\" is used twice");
            if (target.managed) managed(target, path);
            else address(target, path);
        }
    }

    void address(const Target& target, const std::string& path) {
        if (target.url.empty()) {
            error(path + ".url", "is required", "or give \"managed\" for a server that is started for the sweep");
            return;
        }
        const auto url = parseUrl(target.url);
        if (!url) error(path + ".url", url.error().what, url.error().hint);
        if (target.kind != TargetKind::LlamaServer && target.model.empty())
            error(path + ".model", "is required for this kind of runtime", "see looptax probe for the models it has");
    }

    void managed(const Target& target, const std::string& path) {
        if (target.kind != TargetKind::LlamaServer)
            error(path + ".kind", "only llama-server can be managed", "start the runtime yourself and give its url");
        if (!target.url.empty()) error(path + ".url", "is ours to choose for a managed server", "leave it out");
        if (target.managed->command.empty()) error(path + ".managed.command", "is empty");
        if (target.managed->model_file.empty()) error(path + ".managed.model_file", "is empty");
        static const std::vector<std::string> ours{"--port", "--host", "-c", "--ctx-size"};
        for (std::size_t i = 0; i < target.managed->args.size(); ++i) {
            const std::string& arg = target.managed->args[i];
            const std::string flag = arg.substr(0, arg.find('='));
            if (std::find(ours.begin(), ours.end(), flag) == ours.end()) continue;
            error(path + ".managed.args[" + std::to_string(i) + "]", flag + " is ours to choose",
                  flag == "-c" || flag == "--ctx-size" ? "set $.context_tokens instead" : "leave it out");
        }
    }

    void list(const std::string& path, const std::vector<int>& values, int low) {
        std::set<int> seen;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::string at = path + "[" + std::to_string(i) + "]";
            range(at, values[i], low, kLongest);
            if (!seen.insert(values[i]).second) error(at, std::to_string(values[i]) + " is named twice");
        }
    }

    void cells() {
        if (m_plan.cells.empty()) error("$.cells", "is empty", "name at least one design and its turns");
        std::vector<std::string> known;
        for (const DesignFacts& facts : m_catalogue.designs) known.emplace_back(facts.id);
        std::set<std::string> seen;
        for (std::size_t i = 0; i < m_plan.cells.size(); ++i) {
            const CellGroup& group = m_plan.cells[i];
            const std::string path = "$.cells[" + std::to_string(i) + "]";
            const DesignFacts* facts = m_catalogue.design(group.design);
            if (facts == nullptr) {
                error(path + ".design", "unknown design \"" + group.design + "\"", "one of: " + joined(known, ", "));
            } else {
                if (!group.cap.empty() && !facts->takes_cap)
                    error(path + ".cap", "design " + group.design + " holds no cap", "leave it out");
                if (!group.padding.empty() && !facts->takes_padding)
                    error(path + ".padding", "design " + group.design + " takes no padding", "leave it out");
                if (group.padding.empty() && facts->takes_padding)
                    error(path + ".padding", "must be given for design " + group.design, "for example [1, 3, 6, 9]");
            }
            if (group.turns.empty()) error(path + ".turns", "is empty");
            list(path + ".turns", group.turns, 1);
            list(path + ".cap", group.cap, 1);
            list(path + ".padding", group.padding, 1);
            overlap(group, path, seen);
        }
        if (m_plan.cache_modes.empty()) error("$.cache_modes", "is empty", "run-isolated is the usual one");
        std::set<CacheMode> modes;
        for (std::size_t i = 0; i < m_plan.cache_modes.size(); ++i)
            if (!modes.insert(m_plan.cache_modes[i]).second) error("$.cache_modes[" + std::to_string(i) + "]", "is named twice");
    }

    void overlap(const CellGroup& group, const std::string& path, std::set<std::string>& seen) {
        // One group alone cannot meet itself: a million cells of it need not be named on every key stroke.
        const auto same = [&](const CellGroup& other) { return other.design == group.design; };
        if (std::count_if(m_plan.cells.begin(), m_plan.cells.end(), same) < 2) return;
        const std::vector<int> one{0};
        std::set<std::string> mine;
        for (int turns : group.turns)
            for (int cap : group.cap.empty() ? one : group.cap)
                for (int padding : group.padding.empty() ? one : group.padding)
                    mine.insert(group.design + " n" + std::to_string(turns) + " cap" + std::to_string(cap) + " pad" +
                                std::to_string(padding));
        for (const std::string& cell : mine)
            if (!seen.insert(cell).second) {
                error(path, "holds a cell that stands above already", "name every cell once; use repeats for more");
                return;
            }
    }

    void numbers() {
        range("$.repeats", m_plan.repeats, 1, 10'000);
        range("$.warmup_requests", m_plan.warmup_requests, 0, 100);
        range<std::int64_t>("$.cooldown_ms", m_plan.cooldown_ms, 0, 3'600'000);
        range("$.context_tokens", m_plan.context_tokens, 256, 16'777'216);
        if (m_plan.reply.max_tokens) range("$.reply.max_tokens", *m_plan.reply.max_tokens, 1, 1'000'000);
        constexpr std::int64_t kDay = 86'400'000;
        const Deadlines& d = m_plan.deadlines;
        range<std::int64_t>("$.deadlines_ms.connect", d.connect, 1, kDay);
        range<std::int64_t>("$.deadlines_ms.first_output", d.first_output, 1, kDay);
        range<std::int64_t>("$.deadlines_ms.idle", d.idle, 1, kDay);
        range<std::int64_t>("$.deadlines_ms.total", d.total, 1, kDay);
        if (m_plan.repeats >= 1 && m_plan.repeats < 8)
            warning("$.repeats",
                    counted(m_plan.repeats, "repeat is", "repeats are") +
                        " a screening: no 95 % interval that "
                        "holds without assumptions, and no two-sided verdict, is possible with fewer than 8",
                    "take 8 or more");
        if (std::find(m_catalogue.task_packs.begin(), m_catalogue.task_packs.end(), m_plan.task.pack) ==
            m_catalogue.task_packs.end()) {
            std::vector<std::string> packs(m_catalogue.task_packs.begin(), m_catalogue.task_packs.end());
            error("$.task.pack", "unknown task pack \"" + m_plan.task.pack + "\"", "one of: " + joined(packs, ", "));
        }
    }

    // Each list is bounded, and their product must be too: it is built whole before the first turn.
    void size() {
        const std::int64_t turns = countPlan(m_plan, m_catalogue).turns;
        if (turns <= kMostPlannedTurns) return;
        // A factor that is out of its own range has been named.
        for (const Problem& problem : m_problems)
            if (!problem.warning && (problem.path == "$.repeats" || problem.path.rfind("$.cells", 0) == 0)) return;
        const bool byRepeats = m_plan.repeats > 0 && turns / m_plan.repeats <= kMostPlannedTurns;
        error(byRepeats ? "$.repeats" : "$.cells",
              "the plan comes to " + std::to_string(turns) + " turns, and " + std::to_string(kMostPlannedTurns) + " are the most",
              "targets x cells x cache modes x repeats x turns: take less of one of them");
    }

    void sampling() {
        const Sampling& s = m_plan.sampling;
        range("$.sampling.temperature", s.temperature, 0.0, 10.0);
        range("$.sampling.top_p", s.top_p, 0.0, 1.0);
        range("$.sampling.top_k", s.top_k, 0, 1'000'000);
        range("$.sampling.min_p", s.min_p, 0.0, 1.0);
        range("$.sampling.repeat_penalty", s.repeat_penalty, 0.0, 10.0);
        // Runtimes hold a seed in 32 bits, and read -1 as "choose one".
        range<std::int64_t>("$.sampling.seed", s.seed, 0, 2'147'483'647 - 10'000);
        range<std::int64_t>("$.task.seed", m_plan.task.seed, 0, std::int64_t(1) << 53);
        range<std::int64_t>("$.order_seed", m_plan.order_seed, 0, std::int64_t(1) << 53);
    }

    void analysis() {
        const AnalysisRules& a = m_plan.analysis;
        range("$.analysis.alpha", a.alpha, 0.0001, 0.5);
        range("$.analysis.delta_q", a.delta_q, 0.001, 0.999);
        range("$.analysis.delta_t", a.delta_t, 1.001, 100.0);
        names("$.analysis.family", a.family, {"H1", "H2", "H3", "H4", "H5"});
        names("$.analysis.own_family", a.own_family, {"T1", "T2", "T3", "T4", "Q1"});
        static const std::vector<std::string> primaries{"slope_processed", "slope_context", "ratio"};
        if (std::find(primaries.begin(), primaries.end(), a.primary) == primaries.end())
            error("$.analysis.primary", "unknown endpoint \"" + a.primary + "\"", "one of: " + joined(primaries, ", "));
    }

    void names(const std::string& path, const std::vector<std::string>& given, const std::vector<std::string>& known) {
        std::set<std::string> seen;
        for (std::size_t i = 0; i < given.size(); ++i) {
            const std::string at = path + "[" + std::to_string(i) + "]";
            if (std::find(known.begin(), known.end(), given[i]) == known.end())
                error(at, "unknown hypothesis \"" + given[i] + "\"", "one of: " + joined(known, ", "));
            else if (!seen.insert(given[i]).second) error(at, "\"" + given[i] + "\" is named twice");
        }
    }

    const Plan& m_plan;
    const Catalogue& m_catalogue;
    std::vector<Problem> m_problems;
};

} // namespace

std::vector<Problem> checkPlan(const Plan& plan, const Catalogue& catalogue) { return Checker(plan, catalogue).run(); }

bool hasErrors(const std::vector<Problem>& problems) {
    return std::any_of(problems.begin(), problems.end(), [](const Problem& p) { return !p.warning; });
}

} // namespace looptax
