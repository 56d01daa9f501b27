// An SVG file made fit to stand in the middle of an HTML page. What is not plain drawing is refused rather
// than cleaned: elements and attributes that this program's charts do not use, scripts, event handlers,
// anything that is fetched. The bytes come from a folder that anybody may have written to.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace looptax {

inline constexpr std::size_t kMostSvgBytes = std::size_t(8) << 20;

// The svg element alone, without prolog and comments. Every id, and every reference to one, gets `<name>.`
// before it: two charts of one page must not clip each other. An error says what is not allowed; its kind is
// Corrupt.
Result<std::string> inlineSvg(std::string_view svg, std::string_view name);

// A fact that the exporter wrote into the description, "session: 2026..." by the key "session"; empty when it
// is not there.
std::string svgFact(std::string_view svg, std::string_view key);
std::string svgTitle(std::string_view svg); // raw text; empty when there is none

// Was it drawn for light paper? By the fill in force at its first rectangle, the sheet.
bool svgIsOnWhite(std::string_view svg);

} // namespace looptax
