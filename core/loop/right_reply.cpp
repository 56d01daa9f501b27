#include "loop/right_reply.h"

#include "base/json_read.h"

#include "base/json_spans.h"
#include "base/text.h"
#include "loop/research_log.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace looptax {

namespace {

std::vector<Json> jsonObjects(std::string_view text) {
    std::vector<Json> out;
    for (const TextSpan& span : jsonObjectSpans(text))
        out.push_back(Json::parse(text.substr(span.begin, span.end - span.begin), nullptr, false));
    return out;
}

std::optional<int> capIn(const Messages& messages) {
    constexpr std::string_view kBefore = "keep at most the ";
    constexpr std::string_view kAfter = " newest entries";
    for (const Message& message : messages) {
        const std::string_view text = message.content;
        for (std::size_t at = text.find(kBefore); at != std::string_view::npos; at = text.find(kBefore, at + 1)) {
            const std::string_view rest = text.substr(at + kBefore.size());
            const auto number = parseInteger(rest.substr(0, rest.find(' ')));
            if (number && *number > 0 && *number <= 1'000'000 && rest.substr(rest.find(' ')).substr(0, kAfter.size()) == kAfter)
                return int(*number);
        }
    }
    return std::nullopt;
}

bool oldestFirst(const Messages& messages) {
    return std::any_of(messages.begin(), messages.end(),
                       [](const Message& message) { return message.content.find("oldest date first") != std::string::npos; });
}

bool isState(const Json& object) { return object.contains("log") && object["log"].is_array(); }
bool isEntry(const Json& object) { return object.contains("date") && !object.contains("log"); }

std::string afterState(const Json& state, const Json& entry, std::optional<int> cap, bool oldestFirst) {
    Json next = state;
    Json& log = next["log"];
    const auto count = next.contains("count") ? wholeNumber(next["count"]) : std::nullopt;
    const std::int64_t counted = count.value_or(std::int64_t(log.size())) + 1;
    log.insert(oldestFirst ? log.end() : log.begin(), entry);
    const auto date = [](const Json& item) { return textMember(item, "date"); };
    std::stable_sort(log.begin(), log.end(),
                     [&](const Json& a, const Json& b) { return oldestFirst ? date(a) < date(b) : date(a) > date(b); });
    if (cap)
        while (log.size() > std::size_t(*cap)) log.erase(oldestFirst ? 0 : log.size() - 1);
    if (oldestFirst) next.erase("count"); // it comes back behind the log
    next["count"] = counted;
    return fenced(canonicalText(next));
}

} // namespace

std::string fenced(const std::string& json) { return "```json\n" + json + "\n```"; }

std::string rightReply(const Messages& messages) {
    LogState conversation;
    std::vector<Json> last;
    for (const Message& message : messages) {
        if (message.role != "user") continue;
        last = jsonObjects(message.content);
        if (last.size() == 1 && isEntry(last[0])) {
            conversation.log.insert(conversation.log.begin(), readLogEntry(last[0]));
            ++conversation.count;
        }
    }
    if (last.size() == 2 && isState(last[0]) && isEntry(last[1]))
        return afterState(last[0], last[1], capIn(messages), oldestFirst(messages));
    if (last.size() == 1 && isEntry(last[0])) return fenced(canonicalText(conversation));
    return "Thank you. I am ready to keep the log as soon as there is an entry for it.";
}

} // namespace looptax
