#include "page.h"

#include "base/text.h"

namespace looptax::validity {

namespace {

std::string limitText(const Claim& claim) {
    const std::string percent = fixedText(100 * claim.limit, claim.limit < .05 || claim.bound == Bound::About ? 1 : 0) + " %";
    switch (claim.bound) {
    case Bound::AtMost: return "at most " + percent;
    case Bound::AtLeast: return "at least " + percent;
    case Bound::About: return percent;
    case Bound::Within20Percent: return "within " + percent;
    }
    return percent;
}

std::string promised(const Claim& claim) { return "| " + claim.planted + " | " + claim.says + " | " + limitText(claim) + " |"; }

constexpr const char* kHeld = "held";

} // namespace

std::string page(const std::vector<Claim>& claims, const Effort& effort) {
    std::string out = "# How far the verdicts can be trusted\n\n"
                      "Verdicts are rules applied to few runs. Here they are applied to sweeps whose truth is known, because "
                      "it was planted: passes and times are drawn by a model with the effect that the first column names, and "
                      "judged by the same code that judges real sweeps. A rule that promises to be wrong in at most 5 % of "
                      "sweeps must be, and an interval that promises to cover the truth in 90 % must do so.\n\n";
    out += "Made by `packaging/validity.sh`, which runs `looptax-validity`: " + std::to_string(effort.sweeps) +
           " sweeps a row (fewer where a row says so), row i drawn from seed " + std::to_string(kSeed) +
           " + i with this program's own mt19937_64. No number here was measured on a runtime: all of it is simulated. "
           "A row holds when what came out is within Monte Carlo error of what is promised: 3.29 standard errors, which "
           "one row in a thousand would miss by chance. A test makes the same claims with fewer sweeps at every build and "
           "fails when one does not hold.\n\n";
    out += "Noise is the standard deviation of ln TTFT, turn by turn. Verdicts of the single hypothesis in the row, so that "
           "Holm's correction does not hide a rule that is too easily satisfied; the rows on a family say otherwise.\n\n";
    out +=
        "The rows on further runs: every sweep that its verdict leaves open is gone on with, its first runs kept, to 0.8, 1 and "
        "1.2 times the number of runs that the verdict names. That number is where the rule should be as likely as not to "
        "decide, so half of them should be decided between 0.8 and 1.2 of it. That is so on the whole, not at every truth: "
        "one far from the limit decides sooner, one at the limit later; those planted lie between.\n\n";
    out += "The rows on runs of so many turns, two of which correlate, are drawn by Polya's urn. Where every turn of a sweep "
           "came out the same there is no interval, and the sweep is not counted.\n\n";
    out += "The rows after those are of the numbers beside the verdicts: intervals of medians, slopes, ratios and shares, the "
           "parts of a fitted split, and what compare says of two sessions. Some show where an interval does less than it "
           "says, and promise what it does. Then come T1, T2 and T3 on sweeps that were spoilt, the family of five where all "
           "that it must not say is untrue at once, and more rows on further runs.\n\n";
    out +=
        "Last come servers, proxies and budgets that lie: a runtime that cuts prompts without a word, a server that fails or "
        "changes its model, replies that hit max_tokens or come in chunks, all at once or as copies, counts that leave out what "
        "was "
        "cached. Each world stands there without the lie, where its verdict is decided, and then with it: a sweep counts against "
        "the rule when what rests on the lie is decided all the same, or when the verdict does not name the reason.\n\n";
    out += "| What was planted | What is claimed | Promised | Came out | Sweeps | |\n|---|---|---|---|---|---|\n";
    for (const Claim& claim : claims)
        out += promised(claim) + " " + claim.shown + " | " + std::to_string(claim.sweeps) + " | " +
               (claim.holds ? kHeld : "**broken**") + " |\n";
    return out;
}

std::string disagreement(const std::string& text, const std::vector<Claim>& claims) {
    std::vector<std::string> rows;
    for (const std::string& line : splitOn(text, '\n'))
        if (line.rfind("| ", 0) == 0 && line.rfind("| What was planted", 0) != 0) rows.push_back(line);
    if (rows.size() != claims.size())
        return "the page has " + std::to_string(rows.size()) + " claims, the program " + std::to_string(claims.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].rfind(promised(claims[i]), 0) != 0)
            return "row " + std::to_string(i + 1) + " is not what the program claims: " + promised(claims[i]);
        if (rows[i].size() < 8 || rows[i].substr(rows[i].size() - 8) != "| " + std::string(kHeld) + " |")
            return "row " + std::to_string(i + 1) + " did not hold when the page was made";
    }
    return {};
}

} // namespace looptax::validity
