// What the window says of a verdict: its cells on the board and the page that tells it in full. Numbers are
// rounded to what the interval supports; an absent number is an empty text. Pure.
#pragma once

#include "analysis/verdict.h"

#include <QString>

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// A sign and words, so that no colour is needed: "✓ Supported", "✗ Rejected, trivially", "… Still collecting".
QString verdictText(const Verdict& verdict);
bool isDecided(VerdictKind kind); // Supported or Rejected

QString effectText(const Verdict& verdict);   // "10.14×", "12 %", "949 ms"
QString limitsText(const Verdict& verdict);   // "9.78 to 10.52×"
QString coverageShown(double coverage);       // "96.9 %"
QString intervalText(const Verdict& verdict); // "9.78 to 10.52× (96.9 %)": with the coverage it has
QString pText(std::optional<double> p);       // "0.0039", "< 0.0001"
QString countText(const Verdict& verdict);    // "8 blocks"
// What must not be overlooked beside it: "changed after data; 2 runs left out; the same without disturbed turns; 21 more runs a
// cell".
QString remarksText(const Verdict& verdict);
QString scopeText(const Verdict& verdict); // "llamacpp, run-isolated"

struct VerdictParagraph {
    QString heading; // "Rule"
    QString text;
};
std::vector<VerdictParagraph> verdictParagraphs(const Verdict& verdict, double alpha);

// "2 supported, 1 rejected, 7 inconclusive."
QString boardCounts(const Analysis& analysis);
QString addRepeatsText(int repeats); // "Add seven repeats"

} // namespace looptax
