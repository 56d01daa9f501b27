#include "sim/script_player.h"

namespace looptax {

namespace {

SimEnd ended(SimWait wait) { return wait == SimWait::Stopped ? SimEnd::Stopped : SimEnd::PeerGone; }

class Player {
public:
    Player(SimSocket& socket, const StopSignal& stop, std::int64_t arrivedNs, const OnPiece& onPiece)
        : m_socket(socket)
        , m_stop(stop)
        , m_onPiece(onPiece)
        , m_due(arrivedNs) {
        m_times.arrived_ns = arrivedNs;
    }

    // One round of a step; Answered means: go on.
    SimEnd round(const SimStep& step) {
        std::string made;
        std::size_t at = 0;
        for (;;) {
            // Due times add up from the arrival, so that a late wake-up does not push the rest back.
            m_due += step.delay_ns;
            if (step.delay_ns > 0) {
                const SimWait wait = waitUntil(m_socket, m_stop, m_due);
                if (wait != SimWait::Due) return ended(wait);
            }
            if (step.what == SimStep::Do::Hang) return ended(waitUntil(m_socket, m_stop, std::nullopt));
            if (step.what == SimStep::Do::Reset) m_socket.reset();
            if (step.what != SimStep::Do::Send) return SimEnd::Broken;
            m_times.now_ns = simNowNs();
            if (step.late && at == 0) made = step.late(m_times);
            const std::string_view all = step.late ? made : step.bytes;
            const std::string_view piece = step.byte_by_byte ? all.substr(at, 1) : all;
            at += piece.size();
            const SimWait sent = send(step.mark, piece);
            if (sent != SimWait::Ready) return ended(sent);
            if (at == all.size()) return SimEnd::Answered;
        }
    }

private:
    SimWait send(SimMark mark, std::string_view bytes) {
        struct Sending {
            const SimSocket& socket;
            std::string_view bytes;
            std::int64_t at;
        } sending{m_socket, bytes, 0};
        m_onPiece({0, std::int64_t(bytes.size()), mark}, [&sending] {
            sending.at = simNowNs();
            sending.bytes.remove_prefix(sendNow(sending.socket, sending.bytes));
            return sending.at;
        });
        const bool token = mark == SimMark::Content || mark == SimMark::Reasoning;
        if (token && m_times.first_token_ns == 0) m_times.first_token_ns = sending.at;
        return sendAll(m_socket, m_stop, sending.bytes);
    }

    SimSocket& m_socket;
    const StopSignal& m_stop;
    const OnPiece& m_onPiece;
    std::int64_t m_due;
    SimTimes m_times;
};

} // namespace

SimEnd playScript(SimSocket& socket, const StopSignal& stop, const SimScript& script, std::int64_t arrivedNs,
                  const OnPiece& onPiece) {
    Player player(socket, stop, arrivedNs, onPiece);
    for (const SimStep& step : script.steps) {
        for (std::int64_t round = 0; step.times < 0 || round < step.times; ++round) {
            // A peer that reads as fast as we send would keep an endless script from ever waiting.
            if (round > 0 && stop.raised()) return SimEnd::Stopped;
            if (const SimEnd end = player.round(step); end != SimEnd::Answered) return end;
        }
        if (script.lease) script.lease->onSent(step);
    }
    return SimEnd::Answered;
}

} // namespace looptax
