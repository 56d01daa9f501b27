#include "report/report_compare.h"

#include "base/text.h"
#include "report/compare_counts.h"
#include "report/published_shape.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/run_counts.h"
#include "stats/fisher.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace looptax {

using namespace doc;

namespace {

struct Quantity {
    std::string_view metric; // of summaryMetrics(); "all_pass" for right answers
    const char* title;
    const char* more;
    const char* less;
};
constexpr std::array<Quantity, 4> kQuantities{{{"ttft_ms", "Time to first token, ms", "slower", "faster"},
                                               {"decode_tps", "Decode rate, tokens/s by the client's clock", "faster", "slower"},
                                               {"processed_tokens", "Prompt tokens read anew", "more", "fewer"},
                                               {"all_pass", "Right answers, blocks", "more right", "fewer right"}}};

std::string words(const Quantity& quantity, Contrast contrast) {
    switch (contrast) {
    case Contrast::Same: return "the same";
    case Contrast::WithinInstrument: return "within the instrument's error";
    case Contrast::TooFew: return "too few blocks";
    case Contrast::NotShown: return "no difference shown";
    case Contrast::More: return quantity.more;
    case Contrast::Less: return quantity.less;
    }
    return {};
}

std::string signedText(double value) {
    const std::string text = rounded(value);
    return value > 0 && !text.empty() && text.front() != '<' ? "+" + text : text;
}

std::string intervalText(const std::optional<Interval>& interval, bool withSign) {
    if (!interval) return {};
    const auto text = [&](double value) { return withSign ? signedText(value) : rounded(value); };
    return text(interval->low) + " to " + text(interval->high) + " (" + fixedText(100 * interval->coverage, 1) + " %)";
}

// All rows of one design, cap, padding and cache mode of one pair stand in one table.
CompareKey curveOf(CompareKey key) {
    key.turn = 0;
    return key;
}

class Writer {
public:
    Writer(const ReportInputs& first, const ReportInputs& second, const SessionComparison& comparison)
        : m_first(first)
        , m_second(second)
        , m_c(comparison) {}

    Document write() {
        const bool all = m_first.allSimulated() && m_second.allSimulated();
        const bool any = m_first.anySimulated() || m_second.anySimulated();
        m_doc.title = std::string("Two sessions beside each other") + (all   ? ", SIMULATED: no model was measured"
                                                                       : any ? ", in part SIMULATED"
                                                                             : "");
        opening();
        environment();
        rules();
        glance();
        for (std::size_t i = 0; i + 1 < kQuantities.size(); ++i) metric(kQuantities[i]);
        passes(kQuantities.back());
        leftOut();
        published();
        return std::move(m_doc);
    }

private:
    void notice(Notice::Kind kind, const std::string& text) { m_doc.add(Notice{kind, plain(text)}); }

    std::string sessionText(const char* label, const ReportContext& context) const {
        const ReportInputs& in = context.in;
        const RunCounts runs = countRuns(in);
        const std::string id = sessionIdOf(in);
        std::string out = std::string(label) + " is " + (id.empty() ? "a session without an id" : id);
        if (in.plan && !in.plan->name.empty()) out += ", \"" + in.plan->name + "\"";
        if (!in.sessions.empty() && in.sessions.front())
            if (const std::string t = textMember(*in.sessions.front(), "t"); t.size() >= 10) out += ", begun " + t.substr(0, 10);
        return out + ": " + counted(std::int64_t(in.turns.size()), "turn", "turns") + ", " + std::to_string(runs.complete) +
               " of " + counted(runs.planned, "planned run", "planned runs") + " complete.";
    }

    void opening() {
        m_doc.add(Paragraph{plain("What is different between two sessions, turn by turn: in time to the first token, decode "
                                  "rate, tokens read anew and right answers; and what is different around them.")});
        m_doc.add(Paragraph{plain(sessionText("S1", m_first) + " " + sessionText("S2", m_second))});
        if (m_first.anySimulated() || m_second.anySimulated())
            notice(Notice::Kind::Simulated, "numbers of this program's own scripted server stand here, which answers by rule "
                                            "and waits as long as it was told to. They say nothing about any model.");
        for (const auto& [label, context] : {std::pair<const char*, const ReportContext*>{"S1", &m_first}, {"S2", &m_second}}) {
            constexpr std::size_t kMost = 5;
            for (std::size_t i = 0; i < std::min(context->in.warnings.size(), kMost); ++i)
                notice(Notice::Kind::Warning, std::string(label) + ": " + context->in.warnings[i]);
            for (const Amendment& amendment : context->in.amendments)
                notice(Notice::Kind::Note, std::string(label) + ": " + amendmentSentence(amendment));
            for (const std::string& words : notQuietTexts(*context, disturbedCells(context->in.turns)))
                notice(Notice::Kind::Warning, std::string(label) + ": the machine was not quiet: " + words +
                                                  " A difference of times may be that of what else it did.");
            if (context->summary.turns.empty())
                notice(Notice::Kind::Warning, std::string(label) +
                                                  " has no complete run: there are no times of it to compare, only "
                                                  "how many answers were right.");
            else if (context->mostBlocks() == 1)
                notice(Notice::Kind::Note, std::string(label) + " has one block: no interval, and no difference is claimed.");
        }
    }

