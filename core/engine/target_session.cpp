#include "engine/target_session.h"

#include "base/text.h"
#include "domain/api_key.h"
#include "domain/trust.h"
#include "domain/url.h"
#include "runtime/doubts.h"
#include "runtime/managed_server.h"
#include "runtime/model_digest.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr int kLoadingStatus = 503;
constexpr std::int64_t kLoadingNs = 300'000'000'000;
constexpr std::int64_t kAskLoadingNs = 500'000'000;

} // namespace

TargetSession::TargetSession(const Target& target, const Plan& plan, EngineWorld& world)
    : m_target(target)
    , m_deadlines(plan.deadlines)
    , m_contextTokens(plan.context_tokens)
    , m_world(world) {}

Status TargetSession::open(const std::string& logPath, const std::function<void(const std::string&)>& progress,
                           const CancelFlag& cancel) {
    close();
    std::string url = m_target.url;
    if (m_target.managed) {
        if (const std::string file = resolveModelFile(m_target.managed->model_file); m_digest.empty() && !file.empty()) {
            auto digest = modelDigest(m_world.files, file, progress, cancel);
            if (!digest) return named(digest.error());
            m_digest = digest.take();
        }
        auto server = m_world.startServer(*m_target.managed, m_contextTokens, logPath, progress, cancel);
        if (!server) return named(server.error());
        m_server = server.take();
        url = m_server->url();
    }
    std::string key;
    if (m_target.api_key_env) {
        auto read = readApiKey(*m_target.api_key_env, m_world.environment(*m_target.api_key_env));
        if (!read) {
            close();
            return named(read.error());
        }
        key = read.take();
    }
    auto client = m_world.makeClient(m_target.kind, url, key, m_deadlines);
    auto facts = client->facts(m_target.model, cancel);
    // A server that was just started says 503 until its model is in memory: that is no reason to give up.
    const std::int64_t began = m_world.clock.monotonicNs();
    while (!facts && facts.error().code == kLoadingStatus && m_world.clock.monotonicNs() - began < kLoadingNs && !cancel) {
        if (progress) progress("target " + m_target.id + " is loading its model: waiting for it");
        m_world.clock.sleepNs(kAskLoadingNs);
        facts = client->facts(m_target.model, cancel);
    }
    if (!facts) {
        Error error = facts.error();
        if (m_server && !m_server->alive()) error.what += "; the server ended: " + withoutKey(m_server->lastWords(), key);
        close();
        return named(std::move(error));
    }
    m_facts = facts.take();
    if (m_facts.router && m_facts.model.empty()) {
        Error error{ErrorKind::Plan, "the server is a router and the plan names no model", m_facts.url,
                    m_facts.models.empty() ? "it knows none" : "give the target a model: " + joined(m_facts.models, ", "), 0};
        close();
        return named(std::move(error));
    }
    complete(m_facts);
    // A server of ours tells by its flags, anybody else's does not tell at all.
    const auto args = m_target.managed ? m_target.managed->args : std::vector<std::string>{};
    const auto flag = std::find(args.begin(), args.end(), "--cache-ram");
    const bool off = flag != args.end() && std::next(flag) != args.end() && *std::next(flag) == "0";
    if (m_target.kind == TargetKind::LlamaServer && !off) m_facts.doubts.push_back(doubt::ramCache());
    if (m_target.managed && m_facts.memory.kind == ModelMemory::Kind::Unknown)
        m_facts.memory = memoryOfFile(m_world.files, resolveModelFile(m_target.managed->model_file));
    m_memoryDoubt = looptax::memoryDoubt(m_facts.memory, m_target.kind, contextTokens(), args);
    if (!m_memoryDoubt.empty()) m_facts.doubts.push_back(m_memoryDoubt);
    m_client = std::move(client);
    m_wasOpened = true;
    return {};
}

// Of several targets the message must say which one.
Error TargetSession::named(Error error) const {
    error.where = "target " + m_target.id + (error.where.empty() ? "" : ", " + error.where);
    return error;
}

void TargetSession::close() {
    m_client.reset();
    m_server.reset();
}

RuntimePlace TargetSession::place() const {
    const std::string url = m_server ? m_server->url() : m_target.url;
    const auto parsed = parseUrl(url);
    return {m_server ? m_server->group() : 0, parsed && isLoopbackUrl(url) ? parsed->port : 0};
}

Result<TargetFacts> TargetSession::ask(const CancelFlag& cancel) {
    auto facts = m_client->facts(m_target.model, cancel);
    if (facts) complete(*facts);
    return facts;
}

// With what the command and its model file tell where the server does not.
void TargetSession::complete(TargetFacts& facts) const {
    // A llama.cpp that was built as a library calls itself "b0-unknown".
    if (m_server && (facts.version.empty() || facts.version.find("unknown") != std::string::npos))
        if (const std::string version = m_server->version(); !version.empty()) facts.version = version;
    if (facts.model_digest.empty()) facts.model_digest = m_digest;
}

} // namespace looptax
