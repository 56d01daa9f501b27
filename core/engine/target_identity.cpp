#include "engine/target_identity.h"

#include "engine/facts_json.h"
#include "runtime/client_common.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

constexpr std::size_t kHashShown = 12;

// The first value that is known stays; true where another one is known now.
template <class Value> bool differs(Value& first, const Value& now) {
    if (now == Value{}) return false;
    if (first == Value{}) first = now;
    return first != now;
}

std::string changed(const std::string& what, const std::string& now, const std::string& first) {
    return what + " is " + now + " now; this session began with " + first;
}

} // namespace

void TargetIdentity::remember(const Json& facts) {
    TargetFacts then;
    then.model = textAt(facts, {"model"});
    then.model_digest = textAt(facts, {"model_digest"});
    then.model_path = textAt(facts, {"model_path"});
    then.template_sha256 = textAt(facts, {"template_sha256"});
    then.version = textAt(facts, {"version"});
    then.context_tokens = integerAt(facts, {"context_tokens"});
    (void)compare(then);
}

void TargetIdentity::remember(const TurnRecord& turn) {
    if (turn.outcome != Outcome::Ok) return; // what another model answered failed
    ChatEnd end;
    end.model = turn.reply_model;
    end.fingerprint = turn.reply_fingerprint;
    (void)compare(end);
}

IdentityChanges TargetIdentity::compare(const TargetFacts& facts) {
    IdentityChanges out;
    const std::string model = m_model, digest = m_digest;
    const bool otherModel = differs(m_model, facts.model), otherDigest = differs(m_digest, facts.model_digest);
    if (otherModel || otherDigest)
        out.hard.push_back("serves " + modelText(facts.model, facts.model_digest) + " now; this session began with " +
                           modelText(model, digest));
    // One digest means one file, wherever it lies.
    const bool sameDigest = !digest.empty() && digest == facts.model_digest;
    if (differs(m_path, facts.model_path) && !sameDigest && !otherModel && !otherDigest)
        out.hard.push_back(changed("has another model file: it", facts.model_path, m_path));
    if (differs(m_template, facts.template_sha256))
        out.hard.push_back(changed("has another chat template: its SHA-256", facts.template_sha256.substr(0, kHashShown),
                                   m_template.substr(0, kHashShown)));
    if (differs(m_context, facts.context_tokens))
        out.hard.push_back(
            changed("has another context size: it", std::to_string(*facts.context_tokens), std::to_string(*m_context)));
    if (differs(m_version, facts.version)) {
        out.soft.push_back("is build " + facts.version + " now; the turns before were measured on " + m_version);
        m_version = facts.version;
    }
    return out;
}

IdentityChanges TargetIdentity::compare(const ChatEnd& end) {
    IdentityChanges out;
    if (differs(m_replyModel, end.model))
        out.hard.push_back("answers as model " + end.model + " now; its first reply in this session came from " + m_replyModel);
    if (differs(m_fingerprint, end.fingerprint) && m_fingerprints.insert(end.fingerprint).second)
        out.soft.push_back("answers with system_fingerprint " + end.fingerprint +
                           " now, another build or another machine; its first reply in "
                           "this session had " +
                           m_fingerprint);
    return out;
}

} // namespace looptax
