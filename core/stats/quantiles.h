// Probabilities and quantiles of the distributions we use, from Boost.Math. Arguments out of range give the
// nearest sensible end and never an exception.
#pragma once

namespace looptax {

double normalCdf(double z);
double normalUpperTail(double z);
double normalQuantile(double p); // 0 < p < 1
double studentUpperTail(double t, double degrees);
double studentQuantile(double p, double degrees);
double betaQuantile(double p, double a, double b);
double betaCdf(double x, double a, double b); // the regularised incomplete beta I(x; a, b)
double binomialCdf(int k, int n, double p);   // P(X <= k); 0 for k < 0
double binomialPoint(int k, int n, double p); // P(X = k)

} // namespace looptax
