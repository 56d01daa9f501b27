#include "prefix/explanation_json.h"

#include "base/json_fwd.h"
#include "base/json_read.h"
#include "base/json_text.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

std::optional<std::int64_t> number(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<std::int64_t>();
}

std::optional<bool> truth(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_boolean()) return std::nullopt;
    return found->get<bool>();
}

template <class Each> void eachOf(const Json& object, const char* key, Each&& each) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array()) return;
    for (const Json& item : *found)
        if (item.is_object()) each(item);
}

Json toJson(const TurnExplanation& turn) {
    Json line;
    line["type"] = "turn";
    line["target"] = turn.target;
    line["cell"] = turn.cell;
    line["design"] = turn.design;
    line["run"] = turn.run;
    line["run_attempt"] = turn.run_attempt;
    line["turn"] = turn.turn;
    if (!turn.absent.empty()) {
        line["absent"] = turn.absent;
        return line;
    }
    line["verdict"] = turn.verdict ? Json(std::string(name(*turn.verdict))) : Json(nullptr);
    line["sentence"] = turn.sentence;
    line["held_by"] = turn.held_by;
    line["prompt_tokens_rendered"] = turn.prompt_tokens;
    line["prompt_tokens"] = orNull(turn.prompt_tokens_reported);
    line["cached_tokens"] = orNull(turn.cached_reported);
    line["processed_tokens"] = orNull(turn.processed_reported);
    line["cached_predicted"] = turn.cached_predicted;
    line["difference"] = orNull(turn.difference);
    line["exact"] = orNull(turn.exact);
    line["retokenised"] = turn.retokenised;
    line["prompt_proved"] = turn.prompt_proved;
    if (!turn.mismatch.empty()) line["mismatch"] = turn.mismatch;
    line["sections"] = Json::array();
    for (const SectionCount& s : turn.sections)
        line["sections"].push_back({{"section", s.label}, {"tokens", s.tokens}, {"cached", s.cached}});
    if (const auto& d = turn.first_difference)
        line["first_difference"] = {
            {"token", d->token}, {"section", d->section}, {"before", d->before}, {"now", d->now}, {"held", d->held}};
    return line;
}

Json toJson(const PredictedLoop& loop) {
    Json line;
    line["type"] = "what_if";
    line["target"] = loop.target;
    line["design"] = loop.design;
    line["n"] = loop.n;
    line["cap"] = orNull(loop.cap);
    line["padding"] = orNull(loop.padding);
    line["turns"] = Json::array();
    for (const PredictedTurn& turn : loop.turns)
        line["turns"].push_back({{"turn", turn.turn},
                                 {"prompt_tokens", turn.prompt_tokens},
                                 {"cached", turn.cached},
                                 {"processed", turn.processed()}});
    return line;
}

TurnExplanation turnOf(const Json& line) {
    TurnExplanation turn;
    turn.target = textMember(line, "target");
    turn.cell = textMember(line, "cell");
    turn.design = textMember(line, "design");
    turn.run = int(number(line, "run").value_or(0));
    turn.run_attempt = int(number(line, "run_attempt").value_or(1));
    turn.turn = int(number(line, "turn").value_or(0));
    turn.absent = textMember(line, "absent");
    turn.verdict = rereadOf(textMember(line, "verdict"));
    turn.sentence = textMember(line, "sentence");
    turn.held_by = textMember(line, "held_by");
    turn.prompt_tokens = number(line, "prompt_tokens_rendered").value_or(0);
    turn.prompt_tokens_reported = number(line, "prompt_tokens");
    turn.cached_reported = number(line, "cached_tokens");
    turn.processed_reported = number(line, "processed_tokens");
    turn.cached_predicted = number(line, "cached_predicted").value_or(0);
    turn.difference = number(line, "difference");
    turn.exact = truth(line, "exact");
    turn.retokenised = truth(line, "retokenised").value_or(false);
    turn.prompt_proved = truth(line, "prompt_proved").value_or(false);
    turn.mismatch = textMember(line, "mismatch");
    eachOf(line, "sections", [&](const Json& s) {
        turn.sections.push_back({textMember(s, "section"), number(s, "tokens").value_or(0), number(s, "cached").value_or(0)});
    });
    if (const auto d = line.find("first_difference"); d != line.end() && d->is_object())
        turn.first_difference = {number(*d, "token").value_or(0), textMember(*d, "section"), textMember(*d, "before"),
                                 textMember(*d, "now"), textMember(*d, "held")};
    return turn;
}

