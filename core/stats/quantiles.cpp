#include "stats/quantiles.h"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>

namespace looptax {

namespace {

namespace bm = boost::math;
namespace policies = boost::math::policies;

// Boost throws by default; here an extreme argument has an extreme answer.
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>, policies::underflow_error<policies::ignore_error>,
    policies::denorm_error<policies::ignore_error>, policies::evaluation_error<policies::ignore_error>,
    policies::rounding_error<policies::ignore_error>,
    policies::indeterminate_result_error<policies::ignore_error>>;
using Normal = bm::normal_distribution<double, Quiet>;
using Student = bm::students_t_distribution<double, Quiet>;
using Beta = bm::beta_distribution<double, Quiet>;
using Binomial = bm::binomial_distribution<double, Quiet>;

} // namespace

double normalCdf(double z) {
    return bm::cdf(Normal(), z);
}
double normalUpperTail(double z) {
    return bm::cdf(bm::complement(Normal(), z));
}
double normalQuantile(double p) {
    // Of small tails Boost knows more digits than 1 - p can hold.
    return p > 0.5 ? -bm::quantile(Normal(), 1 - p) : bm::quantile(Normal(), p);
}
double studentUpperTail(double t, double degrees) {
    return bm::cdf(bm::complement(Student(degrees), t));
}
double studentQuantile(double p, double degrees) {
    return bm::quantile(Student(degrees), p);
}
double betaQuantile(double p, double a, double b) {
    if (!(a > 0) || !(b > 0)) return a > 0 ? 1 : 0;
    return bm::quantile(Beta(a, b), std::clamp(p, 0.0, 1.0));
}
double betaCdf(double x, double a, double b) {
    if (!(a > 0) || !(b > 0)) return a > 0 ? 0 : 1;
    return bm::cdf(Beta(a, b), std::clamp(x, 0.0, 1.0));
}
double binomialCdf(int k, int n, double p) {
    if (k < 0) return 0;
    if (k >= n) return 1;
    return bm::cdf(Binomial(n, std::clamp(p, 0.0, 1.0)), k);
}
double binomialPoint(int k, int n, double p) {
    if (k < 0 || k > n) return 0;
    return bm::pdf(Binomial(n, std::clamp(p, 0.0, 1.0)), k);
}

} // namespace looptax
