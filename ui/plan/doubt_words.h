// A doubt of a probe in its three parts: what it is, why it matters for the numbers, what to do.
// runtime/doubts.h says them in one sentence, "what: why; what to do". Pure.
#pragma once

#include <QString>

#include <string>

namespace looptax {

struct DoubtWords {
    QString what;
    QString why;
    QString mend;
    bool whole = false; // the sentence held all three; else the rest is said in general words
};

DoubtWords doubtWords(const std::string& doubt);

} // namespace looptax
