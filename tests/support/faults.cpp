#include "support/faults.h"

#include "sim/sim_options.h"
#include "support/fault_kit.h"

namespace looptax {

namespace {

SimCounts goodCounts() {
    SimCounts counts;
    counts.prompt_tokens = 40;
    counts.cached = 36;
    counts.predicted = 9;
    counts.prompt_ms = 12.5;
    counts.predicted_ms = 80;
    counts.load_ms = 0.5;
    counts.total_ms = 100;
    return counts;
}

} // namespace

FaultKit::FaultKit(TargetKind kind)
    : dialect(kind)
    , isOllama(kind == TargetKind::Ollama)
    , writer(makeReplyWriter(kind, SimOptions{}.model)) {} // the server that fails is no other one

std::string FaultKit::opening() const { return writer->role() + writer->content(kPartText); }

std::string FaultKit::ending(std::string_view reason) const { return writer->ending(reason, goodCounts(), true); }

std::string FaultKit::goodEvents() const { return opening() + writer->content(kGoodText.substr(kPartText.size())) + ending(); }

std::string FaultKit::chunked(const std::string& events) const { return head() + httpChunk(events) + std::string(kLastChunk); }

SimScript FaultKit::good() const {
    return script({send(head()), send(httpChunk(opening())), send(httpChunk(writer->content(kGoodText.substr(kPartText.size())))),
                   send(httpChunk(ending()) + std::string(kLastChunk))});
}

SimScript FaultKit::begun() const { return script({send(head()), send(httpChunk(opening()))}); }

FaultExpectation FaultKit::goodResult() const {
    FaultExpectation expected;
    expected.text = std::string(kGoodText);
    expected.finish_reason = "stop";
    return expected;
}

FaultExpectation FaultKit::failed(Outcome outcome, std::string text, int status) const {
    FaultExpectation expected;
    expected.outcome = outcome;
    expected.text = std::move(text);
    expected.http_status = status;
    return expected;
}

SimStep FaultKit::send(std::string bytes, std::int64_t delayNs) { return {.bytes = std::move(bytes), .delay_ns = delayNs}; }

SimScript FaultKit::script(std::vector<SimStep> steps) {
    SimScript made;
    made.steps = std::move(steps);
    return made;
}

SimFault FaultKit::one(std::string name, std::string says, SimScript script, FaultExpectation expected) {
    SimFault fault;
    fault.name = std::move(name);
    fault.says = std::move(says);
    fault.exchanges.push_back({std::move(script), std::move(expected)});
    return fault;
}

std::vector<SimFault> faultTable(TargetKind dialect) {
    const FaultKit kit(dialect);
    std::vector<SimFault> faults;
    addRefusals(kit, faults);
    addBrokenStreams(kit, faults);
    addOddStreams(kit, faults);
    addHangsAndFloods(kit, faults);
    return faults;
}

} // namespace looptax