    void environment() {
        const Environment& e = m_c.environment;
        m_doc.add(Heading{2, "What differs around them"});
        if (e.differ.empty()) {
            m_doc.add(Paragraph{plain("Nothing that the sessions report of plan, runtime, model and host differs.")});
        } else {
            Table table{"What differs; an empty cell was not reported", {{"what", false}, {"S1", false}, {"S2", false}}, {}};
            for (const EnvironmentFact& fact : e.differ) table.rows.push_back({fact.what, fact.first, fact.second});
            m_doc.add(std::move(table));
        }
        if (!e.same.empty()) m_doc.add(Paragraph{plain("The same in both: " + joined(e.same, "; ") + ".")});
        if (!e.unknown.empty())
            m_doc.add(Paragraph{plain("Reported by neither, so it may differ: " + joined(e.unknown, "; ") + ".")});
    }

    void rules() {
        m_doc.add(Heading{2, "What is compared, and what is not"});
        BulletList list;
        const auto say = [&](const std::string& text) { list.items.push_back(plain(text)); };
        for (const std::string& how : m_c.targets.how) say(how);
        say("Nothing is pooled. Two sessions are two occasions, each with its own hour, load and server process" +
            std::string(m_c.environment.differ.empty() ? "" : ", and with the differences above") +
            ": the blocks of both together are no repeats of one thing, so no number here is over both.");
        say("A turn is set beside the same turn of the same design, cap, padding and cache mode, found in the same state of "
            "the cache. Values are medians over blocks, one block being one repeat of every cell; n counts blocks.");
        say("S2 - S1 is the median of all differences between a block of S2 and one of S1 (Hodges-Lehmann), its interval the "
            "exact one of Mann-Whitney's test, with the coverage it really has; S2 / S1 is the ratio of geometric means, its "
            "interval Welch's t on the logarithms. The first decides: a difference is claimed where at least 95 % are "
            "covered and zero is not among them.");
        say("Right answers: a block passes where every turn it holds under the key was right; the interval of the difference "
            "of the two shares is Newcombe's, and a difference is claimed only where p of Fisher's exact test is at most 0.05 "
            "too.");
        say(instrumentText());
        if (const int rows = rowsJudged(m_c.turns); rows > 1)
            say("Each of the " + std::to_string(rows) + " rows is judged by itself: where nothing differs at all, about " +
                rounded(double(rows) / 20) + " of them would be called different by chance. Nothing here is corrected for that.");
        if (sameSeeds(m_first.in) || sameSeeds(m_second.in))
            say("Where every repeat used the same seed, replies may be copies: right answers were measured fewer times than n "
                "says.");
        m_doc.add(std::move(list));
    }

    static bool sameSeeds(const ReportInputs& in) { return in.plan && in.plan->repeats > 1 && sharesSeed(in.plan->sampling); }

    std::string instrumentText() const {
        const auto& instrument = m_second.in.instrument;
        if (!instrument)
            return "How far this program's own clock is off was not measured on this machine (looptax calibrate does it): very "
                   "small differences of times and rates may be the instrument's.";
        return "A difference of two times of at most " + fixedText(timeErrorMs(*instrument), 2) +
               " ms, or of two decode rates of at "
               "most " +
               fixedText(rateErrorPercent(*instrument), 2) +
               " %, is within the instrument's own error, as it was "
               "measured on " +
               instrument->machine + " on " + instrument->date.substr(0, 10) +
               ", and is not called a difference "
               "whatever its interval.";
    }

    void glance() {
        m_doc.add(Heading{2, "At a glance"});
        Table table{"How many turns differ, by what was measured",
                    {{"quantity", false},
                     {"compared", true},
                     {"S2 more", true},
                     {"S2 less", true},
                     {"no difference shown", true},
                     {"the same", true},
                     {"within the instrument's error", true},
                     {"too few blocks", true}},
                    {}};
        for (const Quantity& quantity : kQuantities) {
            const ContrastCounts counts = countContrasts(m_c.turns, quantity.metric);
            std::vector<std::string> cells{quantity.title, std::to_string(counts.rows)};
            for (const Contrast contrast : {Contrast::More, Contrast::Less, Contrast::NotShown, Contrast::Same,
                                            Contrast::WithinInstrument, Contrast::TooFew})
                cells.push_back(counts.rows == 0 ? ""
                                                 : std::to_string(counts.by.count(contrast) > 0 ? counts.by.at(contrast) : 0));
            table.rows.push_back(std::move(cells));
        }
        m_doc.add(std::move(table));
    }

