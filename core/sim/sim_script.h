// What the server does with one request, step by step. Oracle answers and faults are both scripts: one
// executor, one kind of stamp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

enum class SimMark { Head, Role, Reasoning, Content, End, Other };

// Stamps of the request so far, CLOCK_MONOTONIC ns; 0 = did not happen.
struct SimTimes {
    std::int64_t arrived_ns = 0;     // the last of the request's bytes, by the kernel where it says
    std::int64_t first_token_ns = 0; // just before the send of the first Reasoning or Content step
    std::int64_t now_ns = 0;
};

struct SimStep {
    enum class Do {
        Send,
        Fin,   // close: the peer reads an end of file
        Reset, // close with a TCP reset
        Hang   // nothing more until the peer leaves or the server stops
    };
    Do what = Do::Send;
    std::string bytes = {};
    std::int64_t delay_ns = 0; // after the step before it was due, or after the request arrived
    std::int64_t times = 1;    // sends the bytes that often, each after its delay; -1 = for ever
    bool byte_by_byte = false; // each byte in a send of its own, each after the delay
    SimMark mark = SimMark::Other;
    std::string text = {};                                 // what the step adds to the generated text
    std::function<std::string(const SimTimes&)> late = {}; // bytes that are known only when they are due
};

// Held while a script runs; hears what was really sent.
class SimLease {
public:
    virtual ~SimLease() = default;
    virtual void onSent(const SimStep& step) = 0;
};

struct SimScript {
    std::vector<SimStep> steps;
    bool close_after = false; // closes after the last step though nothing announced it
    std::shared_ptr<SimLease> lease = {};
};

} // namespace looptax
