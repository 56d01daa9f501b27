#include "calibrate/calibration_file.h"

#include "base/json_text.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "domain/simulated.h"
#include "domain/trust.h"
#include "runtime/managed_server.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <utility>

namespace looptax {

namespace {

constexpr const char* kSchema = "looptax.calibration/2";
constexpr const char* kIdleSchema = "looptax.calibration/1"; // before there was a load: each kind is one of an idle machine
constexpr std::int64_t kMostBytes = 1 << 20;

// One list of members for writing and reading.
template <class Spread, class Visit> void visitSpread(Spread& s, Visit&& visit) {
    visit("n", s.n);
    visit("median", s.median);
    visit("p50_abs", s.p50);
    visit("p99_abs", s.p99);
    visit("max_abs", s.max);
}
template <class Figures, class Spread, class Count> void visitFigures(Figures& f, Spread&& spread, Count&& count) {
    spread("ttft_error_ms", f.ttft_ms);
    spread("decode_error_percent", f.decode_percent);
    spread("gap_ms", f.gap_ms);
    spread("gap_state_file_ms", f.gap_state_ms);
    count("sends", f.sends);
    count("stamps_lost", f.lost);
}
template <class T, class Visit> void visitLabels(T& i, Visit&& visit) {
    visit("machine", i.machine);
    visit("cpu", i.cpu);
    visit("cores", i.cores);
    visit("date", i.date);
    visit("version", i.version);
    visit("commit", i.commit);
    visit("optimised", i.optimised);
}

Json figuresJson(const InstrumentFigures& figures) {
    Json out = Json::object();
    visitFigures(
        figures,
        [&](const char* name, const ErrorSpread& spread) {
            Json one = Json::object();
            visitSpread(spread, [&](const char* member, const auto& value) { one[member] = value; });
            out[name] = one;
        },
        [&](const char* name, std::int64_t value) { out[name] = value; });
    return out;
}

Json instrumentJson(const Instrument& instrument) {
    Json out = Json::object();
    visitLabels(instrument, [&](const char* name, const auto& value) { out[name] = value; });
    out["this"] = figuresJson(instrument.ours);
    out["bare_socket"] = figuresJson(instrument.bare);
    out["kernel_socket"] = instrument.kernel.ttft_ms.n > 0 ? figuresJson(instrument.kernel) : Json(nullptr);
    return out;
}

Json pairJson(const InstrumentPair& pair) {
    Json out = Json::object();
    for (const Load load : kLoads) out[std::string(name(load))] = pair.of(load) ? instrumentJson(*pair.of(load)) : Json(nullptr);
    return out;
}

class Reader {
public:
    template <class T> void take(const Json& from, const char* name, T& to) {
        const Json* member = from.is_object() && from.contains(name) ? &from[name] : nullptr;
        if constexpr (std::is_same_v<T, std::string>) {
            if (member && member->is_string()) return void(to = member->get<std::string>());
        } else if constexpr (std::is_same_v<T, bool>) {
            if (member && member->is_boolean()) return void(to = member->get<bool>());
        } else if (member && member->is_number() && std::isfinite(member->get<double>())) {
            return void(to = member->get<T>());
        }
        m_wrong.push_back(name);
    }
    InstrumentFigures figures(const Json& json) {
        InstrumentFigures out;
        visitFigures(
            out,
            [&](const char* name, ErrorSpread& spread) {
                const Json one = json.is_object() && json.contains(name) ? json[name] : Json();
                visitSpread(spread, [&](const char* member, auto& value) { take(one, member, value); });
            },
            [&](const char* name, std::int64_t& value) { take(json, name, value); });
        return out;
    }
    Instrument instrument(const Json& json, bool window, Load load) {
        Instrument out;
        visitLabels(out, [&](const char* name, auto& value) { take(json, name, value); });
        out.window = window;
        out.load = load;
        out.ours = figures(json.contains("this") ? json["this"] : Json());
        out.bare = figures(json.contains("bare_socket") ? json["bare_socket"] : Json());
        if (json.contains("kernel_socket") && !json["kernel_socket"].is_null()) out.kernel = figures(json["kernel_socket"]);
        // They go into reports and onto terminals.
        for (std::string* text : {&out.machine, &out.cpu, &out.date, &out.version, &out.commit})
            *text = stripControls(repairUtf8(*text));
        return out;
    }
    // Of each load that is there; what is neither an object nor null is wrong.
    InstrumentPair pair(const Json& json, const std::function<bool(const Json&)>& window) {
        InstrumentPair out;
        for (const Load load : kLoads) {
            const std::string member(name(load));
            if (!json.contains(member) || json[member].is_null()) continue;
            if (json[member].is_object()) out.of(load) = instrument(json[member], window(json[member]), load);
            else m_wrong.push_back(member);
        }
        return out;
    }
    const std::vector<std::string>& wrong() const { return m_wrong; }

private:
    std::vector<std::string> m_wrong;
};

Error strange(const std::string& what) {
    return {ErrorKind::Corrupt, "the calibration cannot be read: " + what, {}, "looptax calibrate replaces it", 0};
}

std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

// What a figure may be, in words and as a number; a limit that nothing could be compared with has none.
struct Aim {
    std::string words;
    std::optional<double> limit;
};

class Table {
public:
    explicit Table(const Instrument& instrument) : m_instrument(instrument) {}
    void row(std::vector<std::string> cells) {
        cells.resize(8);
        m_rows.push_back(std::move(cells));
    }
    void number(const std::string& figure, ErrorSpread InstrumentFigures::*spread, double ErrorSpread::*value, int decimals,
                const Aim& aim = {}) {
        const auto of = [&](const InstrumentFigures& figures) {
            const ErrorSpread& found = figures.*spread;
            return found.n > 0 ? std::optional(found.*value) : std::nullopt;
        };
        const auto ours = of(m_instrument.ours), poll = of(m_instrument.bare), kernel = of(m_instrument.kernel);
        const auto text = [&](const std::optional<double>& x) { return x ? fixedText(*x, decimals) : std::string(); };
        const auto ratio = [&](const std::optional<double>& x) {
            return ours && x && *x > 0 ? fixedText(*ours / *x, 2) : std::string();
        };
        std::string remark;
        if (ours && aim.limit)
            remark = *ours <= *aim.limit ? "met" : "missed by " + fixedText(*ours - *aim.limit, std::max(decimals, 3));
        row({figure, aim.words, text(ours), text(poll), text(kernel), ratio(poll), ratio(kernel), remark});
    }
    std::vector<std::vector<std::string>> take() { return std::move(m_rows); }

private:
    const Instrument& m_instrument;
    std::vector<std::vector<std::string>> m_rows;
};

// As few digits as the number has: "1", "0.02".
std::string shortText(double value) {
    std::string text = fixedText(value, 3);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string lostText(const InstrumentFigures& figures) {
    return std::to_string(figures.lost) + "/" + std::to_string(figures.sends);
}

} // namespace

std::string calibrationFile() { return joinPath(dataFolder(), "calibration.json"); }

std::string calibrationsJson(const Calibrations& calibrations) {
    Json out = Json::object();
    out["schema"] = kSchema;
    out["headless"] = pairJson(calibrations.headless);
    out["window"] = pairJson(calibrations.window);
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Calibrations> readCalibrations(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return strange("it is not a JSON object");
    const bool current = json.contains("schema") && json["schema"] == kSchema;
    if (!current && !(json.contains("schema") && json["schema"] == kIdleSchema))
        return strange(std::string("its schema is neither ") + kSchema + " nor " + kIdleSchema);
    Calibrations out;
    Reader reader;
    for (const char* kind : {"headless", "window"}) {
        if (!json.contains(kind) || json[kind].is_null()) continue;
        if (!json[kind].is_object()) return strange(std::string(kind) + " is not an object");
        const bool window = std::string_view(kind) == "window";
        InstrumentPair& pair = window ? out.window : out.headless;
        if (current) pair = reader.pair(json[kind], [window](const Json&) { return window; });
        else pair.idle = reader.instrument(json[kind], window, Load::Idle);
    }
    if (!reader.wrong().empty()) return strange(reader.wrong().front() + " is missing or not of its kind");
    return out;
}

Calibrations keptCalibrations(FileOps& files, std::string* trouble) {
    const std::string path = calibrationFile();
    if (!files.exists(path)) return {};
    const auto text = readFile(files, path, kMostBytes);
    const auto read = text ? readCalibrations(*text) : Result<Calibrations>(text.error());
    if (read) return *read;
    Error error = read.error();
    error.where = path;
    if (trouble != nullptr) *trouble = error.text();
    return {};
}

Status keepCalibrations(FileOps& files, const std::vector<Instrument>& instruments) {
    Calibrations all = keptCalibrations(files);
    for (const Instrument& one : instruments) (one.window ? all.window : all.headless).of(one.load) = one;
    if (const Status made = files.makeDirs(dataFolder()); !made) return made;
    return replaceFile(files, calibrationFile(), calibrationsJson(all));
}

static InstrumentPair fittingOf(const Calibrations& kept, bool window) {
    InstrumentPair out = window ? kept.window : kept.headless;
    for (const Load load : kLoads)
        if (!out.of(load)) out.of(load) = (window ? kept.headless : kept.window).of(load);
    return out;
}

std::string fittingInstrument(FileOps& files, bool window) {
    const InstrumentPair fitting = fittingOf(keptCalibrations(files), window);
    if (!fitting.idle && !fitting.busy) return {};
    Json out = pairJson(fitting);
    for (const Load load : kLoads)
        if (fitting.of(load)) out[std::string(name(load))]["window"] = fitting.of(load)->window;
    return jsonText(out);
}

// Of a session line; nothing where it is of a newer version, say.
static InstrumentPair journalledOf(const Json& kept) {
    const auto window = [](const Json& one) { return one.contains("window") && one["window"] == true; };
    Reader reader;
    InstrumentPair out;
    if (kept.contains("this")) out.idle = reader.instrument(kept, window(kept), Load::Idle); // before there was a load
    else out = reader.pair(kept, window);
    return reader.wrong().empty() ? out : InstrumentPair();
}

// Without a GPU's help, whatever was built into it: the embedded runtime has none, and these flags refuse one.
static bool computesOnCpu(const ManagedCommand& managed) {
    if (std::filesystem::path(managed.command).filename() == "looptax-llama-server") return true;
    for (std::size_t i = 0; i + 1 < managed.args.size(); ++i) {
        const std::string &flag = managed.args[i], &value = managed.args[i + 1];
        if ((flag == "-ngl" || flag == "--gpu-layers" || flag == "--n-gpu-layers") && value == "0") return true;
        if ((flag == "-dev" || flag == "--device") && value == "none") return true;
    }
    return false;
}

static std::optional<LoadFit> loadFitOf(const Json& facts, const std::optional<Plan>& plan) {
    if (!facts.is_object() || !facts.contains("url") || !facts["url"].is_string()) return std::nullopt;
    if (simulatedFact(facts).value_or(false) || !isLoopbackUrl(facts["url"].get<std::string>())) return LoadFit::Idle;
    if (plan && facts.contains("id"))
        for (const Target& target : plan->targets)
            if (facts["id"] == target.id && target.managed && computesOnCpu(*target.managed)) return LoadFit::Busy;
    return LoadFit::Either;
}

LoadFit loadFit(const std::vector<std::shared_ptr<const Json>>& sessionLines, const std::optional<Plan>& plan) {
    std::optional<LoadFit> all;
    for (const auto& line : sessionLines) {
        if (!line || !line->is_object() || !line->contains("targets") || !(*line)["targets"].is_array()) continue;
        for (const Json& facts : (*line)["targets"]) {
            const auto one = loadFitOf(facts, plan);
            if (!one) continue;
            if (all && *all != *one) return LoadFit::Either;
            all = one;
        }
    }
    return all.value_or(LoadFit::Either);
}

SessionInstrument sessionInstrument(FileOps& files, const std::vector<std::shared_ptr<const Json>>& sessionLines,
                                    const std::optional<Plan>& plan) {
    SessionInstrument out;
    out.fit = loadFit(sessionLines, plan);
    for (const auto& line : sessionLines) {
        const auto kept = line->find("instrument");
        if (kept == line->end() || !kept->is_object()) continue;
        FittedInstrument one = fitted(journalledOf(*kept), out.fit);
        if (!one.used) continue;
        if (!out.used || timeErrorMs(*one.used) > timeErrorMs(*out.used)) {
            out.used = std::move(one.used);
            out.other = std::move(one.other);
        }
        out.journalled = true;
    }
    if (out.journalled) return out;
    FittedInstrument kept = fitted(fittingOf(keptCalibrations(files, &out.trouble), false), out.fit);
    out.used = std::move(kept.used);
    out.other = std::move(kept.other);
    return out;
}

std::string calibrationHead(const Instrument& instrument) {
    const InstrumentFigures &a = instrument.ours, &b = instrument.bare, &k = instrument.kernel;
    std::string head =
        instrumentText(instrument) + "\n" + std::to_string(a.ttft_ms.n) + " turns, " + std::to_string(b.ttft_ms.n) +
        " by a bare poll() socket" +
        (k.ttft_ms.n > 0 ? " and " + std::to_string(k.ttft_ms.n) + " by one with the kernel's stamps"
                         : std::string(" (this kernel stamps nothing)")) +
        ", in turn; " + (instrument.load == Load::Busy ? "twice as many threads as cores computed meanwhile; " : "") +
        (instrument.window ? "live charts painted meanwhile; " : "") + instrument.cpu + ", " + std::to_string(instrument.cores) +
        " cores; looptax " + instrument.version + " (" + instrument.commit + ")\n";
    if (!instrument.optimised) head += "This is a debug build: the one that measures is faster.\n";
    return head + "For the gap the sockets' columns are a bare write and fdatasync of the reply alone, and with a state "
                  "file its\nreplacement as well (write, sync, rename, sync of the folder).\n";
}

std::vector<std::vector<std::string>> calibrationRows(const Instrument& instrument) {
    using Figures = InstrumentFigures;
    const InstrumentTargets& aim = kInstrumentTargets;
    const InstrumentLimits limits = limitsOf(instrument);
    const std::string gap = "<= " + shortText(aim.gap_p50_ratio) + " x poll + " + shortText(aim.gap_samples_ms);
    Table table(instrument);
    table.row({"figure", "target", "this", "poll", "kernel", "x poll", "x kernel", ""});
    table.number("|TTFT error| p50, ms", &Figures::ttft_ms, &ErrorSpread::p50, 3,
                 {"<= " + shortText(aim.ttft_p50_ratio) + " x poll", limits.ttft_p50_ms});
    table.number("|TTFT error| p99, ms", &Figures::ttft_ms, &ErrorSpread::p99, 3,
                 {"<= " + shortText(limits.ttft_p99_ms), limits.ttft_p99_ms});
    table.number("|TTFT error| max, ms", &Figures::ttft_ms, &ErrorSpread::max, 3);
    table.number("|decode rate error| p50, %", &Figures::decode_percent, &ErrorSpread::p50, 4,
                 {"<= " + shortText(limits.decode_p50_percent), limits.decode_p50_percent});
    table.number("|decode rate error| p99, %", &Figures::decode_percent, &ErrorSpread::p99, 4);
    table.number("gap between turns, A, p50, ms", &Figures::gap_ms, &ErrorSpread::p50, 2, {gap, limits.gap_p50_ms});
    table.number("gap between turns, A, p99, ms", &Figures::gap_ms, &ErrorSpread::p99, 2);
    table.number("gap with state file, p50, ms", &Figures::gap_state_ms, &ErrorSpread::p50, 2, {gap, limits.gap_state_p50_ms});
    table.number("gap with state file, p99, ms", &Figures::gap_state_ms, &ErrorSpread::p99, 2);
    table.row({"stamps lost / sends", "", lostText(instrument.ours), lostText(instrument.bare),
               instrument.kernel.ttft_ms.n > 0 ? lostText(instrument.kernel) : std::string()});
    return table.take();
}

std::string calibrationTables(const std::vector<Instrument>& instruments) {
    constexpr std::size_t kWidths[] = {31, 19, 10, 10, 10, 8, 9, 0};
    std::string out;
    for (const Instrument& instrument : instruments) {
        out += (out.empty() ? "" : "\n") + calibrationHead(instrument);
        for (const std::vector<std::string>& row : calibrationRows(instrument)) {
            std::string line = "  ";
            for (std::size_t i = 0; i < row.size(); ++i) line += padded(row[i], kWidths[i]);
            line.erase(line.find_last_not_of(' ') + 1);
            out += line + "\n";
        }
    }
    return out;
}

} // namespace looptax
