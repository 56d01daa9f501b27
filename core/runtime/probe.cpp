#include "runtime/probe.h"

#include "runtime/client_common.h"
#include "runtime/doubts.h"

#include <QThread>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>

namespace looptax {

namespace {

// The objects of a list member; nothing where it is missing or of another form.
std::vector<Json> listAt(const Json& json, const char* key) {
    std::vector<Json> out;
    if (!json.is_object() || !json.contains(key) || !json[key].is_array()) return out;
    for (const Json& item : json[key])
        if (item.is_object()) out.push_back(item);
    return out;
}

class Look {
public:
    Look(const Url& url, ProbeFinding& finding, Clock& clock, std::int64_t timeoutMs)
        : m_finding(finding)
        , m_url(url)
        , m_clock(clock)
        , m_timeoutMs(timeoutMs)
        , m_http(url, {}, deadlines(), clock) {}

    void run() {
        const auto version = ask("/api/version");
        if (m_finding.problem.empty()) m_finding.answers = true;
        // Each server is known by a route of its own; all of them have /v1/models.
        if (version && version->status == 200 && version->body.find("\"version\"") != std::string::npos) {
            ollama(Json::parse(version->body, nullptr, false));
            return;
        }
        const auto props = ask("/props");
        if (props && props->status == 200 && props->body.find("default_generation_settings") != std::string::npos) {
            llamaServer();
            return;
        }
        const auto health = ask("/health");
        if (health && health->status == 503 && health->body.find("Loading model") != std::string::npos) {
            name(TargetKind::LlamaServer, "llama-server");
            m_finding.problem = "the model is still loading; look again in a moment";
            return;
        }
        openAi();
    }

private:
    Deadlines deadlines() const {
        Deadlines out;
        out.connect = m_timeoutMs;
        return out;
    }

    // Nothing once a question has got no answer: a server that hangs would hang at the next one too.
    std::optional<HttpClient::Answer> ask(const char* path) {
        if (!m_finding.problem.empty()) return std::nullopt;
        // Some close after an answer without announcing it: a question on the kept connection would race that.
        m_http.drop();
        auto answer = m_http.fetch({"GET", path, {}}, m_timeoutMs, m_cancel);
        if (answer) return answer.take();
        // What answers, if in no way we understand, is there.
        if (answer.error().kind == ErrorKind::Unreachable) m_finding.problem = answer.error().what;
        return std::nullopt;
    }

    void name(TargetKind kind, const char* product) {
        m_finding.kind = kind;
        m_finding.product = product;
    }

    void llamaServer() {
        name(TargetKind::LlamaServer, "llama-server");
        auto facts = makeLlamaServerClient(m_url, {}, deadlines(), m_clock)->facts({}, m_cancel);
        if (!facts) {
            m_finding.problem = facts.error().text();
            return;
        }
        m_finding.facts = facts.take();
        m_finding.facts.doubts.push_back(doubt::ramCache());
    }

    void ollama(const Json& version) {
        name(TargetKind::Ollama, "Ollama");
        m_finding.facts.version = textAt(version, {"version"});
        if (const auto tags = ask("/api/tags"))
            for (const Json& item : listAt(Json::parse(tags->body, nullptr, false), "models"))
                m_finding.facts.models.push_back(textAt(item, {"name"}));
        // The context is a matter of each load; with one model loaded there is one to tell.
        if (const auto loaded = ask("/api/ps")) {
            const auto list = listAt(Json::parse(loaded->body, nullptr, false), "models");
            if (list.size() == 1) m_finding.facts.context_tokens = integerAt(list[0], {"context_length"});
        }
        if (!doubt::ollamaCountsCached(m_finding.facts.version)) m_finding.facts.doubts.push_back(doubt::cachedUnknown());
    }

    void openAi() {
        name(TargetKind::OpenAi, "OpenAI-compatible");
        const auto models = ask("/v1/models");
        if (!m_finding.problem.empty()) return;
        if (models && (models->status == 401 || models->status == 403)) {
            m_finding.problem = "it asks for an API key; give the plan's target api_key_env, the variable that holds it";
            return;
        }
        const Json json = models && models->status == 200 ? Json::parse(models->body, nullptr, false) : Json();
        if (!json.is_object()) {
            m_finding.answers = false;
            m_finding.problem = "something answers, but none of the known APIs";
            return;
        }
        for (const Json& item : listAt(json, "data")) {
            const std::string id = textAt(item, {"id"});
            if (!id.empty()) m_finding.facts.models.push_back(id);
            if (!m_finding.facts.context_tokens) m_finding.facts.context_tokens = integerAt(item, {"max_model_len"});
        }
        m_finding.facts.doubts.push_back(doubt::cacheNotSwitchable());
        if (!m_finding.facts.context_tokens) m_finding.facts.doubts.push_back(doubt::contextUnknown());
    }

    ProbeFinding& m_finding;
    Url m_url;
    Clock& m_clock;
    std::int64_t m_timeoutMs;
    HttpClient m_http;
    CancelFlag m_cancel{false};
};

ProbeFinding look(const std::string& address, Clock& clock, std::int64_t timeoutMs) {
    ProbeFinding finding;
    finding.url = address;
    if (const auto url = parseUrl(address)) Look(*url, finding, clock, timeoutMs).run();
    else finding.problem = url.error().text();
    return finding;
}

} // namespace

std::vector<std::string> knownUrls() {
    std::vector<std::string> out;
    for (const int port : {11434, 8080, 9931, 1234, 8000, 30000}) out.push_back("http://127.0.0.1:" + std::to_string(port));
    return out;
}

std::vector<ProbeFinding> probe(const std::vector<std::string>& urls, Clock& clock, std::int64_t timeoutMs) {
    std::vector<ProbeFinding> findings(urls.size());
    std::vector<std::unique_ptr<QThread>> threads;
    for (std::size_t i = 0; i < urls.size(); ++i) {
        threads.emplace_back(QThread::create([&, i] { findings[i] = look(urls[i], clock, timeoutMs); }));
        threads.back()->start();
    }
    for (const auto& thread : threads) thread->wait();
    return findings;
}

} // namespace looptax