PredictedLoop loopOf(const Json& line) {
    PredictedLoop loop;
    loop.target = textMember(line, "target");
    loop.design = textMember(line, "design");
    loop.n = int(number(line, "n").value_or(0));
    if (const auto cap = number(line, "cap")) loop.cap = int(*cap);
    if (const auto padding = number(line, "padding")) loop.padding = int(*padding);
    eachOf(line, "turns", [&](const Json& t) {
        loop.turns.push_back(
            {int(number(t, "turn").value_or(0)), number(t, "prompt_tokens").value_or(0), number(t, "cached").value_or(0)});
    });
    return loop;
}

std::string lineOf(const Json& json) { return jsonText(json) + "\n"; }

} // namespace

std::string writeExplanations(const SessionExplanations& all) {
    const ExplainedCounts counts = countsOf(all);
    Json head;
    head["schema"] = kExplanationsSchema;
    head["turns"] = counts.turns;
    head["absent"] = counts.absent;
    head["explained"] = counts.explained;
    head["exact"] = counts.exact;
    head["mismatches"] = counts.mismatches;
    std::string out = lineOf(head);
    for (const std::string& why : all.absent) out += lineOf({{"type", "absent"}, {"why", why}});
    for (const TurnExplanation& turn : all.turns) out += lineOf(toJson(turn));
    for (const PredictedLoop& loop : all.loops) out += lineOf(toJson(loop));
    return out;
}

std::optional<TurnExplanation> findExplanation(std::string_view bytes, int run, int runAttempt, int turn) {
    // As toJson() writes it: quotes inside a text are escaped, so no text of a prompt can look like this.
    const std::string key = "\"run\":" + std::to_string(run) + ",\"run_attempt\":" + std::to_string(runAttempt) +
                            ",\"turn\":" + std::to_string(turn) + ",\"";
    const std::size_t found = bytes.find(key);
    if (found == std::string_view::npos) return std::nullopt;
    const std::size_t before = bytes.rfind('\n', found);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const Json line = Json::parse(bytes.substr(begin, bytes.find('\n', found) - begin), nullptr, false);
    if (!line.is_object() || textMember(line, "type") != "turn") return std::nullopt;
    return turnOf(line);
}

Result<SessionExplanations> readExplanations(std::string_view bytes) {
    SessionExplanations all;
    int number = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        const std::string_view words = bytes.substr(at, end - at);
        at = end + 1;
        ++number;
        if (trimmed(words).empty()) continue;
        const Json line = Json::parse(words, nullptr, false);
        const auto wrong = [&](std::string what) {
            return Error{ErrorKind::Corrupt, std::move(what), "explanations.jsonl line " + std::to_string(number),
                         "delete the file; looptax explain SESSION makes it anew", 0};
        };
        if (!line.is_object()) return wrong("is not a JSON object");
        if (number == 1) {
            if (textMember(line, "schema") != kExplanationsSchema) return wrong("is not of " + std::string(kExplanationsSchema));
            continue;
        }
        const std::string type = textMember(line, "type");
        if (type == "turn") all.turns.push_back(turnOf(line));
        if (type == "what_if") all.loops.push_back(loopOf(line));
        if (type == "absent") all.absent.push_back(textMember(line, "why"));
    }
    return all;
}

} // namespace looptax
