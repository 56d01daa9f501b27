#include "app/session_analysis.h"

#include "analysis/analysis_inputs.h"
#include "analysis/verdicts.h"
#include "calibrate/calibration_file.h"
#include "domain/amendment.h"
#include "loop/loop_design.h"
#include "store/amend.h"
#include "store/load_session.h"

namespace looptax {

Analysis analysisOf(FileOps& files, const RecordStore& records, bool collecting) {
    return analyse(analysisInputs(records, sessionInstrument(files, records.sessionLines(), records.plan()).used, collecting));
}

Status addRepeats(FileOps& files, const Clock& clock, const std::string& folder, int more) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    if (!session->store.plan())
        return Error{ErrorKind::Plan, "this session has no plan to repeat", folder, "start a new sweep", 0};
    AmendRequest request;
    request.repeats = planInForce(*session->store.plan(), session->store.amendments()).repeats + more;
    request.reason = "added in the window";
    const auto amended = amendSession(files, clock, catalogue(), folder, request);
    return amended ? Status() : Status(amended.error());
}

} // namespace looptax
