#include "analysis/instrument.h"

#include "analysis/summary.h"
#include "base/text.h"
#include "stats/order_statistics.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

// More than the stamps of one moment by two clocks are apart, and far less than a chat takes.
constexpr std::int64_t kClocksApartNs = 100'000;

std::optional<double> gapLimit(const ErrorSpread& bare) {
    if (bare.n == 0) return std::nullopt;
    return kInstrumentTargets.gap_p50_ratio * bare.p50 + kInstrumentTargets.gap_samples_ms;
}

std::string signedText(double value) { return (value < 0 ? "" : "+") + fixedText(value, 2); }

} // namespace

ErrorSpread errorSpread(const std::vector<double>& values) {
    ErrorSpread spread;
    spread.n = int(values.size());
    if (values.empty()) return spread;
    spread.median = medianOf(values).value_or(0);
    std::vector<double> sizes;
    for (const double value : values) sizes.push_back(std::abs(value));
    spread.p50 = percentile(sizes, 0.5).value_or(0);
    spread.p99 = percentile(sizes, 0.99).value_or(0);
    spread.max = *std::max_element(sizes.begin(), sizes.end());
    return spread;
}

// Of the tokens after the first few, which a client saw together: a server that fell behind sends several at once.
static std::optional<double> knownRate(const KnownChat& chat, std::int64_t together) {
    const auto tokens = std::int64_t(chat.token_ns.size());
    if (together < 1 || together >= tokens) return std::nullopt;
    const std::int64_t time = chat.token_ns.back() - chat.token_ns[std::size_t(together - 1)];
    if (time <= 0) return std::nullopt;
    return double(tokens - together) / (double(time) / 1e9);
}

TimedChat timedChat(const TurnRecord& record) {
    TimedChat chat;
    chat.sent_ns = record.t_sent_ns.value_or(0);
    chat.end_ns = chat.sent_ns + record.end_ns.value_or(0);
    chat.ttft_ms = record.ttft_ms;
    chat.decode_tps = record.decode_tps;
    chat.first_read_tokens = record.first_read_deltas.value_or(1);
    if (record.gap_before_ns) chat.gap_ms = double(*record.gap_before_ns) / 1e6;
    chat.with_state_file = record.state_file_bytes.has_value();
    chat.reads = record.stream_reads.value_or(0);
    return chat;
}

InstrumentFigures instrumentFigures(const std::vector<TimedChat>& chats, const std::vector<KnownChat>& known) {
    InstrumentFigures out;
    std::vector<double> ttft, decode, gap, gapState;
    for (const TimedChat& chat : chats) {
        if (chat.gap_ms) (chat.with_state_file ? gapState : gap).push_back(*chat.gap_ms);
        const auto truth = std::lower_bound(known.begin(), known.end(), chat.sent_ns - kClocksApartNs,
                                            [](const KnownChat& k, std::int64_t sent) { return k.arrived_ns < sent; });
        if (truth == known.end() || truth->arrived_ns > chat.end_ns || truth->token_ns.empty()) {
            ++out.unmatched;
            continue;
        }
        if (chat.ttft_ms) ttft.push_back(*chat.ttft_ms - double(truth->token_ns.front() - truth->arrived_ns) / 1e6);
        if (const auto rate = knownRate(*truth, chat.first_read_tokens); rate && chat.decode_tps)
            decode.push_back(100.0 * (*chat.decode_tps / *rate - 1.0));
        out.sends += truth->sends;
        out.lost += std::max<std::int64_t>(0, truth->sends - chat.reads);
    }
    out.ttft_ms = errorSpread(ttft);
    out.decode_percent = errorSpread(decode);
    out.gap_ms = errorSpread(gap);
    out.gap_state_ms = errorSpread(gapState);
    return out;
}

double timeErrorMs(const Instrument& instrument) { return instrument.ours.ttft_ms.p99; }

double rateErrorPercent(const Instrument& instrument) { return instrument.ours.decode_percent.p99; }

bool tellsTimesApart(const std::optional<Instrument>& instrument, double aMs, double bMs) {
    const double error = instrument && instrument->ours.ttft_ms.n > 0 ? timeErrorMs(*instrument) : 0.0;
    return std::abs(aMs - bMs) > error;
}

bool tellsRatesApart(const std::optional<Instrument>& instrument, double a, double b) {
    const double error = instrument && instrument->ours.decode_percent.n > 0 ? rateErrorPercent(*instrument) / 100.0 : 0.0;
    return std::abs(a - b) > error * std::max(std::abs(a), std::abs(b));
}

std::string_view name(Load load) { return load == Load::Idle ? "idle" : "loaded"; }

std::string_view name(LoadFit fit) {
    switch (fit) {
    case LoadFit::Idle: return "idle";
    case LoadFit::Busy: return "loaded";
    case LoadFit::Either: return "either";
    }
    return {};
}

std::string loadText(Load load) { return load == Load::Idle ? "idle machine" : "every core busy"; }

Instrument worseOf(const Instrument& a, const Instrument& b) {
    Instrument out = timeErrorMs(b) > timeErrorMs(a) ? b : a;
    out.ours.decode_percent = rateErrorPercent(b) > rateErrorPercent(a) ? b.ours.decode_percent : a.ours.decode_percent;
    return out;
}

FittedInstrument fitted(const InstrumentPair& pair, LoadFit fit) {
    if (!pair.idle || !pair.busy) return {pair.idle ? pair.idle : pair.busy, {}};
    if (fit == LoadFit::Either) {
        const bool busy = timeErrorMs(*pair.busy) > timeErrorMs(*pair.idle);
        return {worseOf(*pair.idle, *pair.busy), busy ? pair.idle : pair.busy};
    }
    return {fit == LoadFit::Busy ? pair.busy : pair.idle, {}};
}

InstrumentLimits limitsOf(const Instrument& instrument) {
    const InstrumentTargets& aim = kInstrumentTargets;
    InstrumentLimits out;
    if (instrument.bare.ttft_ms.n > 0) out.ttft_p50_ms = aim.ttft_p50_ratio * instrument.bare.ttft_ms.p50;
    out.ttft_p99_ms = instrument.window || instrument.load == Load::Busy ? aim.ttft_p99_busy_ms : aim.ttft_p99_ms;
    out.decode_p50_percent = aim.decode_p50_percent;
    out.gap_p50_ms = gapLimit(instrument.bare.gap_ms);
    out.gap_state_p50_ms = gapLimit(instrument.bare.gap_state_ms);
    return out;
}

std::string instrumentText(const Instrument& instrument) {
    return "this instrument, " + loadText(instrument.load) + ": TTFT " + signedText(instrument.ours.ttft_ms.median) +
           " ms, p99 " + fixedText(instrument.ours.ttft_ms.p99, 2) + " ms on " + instrument.machine + ", on " +
           instrument.date.substr(0, 10);
}

} // namespace looptax
