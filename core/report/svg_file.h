// An SVG file of the charts folder, which anybody may have written to, as the report sees it. The page shows it as an
// image from a data: address: a browser runs no script in it, fetches nothing for it, and keeps its ids apart from
// the page's. Here it is only read for what the report says about it.
#pragma once

#include <string>
#include <string_view>

namespace looptax {

inline constexpr std::size_t kMostSvgBytes = std::size_t(8) << 20;

// Why the page cannot show it: "it is larger than 8 MiB"; empty when it can. A browser shows nothing of a drawing
// that is cut off or not well-formed, and one with entities of its own may unfold to any size.
std::string svgProblem(std::string_view svg);

// A fact that the exporter wrote into the description, "session: 2026..." by the key "session"; empty when it
// is not there.
std::string svgFact(std::string_view svg, std::string_view key);
std::string svgTitle(std::string_view svg); // raw text; empty when there is none
std::string svgDescription(std::string_view svg);

// Was it drawn for light paper? By the fill in force at its first rectangle, the sheet.
bool svgIsOnWhite(std::string_view svg);

} // namespace looptax
