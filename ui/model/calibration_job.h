// The calibration as the window sees it: it runs elsewhere, says what came of it, and can be stopped.
#pragma once

#include "base/result.h"
#include "store/journal.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// What was found, for people. It is kept already when it comes.
struct CalibrationOutcome {
    std::string summary;                        // sentences
    std::vector<std::vector<std::string>> rows; // cells of a table; the first row is its head; of one cell: a title
};

// Everything that came since the last call, in order.
struct CalibrationNews {
    std::vector<JournalLine> lines;                    // of its sweeps: the charts drawn from them are part of what is measured
    int done = 0, all = 0;                             // turns of what is measured now; 0 of 0: nothing new
    std::string now;                                   // what that is: "every core busy"
    std::optional<Result<CalibrationOutcome>> outcome; // the last thing that ever comes
};

class CalibrationJob {
public:
    using Receiver = std::function<void(CalibrationNews)>; // on the thread that made the job
    virtual ~CalibrationJob() = default;                   // stops it and waits
    virtual void cancel() = 0;                             // the outcome is then an error of kind Cancelled
};

using CalibrationMaker = std::function<std::unique_ptr<CalibrationJob>(CalibrationJob::Receiver)>;

} // namespace looptax
