// One client against one scripted server: what the listener heard, and chats made in a line.
#pragma once

#include "runtime/runtime_client.h"
#include "sim/scripted_server.h"
#include "support/fault_kit.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace looptax {

struct Heard final : StreamListener {
    std::string content, reasoning;
    std::int64_t sent = 0, headers = 0, firstDelta = 0, lastStamp = 0;
    std::optional<double> connectMs;
    int sends = 0;
    bool ordered = true; // no stamp before the one that came before it
    void onSent(std::int64_t stamp, std::optional<double> connect) override {
        ++sends;
        sent = lastStamp = stamp;
        connectMs = connect;
    }
    void onHeaders(std::int64_t stamp) override { follow(headers = stamp); }
    void onRead(const ReadStamp& stamp) override { follow(stamp.ns); }
    void onEvent(std::int64_t stamp) override { follow(stamp); }
    void onDelta(DeltaKind kind, std::int64_t stamp, std::string_view text) override {
        follow(stamp);
        if (firstDelta == 0) firstDelta = stamp;
        if (kind == DeltaKind::Content) content += text;
        if (kind == DeltaKind::Reasoning) reasoning += text;
    }
    void follow(std::int64_t stamp) {
        ordered = ordered && stamp >= lastStamp;
        lastStamp = stamp;
    }
};

// Generous enough for a slow machine, short enough that a hang fails the test and not the suite.
inline constexpr Deadlines kTestDeadlines{5'000, 20'000, 20'000, 60'000};

struct ChatLab {
    explicit ChatLab(SimOptions options = {}, Deadlines limits = kTestDeadlines)
        : kit(options.dialect)
        , server(options)
        , deadlines(limits)
        , dialect(options.dialect) {
        started = server.start().ok();
        if (started) connect(server.url());
    }
    void connect(const std::string& url, const std::string& key = {}) {
        client = makeRuntimeClient(dialect, url, key, deadlines, clock);
    }
    std::pair<ChatEnd, Heard> chat() {
        std::pair<ChatEnd, Heard> out;
        out.first = client->chat(request(), out.second, cancel);
        return out;
    }
    ChatRequest request() const {
        ChatRequest request;
        request.messages = {{"system", "00000000 Be brief."}, {"user", "Hello."}};
        request.model = server.model();
        request.context_tokens = 4096;
        return request;
    }

    FaultKit kit;
    ScriptedServer server;
    Deadlines deadlines;
    TargetKind dialect;
    SystemClock clock;
    CancelFlag cancel{false};
    bool started = false;
    std::unique_ptr<RuntimeClient> client;
};

} // namespace looptax
