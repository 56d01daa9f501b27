// The numbers that the published study printed, to stand next to ours.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// Of resources/reference/published-study.json.
struct PublishedTurn {
    int turn = 0;
    std::optional<int> padding;
    std::optional<double> context_tokens_estimate;
    std::optional<double> state_file_bytes;
    std::optional<double> ttft_ms;
};
struct PublishedTable {
    std::string design;
    int n = 0;
    std::optional<int> cap;
    std::optional<double> decode_first; // tokens/s at the first and the last turn
    std::optional<double> decode_last;
    std::optional<double> decode_lowest; // where it printed a range instead
    std::optional<double> decode_highest;
    std::vector<std::string> remarks;
    std::vector<PublishedTurn> rows;
};
struct PublishedStudy {
    std::string title;
    std::string machine;
    std::string runtime;
    std::string model;
    std::vector<PublishedTable> tables;
};
Result<PublishedStudy> readPublishedStudy(std::string_view json); // schema looptax.reference/1

} // namespace looptax
