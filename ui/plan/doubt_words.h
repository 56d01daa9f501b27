// What a probe found doubtful, in three parts: what it is, why it matters for the numbers, what to do. The
// runtime clients say it in one sentence, "what: why; what to do"; for the sentences that lack a part it is
// added here. Pure.
#pragma once

#include <QString>

#include <string>

namespace looptax {

struct DoubtWords {
    QString what;
    QString why;
    QString mend;
    bool known = false; // why and mend were written for this doubt, or the sentence held them
};

DoubtWords doubtWords(const std::string& doubt);

} // namespace looptax
