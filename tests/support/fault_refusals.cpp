// Answers that are no stream: errors by status, redirects, and what is not HTTP or not the promised encoding.
#include "support/fault_kit.h"

namespace looptax {

namespace {

constexpr const char* kElsewhere = "http://127.0.0.1:9/elsewhere";

SimScript overflowAnswer(const FaultKit& kit) {
    if (kit.dialect == TargetKind::LlamaServer)
        return FaultKit::script({FaultKit::send(httpAnswer(
            400, "application/json; charset=utf-8",
            R"({"error":{"code":400,"message":"request (5000 tokens) exceeds the available context size (4096 tokens), )"
            R"(try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}})"))});
    if (kit.isOllama)
        return FaultKit::script({FaultKit::send(kit.writer->errorAnswer(400, "",
                                                                        "the prompt is longer than the context length currently "
                                                                        "available to the model; shorten the prompt"))});
    return FaultKit::script({FaultKit::send(httpAnswer(
        400, "application/json",
        R"({"error":{"message":"This model's maximum context length is 4096 tokens. However, your messages resulted in )"
        R"(5000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})"))});
}

void addBusy(const FaultKit& kit, std::vector<SimFault>& faults, const char* name, int status, const char* message) {
    FaultExpectation busy = kit.failed(Outcome::HttpError, {}, status);
    busy.busy = true;
    SimFault fault = FaultKit::one(
        name, "busy: HTTP " + std::to_string(status) + ", then an answer",
        FaultKit::script({FaultKit::send(kit.writer->errorAnswer(status, "unavailable_error", message, {{"Retry-After", "0"}}))}),
        busy);
    fault.exchanges.push_back({kit.good(), kit.goodResult()});
    faults.push_back(fault);
}

} // namespace

void addRefusals(const FaultKit& kit, std::vector<SimFault>& faults) {
    for (int status : {301, 302, 307, 308}) {
        FaultExpectation expected = kit.failed(Outcome::HttpError, {}, status);
        expected.says = {kElsewhere};
        faults.push_back(FaultKit::one(
            "redirect_" + std::to_string(status), "a redirect, which is not followed",
            FaultKit::script({FaultKit::send(httpAnswer(status, "text/html", "moved", {{"Location", kElsewhere}}))}), expected));
    }
    {
        FaultExpectation expected = kit.failed(Outcome::HttpError, {}, 404);
        expected.says = {"absent-model"};
        faults.push_back(FaultKit::one(
            "model_missing", "HTTP 404: no such model",
            FaultKit::script({FaultKit::send(kit.writer->errorAnswer(404, "not_found_error", "model 'absent-model' not found"))}),
            expected));
    }
    {
        FaultExpectation expected = kit.failed(Outcome::Overflow, {}, 400);
        if (kit.dialect == TargetKind::LlamaServer) { // the only one whose answer has both as numbers
            expected.overflow_prompt_tokens = 5000;
            expected.overflow_context = 4096;
        }
        faults.push_back(
            FaultKit::one("context_overflow", "HTTP 400: the prompt does not fit the context", overflowAnswer(kit), expected));
    }
    addBusy(kit, faults, "busy_429", 429, "Too many requests");
    addBusy(kit, faults, "busy_503", 503, "Loading model");

    const auto failure = [&](const char* name, const char* says, std::string answer, const char* shown) {
        FaultExpectation expected = kit.failed(Outcome::HttpError, {}, 500);
        expected.says = {"500"};
        if (shown[0] != '\0') expected.says.emplace_back(shown);
        faults.push_back(FaultKit::one(name, says, FaultKit::script({FaultKit::send(std::move(answer))}), expected));
    };
    failure("error_500_json", "HTTP 500 with a JSON error", kit.writer->errorAnswer(500, "server_error", "Compute error."),
            "Compute error.");
    failure("error_500_html", "HTTP 500 with an HTML page",
            httpAnswer(500, "text/html", "<html><body><h1>Internal <b>Server</b> Error</h1></body></html>"), "Internal");
    failure("error_500_empty", "HTTP 500 with nothing", httpAnswer(500, "text/plain", ""), "");

    faults.push_back(FaultKit::one("not_http", "a status line that is not HTTP",
                                   FaultKit::script({FaultKit::send("SSH-2.0-OpenSSH_9.2\r\n"), FaultKit::hang()}),
                                   kit.failed(Outcome::Protocol, {}, 0)));
    faults.push_back(
        FaultKit::one("html_page", "HTTP 200 with an HTML page instead of a stream",
                      FaultKit::script({FaultKit::send(httpAnswer(200, "text/html", "<html><body>Please log in</body></html>"))}),
                      kit.failed(Outcome::Protocol)));
    HeaderList zipped = kit.writer->streamHeaders();
    zipped.emplace_back("Content-Encoding", "gzip");
    faults.push_back(FaultKit::one(
        "gzip_unasked", "a compressed body nobody asked for",
        FaultKit::script({FaultKit::send(httpHead(200, zipped) + httpChunk("\x1F\x8B\x08\x03packed") + std::string(kLastChunk))}),
        kit.failed(Outcome::Protocol)));
    FaultExpectation contradiction = kit.failed(Outcome::Protocol);
    contradiction.http_status.reset(); // was read, in a head that cannot be trusted
    faults.push_back(FaultKit::one(
        "two_lengths", "both Content-Length and chunked",
        FaultKit::script({FaultKit::send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                         httpChunk(kit.goodEvents()) + std::string(kLastChunk))}),
        contradiction));
}

} // namespace looptax
