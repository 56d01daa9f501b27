// How each runtime words a streamed reply: the same happenings in three dialects.
#pragma once

#include "domain/plan.h"
#include "sim/http_text.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace looptax {

struct SimCounts {
    std::int64_t prompt_tokens = 0;
    std::int64_t cached = 0;
    std::int64_t predicted = 0;
    double prompt_ms = 0;
    double predicted_ms = 0;
    double load_ms = 0;
    double total_ms = 0;
};

class ReplyWriter {
public:
    virtual ~ReplyWriter() = default;
    virtual std::string streamType() const = 0; // Content-Type
    virtual std::string role() const = 0;       // what comes before any token; may be empty
    virtual std::string content(std::string_view text) const = 0;
    virtual std::string reasoning(std::string_view text) const = 0;
    virtual std::string tool() const = 0;                          // one whole tool call
    virtual std::string finish(std::string_view reason) const = 0; // empty where it stands in the counts
    // Counts and what else comes before the terminator; reason only where finish() is empty.
    virtual std::string counts(std::string_view reason, const SimCounts& counts, bool includeUsage) const = 0;
    virtual std::string terminator() const = 0; // may be empty
    // finish, counts and terminator as this runtime sends them.
    virtual std::string ending(std::string_view reason, const SimCounts& counts, bool includeUsage) const {
        return finish(reason) + this->counts(reason, counts, includeUsage) + terminator();
    }
    virtual std::string midstreamError(std::string_view message) const = 0;
    virtual std::string errorBody(int status, std::string_view type, std::string_view message) const = 0;

    HeaderList streamHeaders() const; // chunked
    std::string errorAnswer(int status, std::string_view type, std::string_view message, HeaderList extra = {}) const;
};

std::unique_ptr<ReplyWriter> makeReplyWriter(TargetKind dialect, const std::string& model);

// Path of the chat route in this dialect.
std::string chatPath(TargetKind dialect);

} // namespace looptax
