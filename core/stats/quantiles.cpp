#include "stats/quantiles.h"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>

namespace looptax {

namespace {

namespace bm = boost::math;
namespace policies = boost::math::policies;

// Boost throws by default; here an extreme argument has an extreme answer.
using Quiet =
    policies::policy<policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
                     policies::overflow_error<policies::ignore_error>, policies::underflow_error<policies::ignore_error>,
                     policies::denorm_error<policies::ignore_error>, policies::evaluation_error<policies::ignore_error>,
                     policies::rounding_error<policies::ignore_error>,
                     policies::indeterminate_result_error<policies::ignore_error>>;
using Normal = bm::normal_distribution<double, Quiet>;
using Student = bm::students_t_distribution<double, Quiet>;
using Beta = bm::beta_distribution<double, Quiet>;
using Binomial = bm::binomial_distribution<double, Quiet>;

constexpr double kNoAnswer = std::numeric_limits<double>::quiet_NaN();

// Ours are counts of turns. With 1e300 Boost looks for an answer for ever.
constexpr double kLargestBeta = 1e9;
bool isBeta(double a, double b) { return a > 0 && b > 0 && a <= kLargestBeta && b <= kLargestBeta; }

// Boost's own root finding throws past the policy (Newton's steps of the inverse beta, for parameters of 1e-300).
template <class Answer> double answer(Answer ask) {
    try {
        return ask();
    } catch (const std::exception&) {
        return kNoAnswer;
    }
}

} // namespace

double normalCdf(double z) {
    return answer([&] { return bm::cdf(Normal(), z); });
}
double normalUpperTail(double z) {
    return answer([&] { return bm::cdf(bm::complement(Normal(), z)); });
}
double normalQuantile(double p) {
    // Of small tails Boost knows more digits than 1 - p can hold.
    return answer([&] { return p > 0.5 ? -bm::quantile(Normal(), 1 - p) : bm::quantile(Normal(), p); });
}
double studentUpperTail(double t, double degrees) {
    return answer([&] { return bm::cdf(bm::complement(Student(degrees), t)); });
}
double studentQuantile(double p, double degrees) {
    return answer([&] { return bm::quantile(Student(degrees), p); });
}
double betaQuantile(double p, double a, double b) {
    if (a <= 0 || b <= 0) return a > 0 ? 1 : 0;
    if (!isBeta(a, b)) return kNoAnswer;
    return answer([&] { return bm::quantile(Beta(a, b), std::clamp(p, 0.0, 1.0)); });
}
double binomialCdf(int k, int n, double p) {
    if (k < 0) return 0;
    if (k >= n) return 1;
    return answer([&] { return bm::cdf(Binomial(n, std::clamp(p, 0.0, 1.0)), k); });
}
double binomialPoint(int k, int n, double p) {
    if (k < 0 || k > n) return 0;
    return answer([&] { return bm::pdf(Binomial(n, std::clamp(p, 0.0, 1.0)), k); });
}

std::optional<double> rootBetween(const std::function<double(double)>& f, double from, double to) {
    const double atFrom = f(from), atTo = f(to);
    if (std::isnan(atFrom) || std::isnan(atTo)) return std::nullopt; // they have a sign all the same
    const double root = answer([&] {
        std::uintmax_t rounds = 200;
        const auto [a, b] =
            bm::tools::toms748_solve(f, from, to, atFrom, atTo, bm::tools::eps_tolerance<double>(45), rounds, Quiet());
        return (a + b) / 2;
    });
    return std::isfinite(root) ? std::optional(root) : std::nullopt;
}

} // namespace looptax
