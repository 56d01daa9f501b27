// A session's numbers as charts get them, made by hand: the shape of a real sweep, a gap, spread, two targets
// on demand.
#pragma once

#include "chart/chart_source.h"

#include <algorithm>
#include <functional>

namespace looptax::fixture {

inline Spread spread(double median, int n = 5) { return {median, median * 0.93, median * 1.12, n}; }

using TurnMaker = std::function<SourceTurn(int turn)>;

inline SourceTurn turnOf(int turn, double ttft, double context, double cached, double processed) {
    SourceTurn t;
    t.turn = turn;
    t.ttft_ms = spread(ttft);
    t.context_tokens_estimate = Spread{context, context, context, 5};
    t.prompt_tokens = spread(cached + processed);
    t.cached_tokens = Spread{cached, cached, cached, 5};
    t.processed_tokens = Spread{processed, processed, processed, 5};
    return t;
}

inline SourceCurve curveOf(std::size_t target, const char* design, const char* name, int turns, const TurnMaker& make) {
    SourceCurve curve;
    curve.target = target;
    curve.design = design;
    curve.design_name = name;
    for (int turn = 1; turn <= turns; ++turn) curve.turns.push_back(make(turn));
    return curve;
}

inline void addTarget(ChartSource& source, const char* id, TargetKind kind, double slower) {
    const std::size_t at = source.targets.size();
    source.targets.push_back({id, kind, "Qwen2.5-Coder-0.5B-Instruct Q4_K_M", "", false});
    const bool counts = kind == TargetKind::LlamaServer; // Ollama does not say what was cached
    const auto cut = [&](SourceTurn t) {
        if (!counts) {
            t.cached_tokens.reset();
            t.processed_tokens.reset();
        }
        return t;
    };
    source.curves.push_back(curveOf(at, "A", "full context", 12, [&](int t) {
        const double context = 161 + (t - 1) * 66.0 + 37.5 * t * (t - 1) / 2;
        return cut(turnOf(t, slower * (640 + 62 * t), context, t == 1 ? 0 : context - 57, t == 1 ? 183 : 57));
    }));
    source.curves.push_back(curveOf(at, "B", "batch + state file", 12, [&](int t) {
        return cut(turnOf(t, slower * (420 + 48 * t), 181 + 37.4 * (t - 1), t == 1 ? 0 : 120, 90 + 38.0 * t));
    }));
    SourceCurve capped = curveOf(at, "C", "capped state", 15, [&](int t) {
        const int held = t < 4 ? t - 1 : 3;
        return cut(turnOf(t, slower * (430 + 20 * held), 256 + 37 * held, t == 1 ? 0 : 201, t == 1 ? 260 : 51));
    });
    capped.cap = 3;
    source.curves.push_back(capped);
    for (const int padding : {1, 3, 6, 9}) {
        SourceCurve padded = curveOf(at, "D", "padded state", 3, [&](int t) {
            const double held = padding + t - 1;
            return cut(turnOf(t, slower * (410 + 55 * held), 180 + 37.0 * held, t == 1 ? 0 : 150, 70 + 37 * held));
        });
        padded.padding = padding;
        source.curves.push_back(padded);
    }
}

inline ChartSource study(bool twoTargets = false) {
    ChartSource source;
    source.session = "20261124-010203-a1b2c3d4";
    source.plan_name = "study";
    source.measured_by = "0.1.0 (0123456789ab)";
    source.cache_modes = {CacheMode::RunIsolated};
    addTarget(source, "llamacpp", TargetKind::LlamaServer, 1.0);
    if (twoTargets) addTarget(source, "ollama", TargetKind::Ollama, 1.35);
    source.published_where = "M2 Max, llama.cpp";
    const auto row = [&](const char* design, int turn, double context, double ttft, std::optional<int> padding = {}) {
        source.published.push_back({design, turn, padding, context, ttft});
    };
    row("A", 1, 161, 60), row("A", 3, 406, 126), row("A", 6, 1053, 511), row("A", 9, 2034, 763), row("A", 12, 3347, 1046);
    row("B", 1, 181, 124), row("B", 5, 331, 109), row("B", 9, 480, 165);
    row("C", 1, 256, 122), row("C", 3, 332, 107), row("C", 6, 367, 103), row("C", 9, 368, 103), row("C", 12, 364, 104),
        row("C", 15, 365, 100);
    row("D", 1, 215, 156, 1), row("D", 1, 293, 309, 3), row("D", 1, 403, 355, 6), row("D", 1, 512, 266, 9);
    return source;
}

// With the times of every turn that says what was read split, by a law that fits to the last digit; a target that
// does not say has no law.
inline ChartSource withSplit(ChartSource source) {
    for (SourceTarget& target : source.targets)
        if (target.kind == TargetKind::LlamaServer)
            target.law = "TTFT = 47.2 ms + processed x (6.02 ms + 1.40 ms x context / 1,000)";
        else target.why_no_law = "no turn says how many of its prompt tokens were read anew";
    for (SourceCurve& curve : source.curves)
        for (SourceTurn& turn : curve.turns) {
            if (!turn.processed_tokens) continue;
            const double read = turn.processed_tokens->median;
            const double fresh = turn.turn == 1 ? read : std::min(read, 50.0);
            turn.split =
                SourceSplit{3.5, 43.7, fresh * 6.02, read * 1.4e-3 * turn.prompt_tokens->median, (read - fresh) * 6.02, 5};
            turn.ttft_ms = spread(3.5 + 43.7 + read * (6.02 + 1.4e-3 * turn.prompt_tokens->median));
        }
    return source;
}

// The designs named, of one target.
inline ChartSource only(const std::string& designs) {
    ChartSource source = study();
    std::erase_if(source.curves, [&](const SourceCurve& c) { return designs.find(c.design) == std::string::npos; });
    return source;
}

} // namespace looptax::fixture