    std::string caption(const CompareKey& key) const {
        const TargetPair& pair = m_c.targets.pairs[key.pair];
        const bool simulated = m_first.simulated(pair.first) || m_second.simulated(pair.second);
        std::string out = (simulated ? "SIMULATED: design " : "Design ") + m_first.designText(key.design);
        if (key.cap) out += ", cap " + std::to_string(*key.cap);
        if (key.padding) out += ", padding " + std::to_string(*key.padding);
        return out + " · " + pair.first + (pair.first == pair.second ? "" : " / " + pair.second) + " · " +
               std::string(name(key.cache_mode));
    }

    void metric(const Quantity& quantity) {
        std::map<CompareKey, Table> tables;
        for (const MetricContrast& row : m_c.turns.metrics) {
            if (row.metric != quantity.metric) continue;
            Table& table = tables[curveOf(row.key)];
            table.rows.push_back({std::to_string(row.key.turn), row.stratum, std::to_string(row.first.n),
                                  std::to_string(row.second.n), rounded(row.first.median), rounded(row.second.median),
                                  signedText(row.shift.value.value_or(row.second.median - row.first.median)),
                                  intervalText(row.shift.interval, true), ratioText(row), intervalText(row.ratio.interval, false),
                                  words(quantity, row.contrast)});
        }
        if (tables.empty()) return;
        m_doc.add(Heading{2, quantity.title});
        for (auto& [key, table] : tables) {
            table.caption = caption(key);
            table.columns = {
                {"turn", true},  {"cache", false},  {"n S1", true},          {"n S2", true},    {"S1", true},
                {"S2", true},    {"S2 - S1", true}, {"its interval", false}, {"S2 / S1", true}, {"interval of that", false},
                {"S2 is", false}};
            dropIfEmpty(table, "its interval");
            dropIfEmpty(table, "interval of that");
            m_doc.add(std::move(table));
        }
        if (quantity.metric == "ttft_ms") otherPrompts();
    }

    void otherPrompts() {
        if (const ReadOtherwise read = readOtherwise(m_c.turns); read.both > 0)
            m_doc.add(Notice{Notice::Kind::Warning,
                             plain("of the " + counted(read.times, "turn", "turns") + " that differ in this time, " +
                                   std::to_string(read.both) +
                                   " differ in the tokens read anew as well: there the time says that another prompt was read, "
                                   "not that one side is faster. The tokens stand below.")});
    }

    static std::string ratioText(const MetricContrast& row) {
        if (row.ratio.value) return supportedText(*row.ratio.value, row.ratio.interval);
        return row.first.median > 0 ? rounded(row.second.median / row.first.median) : std::string();
    }

    void passes(const Quantity& quantity) {
        std::map<CompareKey, Table> tables;
        const auto share = [](const Share& s) { return std::to_string(s.hits) + " of " + std::to_string(s.of); };
        for (const PassContrast& row : m_c.turns.passes)
            tables[curveOf(row.key)].rows.push_back({std::to_string(row.key.turn), share(row.first), share(row.second),
                                                     row.difference.value ? signedText(*row.difference.value) : "",
                                                     intervalText(row.difference.interval, true), row.p ? pText(row.p) : "",
                                                     words(quantity, row.contrast)});
        if (tables.empty()) return;
        m_doc.add(Heading{2, quantity.title});
        for (auto& [key, table] : tables) {
            table.caption = caption(key);
            table.columns = {{"turn", true},          {"S1", true},        {"S2", true},     {"S2 - S1, share", true},
                             {"its interval", false}, {"p, Fisher", true}, {"S2 has", false}};
            m_doc.add(std::move(table));
        }
        power();
    }

    // Beside every "no difference": how little so many blocks could have shown.
    void power() {
        const int n = leastBlocksWithoutDifference(m_c.turns);
        if (const std::string text = powerText(powerTable(n, kPowerShares, kComparePowerAlpha), kComparePowerAlpha);
            n > 0 && !text.empty())
            m_doc.add(Paragraph{plain("Where no difference is shown, what the least of these counts could have shown: " + text)});
    }

    // "Design A full context · llamacpp · run-isolated: turns 4, 5, 6"
    void keysBy(BulletList& list, const std::vector<CompareKey>& keys, const std::string& where) {
        std::map<CompareKey, std::vector<std::string>> turns;
        for (const CompareKey& key : keys) turns[curveOf(key)].push_back(std::to_string(key.turn));
        for (const auto& [key, list_] : turns)
            list.items.push_back(
                plain(where + ": " + caption(key) + ", " + (list_.size() == 1 ? "turn " : "turns ") + joined(list_, ", ") + "."));
    }

