#include "stats/beta_binomial.h"

#include "stats/quantiles.h"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <utility>

namespace looptax {

namespace {

constexpr int kBits = 26; // of the place of a maximum: a double tells no more, its height is flat there

// All that the likelihood needs to know of the runs: of how many the passes, the failures, the turns exceed k.
class Likelihood {
public:
    explicit Likelihood(const PassRows& rows) {
        for (const std::vector<bool>& row : rows) {
            if (row.empty()) continue;
            const auto passes = std::size_t(std::count(row.begin(), row.end(), true));
            count(m_passes, passes);
            count(m_failures, row.size() - passes);
            count(m_turns, row.size());
            m_mixed += double(passes > 0 && passes < row.size());
        }
    }

    double at(double rate, double correlation) const {
        const double own = 1 - correlation;
        double sum = term(m_passes, 0, rate) + term(m_failures, 0, 1 - rate);
        if (m_mixed > 0) sum += m_mixed * std::log(own); // minus infinity at 1: no run is mixed there
        for (std::size_t k = 1; k < m_turns.size(); ++k) {
            const double seen = double(k) * correlation;
            sum += term(m_passes, k, rate * own + seen) + term(m_failures, k, (1 - rate) * own + seen) -
                   term(m_turns, k, own + seen);
        }
        return sum;
    }

private:
    static void count(std::vector<double>& above, std::size_t value) {
        if (above.size() < value) above.resize(value, 0.0);
        for (std::size_t k = 0; k < value; ++k) above[k] += 1;
    }
    static double term(const std::vector<double>& above, std::size_t k, double of) {
        return k < above.size() ? above[k] * std::log(of) : 0.0;
    }

    std::vector<double> m_passes, m_failures, m_turns; // index k: runs with more than k
    double m_mixed = 0;
};

struct Peak {
    double place = 0;
    double height = 0;
};

// Of a function with one peak in [low, high]; the ends count too, where Brent's search only comes near.
template <class F> Peak peakOf(F f, double low, double high) {
    const auto [place, depth] = boost::math::tools::brent_find_minima([&](double x) { return -f(x); }, low, high, kBits);
    Peak best{place, -depth};
    for (const double end : {low, high})
        if (const double height = f(end); height >= best.height) best = {end, height};
    return best;
}

Peak profile(const Likelihood& likelihood, double rate) {
    return peakOf([&](double correlation) { return likelihood.at(rate, correlation); }, 0, 1);
}

} // namespace

BetaBinomial betaBinomial(const PassRows& rows, double level) {
    BetaBinomial out;
    std::size_t turns = 0, passed = 0;
    for (const std::vector<bool>& row : rows) {
        out.runs += int(!row.empty());
        turns += row.size();
        passed += std::size_t(std::count(row.begin(), row.end(), true));
    }
    if (out.runs < kBetaBinomialRuns) {
        out.missing = tooSmall(out.runs, kBetaBinomialRuns);
        return out;
    }
    if (passed == 0 || passed == turns) {
        out.missing = "no spread: every turn is the same";
        return out;
    }
    if (turns == std::size_t(out.runs)) {
        out.missing = "no run has a second turn, so nothing is known of turns within a run";
        return out;
    }
    constexpr double kEdge = 1e-12; // a rate of 0 or 1 cannot have given both passes and failures
    const Likelihood likelihood(rows);
    const Peak best = peakOf([&](double rate) { return profile(likelihood, rate).height; }, kEdge, 1 - kEdge);
    out.rate = best.place;
    out.correlation = profile(likelihood, best.place).place;
    const double t = studentQuantile((1 + level) / 2, out.runs - 1);
    const auto above = [&](double rate) { return profile(likelihood, rate).height - (best.height - t * t / 2); };
    std::optional<double> low = 0, high = 1;
    if (above(kEdge) < 0) low = rootBetween(above, kEdge, best.place);
    if (above(1 - kEdge) < 0) high = rootBetween(above, best.place, 1 - kEdge);
    if (low && high) out.interval = Interval{*low, *high, level, "beta-binomial, profile likelihood"};
    else out.missing = "the likelihood has no limits";
    return out;
}

} // namespace looptax
