// Every figure a benchmark prints, as one line of JSON, appended to the file that LOOPTAX_BENCH_JSON names: several
// programs measure, and what reads them should not read tables.
#pragma once

#include "base/json_fwd.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace looptax {

// reference, target: null where there is none.
inline void keepFigure(const std::string& bench, const std::string& figure, const std::string& unit, double value,
                       const Json& reference = nullptr, const Json& target = nullptr) {
    const char* path = std::getenv("LOOPTAX_BENCH_JSON");
    if (path == nullptr || *path == '\0') return;
    std::FILE* file = std::fopen(path, "a");
    if (file == nullptr) return;
    const Json line = {{"bench", bench}, {"figure", figure},       {"unit", unit},
                       {"this", value},  {"reference", reference}, {"target", target}};
    std::fprintf(file, "%s\n", line.dump().c_str());
    std::fclose(file);
}

} // namespace looptax
