#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <tuple>

namespace looptax {

using namespace doc;

namespace {

constexpr std::size_t kMostKinds = 20;
constexpr std::size_t kMostQuotes = 5;
constexpr std::int64_t kHeadChars = 480, kTailChars = 160;

bool right(const TurnRecord& turn) { return turn.outcome == Outcome::Ok && turn.all_pass.value_or(false); }

// Turns that went wrong in the same way in the same design of the same target.
struct Kind {
    std::size_t first = 0; // index of the first such turn
    std::size_t quote = 0; // index of the first of them that said something
    bool quotable = false;
    int count = 0;
};

std::vector<Kind> kindsOf(const std::vector<TurnRecord>& turns) {
    std::map<std::tuple<std::string, std::string, Outcome, std::string>, std::size_t> places;
    std::vector<Kind> kinds;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const TurnRecord& turn = turns[i];
        if (right(turn)) continue;
        const auto [at, isNew] = places.try_emplace({turn.target, turn.design, turn.outcome, turn.fail_reason}, kinds.size());
        if (isNew) kinds.push_back({i, i, false, 0});
        Kind& kind = kinds[at->second];
        ++kind.count;
        if (!kind.quotable && turn.reply_chars.value_or(0) > 0) {
            kind.quote = i;
            kind.quotable = true;
        }
    }
    std::stable_sort(kinds.begin(), kinds.end(), [](const Kind& a, const Kind& b) { return a.count > b.count; });
    return kinds;
}

std::string reasonOf(const TurnRecord& turn) {
    if (!turn.fail_reason.empty()) return turn.fail_reason;
    return turn.outcome == Outcome::Ok ? "not right; the record does not say why" : std::string(name(turn.outcome));
}

std::string placeOf(const TurnRecord& turn) {
    std::string out = turn.cell + ", run " + std::to_string(turn.run);
    if (turn.run_attempt > 1) out += " attempt " + std::to_string(turn.run_attempt);
    return out + ", turn " + std::to_string(turn.turn);
}

// The byte after so many characters.
std::size_t after(std::string_view text, std::int64_t chars) {
    std::size_t at = 0;
    while (at < text.size() && chars > 0) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
        --chars;
    }
    return at;
}

} // namespace

std::vector<std::size_t> turnsToQuote(const std::vector<TurnRecord>& turns) {
    std::vector<std::size_t> out;
    for (const Kind& kind : kindsOf(turns))
        if (kind.quotable && out.size() < kMostQuotes) out.push_back(kind.quote);
    return out;
}

std::string excerptOf(std::string_view reply) {
    const std::string text = isValidUtf8(reply) ? std::string(reply) : repairUtf8(reply);
    const std::int64_t chars = codePoints(text);
    if (chars <= kHeadChars + kTailChars + 40) return text;
    const std::int64_t left = chars - kHeadChars - kTailChars;
    return text.substr(0, after(text, kHeadChars)) + "\n[... " + std::to_string(left) + " characters left out ...]\n" +
           text.substr(after(text, chars - kTailChars));
}

namespace {

struct OnRecord {
    std::int64_t turns = 0; // those of interrupted runs too
    std::int64_t failed = 0;
    std::int64_t wrong = 0;
    std::int64_t hit_max_tokens = 0;      // of those that ended well; they count as wrong
    std::int64_t ended_by_themselves = 0; // the others
    std::int64_t right_of_those = 0;
};

OnRecord onRecord(const std::vector<TurnRecord>& turns) {
    OnRecord out;
    for (const TurnRecord& turn : turns) {
        ++out.turns;
        out.failed += int(turn.outcome != Outcome::Ok);
        out.wrong += int(turn.outcome == Outcome::Ok && !right(turn));
        if (turn.outcome != Outcome::Ok) continue;
        const bool cut = hitMaxTokens(turn);
        out.hit_max_tokens += int(cut);
        out.ended_by_themselves += int(!cut);
        out.right_of_those += int(!cut && right(turn));
    }
    return out;
}

} // namespace

