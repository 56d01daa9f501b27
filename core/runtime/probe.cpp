#include "runtime/probe.h"

#include "base/json_text.h"
#include "runtime/client_common.h"
#include "runtime/doubts.h"

#include <QThread>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace looptax {

namespace {

constexpr std::size_t kMostMemories = 16;
constexpr const char* kKeyWanted = "it asks for an API key; give the plan's target api_key_env, the variable that holds it";

Json parsed(const HttpClient::Answer& answer) { return Json::parse(answer.body, nullptr, false); }

bool isSha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

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
        , m_root(basePath(TargetKind::Ollama, url.path))
        , m_clock(clock)
        , m_timeoutMs(timeoutMs)
        , m_http(Url{url.tls, url.host, url.port, {}}, {}, deadlines(), clock) {}

    // Routes of the one are imitated by others: a server is called by a name only if two things speak for it.
    void run() {
        const auto version = ask(m_root + "/api/version");
        if (m_finding.problem.empty()) m_finding.answers = true;
        if (version && version->status == 200) {
            const std::string number = textAt(parsed(*version), {"version"});
            if (!number.empty() && (ollama(number) || openWebUi(number))) return;
        }
        const auto props = ask(m_root + "/props");
        if (props && props->status == 200 && props->body.find("default_generation_settings") != std::string::npos) {
            llamaServer();
            return;
        }
        const auto health = ask(m_root + "/health");
        if (health && health->status == 503 && health->body.find("Loading model") != std::string::npos) {
            name(TargetKind::LlamaServer, "llama-server");
            m_finding.problem = "the model is still loading; look again in a moment";
            return;
        }
        openAi();
        if (!props || props->status != 401) return;
        // Behind --api-key its /props refuses in words of its own; its health stays open, of some builds its list of models too.
        const bool words = textAt(parsed(*props), {"error", "type"}) == "authentication_error" &&
                           textAt(parsed(*props), {"error", "message"}) == "Invalid API Key";
        const bool healthy = health && health->status == 200 && textAt(parsed(*health), {"status"}) == "ok";
        if (int(words) + int(healthy) + int(m_ownedByLlamaCpp) < 2) return;
        name(TargetKind::LlamaServer, "llama-server");
        m_finding.facts.doubts.clear(); // they are those of another kind
        m_finding.problem = kKeyWanted;
    }

private:
    Deadlines deadlines() const {
        Deadlines out;
        out.connect = m_timeoutMs;
        return out;
    }

    // Nothing once a question has got no answer: a server that hangs would hang at the next one too.
    std::optional<HttpClient::Answer> ask(const std::string& path) {
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
        auto facts = makeRuntimeClient(TargetKind::LlamaServer, m_url.text(), {}, deadlines(), m_clock)->facts({}, m_cancel);
        if (!facts) {
            m_finding.problem = facts.error().text();
            return;
        }
        m_finding.facts = facts.take();
        m_finding.facts.doubts.push_back(doubt::ramCache());
    }

    // Ollama names each model by the SHA-256 of its manifest; those that imitate its list do not.
    bool ollama(const std::string& version) {
        const auto tags = ask(m_root + "/api/tags");
        const Json list = tags && tags->status == 200 ? parsed(*tags) : Json();
        if (!list.is_object() || !list.contains("models") || !list["models"].is_array()) return false;
        const auto models = listAt(list, "models");
        if (!std::all_of(models.begin(), models.end(), [](const Json& model) { return isSha256(textAt(model, {"digest"})); }))
            return false;
        if (models.empty()) {
            const auto root = ask(m_root + "/");
            if (!root || root->body.find("Ollama is running") == std::string::npos) return false;
        }
        name(TargetKind::Ollama, "Ollama");
        m_finding.facts.version = version;
        for (const Json& model : models) m_finding.facts.models.push_back(textAt(model, {"name"}));
        // The context is a matter of each load; with one model loaded there is one to tell.
        if (const auto loaded = ask(m_root + "/api/ps")) {
            const auto running = listAt(parsed(*loaded), "models");
            if (running.size() == 1) m_finding.facts.context_tokens = integerAt(running[0], {"context_length"});
        }
        if (!doubt::ollamaCountsCached(m_finding.facts.version)) m_finding.facts.doubts.push_back(doubt::cachedUnknown());
        return true;
    }

