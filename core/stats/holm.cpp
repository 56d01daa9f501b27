#include "stats/holm.h"

#include <algorithm>

namespace looptax {

std::vector<std::optional<double>> holmAdjusted(const std::vector<std::optional<double>>& p, int family) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < p.size(); ++i)
        if (p[i] && *p[i] >= 0 && *p[i] <= 1) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return *p[a] < *p[b]; });
    std::vector<std::optional<double>> out(p.size());
    double left = double(std::max(order.size(), std::size_t(std::max(family, 0))));
    double reached = 0;
    for (const std::size_t i : order) {
        reached = std::max(reached, std::min(1.0, *p[i] * left));
        out[i] = reached;
        --left;
    }
    return out;
}

} // namespace looptax
