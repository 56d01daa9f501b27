#include "replay/turn_story.h"

#include "base/json_read.h"
#include "loop/fence.h"
#include "replay/run_replay.h"
#include "store/session.h"
#include "store/turn_texts.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

constexpr std::int64_t kMostBefore = std::int64_t(8) << 20; // bytes looked through for turn_start

std::int64_t numberOf(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// The last turn_start of this turn before its own line: an attempt that met a busy server has several.
std::optional<Json> turnStartOf(FileOps& files, const std::string& journal, const TurnPlace& where) {
    const TurnRecord& record = where.turn.record;
    const std::int64_t end = where.turn.place.offset;
    const std::int64_t begin = std::max(where.after, end - kMostBefore);
    const auto file = files.open(journal, OpenMode::Read);
    if (!file) return std::nullopt;
    std::string text;
    while (begin + std::int64_t(text.size()) < end) {
        const auto part = files.readAt(*file, begin + std::int64_t(text.size()), std::size_t(end - begin) - text.size());
        if (!part || part->empty()) break;
        text += *part;
    }
    (void)files.close(*file);
    std::optional<Json> found;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t stop = std::min(text.find('\n', at), text.size());
        const std::string_view line = std::string_view(text).substr(at, stop - at);
        at = stop + 1;
        if (line.find("\"turn_start\"") == std::string_view::npos) continue;
        Json json = Json::parse(line, nullptr, false);
        if (json.is_object() && textMember(json, "type") == "turn_start" && numberOf(json, "run") == record.run &&
            numberOf(json, "run_attempt") == record.run_attempt && numberOf(json, "turn") == record.turn)
            found = std::move(json);
    }
    return found;
}

std::string judgedText(const std::string& reply, const Judgement& judgement) {
    if (judgement.state_text) return *judgement.state_text;
    for (const FencedBlock& block : fencedBlocks(reply))
        if (isJsonFence(block)) return std::string(block.content);
    return reply;
}

} // namespace

TurnPlace turnPlace(const RecordStore& store, std::size_t row) {
    TurnPlace where;
    const TurnRecord& record = store.turns()[row];
    where.turn = {record, store.placeOf(row)};
    for (std::size_t i = 0; i < row; ++i) {
        const TurnRecord& earlier = store.turns()[i];
        if (earlier.run == record.run && earlier.run_attempt == record.run_attempt && earlier.outcome == Outcome::Ok)
            where.earlier.push_back({earlier, store.placeOf(i)});
    }
    if (row > 0) where.after = store.placeOf(row - 1).offset + store.placeOf(row - 1).length;
    where.plan = store.plan();
    return where;
}

Result<TurnStory> tellTurn(FileOps& files, const std::string& folder, const TurnPlace& where,
                           const std::shared_ptr<const TaskPack>& pack) {
    const std::string journal = SessionPaths(folder).journal();
    const TurnRecord& record = where.turn.record;
    TurnStory story;
    const auto line = readLineAt(files, journal, where.turn.place);
    if (!line) return line.error();
    const auto texts = readTurnTexts(files, journal, where.turn.place);
    if (!texts) return texts.error();
    story.reply = texts->reply;
    story.reasoning = textMember(*line->body, "reasoning");
    story.address = textMember(*line->body, "address");
    if (record.outcome != Outcome::Ok) story.error = record.fail_reason;
    if (const auto warnings = line->body->find("warnings"); warnings != line->body->end() && warnings->is_array())
        for (const Json& warning : *warnings)
            if (warning.is_string()) story.warnings.push_back(warning.get<std::string>());

    if (!pack || !where.plan) {
        story.prompt_note = "the task pack is not known to this version";
        return story;
    }
    RunReplay run(record, *where.plan, pack);
    if (!run.known()) {
        story.prompt_note = "the design " + record.design + " is not known to this version";
        return story;
    }
    for (const TurnPlace::Line& earlier : where.earlier) {
        const auto said = readTurnTexts(files, journal, earlier.place);
        if (!said) return said.error();
        run.answered(earlier.record.turn, said->reply, said->state);
    }
    Expectation expectation = run.expectation(record.turn);
    expectation.hit_max_tokens = record.hit_max_tokens.value_or(false);
    expectation.thoughts_apart = record.reasoning_in_content.has_value();
    story.expected = canonicalText(expectation.truth);
    story.judged = judgedText(story.reply, checkReply(story.reply, expectation));

    const auto start = turnStartOf(files, journal, where);
    story.prompt = run.prompt(record.turn, start ? textMember(*start, "tag") : std::string(kNeutralTag));
    if (!start) story.prompt_note = "its turn_start line was not found, so it cannot be checked";
    else if (!isPromptOf(story.prompt, textMember(*start, "prompt_sha256")))
        story.prompt_note = "it differs from what was sent: the task pack or the design has changed since";
    else story.prompt_exact = true;
    return story;
}

} // namespace looptax
