// Too slow and too much: what the deadlines and the limits are for.
#include "support/fault_kit.h"

namespace looptax {

namespace {

using Kit = FaultKit;

// First output within 300 ms, silence of 300 ms at most, 1 s in all.
constexpr Deadlines kShort{2'000, 300, 300, 1'000};

SimStep drip(std::string bytes, std::int64_t everyMs) {
    SimStep step = Kit::send(std::move(bytes), everyMs * kSimMs);
    step.times = -1;
    return step;
}

SimStep flood(std::string bytes, std::int64_t times) {
    SimStep step = Kit::send(std::move(bytes));
    step.times = times;
    return step;
}

SimFault timed(SimFault fault) {
    fault.deadlines = kShort;
    return fault;
}

} // namespace

void addHangsAndFloods(const FaultKit& kit, std::vector<SimFault>& faults) {
    const FaultExpectation first = kit.failed(Outcome::TimeoutFirst);
    const FaultExpectation firstNoHead = kit.failed(Outcome::TimeoutFirst, {}, 0);
    const FaultExpectation idle = kit.failed(Outcome::TimeoutIdle, std::string(kPartText));
    FaultExpectation total = kit.failed(Outcome::TimeoutTotal);
    total.text.reset(); // how much came is a matter of time

    faults.push_back(
        timed(Kit::one("hang_before_answer", "the request is read and nothing comes", Kit::script({Kit::hang()}), firstNoHead)));
    faults.push_back(
        timed(Kit::one("hang_after_head", "headers, then nothing", Kit::script({Kit::send(kit.head()), Kit::hang()}), first)));
    FaultExpectation dripping = first;
    dripping.http_status.reset();
    faults.push_back(timed(Kit::one("drip_of_headers", "header bytes that never end",
                                    Kit::script({Kit::send("HTTP/1.1 200 OK\r\nX-Slow: "), drip("x", 20)}), dripping)));
    // Nothing but signs of life: no output, so the idle deadline has no say yet.
    const std::string sign = kit.isOllama ? kit.writer->content("") : std::string(":\n\n") + kit.writer->role();
    faults.push_back(timed(Kit::one("alive_without_output", "pings and empty deltas, never a token",
                                    Kit::script({Kit::send(kit.head()), drip(httpChunk(sign), 20)}), first)));
    SimScript stops = kit.begun();
    stops.steps.push_back(Kit::hang());
    faults.push_back(timed(Kit::one("hang_midstream", "output begins, then nothing", stops, idle)));
    SimScript pinging = kit.begun();
    pinging.steps.push_back(drip(httpChunk(kit.isOllama ? kit.writer->content("") : std::string(": ping\n\n")), 50));
    total.text = std::string(kPartText);
    faults.push_back(timed(Kit::one("pings_after_output", "output begins, then only signs of life", pinging, total)));
    total.text.reset();
    SimScript slow = kit.begun();
    slow.steps.push_back(drip(httpChunk(kit.writer->content("x")), 50));
    faults.push_back(timed(Kit::one("slow_drip", "a token each 50 ms for ever", slow, total)));
    SimScript bytes = kit.begun();
    SimStep slowBytes = drip(httpChunk(kit.writer->content("a few bytes at a time")), 20);
    slowBytes.byte_by_byte = true;
    bytes.steps.push_back(slowBytes);
    faults.push_back(timed(Kit::one("slow_bytes", "a byte each 20 ms for ever", bytes, total)));

    FaultExpectation limit = kit.failed(Outcome::Limit);
    limit.text.reset();
    const std::string megabyte(1024 * 1024, 'x');
    const std::string lineStart =
        kit.isOllama ? "{\"message\":{\"content\":\"" : "data: {\"choices\":[{\"delta\":{\"content\":\"";
    SimScript longLine = kit.begun();
    longLine.steps.push_back(Kit::send(httpChunk(lineStart)));
    longLine.steps.push_back(flood(httpChunk(megabyte), 100));
    faults.push_back(Kit::one("line_of_100_mb", "a line of 100 MB", longLine, limit));
    std::string many;
    for (int i = 0; i < 500; ++i) many += kit.writer->content("and so on ");
    SimScript endless = kit.begun();
    endless.steps.push_back(flood(httpChunk(many), -1));
    SimFault endlessFault = Kit::one("endless_stream", "good events that never end", endless, limit);
    endlessFault.deadlines = {2'000, 10'000, 10'000, 60'000}; // the limit ends it, on a slow machine too
    faults.push_back(endlessFault);
    FaultExpectation head = limit;
    head.text = std::string();
    head.http_status.reset();
    faults.push_back(Kit::one(
        "endless_headers", "headers that never end",
        Kit::script({Kit::send("HTTP/1.1 200 OK\r\n"), flood("X-More: " + megabyte.substr(0, 1000) + "\r\n", -1)}), head));
    faults.push_back(Kit::one("huge_length", "a Content-Length of a terabyte",
                              Kit::script({Kit::send("HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\nx"), Kit::hang()}),
                              head));
    if (!kit.isOllama) {
        SimScript event = kit.begun();
        event.steps.push_back(flood(httpChunk("data: " + megabyte.substr(0, 512 * 1024) + "\n"), 100));
        faults.push_back(Kit::one("event_of_50_mb", "one event of many data lines, 50 MB in all", event, limit));
    }
}

} // namespace looptax
