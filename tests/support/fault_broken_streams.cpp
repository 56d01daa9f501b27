// Streams that fail after they began: an error in the middle, or an end that is none.
#include "support/fault_kit.h"

namespace looptax {

namespace {

constexpr const char* kMessage = "Compute error.";

// Half of a good reply's framing and then something else.
SimScript begunThen(const FaultKit& kit, std::vector<SimStep> rest) {
    SimScript script = kit.begun();
    for (SimStep& step : rest) script.steps.push_back(std::move(step));
    return script;
}

void addMidstreamErrors(const FaultKit& kit, std::vector<SimFault>& faults) {
    FaultExpectation expected = kit.failed(Outcome::ServerErrorMidstream, std::string(kPartText));
    expected.says = {kMessage};
    const std::string last(kLastChunk);
    const auto add = [&](const char* name, const char* says, const std::string& events) {
        faults.push_back(FaultKit::one(name, says, begunThen(kit, {FaultKit::send(httpChunk(events) + last)}), expected));
    };
    if (kit.isOllama) {
        add("error_midstream_line", "an error line in mid-stream, at HTTP 200", kit.writer->midstreamError(kMessage));
        return;
    }
    add("error_midstream_event", "data: {\"error\": {...}} in mid-stream, then no terminator",
        kit.writer->midstreamError(kMessage));
    add("error_midstream_field", "old llama.cpp: an `error:` field, then [DONE] as if all were well",
        "error: {\"code\":500,\"message\":\"Compute error.\",\"type\":\"server_error\"}\n\n" + kit.writer->terminator());
    add("error_midstream_text", "data: {\"error\": \"...\"} as plain text", "data: {\"error\":\"Compute error.\"}\n\n");
    FaultExpectation first = expected;
    first.text = std::string();
    faults.push_back(FaultKit::one("error_first_event", "an error as the first event of a stream at HTTP 200",
                                   FaultKit::script({FaultKit::send(kit.chunked(kit.writer->midstreamError(kMessage)))}), first));
}

} // namespace

void addBrokenStreams(const FaultKit& kit, std::vector<SimFault>& faults) {
    addMidstreamErrors(kit, faults);

    const FaultExpectation cut = kit.failed(Outcome::Cut, std::string(kPartText));
    const FaultExpectation nothing = kit.failed(Outcome::Cut, {}, 0);
    const auto add = [&](const char* name, const char* says, SimScript script, const FaultExpectation& expected) {
        faults.push_back(FaultKit::one(name, says, std::move(script), expected));
    };
    const std::string rest = kit.writer->content(kGoodText.substr(kPartText.size()));

    add("cut_before_answer", "the connection is closed after the request was read", FaultKit::script({FaultKit::fin()}), nothing);
    FaultExpectation inHead = kit.failed(Outcome::Cut);
    inHead.http_status.reset();
    add("cut_in_head", "the connection is closed inside the headers",
        FaultKit::script({FaultKit::send("HTTP/1.1 200 OK\r\nContent-Ty"), FaultKit::fin()}), inHead);
    add("cut_by_end_of_file", "the connection is closed between two chunks", begunThen(kit, {FaultKit::fin()}), cut);
    add("cut_in_chunk", "the connection is closed inside a chunk and an event",
        begunThen(kit, {FaultKit::send(httpChunk(rest).substr(0, 30)), FaultKit::fin()}), cut);
    // The pause lets the client read what came before: a reset may throw away unread bytes, and the text is
    // asserted.
    add("cut_by_reset", "the connection is reset in mid-stream",
        begunThen(kit, {{.what = SimStep::Do::Reset, .delay_ns = 100 * kSimMs}}), cut);
    add("cut_by_bad_chunk", "a chunk size that is no number, in mid-stream",
        begunThen(kit, {FaultKit::send("xyz\r\n" + rest + "\r\n"), FaultKit::hang()}), cut);
    add("cut_by_clean_end", "the body ends as it should, but the stream has neither finish nor terminator",
        begunThen(kit, {FaultKit::send(std::string(kLastChunk))}), cut);
    add("cut_short_of_length", "fewer bytes than Content-Length promised",
        FaultKit::script({FaultKit::send(httpHead(200, {{"Content-Type", kit.writer->streamType()}, {"Content-Length", "5000"}}) +
                                         kit.opening()),
                          FaultKit::fin()}),
        cut);
    add("cut_where_close_ends_it", "a body that ends with the connection, and no terminator in it",
        FaultKit::script(
            {FaultKit::send("HTTP/1.0 200 OK\r\nContent-Type: " + kit.writer->streamType() + "\r\n\r\n" + kit.opening()),
             FaultKit::fin()}),
        cut);

    if (kit.isOllama) {
        // The last line lacks only its line end, and the framing says that more was to come.
        const std::string all = kit.goodEvents();
        const std::string open = all.substr(0, all.size() - 1);
        FaultExpectation expected = kit.failed(Outcome::Cut, std::string(kGoodText));
        add("cut_in_last_line", "the connection is closed inside the line that says done",
            FaultKit::script({FaultKit::send(kit.head() + httpChunk(open)), FaultKit::fin()}), expected);
        return;
    }
    add("cut_after_finish", "finish_reason came, then an end of file inside the chunked body",
        begunThen(kit, {FaultKit::send(httpChunk(rest + kit.writer->finish("stop"))), FaultKit::fin()}),
        kit.failed(Outcome::Cut, std::string(kGoodText)));
    add("cut_unended_done", "the [DONE] event lacks its blank line, then an end of file",
        begunThen(kit, {FaultKit::send(httpChunk(rest + "data: [DONE]\n")), FaultKit::fin()}),
        kit.failed(Outcome::Cut, std::string(kGoodText)));
}

} // namespace looptax
