// How far off the clock of this report may be: the calibration that the sweep journalled, the one that is kept on this
// machine, or that there is none; and which of two loads of the machine it is for.
#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <nlohmann/json.hpp>

namespace looptax {

using namespace doc;

namespace {

// The same processor and number of cores as the session's host: as much as both know of each other.
std::optional<bool> sameMachine(const ReportInputs& in, const Instrument& instrument) {
    if (in.sessions.empty() || !in.sessions.front() || !in.sessions.front()->contains("host")) return std::nullopt;
    const Json& host = (*in.sessions.front())["host"];
    if (!host.is_object() || !host.contains("cores") || !host["cores"].is_number_integer()) return std::nullopt;
    return textMember(host, "cpu") == instrument.cpu && host["cores"].get<std::int64_t>() == instrument.cores;
}

// Idle or with every core busy: why this one, and what the other one says where nobody can tell.
std::string loadSentence(const ReportInputs& in, const Instrument& used) {
    const bool busy = used.load == Load::Busy;
    const std::string measured =
        busy ? "The error was measured with every core busy" : "The error was measured on an idle machine";
    switch (in.instrument_fit) {
    case LoadFit::Idle:
        return measured + (busy ? " only; here the runtime leaves this machine's cores idle, and it may be smaller."
                                : ", which fits: the runtime leaves this machine's cores idle.");
    case LoadFit::Busy:
        return measured + (busy ? ", which fits: the runtime computes on this machine's processors."
                                : " only; here the runtime computes on this machine's processors, and it may be larger.");
    case LoadFit::Either: break;
    }
    if (in.instrument_other)
        return measured + "; " + (busy ? "on an idle machine" : "with every core busy") + " p99 is " +
               fixedText(in.instrument_other->ours.ttft_ms.p99, 2) +
               " ms. Nothing on record tells which of the two this runtime "
               "makes of this machine, so differences are judged by the worse.";
    return measured + (busy ? " only; where the runtime leaves this machine's cores idle, it may be smaller."
                            : " only; where the runtime computes on this machine's processors, it may be larger.");
}

} // namespace

void addInstrument(Document& document, const ReportContext& context) {
    const ReportInputs& in = context.in;
    document.add(Heading{2, "The instrument's own error"});
    if (!in.instrument) {
        document.add(Paragraph{
            {{"How far this program's own clock is off was neither journalled by the sweep nor measured on this machine: "},
             code("looptax calibrate"),
             {" does it in a few minutes, and later reports quote it."}}});
    } else {
        const Instrument& i = *in.instrument;
        std::string text = instrumentText(i) + (i.window ? ", with live charts being painted" : "") +
                           (in.instrument_journalled ? ", as its sweep journalled it"
                                                     : ". The sweep journalled none: this is the one kept on this machine now") +
                           ". A difference of two times below " + fixedText(timeErrorMs(i), 2) +
                           " ms, or of two decode rates below " + fixedText(rateErrorPercent(i), 2) +
                           " %, is within the instrument's own error and must not be read as one. " + loadSentence(in, i) +
                           " Where a runtime counts a stop "
                           "token among the n of a reply, the client's rate is too high by one part in n: compare replies of one "
                           "length, or the runtime's own rates.";
        text[0] = 'T';
        document.add(Paragraph{plain(text)});
        if (sameMachine(in, i) == false)
            document.add(
                Notice{Notice::Kind::Warning, plain("the instrument was checked on another machine than the one this session was "
                                                    "measured on; what it says holds there.")});
        if (!i.optimised) document.add(Notice{Notice::Kind::Note, plain("the instrument was checked with a debug build.")});
    }
}

} // namespace looptax
