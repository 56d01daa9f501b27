#include "app/calibration_file.h"

#include "base/text.h"
#include "runtime/managed_server.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace looptax {

namespace {

constexpr const char* kSchema = "looptax.calibration/1";
constexpr std::int64_t kMostBytes = 1 << 20;

// One list of members for writing and reading.
template <class Spread, class Visit> void visitSpread(Spread& s, Visit&& visit) {
    visit("n", s.n);
    visit("median", s.median);
    visit("p50_abs", s.p50);
    visit("p99_abs", s.p99);
    visit("max_abs", s.max);
}
template <class Figures, class Spread, class Count>
void visitFigures(Figures& f, Spread&& spread, Count&& count) {
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
    Instrument instrument(const Json& json, bool window) {
        Instrument out;
        visitLabels(out, [&](const char* name, auto& value) { take(json, name, value); });
        out.window = window;
        out.ours = figures(json.contains("this") ? json["this"] : Json());
        out.bare = figures(json.contains("bare_socket") ? json["bare_socket"] : Json());
        // They go into reports and onto terminals.
        for (std::string* text : {&out.machine, &out.cpu, &out.date, &out.version, &out.commit})
            *text = stripControls(repairUtf8(*text));
        return out;
    }
    const std::vector<std::string>& wrong() const { return m_wrong; }

private:
    std::vector<std::string> m_wrong;
};

Error strange(const std::string& what) {
    return {ErrorKind::Corrupt,
            "the calibration cannot be read: " + what,
            {},
            "looptax calibrate makes it anew",
            0};
}

std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

class Table {
public:
    void row(std::vector<std::string> cells) {
        cells.resize(6);
        m_rows.push_back(std::move(cells));
    }
    // target 0: none.
    void number(const std::string& figure, double target, double ours, double bare, int decimals) {
        const std::string missed =
            target > 0 && ours > target ? "missed by " + fixedText(ours - target, decimals) : std::string();
        row({figure, target > 0 ? "<= " + fixedText(target, 2) : "", fixedText(ours, decimals),
             fixedText(bare, decimals), bare > 0 ? fixedText(ours / bare, 1) : "", missed});
    }
    std::vector<std::vector<std::string>> take() { return std::move(m_rows); }

private:
    std::vector<std::vector<std::string>> m_rows;
};

std::string lostText(const InstrumentFigures& figures) {
    return std::to_string(figures.lost) + "/" + std::to_string(figures.sends);
}

} // namespace

std::string calibrationFile() {
    return joinPath(dataFolder(), "calibration.json");
}