    void leftOut() {
        BulletList list;
        keysBy(list, m_c.turns.only_first, "Only in S1");
        keysBy(list, m_c.turns.only_second, "Only in S2");
        for (const StrataApart& apart : m_c.turns.apart)
            list.items.push_back(plain(caption(apart.key) + ", turn " + std::to_string(apart.key.turn) + ": the cache was " +
                                       joined(apart.first, ", ") + " in S1 and " + joined(apart.second, ", ") +
                                       " in S2; times of the one say nothing beside times of the other."));
        for (const StreamsApart& apart : m_c.turns.streams_apart)
            list.items.push_back(plain(caption(apart.key) + ", turn " + std::to_string(apart.key.turn) + ": replies came " +
                                       joined(apart.first, ", ") + " in S1 and " + joined(apart.second, ", ") +
                                       " in S2; TTFT of a token and of a chunk of several do not compare."));
        truncated(list, m_c.turns.first_truncated, "S1");
        truncated(list, m_c.turns.second_truncated, "S2");
        targetsAlone(list, m_first, "S1", &TargetPair::first);
        targetsAlone(list, m_second, "S2", &TargetPair::second);
        if (list.items.empty()) return;
        m_doc.add(Heading{2, "What could not be compared"});
        m_doc.add(std::move(list));
    }

    static void truncated(BulletList& list, int runs, const std::string& label) {
        if (runs == 0) return;
        list.items.push_back(plain("In " + counted(runs, "run", "runs") + " of " + label +
                                   " the runtime dropped a part of a prompt: " + (runs == 1 ? "it counts" : "they count") +
                                   " neither as right nor as wrong."));
    }

    void targetsAlone(BulletList& list, const ReportContext& context, const std::string& label, std::string TargetPair::*side) {
        for (const ReportTarget& target : context.targets)
            if (std::none_of(m_c.targets.pairs.begin(), m_c.targets.pairs.end(),
                             [&](const TargetPair& pair) { return pair.*side == target.id; }))
                list.items.push_back(
                    plain("Target " + target.id + " of " + label + " has nothing beside it in the other session."));
    }

    void published() {
        Document tables;
        const bool one = addPublishedShape(tables, m_first, "S1");
        const bool two = addPublishedShape(tables, m_second, "S2");
        if (!one && !two) return;
        m_doc.add(Heading{2, "Beside the published study"});
        for (Block& block : tables.blocks) m_doc.blocks.push_back(std::move(block));
        m_doc.add(publishedShapeNote());
    }

    ReportContext m_first, m_second;
    const SessionComparison& m_c;
    Document m_doc;
};

} // namespace

std::string sessionIdOf(const ReportInputs& in) {
    if (!in.sessions.empty() && in.sessions.front())
        if (const std::string id = textMember(*in.sessions.front(), "session"); !id.empty()) return id;
    return in.turns.empty() ? std::string() : in.turns.front().session;
}

Result<SessionComparison> compareReports(const ReportInputs& first, const ReportInputs& second,
                                         const std::vector<TargetPair>& wanted) {
    const std::string id = sessionIdOf(first);
    if (!id.empty() && id == sessionIdOf(second))
        return Error{ErrorKind::Usage, "both folders hold the same session, " + id, {}, "name two different ones", 0};
    auto targets = matchTargets(first, second, wanted);
    if (!targets) return targets.error();
    SessionComparison out;
    out.targets = targets.take();
    out.environment = compareEnvironments(first, second, out.targets.pairs);
    out.turns = compareSessions(first.turns, second.turns, out.targets.pairs, second.instrument);
    return out;
}

Document compareDocument(const ReportInputs& first, const ReportInputs& second, const SessionComparison& comparison) {
    return Writer(first, second, comparison).write();
}

Document besidePublished(const ReportInputs& session) {
    const ReportContext context(session);
    Document out;
    out.title =
        std::string("One session beside the published study") + (context.allSimulated()   ? ", SIMULATED: no model was measured"
                                                                 : context.anySimulated() ? ", in part SIMULATED"
                                                                                          : "");
    out.add(Paragraph{plain("Session " + sessionIdOf(session) + ": ours beside the published tables, shape and level apart.")});
    for (const std::string& warning : session.warnings) out.add(Notice{Notice::Kind::Warning, plain(warning)});
    Document shape;
    if (addPublishedShape(shape, context, {})) {
        out.add(Heading{2, "Shape and level"});
        for (Block& block : shape.blocks) out.blocks.push_back(std::move(block));
        out.add(publishedShapeNote());
        addPublished(out, context);
    } else {
        out.add(Notice{Notice::Kind::Note, plain("no row that the post printed was run here to the end: there is nothing to set "
                                                 "beside its tables. The preset study has all of its cells.")});
    }
    return out;
}

} // namespace looptax
