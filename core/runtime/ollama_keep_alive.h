// Ollama unloads a model some minutes after its last use, with all it had cached. Measured requests ask for keep_alive -1
// against that, and that outlasts them: the model would fill the memory until Ollama ends. So it is set back afterwards.
#pragma once

#include "base/clock.h"
#include "runtime/http_client.h"

#include <cstdint>
#include <optional>
#include <string>

namespace looptax {

class OllamaKeepAlive {
public:
    OllamaKeepAlive(HttpClient& http, Clock& clock) : m_http(http), m_clock(clock) {}

    void look(const std::string& model, const CancelFlag& cancel); // how it was; nothing once a request was sent
    std::string words() const;
    void sent(const std::string& model, int contextTokens);                          // a request with keep_alive -1 goes out
    Result<std::string> giveBack(std::int64_t deadlineMs, const CancelFlag& cancel); // see RuntimeClient

private:
    struct Loaded {
        bool known = false; // Ollama answered
        bool there = false;
        std::int64_t leftMs = 0; // until it is unloaded; kForEver
    };
    Result<Loaded> loaded(const std::string& model, std::int64_t deadlineMs, const CancelFlag& cancel);

    HttpClient& m_http;
    Clock& m_clock;
    Loaded m_before;
    std::string m_sentFor; // model; empty: nothing was sent
    int m_contextTokens = 0;
};

} // namespace looptax
