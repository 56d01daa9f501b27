#include "runtime/ollama_keep_alive.h"

#include "base/json_text.h"
#include "base/text.h"
#include "runtime/client_common.h"

#include <QDateTime>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace looptax {

namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kManyYearsMs = std::int64_t(10) * 365 * 86'400'000; // a negative keep_alive is 292 years to Ollama
constexpr std::int64_t kDefaultS = 300; // Ollama's own, unless OLLAMA_KEEP_ALIVE says otherwise: no route tells

// "2026-11-30T12:00:00.123456789-07:00", Unix time; absent where it is no time.
std::optional<std::int64_t> unixMs(std::string text) {
    if (const std::size_t dot = text.find('.'); dot != std::string::npos) {
        const std::size_t end = text.find_first_not_of("0123456789", dot + 1);
        text.erase(dot, end == std::string::npos ? end : end - dot);
    }
    const QDateTime time = QDateTime::fromString(QString::fromStdString(text), Qt::ISODate);
    if (!time.isValid()) return std::nullopt;
    return time.toMSecsSinceEpoch();
}

std::string minutesText(std::int64_t seconds) {
    return seconds < 120 ? std::to_string(seconds) + " s" : std::to_string(seconds / 60) + " min";
}

} // namespace

Result<OllamaKeepAlive::Loaded> OllamaKeepAlive::loaded(const std::string& model, std::int64_t deadlineMs,
                                                        const CancelFlag& cancel) {
    const auto answer = fetchJson(m_http, "/api/ps", {}, cancel, deadlineMs);
    if (!answer) return answer.error();
    Loaded out;
    out.known = true;
    const auto models = (*answer)->is_object() ? (*answer)->find("models") : (*answer)->end();
    if (!(*answer)->is_object() || models == (*answer)->end() || !models->is_array()) return out;
    for (const Json& item : *models) {
        const std::string name = textAt(item, {"name"});
        if (name != model && name != model + ":latest") continue;
        out.there = true;
        const auto until = unixMs(textAt(item, {"expires_at"}));
        if (until) out.leftMs = std::max<std::int64_t>(0, *until - m_clock.wallMs());
        if (out.leftMs > kManyYearsMs) out.leftMs = kForEver;
    }
    return out;
}

void OllamaKeepAlive::look(const std::string& model, const CancelFlag& cancel) {
    if (!m_sentFor.empty()) return;
    if (const auto now = loaded(model, kMetadataMs, cancel)) m_before = *now;
}

std::string OllamaKeepAlive::words() const {
    std::string before = "it is not known how it was before";
    if (m_before.known && !m_before.there) before = "before, it was not loaded";
    else if (m_before.leftMs == kForEver) before = "before, it was loaded without end";
    else if (m_before.there) before = "before, it was loaded for another " + minutesText(m_before.leftMs / 1000);
    return "-1 in each request, so that the model stays loaded between turns; " + before;
}

void OllamaKeepAlive::sent(const std::string& model, int contextTokens) {
    m_sentFor = model;
    m_contextTokens = contextTokens;
}

Result<std::string> OllamaKeepAlive::giveBack(std::int64_t deadlineMs, const CancelFlag& cancel) {
    if (m_sentFor.empty()) return std::string();
    const std::string model = m_sentFor;
    if (m_before.leftMs == kForEver)
        return model + " stays in Ollama's memory without end (keep_alive -1), as before the sweep; ollama stop " + model +
               " unloads it";
    const std::int64_t began = m_clock.monotonicNs();
    const auto failed = [&](const Error& why) {
        return Error{why.kind, "keep_alive of " + model + " could not be set back from -1: " + why.what, why.where,
                     "it stays in Ollama's memory until ollama stop " + model + " unloads it", why.code};
    };
    const auto now = loaded(model, deadlineMs, cancel);
    if (!now) return failed(now.error());
    // Asked for by name it would be loaded again.
    if (!now->there) {
        m_sentFor.clear();
        return "Ollama no longer lists " + model + " as loaded: its keep_alive of -1 has no effect any more";
    }
    const std::int64_t seconds = std::max(kDefaultS, m_before.leftMs / 1000);
    Json body;
    body["model"] = model;
    body["keep_alive"] = seconds;
    body["stream"] = false;
    // No prompt: nothing is generated. What the runner was started with stands here again, or Ollama would start another.
    body["shift"] = false;
    body["options"] = {{"num_ctx", m_contextTokens}};
    const std::int64_t left = std::max<std::int64_t>(1, deadlineMs - (m_clock.monotonicNs() - began) / 1'000'000);
    const auto answer = fetchJson(m_http, "/api/generate", jsonText(body), cancel, left);
    if (!answer) return failed(answer.error());
    m_sentFor.clear();
    return "Ollama unloads " + model + " again after " + minutesText(seconds) +
           " without use; while it was measured it was kept in memory (keep_alive -1)";
}

} // namespace looptax
