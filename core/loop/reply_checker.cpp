#include "loop/reply_checker.h"

#include "base/text.h"
#include "loop/fence.h"
#include "loop/reply_reason.h"
#include "loop/strict_json.h"
#include "loop/thoughts.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

namespace looptax {

namespace {

// A reply longer than this does not become a state: indenting hostile nesting would multiply it many times.
constexpr std::size_t kMaxStateChars = std::size_t(1) << 20;

struct Judged {
    std::string_view text; // what is judged as JSON
    std::string problem;   // why there is nothing to judge
};

Judged judgedText(std::string_view reply, ReplyFormat format, Fence& fence) {
    const std::vector<FencedBlock> blocks = fencedBlocks(reply);
    const auto isJson = [](const FencedBlock& block) { return isJsonFence(block); };
    const auto first = std::find_if(blocks.begin(), blocks.end(), isJson);
    const auto fences = std::count_if(blocks.begin(), blocks.end(), isJson);
    if (fences > 0) fence = !first->closed ? Fence::Unclosed : fences > 1 ? Fence::Many : Fence::One;

    const std::string_view whole = trimmed(reply);
    if (whole.empty()) return {{}, "reply is empty"};
    if (format == ReplyFormat::Prompt) {
        if (first == blocks.end()) return {{}, "no json fence"};
        return {first->content, {}};
    }
    // A fence is allowed around the whole reply, not in the middle of talk.
    if (!blocks.empty() && trimmed(reply.substr(0, blocks[0].begin)).empty() && trimmed(reply.substr(blocks[0].end)).empty())
        return {trimmed(blocks[0].content), {}};
    return {whole, {}};
}

std::string schemaProblem(const Json& reply) {
    if (!reply.is_object()) return "the reply is not a JSON object";
    const auto log = reply.find("log");
    if (log == reply.end()) return "log missing";
    if (!log->is_array()) return "log is not a list";
    for (std::size_t i = 0; i < log->size(); ++i)
        if (!(*log)[i].is_object()) return "log holds something other than an entry at position " + std::to_string(i + 1);
    return {};
}

bool countMatches(const Json& reply, const LogState& right) {
    const auto found = reply.find("count");
    return found != reply.end() && wholeNumber(*found) == right.count;
}

// Each held entry once, word for word, and none besides; their order is judged elsewhere.
bool contentExact(const Json& log, const LogState& truth) {
    const auto sortedFields = [](LogEntry entry) {
        std::sort(entry.fields.begin(), entry.fields.end());
        return entry.fields;
    };
    std::vector<std::vector<std::pair<std::string, std::string>>> said;
    std::vector<std::vector<std::pair<std::string, std::string>>> right;
    for (const Json& item : log) {
        const bool strings = std::all_of(item.begin(), item.end(), [](const Json& v) { return v.is_string(); });
        if (!strings) return false;
        said.push_back(sortedFields(readLogEntry(item)));
    }
    for (const LogEntry& entry : truth.log) right.push_back(sortedFields(entry));
    std::sort(said.begin(), said.end());
    std::sort(right.begin(), right.end());
    return said == right;
}

void judgeObject(const Json& reply, std::size_t chars, const Expectation& expected, Judgement& out) {
    if (std::string problem = schemaProblem(reply); !problem.empty()) {
        out.fail_reason = std::move(problem);
        // Flags that do not hang on the log can still be told.
        out.count_match = reply.is_object() && countMatches(reply, expected.truth);
        return;
    }
    const Json& log = reply["log"];
    out.schema_ok = true;
    out.count_match = countMatches(reply, expected.truth);
    out.entries_complete = log.size() == expected.truth.log.size();
    out.sort_correct = sortProblem(log, expected.truth.order).empty();
    out.content_exact = contentExact(log, expected.truth);
    out.all_pass = out.count_match && out.entries_complete && out.sort_correct;
    const LogState& local = expected.local ? *expected.local : expected.truth;
    out.all_pass_local = countMatches(reply, local) && log.size() == local.log.size() && out.sort_correct;
    if (!out.all_pass) out.fail_reason = failReason(reply, expected.truth);
    if (chars <= kMaxStateChars) out.state_text = canonicalText(reply);
}

// What is left to judge when thoughts are taken out of the content.
std::string_view answerOf(std::string_view reply, const Expectation& expected, Judgement& out) {
    if (!expected.thoughts_apart) return reply;
    const Thoughts thoughts = thoughtsIn(reply, [&](std::string_view text) {
        Fence fence = Fence::None;
        const Judged judged = judgedText(text, expected.format, fence);
        return judged.problem.empty() && checkJson(judged.text).valid;
    });
    out.reasoning_in_content = thoughts.found;
    return thoughts.unclosed && expected.hit_max_tokens ? std::string_view() : thoughts.answer;
}

void judgeAnswer(std::string_view reply, const Expectation& expected, Judgement& out) {
    const Judged judged = judgedText(reply, expected.format, out.fence);
    if (!judged.problem.empty()) {
        out.fail_reason = judged.problem;
        return;
    }
    const JsonVerdict verdict = checkJson(judged.text);
    out.valid_json = verdict.valid;
    out.duplicate_keys = verdict.duplicate_keys;
    if (!verdict.valid) {
        out.fail_reason = verdict.problem;
        return;
    }
    judgeObject(Json::parse(judged.text), judged.text.size(), expected, out);
}

Judgement judge(std::string_view reply, const Expectation& expected) {
    Judgement out;
    out.state_diverged = expected.state_diverged;
    out.invalid_utf8 = !isValidUtf8(reply);
    const std::string_view answer = answerOf(reply, expected, out);
    judgeAnswer(answer, expected, out);
    if (!expected.hit_max_tokens) return out;
    out.all_pass = out.all_pass_local = false;
    if (trimmed(answer).empty()) out.fail_reason = "hit max_tokens before the reply began";
    else out.fail_reason = "hit max_tokens" + (out.fail_reason.empty() ? std::string() : ": " + out.fail_reason);
    return out;
}

} // namespace

std::string_view name(Fence fence) {
    switch (fence) {
    case Fence::None: return "none";
    case Fence::One: return "one";
    case Fence::Many: return "many";
    case Fence::Unclosed: return "unclosed";
    }
    return "none";
}

Judgement checkReply(std::string_view reply, const Expectation& expected) {
    try {
        return judge(reply, expected);
    } catch (const std::exception&) { // out of memory
        Judgement out;
        out.state_diverged = expected.state_diverged;
        out.fail_reason = "the reply is too large to be judged";
        return out;
    }
}

} // namespace looptax
