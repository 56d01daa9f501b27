// The pieces faults are made of, in one dialect.
#pragma once

#include "sim/reply_writer.h"
#include "support/faults.h"

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

inline constexpr std::int64_t kSimMs = 1'000'000; // ns

struct FaultKit {
    explicit FaultKit(TargetKind kind);

    TargetKind dialect;
    bool isOllama;
    std::unique_ptr<ReplyWriter> writer;

    std::string head() const { return httpHead(200, writer->streamHeaders()); }
    // A whole good stream body without HTTP framing: role, two deltas that say kGoodText, ending.
    std::string goodEvents() const;
    std::string opening() const; // role and the first delta, which says kPartText
    std::string ending(std::string_view reason = "stop") const;
    // Head, the events in one chunk, end of body.
    std::string chunked(const std::string& events) const;

    SimScript good() const; // a healthy reply
    // Head and opening as chunks of a body that has not ended.
    SimScript begun() const;
    // A good reply's expectation.
    FaultExpectation goodResult() const;
    FaultExpectation failed(Outcome outcome, std::string text = {}, int status = 200) const;

    static SimStep send(std::string bytes, std::int64_t delayNs = 0);
    static SimStep fin() { return {.what = SimStep::Do::Fin}; }
    static SimStep reset() { return {.what = SimStep::Do::Reset}; }
    static SimStep hang() { return {.what = SimStep::Do::Hang}; }
    static SimScript script(std::vector<SimStep> steps);
    static SimFault one(std::string name, std::string says, SimScript script, FaultExpectation expected);
};

inline constexpr std::string_view kPartText = "The log ";
inline constexpr std::string_view kGoodText = "The log grew \xE2\x82\xAC\xF0\x9F\x98\x80 by one.";

// The four quarters of the table.
void addRefusals(const FaultKit& kit, std::vector<SimFault>& faults);
void addBrokenStreams(const FaultKit& kit, std::vector<SimFault>& faults);
void addOddStreams(const FaultKit& kit, std::vector<SimFault>& faults);
void addHangsAndFloods(const FaultKit& kit, std::vector<SimFault>& faults);

} // namespace looptax
