# Writes build_info.cpp; leaves the file alone when nothing changed, so that nothing is rebuilt.
set(commit "unknown")
find_program(GIT git)
if(GIT AND EXISTS "${SOURCE}/.git")
  execute_process(COMMAND "${GIT}" -C "${SOURCE}" describe --always --dirty --abbrev=12
                  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE code ERROR_QUIET)
  if(code EQUAL 0)
    set(commit "${described}")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[
#include "base/build_info.h"

namespace looptax {
const char* versionText() { return "@VERSION@"; }
const char* buildCommit() { return "@commit@"; }
} // namespace looptax
]])
