// Streams that are unusual and right: the turn is ok, and says what was odd.
#include "support/fault_kit.h"

namespace looptax {

namespace {

using Kit = FaultKit;

std::string_view last() { return kLastChunk; }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

SimFault splitBytes(const Kit& kit) {
    SimStep step = Kit::send(kit.chunked(kit.goodEvents()));
    step.byte_by_byte = true;
    return Kit::one("split_at_every_byte", "every byte in a packet of its own", Kit::script({step}), kit.goodResult());
}

SimFault tinyChunks(const Kit& kit) {
    std::string body = kit.head();
    for (char byte : kit.goodEvents()) body += httpChunk(std::string_view(&byte, 1));
    return Kit::one("chunk_of_every_byte", "every byte in an HTTP chunk of its own, inside code points too",
                    Kit::script({Kit::send(body + std::string(last()))}), kit.goodResult());
}

// A reply whose connection is gone afterwards, and one more: it must go out once, on a new connection.
SimFault twice(const Kit& kit, std::string name, std::string says, SimScript first, FaultExpectation expected) {
    SimFault fault = Kit::one(std::move(name), std::move(says), std::move(first), std::move(expected));
    const SimScript& script = fault.exchanges.front().script;
    fault.exchanges.front().closes = script.close_after || script.steps.back().what == SimStep::Do::Fin;
    fault.exchanges.push_back({kit.good(), kit.goodResult()});
    fault.connections = 2;
    return fault;
}

void addConnections(const Kit& kit, std::vector<SimFault>& faults) {
    SimScript closes = kit.good();
    closes.close_after = true;
    faults.push_back(
        twice(kit, "closed_after_reply", "the connection is closed after a reply that did not say so", closes, kit.goodResult()));
    HeaderList headers = kit.writer->streamHeaders();
    headers.emplace_back("Connection", "close");
    SimScript says = Kit::script({Kit::send(httpHead(200, headers) + httpChunk(kit.goodEvents()) + std::string(last()))});
    says.close_after = true;
    faults.push_back(twice(kit, "connection_close", "Connection: close", says, kit.goodResult()));

    // The server reads the second request on the kept connection and closes: sending it again would be a
    // second turn.
    SimFault dropped = Kit::one("kept_connection_dropped", "a kept connection is closed after its second request was read",
                                kit.good(), kit.goodResult());
    dropped.exchanges.push_back({Kit::script({Kit::fin()}), kit.failed(Outcome::Cut, {}, 0)});
    dropped.exchanges.push_back({kit.good(), kit.goodResult()});
    dropped.connections = 2;
    faults.push_back(dropped);

    FaultExpectation warned = kit.goodResult();
    warned.warns = true;
    faults.push_back(twice(kit, "data_after_terminator", "more of the stream after its terminator",
                           Kit::script({Kit::send(kit.chunked(kit.goodEvents() + kit.writer->content("late") + kit.ending()))}),
                           warned));
    faults.push_back(twice(kit, "data_after_body", "a second response nobody asked for, behind the first",
                           Kit::script({Kit::send(kit.chunked(kit.goodEvents()) + httpAnswer(200, "text/plain", "late"))}),
                           warned));
    SimScript close = Kit::script(
        {Kit::send("HTTP/1.0 200 OK\r\nContent-Type: " + kit.writer->streamType() + "\r\n\r\n" + kit.goodEvents()), Kit::fin()});
    faults.push_back(twice(kit, "close_delimited", "HTTP/1.0: the body ends with the connection", close, kit.goodResult()));
    faults.push_back(Kit::one("interim_answer", "100 Continue before the answer",
                              Kit::script({Kit::send("HTTP/1.1 100 Continue\r\n\r\n" + kit.chunked(kit.goodEvents()))}),
                              kit.goodResult()));
    const std::string body = kit.goodEvents();
    faults.push_back(Kit::one("content_length", "a stream with Content-Length",
                              Kit::script({Kit::send(httpAnswer(200, kit.writer->streamType(), body))}), kit.goodResult()));
}

void addEmptiness(const Kit& kit, std::vector<SimFault>& faults) {
    FaultExpectation empty = kit.goodResult();
    empty.text = std::string();
    const auto whole = [&](const std::string& events) { return Kit::script({Kit::send(kit.chunked(events))}); };
    FaultExpectation unread = empty;
    unread.outcome = Outcome::Protocol;
    unread.says = {"no text of them could be read"};
    faults.push_back(Kit::one("no_content", "a complete stream without any content, though tokens were generated",
                              whole(kit.writer->role() + kit.ending()), unread));
    empty.reasoning = "Hm";
    faults.push_back(Kit::one("reasoning_only", "thinking, and no content",
                              whole(kit.writer->role() + kit.writer->reasoning("Hm") + kit.ending()), empty));
    empty.reasoning.clear();
    faults.push_back(Kit::one("tool_call_only", "a tool call, and no content",
                              whole(kit.writer->role() + kit.writer->tool() + kit.ending()), empty));
    faults.push_back(Kit::one("empty_deltas", "empty deltas before the first content",
                              whole(kit.writer->content("") + kit.writer->content("") + kit.goodEvents()), kit.goodResult()));
    FaultExpectation cutOff = kit.goodResult();
    cutOff.finish_reason = "length";
    cutOff.text = std::string(kPartText);
    faults.push_back(
        Kit::one("stopped_by_length", "max_tokens ended the reply", whole(kit.opening() + kit.ending("length")), cutOff));

    FaultExpectation reasonless = kit.goodResult();
    reasonless.finish_reason = "";
    reasonless.text = std::string(kPartText);
    if (kit.isOllama) {
        faults.push_back(Kit::one("no_finish_reason", "done without done_reason",
                                  whole(kit.opening() + replaced(kit.ending(), ",\"done_reason\":\"stop\"", "")), reasonless));
        FaultExpectation reloaded = kit.goodResult();
        reloaded.load_ms = 2500;
        faults.push_back(Kit::one("model_reloaded", "the model was loaded again: load_duration 2.5 s",
                                  whole(replaced(kit.goodEvents(), "\"load_duration\":500000", "\"load_duration\":2500000000")),
                                  reloaded));
        return;
    }
    faults.push_back(Kit::one("no_finish_reason", "[DONE] without any finish_reason",
                              whole(kit.opening() + kit.writer->terminator()), reasonless));
    FaultExpectation noDone = kit.goodResult();
    noDone.no_done = true;
    const std::string unterminated = replaced(kit.goodEvents(), "data: [DONE]\n\n", "");
    faults.push_back(Kit::one("no_done", "finish_reason and a clean end of body, but no [DONE]", whole(unterminated), noDone));
    faults.push_back(Kit::one(
        "no_done_close_delimited", "the same where the connection ends the body",
        Kit::script({Kit::send("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + unterminated), Kit::fin()}),
        noDone));
}

void addSpelling(const Kit& kit, std::vector<SimFault>& faults) {
    const auto whole = [&](const std::string& events) { return Kit::script({Kit::send(kit.chunked(events))}); };
    const std::string good = kit.goodEvents();
    faults.push_back(Kit::one("crlf_line_ends", "CRLF line ends", whole(replaced(good, "\n", "\r\n")), kit.goodResult()));
    if (kit.isOllama) {
        faults.push_back(Kit::one("blank_lines", "a byte order mark and blank lines",
                                  whole("\xEF\xBB\xBF\n" + replaced(good, "\n", "\n \r\n\n")), kit.goodResult()));
    } else {
        faults.push_back(Kit::one("cr_line_ends", "CR line ends", whole(replaced(good, "\n", "\r")), kit.goodResult()));
        faults.push_back(Kit::one("no_space_after_data", "data: without the space", whole(replaced(good, "data: ", "data:")),
                                  kit.goodResult()));
        faults.push_back(Kit::one("pings_and_names", "a byte order mark, pings, event and id lines",
                                  whole("\xEF\xBB\xBF:\n\n: keepalive 1/9\n\n" +
                                        replaced(good, "data: ", ": ping\nid: 3\nretry: 9\nevent: message\ndata: ")),
                                  kit.goodResult()));
    }
    const std::string event = kit.isOllama ? "{\"message\":{\"content\":\n" : "data: {\"choices\":[{\"delta\"\n\n";
    faults.push_back(Kit::one("not_json", "an event that is not JSON", whole(kit.opening() + event),
                              kit.failed(Outcome::Protocol, std::string(kPartText))));

    FaultExpectation absurd = kit.goodResult();
    absurd.warns = true;
    absurd.counts_absent = true;
    std::string end;
    if (kit.isOllama)
        end = "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_"
              "reason\":\"stop\","
              "\"load_duration\":-1,\"prompt_eval_count\":-5,\"prompt_eval_duration\":1e300,\"eval_count\":"
              "12.5,"
              "\"eval_duration\":\"long\"}\n";
    else
        end = kit.writer->finish("stop") +
              "data: "
              "{\"choices\":[],\"usage\":{\"prompt_tokens\":-40,\"completion_tokens\":1e300,\"total_tokens\":"
              "null},"
              "\"timings\":{\"cache_n\":-1,\"prompt_n\":99999999999999999999,\"prompt_ms\":-5.0,\"predicted_"
              "n\":12.5,"
              "\"predicted_ms\":null}}\n\n" +
              kit.writer->terminator();
    faults.push_back(Kit::one("absurd_numbers", "counts that are negative, huge, broken or no numbers",
                              whole(kit.opening() + kit.writer->content(kGoodText.substr(kPartText.size())) + end), absurd));
}

} // namespace

void addOddStreams(const FaultKit& kit, std::vector<SimFault>& faults) {
    faults.push_back(Kit::one("plain", "a healthy reply", kit.good(), kit.goodResult()));
    faults.push_back(splitBytes(kit));
    faults.push_back(tinyChunks(kit));
    addSpelling(kit, faults);
    addEmptiness(kit, faults);
    addConnections(kit, faults);
}

} // namespace looptax
