// What a server says of its failure, in whatever shape: an error body, or an object inside a stream that began with HTTP 200.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace looptax {

struct ServerError {
    std::string words;                         // the server's own, at most 4 KiB of UTF-8
    bool overflow = false;                     // the prompt did not fit the context
    std::optional<std::int64_t> prompt_tokens; // of an exceeded context, where they are given
    std::optional<std::int64_t> context;
};

// A body of any status: JSON in any of the shapes met, else its text. Never without words.
ServerError readErrorBody(std::string_view body);

// An object of a stream, or a list that begins with one, that tells a failure, with or without a member `error`; absent where
// it tells none.
std::optional<ServerError> failureIn(const nlohmann::json& object);

} // namespace looptax
