// Every way a server can misbehave that we promise to survive, as scripts with what must follow. Tests of a
// client go through the table. The chat exchanges of a fault happen one after the other on one client; whatever the fault, the
// server must afterwards have seen exactly one chat request an exchange.
//
// Not in the table, because no script says them: a refused connection (RefusingPort), an answer on ::1 only
// (SimOptions::ipv6), TLS, a restart (stop and start), a wrong model name (the routes).
#pragma once

#include "domain/outcome.h"
#include "domain/plan.h"
#include "sim/sim_script.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct FaultExpectation {
    Outcome outcome = Outcome::Ok;
    std::optional<std::string> text = std::string(); // all content told, also before a failure; absent = not said
    std::string reasoning = {};
    std::optional<std::string> finish_reason = {}; // absent = not said; empty = the server gave none
    std::optional<int> http_status = 200;          // 0 = no status line was read; absent = not said
    bool no_done = false;
    bool busy = false;                  // 429/503 before any output
    bool warns = false;                 // at least one warning must be given
    bool counts_absent = false;         // what the server says of its tokens and times is absurd: absent, never 0
    std::vector<std::string> says = {}; // each must stand in the error text
    std::optional<std::int64_t> overflow_prompt_tokens = {};
    std::optional<std::int64_t> overflow_context = {};
    std::optional<double> load_ms = {};
};

struct FaultExchange {
    SimScript script; // no steps: the server answers as it always does
    FaultExpectation expected;
    // The server closes after this one. Whoever tests what comes next waits for that (waitForNoConnections),
    // else the request races the end of file.
    bool closes = false;
};

struct SimFault {
    std::string name; // "cut_by_reset"
    std::string says; // what happens, for a person
    std::vector<FaultExchange> exchanges;
    Deadlines deadlines{2'000, 5'000, 5'000, 10'000}; // short where one must fire
    std::optional<int> connections = {};              // the server must have accepted exactly so many for these exchanges
};

// All faults in one dialect, in the order of the fault matrix. Each may be played on a server of that dialect
// after queueing the scripts of its exchanges.
std::vector<SimFault> faultTable(TargetKind dialect);

} // namespace looptax