Json turnsOnRecordJson(const ReportContext& context) {
    const OnRecord counts = onRecord(context.in.turns);
    return {{"turns", counts.turns},
            {"failed", counts.failed},
            {"wrong", counts.wrong},
            {"hit_max_tokens", counts.hit_max_tokens},
            {"ended_by_themselves", counts.ended_by_themselves},
            {"right_of_ended_by_themselves", counts.right_of_those}};
}

Json failuresJson(const ReportContext& context) {
    const std::vector<TurnRecord>& turns = context.in.turns;
    Json out = Json::array();
    for (const Kind& kind : kindsOf(turns)) {
        const TurnRecord& turn = turns[kind.first];
        out.push_back({{"target", turn.target},
                       {"design", turn.design},
                       {"outcome", std::string(name(turn.outcome))},
                       {"reason", reasonOf(turn)},
                       {"turns", kind.count},
                       {"first_seen_in", placeOf(turn)}});
    }
    return out;
}

void addFailures(Document& document, const ReportContext& context) {
    const std::vector<TurnRecord>& turns = context.in.turns;
    if (turns.empty()) return;
    document.add(Heading{3, "Failed turns and wrong answers"});
    const std::vector<Kind> kinds = kindsOf(turns);
    const OnRecord counts = onRecord(turns);
    if (kinds.empty())
        return document.add(Paragraph{plain("None: of " + counted(counts.turns, "turn", "turns") +
                                            " on record none failed and none was answered wrongly.")});
    document.add(
        Paragraph{plain("Of " + counted(counts.turns, "turn", "turns") + " on record, those of interrupted runs included, " +
                        std::to_string(counts.failed) + " failed (no whole answer came) and " + std::to_string(counts.wrong) +
                        " ended with a wrong answer. A wrong answer is a result, not a failure.")});
    if (counts.hit_max_tokens > 0)
        document.add(Paragraph{
            plain(counted(counts.hit_max_tokens, "reply", "replies") + " hit max_tokens and " +
                  (counts.hit_max_tokens == 1 ? "does" : "do") + " not pass, as in the published study: nobody knows how " +
                  (counts.hit_max_tokens == 1 ? "it" : "they") + " would have ended. Of the " +
                  std::to_string(counts.ended_by_themselves) + " that ended by themselves " +
                  std::to_string(counts.right_of_those) + (counts.right_of_those == 1 ? " was" : " were") +
                  " right. A verdict on quality is given only where it is the same with such runs left out.")});
    Table table{"What went wrong, by target, design and reason",
                {{"design", false}, {"outcome", false}, {"reason", false}, {"turns", true}, {"first seen in", false}},
                {}};
    for (std::size_t i = 0; i < std::min(kinds.size(), kMostKinds); ++i) {
        const TurnRecord& turn = turns[kinds[i].first];
        std::string design = turn.design + " · " + turn.target;
        if (context.simulated(turn.target)) design += " (SIMULATED)";
        table.rows.push_back({design, turn.outcome == Outcome::Ok ? "wrong answer" : std::string(name(turn.outcome)),
                              reasonOf(turn), std::to_string(kinds[i].count), placeOf(turn)});
    }
    document.add(std::move(table));
    if (kinds.size() > kMostKinds)
        document.add(Paragraph{plain("And " + counted(std::int64_t(kinds.size() - kMostKinds), "kind", "kinds") +
                                     " more; every turn is in turns.csv.")});
    bool head = false;
    for (const ReportReply& said : context.in.replies) {
        if (said.turn >= turns.size() || said.reply.empty()) continue;
        if (!head) document.add(Heading{3, "In the model's words"});
        head = true;
        const TurnRecord& turn = turns[said.turn];
        document.add(
            Quote{std::string(context.simulated(turn.target) ? "SIMULATED: " : "") + placeOf(turn) + ": " + reasonOf(turn),
                  excerptOf(said.reply)});
    }
}

} // namespace looptax
