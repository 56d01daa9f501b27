#include "ui/plan/target_choice.h"

#include "domain/url.h"
#include "ui/widgets/field_text.h"

#include <algorithm>

namespace looptax {

namespace {

bool taken(const std::vector<Target>& targets, const std::string& id) {
    return std::any_of(targets.begin(), targets.end(), [&](const Target& t) { return t.id == id; });
}

// Embedding models are listed beside the others and answer no chat.
bool canChat(const std::string& model) {
    return model.find("embed") == std::string::npos && model.find("rerank") == std::string::npos;
}

} // namespace

std::string placeOf(const std::string& address) {
    const auto url = parseUrl(address);
    if (!url) return address;
    const bool own = isLocalhostName(url->host) || url->host == "::1" || url->host == "0.0.0.0" || url->host == "::";
    const std::string host = own ? "127.0.0.1" : url->host;
    return (url->tls ? "https " : "http ") + host + " " + std::to_string(url->port) + url->path;
}

const ProbeFinding* findingOf(const Target& target, const std::vector<ProbeFinding>& findings) {
    if (target.managed || target.url.empty()) return nullptr;
    const std::string place = placeOf(target.url);
    for (const ProbeFinding& finding : findings)
        if (finding.answers && placeOf(finding.url) == place) return &finding;
    return nullptr;
}

std::string freeId(TargetKind kind, const std::vector<Target>& targets) {
    const std::string plain = kind == TargetKind::LlamaServer ? "llamacpp" : std::string(name(kind));
    std::string id = plain;
    for (int n = 2; taken(targets, id); ++n) id = plain + "-" + std::to_string(n);
    return id;
}

std::vector<std::string> modelsOf(const ProbeFinding& finding) {
    std::vector<std::string> models = finding.facts.models;
    if (!finding.facts.model.empty() && std::find(models.begin(), models.end(), finding.facts.model) == models.end())
        models.insert(models.begin(), finding.facts.model);
    return models;
}

Target targetFrom(const ProbeFinding& finding, const std::vector<Target>& targets) {
    Target target;
    target.kind = finding.kind;
    target.url = finding.url;
    target.id = freeId(finding.kind, targets);
    const std::string place = placeOf(finding.url);
    const std::vector<std::string> models = modelsOf(finding);
    for (const std::string& model : models) {
        const bool used = std::any_of(targets.begin(), targets.end(),
                                      [&](const Target& t) { return !t.managed && placeOf(t.url) == place && t.model == model; });
        if (used || !canChat(model)) continue;
        target.model = model;
        return target;
    }
    if (!models.empty()) target.model = models.front();
    return target;
}

Target targetByHand(const std::vector<Target>& targets) {
    Target target;
    target.kind = TargetKind::OpenAi;
    target.url = "http://127.0.0.1:8000";
    target.id = freeId(target.kind, targets);
    return target;
}

bool isUsable(const ProbeFinding& finding) {
    if (!finding.answers || finding.product.empty() || !finding.problem.empty()) return false;
    const std::vector<std::string> models = modelsOf(finding);
    return finding.kind == TargetKind::LlamaServer || std::any_of(models.begin(), models.end(), canChat);
}

QString findingTitle(const ProbeFinding& finding) {
    return text(finding.product.empty() ? "Something" : finding.product) + QStringLiteral(" at ") + shortAddress(finding.url);
}

QString findingDetails(const ProbeFinding& finding) {
    QStringList parts;
    if (!finding.facts.version.empty()) parts << text(finding.facts.version);
    if (!finding.problem.empty()) {
        parts << text(finding.problem);
        return parts.join(QStringLiteral(", "));
    }
    const std::vector<std::string> models = modelsOf(finding);
    if (models.empty()) {
        parts << (finding.kind == TargetKind::Ollama ? QStringLiteral("no model installed yet: ollama pull gets one")
                                                     : QStringLiteral("names no model"));
    } else {
        parts << (models.size() == 1 ? text(models.front()) : QStringLiteral("%1 models").arg(models.size()));
    }
    if (finding.facts.context_tokens)
        parts << QStringLiteral("context of %1 tokens").arg(wholeText(*finding.facts.context_tokens));
    if (finding.facts.slots)
        parts << (*finding.facts.slots == 1 ? QStringLiteral("1 slot") : QStringLiteral("%1 slots").arg(*finding.facts.slots));
    return parts.join(QStringLiteral(", "));
}

} // namespace looptax
