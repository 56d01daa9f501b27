// What a decoder told, as lines that two ways of feeding can be compared by.
#pragma once

#include "base/text.h"
#include "wire/http_response_parser.h"
#include "wire/ndjson_decoder.h"
#include "wire/sse_decoder.h"

#include <QByteArray>

#include <string>
#include <string_view>
#include <vector>

namespace looptax {

inline std::string show(const WireError& error) { return "fault " + std::to_string(int(error.fault)) + " " + error.what; }

// Fed in the pieces given; equal results for all ways to cut the same bytes is the contract.
using Pieces = std::vector<std::string_view>;

struct HttpLog final : HttpListener {
    std::string head;
    std::string body;
    int heads = 0;
    int ends = 0;
    std::vector<std::size_t> bodySizes;

    void onHead(const HttpHead& h) override {
        ++heads;
        head = std::to_string(h.version_minor) + " " + std::to_string(h.status) + " " + h.reason;
        for (const auto& [key, value] : h.headers) head += "\n" + key + "=" + value;
    }
    void onBody(std::string_view bytes) override {
        body += bytes;
        bodySizes.push_back(bytes.size());
    }
    void onBodyEnd() override { ++ends; }
};

inline std::string httpLog(const Pieces& pieces, WireLimits limits = {}) {
    HttpLog log;
    HttpResponseParser parser(log, limits);
    for (std::string_view piece : pieces) parser.feed(piece);
    parser.finish();
    return log.head + "\n--\n" + log.body + "\n--\n" + std::to_string(log.heads) + " heads, " + std::to_string(log.ends) +
           " ends, " + show(parser.error()) + ", late " + std::to_string(parser.lateBytes()) +
           (parser.mayKeepAlive() ? ", keep" : ", close") + ", odd: " + joined(parser.oddities(), "; ");
}

struct SseLog final : SseListener {
    std::vector<std::string> lines;
    void onSseEvent(std::string_view type, std::string_view data) override {
        lines.push_back(std::string(type) + "|" + std::string(data));
    }
    void onSseComment(std::string_view text) override { lines.push_back("#" + std::string(text)); }
    void onSseForeignField(std::string_view name, std::string_view value, std::string_view line) override {
        lines.push_back("?" + std::string(name) + "=" + std::string(value) + "=" + std::string(line));
    }
};

inline std::vector<std::string> sseLog(const Pieces& pieces, WireLimits limits = {}) {
    SseLog log;
    SseDecoder decoder(log, limits);
    for (std::string_view piece : pieces) decoder.feed(piece);
    if (decoder.error()) log.lines.push_back(show(decoder.error()));
    else if (decoder.hasPending()) log.lines.push_back("pending");
    return log.lines;
}

struct NdjsonLog final : NdjsonListener {
    std::vector<std::string> lines;
    void onNdjsonLine(std::string_view line) override { lines.emplace_back(line); }
};

inline std::vector<std::string> ndjsonLog(const Pieces& pieces, WireLimits limits = {}) {
    NdjsonLog log;
    NdjsonDecoder decoder(log, limits);
    for (std::string_view piece : pieces) decoder.feed(piece);
    if (decoder.error()) log.lines.push_back(show(decoder.error()));
    else if (const auto rest = decoder.finish()) log.lines.push_back("rest " + *rest);
    return log.lines;
}

} // namespace looptax