std::string calibrationsJson(const Calibrations& calibrations) {
    Json out = Json::object();
    out["schema"] = kSchema;
    out["headless"] = calibrations.headless ? instrumentJson(*calibrations.headless) : Json(nullptr);
    out["window"] = calibrations.window ? instrumentJson(*calibrations.window) : Json(nullptr);
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Calibrations> readCalibrations(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return strange("it is not a JSON object");
    if (!json.contains("schema") || json["schema"] != kSchema)
        return strange("its schema is not looptax.calibration/1");
    Calibrations out;
    Reader reader;
    for (const char* kind : {"headless", "window"}) {
        if (!json.contains(kind) || json[kind].is_null()) continue;
        if (!json[kind].is_object()) return strange(std::string(kind) + " is not an object");
        const bool window = std::string_view(kind) == "window";
        (window ? out.window : out.headless) = reader.instrument(json[kind], window);
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

Status keepCalibration(FileOps& files, const Instrument& instrument) {
    Calibrations all = keptCalibrations(files);
    (instrument.window ? all.window : all.headless) = instrument;
    if (const Status made = files.makeDirs(dataFolder()); !made) return made;
    return replaceFile(files, calibrationFile(), calibrationsJson(all));
}

static std::optional<Instrument> fittingOf(const Calibrations& kept, bool window) {
    const auto& first = window ? kept.window : kept.headless;
    return first ? first : window ? kept.headless : kept.window;
}

std::string fittingInstrument(FileOps& files, bool window) {
    const auto fitting = fittingOf(keptCalibrations(files), window);
    if (!fitting) return {};
    Json out = instrumentJson(*fitting);
    out["window"] = fitting->window;
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

SessionInstrument sessionInstrument(FileOps& files, const std::vector<std::shared_ptr<const Json>>& sessionLines) {
    SessionInstrument out;
    for (const auto& line : sessionLines) {
        const auto kept = line->find("instrument");
        if (kept == line->end() || !kept->is_object()) continue;
        Reader reader;
        const Instrument one = reader.instrument(*kept, kept->contains("window") && (*kept)["window"] == true);
        if (!reader.wrong().empty()) continue; // of a newer version, say: as if it were not there
        if (!out.used || timeErrorMs(one) > timeErrorMs(*out.used)) out.used = one;
        out.journalled = true;
    }
    if (out.journalled) return out;
    out.used = fittingOf(keptCalibrations(files, &out.trouble), false);
    return out;
}

std::string calibrationHead(const Instrument& instrument) {
    const InstrumentFigures &a = instrument.ours, &b = instrument.bare;
    std::string head = instrumentText(instrument) + "\n" + std::to_string(a.ttft_ms.n) + " turns and " +
                       std::to_string(b.ttft_ms.n) + " by the bare socket, in turn; " +
                       (instrument.window ? "live charts painted meanwhile; " : "") + instrument.cpu + ", " +
                       std::to_string(instrument.cores) + " cores; looptax " + instrument.version + " (" +
                       instrument.commit + ")\n";
    if (!instrument.optimised) head += "This is a debug build: the one that measures is faster.\n";
    return head + "For the gap the bare socket's column is a bare write and fdatasync of as many bytes, and "
                  "with a state "
                  "file its\nreplacement as well (write, sync, rename, sync of the folder).\n";
}

std::vector<std::vector<std::string>> calibrationRows(const Instrument& instrument) {
    const InstrumentTargets& aim = kInstrumentTargets;
    const InstrumentFigures &a = instrument.ours, &b = instrument.bare;
    Table table;
    table.row({"figure", "target", "this", "bare socket", "ratio", ""});
    // Beside painting charts the tail is what is aimed at, not the middle.
    table.number("|TTFT error| p50, ms", instrument.window ? 0 : aim.ttft_p50_ms, a.ttft_ms.p50, b.ttft_ms.p50, 3);
    table.number("|TTFT error| p99, ms", instrument.window ? aim.ttft_p99_window_ms : aim.ttft_p99_ms,
                 a.ttft_ms.p99, b.ttft_ms.p99, 3);
    table.number("|TTFT error| max, ms", 0, a.ttft_ms.max, b.ttft_ms.max, 3);
    table.number("|decode rate error| p50, %", aim.decode_percent, a.decode_percent.p50, b.decode_percent.p50,
                 4);
    table.number("|decode rate error| p99, %", 0, a.decode_percent.p99, b.decode_percent.p99, 4);
    table.number("gap between turns, A, p50, ms", aim.gap_p50_ms, a.gap_ms.p50, b.gap_ms.p50, 2);
    table.number("gap between turns, A, p99, ms", 0, a.gap_ms.p99, b.gap_ms.p99, 2);
    table.number("gap with state file, p50, ms", aim.gap_state_p50_ms, a.gap_state_ms.p50, b.gap_state_ms.p50,
                 2);
    table.number("gap with state file, p99, ms", 0, a.gap_state_ms.p99, b.gap_state_ms.p99, 2);
    table.row({"stamps lost / sends", "", lostText(a), lostText(b)});
    return table.take();
}

std::string calibrationTable(const Instrument& instrument) {
    constexpr std::size_t kWidths[] = {34, 10, 13, 13, 7, 0};
    std::string out = calibrationHead(instrument);
    for (const std::vector<std::string>& row : calibrationRows(instrument)) {
        std::string line = "  ";
        for (std::size_t i = 0; i < row.size(); ++i)
            line += padded(row[i], kWidths[i]);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

} // namespace looptax
