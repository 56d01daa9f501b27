// What can go wrong with a sweep, as a person is told it: sentences and what they can do about it. Pure;
// WindowMessages keeps it, TroubleLine shows it.
#pragma once

#include "base/result.h"
#include "ui/window/sweep_words.h"

#include <QStringList>

#include <optional>
#include <vector>

namespace looptax {

enum class Mend {
    AskAgain,        // the lost target, now
    Stop,            // the sweep
    ChooseFolder,    // where new sessions go
    LookAgain,       // for runtimes
    Resume,          // the session on screen
    ResumeOnChanged, // the same, on another build of a runtime
    ExportElsewhere
};

struct Trouble {
    QStringList sentences;
    std::vector<Mend> mends;
    bool lasts = false; // it goes by itself when it is over, and is not put away before
    bool operator==(const Trouble&) const = default;
};

QString words(Mend mend);       // on its button
QString explanation(Mend mend); // its tool tip

// "The disk is full: /data. Free some space or choose another folder."
QStringList sentencesOf(const Error& error);

// While a sweep runs: only a lost target is trouble.
std::optional<Trouble> troubleOf(const SweepView& view);
// After it; resumed: it went on with a session that there was.
std::optional<Trouble> troubleOf(const SweepResult& result, bool resumed);

} // namespace looptax
