// The published curves beside ours, shape and level apart: another machine and another model change how long
// everything takes, which says nothing; whether the time grows with the context is what can be set side by side.
#pragma once

#include "report/report_sections.h"
#include "stats/slope.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

// One curve at the rows that the post printed.
struct PublishedShape {
    std::string design;
    std::optional<int> cap;
    std::string target; // empty: the post itself, which states neither cache mode nor what its cache held
    std::optional<CacheMode> cache_mode;
    std::string stratum;
    int rows = 0;
    SlopeFit elasticity;                            // ln TTFT on ln context tokens, Theil-Sen; without a slope below three rows
    std::optional<std::pair<double, double>> level; // least and most of TTFT here / there; ours alone
};
// By design the post's, then ours; nothing of a design of which no row was run.
std::vector<PublishedShape> publishedShapes(const ReportContext& context);

// The same as a table. session: a name for ours; false where it would be empty. The note says how to read it.
bool addPublishedShape(doc::Document& document, const ReportContext& context, const std::string& session);
doc::Paragraph publishedShapeNote();

} // namespace looptax
