// Probabilities and quantiles of the distributions we use, from Boost.Math. Nothing here throws, and nothing else in this
// program calls what of Boost.Math may. Arguments out of range give the nearest sensible end; where there is no answer
// (NaN given, no degrees of freedom) it is NaN, and who asked leaves its number absent.
#pragma once

#include <functional>
#include <optional>

namespace looptax {

double normalCdf(double z);
double normalUpperTail(double z);
double normalQuantile(double p); // 0 < p < 1
double studentUpperTail(double t, double degrees);
double studentQuantile(double p, double degrees);
double betaQuantile(double p, double a, double b); // a and b above 1e9: no answer
double binomialCdf(int k, int n, double p);        // P(X <= k); 0 for k < 0
double binomialPoint(int k, int n, double p);      // P(X = k)

// Where f is 0, from < to; absent unless it has two signs there.
std::optional<double> rootBetween(const std::function<double(double)>& f, double from, double to);

} // namespace looptax
