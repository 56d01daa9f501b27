// H4 and H5, each in two: does a cliff exist (a), and is it depth or state size that causes it (b)? Without a cliff
// there is nothing to attribute: (b) is then not triggered, never rejected.
#pragma once

#include "analysis/verdict_draft.h"

namespace looptax {

Draft verdictH4a(const RuleSubject& subject); // C over N
Draft verdictH5a(const RuleSubject& subject); // D over padding
// id "H4b": `own` is H4a and `other` H5a, both finished; "H5b" the other way round.
Verdict verdictAttribution(const std::string& id, const Verdict& own, const Verdict& other);

} // namespace looptax
