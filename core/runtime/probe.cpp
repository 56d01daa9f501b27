#include "runtime/probe.h"

#include "runtime/client_common.h"

#include <QThread>
#include <nlohmann/json.hpp>

#include <memory>

namespace looptax {

namespace {

ProbeFinding look(const std::string& address, Clock& clock, std::int64_t timeoutMs) {
    ProbeFinding finding;
    finding.url = address;
    const auto url = parseUrl(address);
    if (!url) {
        finding.problem = url.error().text();
        return finding;
    }
    const CancelFlag cancel{false};
    Deadlines deadlines;
    deadlines.connect = timeoutMs;
    HttpClient http(*url, {}, deadlines, clock);
    const auto asked = [&](const char* path) { return http.fetch({"GET", path, {}}, timeoutMs, cancel); };
    const auto version = asked("/api/version");
    if (!version && version.error().kind == ErrorKind::Unreachable) {
        finding.problem = version.error().what;
        return finding;
    }
    finding.answers = true;
    // Each server is known by a route of its own; all of them have /v1/models.
    if (version && version->status == 200 && version->body.find("\"version\"") != std::string::npos) {
        finding.kind = TargetKind::Ollama;
        finding.product = "Ollama";
    } else if (const auto props = asked("/props"); props && props->status == 200 &&
                                                   props->body.find("default_generation_settings") != std::string::npos) {
        finding.kind = TargetKind::LlamaServer;
        finding.product = "llama-server";
    } else if (const auto health = asked("/health"); health && health->status == 503 &&
                                                     health->body.find("Loading model") != std::string::npos) {
        finding.kind = TargetKind::LlamaServer;
        finding.product = "llama-server";
        finding.problem = "the model is still loading";
        return finding;
    } else {
        finding.kind = TargetKind::OpenAi;
        finding.product = "OpenAI-compatible";
    }
    if (finding.kind == TargetKind::LlamaServer) {
        auto facts = makeLlamaServerClient(*url, {}, deadlines, clock)->facts({}, cancel);
        if (facts) finding.facts = facts.take();
        else finding.problem = facts.error().text();
        if (facts) finding.facts.doubts.emplace_back("the prompt cache in RAM cannot be seen from outside; start the server with --cache-ram 0");
        return finding;
    }
    if (finding.kind == TargetKind::Ollama) {
        if (const auto json = Json::parse(version->body, nullptr, false); json.is_object())
            finding.facts.version = textAt(json, {"version"});
        if (const auto tags = fetchJson(http, "/api/tags", {}, cancel); tags && (*tags)->is_object())
            if (const auto models = (*tags)->find("models"); models != (*tags)->end() && models->is_array())
                for (const Json& item : *models) finding.facts.models.push_back(textAt(item, {"name"}));
        finding.facts.doubts.emplace_back("Ollama does not report which prompt tokens were cached: cached and processed stay unknown");
        return finding;
    }
    const auto models = asked("/v1/models");
    if (!models || models->status != 200) {
        finding.answers = false;
        finding.problem = "something answers, but none of the known APIs";
        return finding;
    }
    if (const auto json = Json::parse(models->body, nullptr, false); json.is_object())
        if (const auto data = json.find("data"); data != json.end() && data->is_array())
            for (const Json& item : *data)
                if (const std::string id = textAt(item, {"id"}); !id.empty()) finding.facts.models.push_back(id);
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