    // A chat page with an API below /api, which is not where its other addresses let one look.
    bool openWebUi(const std::string& version) {
        const auto config = ask(m_root + "/api/config");
        if (!config || config->status != 200 || textAt(parsed(*config), {"name"}).find("Open WebUI") == std::string::npos)
            return false;
        name(TargetKind::OpenAi, "Open WebUI");
        m_finding.facts.version = version;
        Url api = m_url;
        api.path = m_root + "/api";
        m_finding.problem = "its API is at " + api.text() +
                            " and asks for an API key; give the plan's target that url, kind openai, and "
                            "api_key_env, the variable that holds the key";
        return true;
    }

    void openAi() {
        name(TargetKind::OpenAi, "OpenAI-compatible");
        for (const std::string& prefix : apiPrefixes(m_url.path)) {
            const auto answer = ask(prefix + "/models");
            if (!m_finding.problem.empty()) return;
            if (answer && (answer->status == 401 || answer->status == 403)) {
                m_finding.problem = kKeyWanted;
                return;
            }
            const Json json = answer && answer->status == 200 ? parsed(*answer) : Json();
            const auto models = listedModels(json);
            if (!models) continue;
            for (const ListedModel& model : *models) {
                m_finding.facts.models.push_back(model.name);
                if (!m_finding.facts.context_tokens) m_finding.facts.context_tokens = model.context_tokens;
            }
            for (const Json& item : listAt(json, "data"))
                m_ownedByLlamaCpp = m_ownedByLlamaCpp || textAt(item, {"owned_by"}) == "llamacpp";
            m_finding.facts.doubts.push_back(doubt::cacheNotSwitchable());
            if (!m_finding.facts.context_tokens) m_finding.facts.doubts.push_back(doubt::contextUnknown());
            return;
        }
        m_finding.answers = false;
        m_finding.problem =
            "something answers, but none of the known APIs and with no list of models; where there is a chat route all "
            "the same, give the plan its address and model by hand";
    }

    ProbeFinding& m_finding;
    Url m_url;
    std::string m_root; // of the address, without the /v1 or the endpoint that may have been given with it
    Clock& m_clock;
    std::int64_t m_timeoutMs;
    HttpClient m_http;
    CancelFlag m_cancel{false};
    bool m_ownedByLlamaCpp = false;
};

// A question for each model: of as many as there is time for.
void askMemories(const Url& url, ProbeFinding& finding, Clock& clock, std::int64_t timeoutMs) {
    Deadlines deadlines;
    deadlines.connect = timeoutMs;
    HttpClient http(url, {}, deadlines, clock);
    const CancelFlag never{false};
    const std::int64_t until = clock.monotonicNs() + timeoutMs * 1'000'000;
    for (const std::string& model : finding.facts.models) {
        const std::int64_t left = (until - clock.monotonicNs()) / 1'000'000;
        if (left <= 0 || finding.memories.size() == kMostMemories) return;
        const auto show = fetchJson(http, "/api/show", jsonText({{"model", model}}), never, left);
        if (!show && show.error().kind == ErrorKind::Unreachable) return;
        if (!show || !(*show)->is_object() || !(*show)->contains("model_info")) continue;
        finding.memories[model] = memoryOf((**show)["model_info"]);
    }
}

ProbeFinding look(const std::string& address, Clock& clock, std::int64_t timeoutMs) {
    ProbeFinding finding;
    finding.url = address;
    const auto url = parseUrl(address);
    if (url) Look(*url, finding, clock, timeoutMs).run();
    else finding.problem = url.error().text();
    if (url && finding.kind == TargetKind::Ollama && finding.problem.empty())
        askMemories({url->tls, url->host, url->port, basePath(TargetKind::Ollama, url->path)}, finding, clock, timeoutMs);
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
