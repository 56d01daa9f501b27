#include "ui/model/session_charts.h"

#include "chart/source_keeper.h"
#include "loop/loop_design.h"
#include "resources/resources.h"
#include "store/load_session.h"
#include "store/session.h"

#include <nlohmann/json.hpp>

namespace looptax {

ChartReference chartReference() {
    static const auto study = readPublishedStudy(resource("reference/published-study.json"));
    return {designTable(), study ? &*study : nullptr};
}

ChartSource chartSourceOf(const RecordStore& store, const std::string& sessionId) {
    SourceKeeper keeper(chartReference(), sessionId);
    keeper.catchUp(store, false);
    return keeper.source();
}

Result<ChartSource> chartSourceOf(FileOps& files, const std::string& folder) {
    const SessionPaths paths(folder);
    if (!files.exists(paths.journal()))
        return Error{ErrorKind::Storage, "this is no session: it has no journal.jsonl", folder,
                     "give the folder that \"looptax run\" named in its last line", 0};
    auto loaded = loadSession(files, folder);
    if (!loaded) return loaded.error();
    // Its own name of itself: the folder may have been renamed, and the report looks for this one.
    std::string id = paths.id();
    if (const auto& line = loaded->store.sessionLine(); line && line->contains("session") && (*line)["session"].is_string())
        id = (*line)["session"].get<std::string>();
    ChartSource source = chartSourceOf(loaded->store, id);
    if (loaded->read.damagedLine > 0)
        source.warnings.push_back("journal.jsonl line " + std::to_string(loaded->read.damagedLine) +
                                  " is damaged: " + loaded->read.damage + "; charts show what could be read");
    if (loaded->read.newer)
        source.warnings.push_back("this session was written by a newer version; charts show what this one understands");
    return source;
}

} // namespace looptax
