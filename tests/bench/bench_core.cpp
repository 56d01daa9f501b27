// What the parts of the core cost, each beside a bare reference in the same run. Printed, or JSON with
// --json; no test. Run it from a Release build: bench_core [--json]     It writes about 300 MB to the folder
// it is started in, and removes it.
#include "base/clock.h"
#include "base/whole_file.h"
#include "bench_json.h"
#include "engine/host_activity.h"
#include "loop/loop_design.h"
#include "loop/right_reply.h"
#include "record/record_store.h"
#include "resources/resources.h"
#include "store/load_session.h"
#include "support/places.h"
#include "support/session_builder.h"
#include "wire/ndjson_decoder.h"
#include "wire/sse_decoder.h"

#include <QTemporaryDir>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <malloc.h>
#include <string>
#include <unistd.h>
#include <vector>

using namespace looptax;

namespace {

const SystemClock kClock;
Json s_out = Json::array();
bool s_json = false;

double secondsOf(const std::function<void()>& deed) {
    const std::int64_t begin = kClock.monotonicNs();
    deed();
    return double(kClock.monotonicNs() - begin) / 1e9;
}

// reference and target 0: none.
void report(const char* what, const char* unit, double value, double reference, double target = 0, bool ofRatio = false) {
    const double ratio = reference > 0 ? value / reference : 0;
    const double judged = ofRatio ? ratio : value;
    keepFigure("core", what, unit, value, reference > 0 ? Json(reference) : Json(),
               target > 0 ? Json(ofRatio ? target * reference : target) : Json());
    s_out.push_back({{"figure", what},
                     {"unit", unit},
                     {"value", value},
                     {"reference", reference > 0 ? Json(reference) : Json()},
                     {"ratio", reference > 0 ? Json(ratio) : Json()},
                     {"target", target > 0 ? Json(target) : Json()},
                     {"missed", target > 0 && judged > target}});
    if (s_json) return;
    const std::string aim = target > 0 ? "<= " + fixedText(target, 1) + (ofRatio ? "x" : "") : "";
    std::printf("  %-40s %-9s %12s %-7s %12s %7s %s\n", what, aim.c_str(), fixedText(value, 3).c_str(), unit,
                reference > 0 ? fixedText(reference, 3).c_str() : "", reference > 0 ? fixedText(ratio, 2).c_str() : "",
                target > 0 && judged > target ? "MISSED" : "");
    std::fflush(stdout);
}

double middle(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
    return values[values.size() / 2];
}

void journal(const std::string& folder) {
    SystemFileOps files;
    auto made = Journal::create(files, joinPath(folder, "append.jsonl"));
    const auto bare = files.open(joinPath(folder, "bare.jsonl"), OpenMode::CreateExclusive);
    if (!made || !bare) return;
    Json fields;
    fields["reply"] = std::string(1'500, 'x');
    std::string line = sealLine({{"v", 1}, {"seq", 1}, {"type", "turn_done"}, {"reply", std::string(1'500, 'x')}});
    std::vector<double> ours, theirs;
    bool good = true;
    for (int i = 0; i < 300; ++i) { // one after the other: the disk's mood is the same for both
        ours.push_back(1e3 * secondsOf([&] { good = (*made)->append("turn_done", fields, Durability::Synced).ok() && good; }));
        theirs.push_back(1e3 * secondsOf([&] { good = files.write(*bare, line).ok() && files.sync(*bare).ok() && good; }));
    }
    [[maybe_unused]] const Status closed = files.close(*bare);
    if (good) report("journal append + sync, p50", "ms", middle(ours), middle(theirs), 1.5, true);
}

class Silent final : public SseListener, public NdjsonListener {
public:
    void onSseEvent(std::string_view, std::string_view data) override { m_bytes += data.size(); }
    void onSseComment(std::string_view) override {}
    void onSseForeignField(std::string_view, std::string_view, std::string_view) override {}
    void onNdjsonLine(std::string_view line) override { m_bytes += line.size(); }
    std::size_t m_bytes = 0;
};

void decoders() {
    const std::string object = R"({"choices":[{"index":0,"finish_reason":null,"delta":{"content":" token"}}],)"
                               R"("created":1790000000,"id":"chatcmpl-0123456789","model":"m","object":"chat.completion.chunk"})";
    constexpr int kEvents = 40'000;
    constexpr std::size_t kRead = 1'400;
    std::string sse, lines;
    for (int i = 0; i < kEvents; ++i) {
        sse += "data: " + object + "\n\n";
        lines += object + "\n";
    }
    const auto megabytes = [](std::size_t bytes, double seconds) { return double(bytes) / 1e6 / seconds; };
    std::string copy(sse.size(), ' ');
    const double copied = megabytes(sse.size(), secondsOf([&] {
                                        for (std::size_t at = 0; at < sse.size(); at += kRead)
                                            std::memcpy(copy.data() + at, sse.data() + at, std::min(kRead, sse.size() - at));
                                    }));
    Silent silent;
    WireLimits limits;
    const auto feed = [&](auto& decoder, const std::string& bytes) {
        for (std::size_t at = 0; at < bytes.size(); at += kRead)
            if (!decoder.feed(std::string_view(bytes).substr(at, kRead))) return;
    };
    SseDecoder sseDecoder(silent, limits);
    report("SSE decoder; reference memcpy", "MB/s", megabytes(sse.size(), secondsOf([&] { feed(sseDecoder, sse); })), copied);
    NdjsonDecoder lineDecoder(silent, limits);
    report("NDJSON decoder; reference memcpy", "MB/s", megabytes(lines.size(), secondsOf([&] { feed(lineDecoder, lines); })),
           copied);
    if (silent.m_bytes != 2 * kEvents * object.size()) { // a decoder that stopped early would be the fastest of all
        std::fprintf(stderr, "bench_core: the decoders lost bytes, their figures above mean nothing\n");
        std::exit(1);
    }
    std::size_t good = 0;
    const double parsed = megabytes(kEvents * object.size(), secondsOf([&] {
                                        for (int i = 0; i < kEvents; ++i)
                                            good += Json::parse(object, nullptr, false).is_object() ? 1 : 0;
                                    }));
    report("nlohmann alone, the same objects; reference memcpy", "MB/s", good > 0 ? parsed : 0, copied);
}

void checker() {
    const auto pack = readTaskPack(resource("task/research-log.json"));
    if (!pack) return;
    LoopSettings settings;
    settings.n = 12;
    const auto design = makeLoopDesign("A", *pack, settings);
    std::string reply;
    for (int turn = 1; turn <= settings.n; ++turn) {
        reply = rightReply(design->messages(turn, "00000000", std::nullopt));
        design->remember(turn, reply);
    }
    const Expectation expected = design->expectation(settings.n, std::nullopt);
    constexpr int kTimes = 2'000;
    int passed = 0;
    const double ours = secondsOf([&] {
        for (int i = 0; i < kTimes; ++i) passed += checkReply(reply, expected).all_pass ? 1 : 0;
    });
    const std::string json = reply.substr(reply.find('{'), reply.rfind('}') - reply.find('{') + 1);
    const double theirs = secondsOf([&] {
        for (int i = 0; i < kTimes; ++i) passed += Json::parse(json, nullptr, false).is_object() ? 1 : 0;
    });
    if (passed == 2 * kTimes)
        report("checker, a reply of 12 entries; reference nlohmann", "ms", 1e3 * ours / kTimes, 1e3 * theirs / kTimes);
}

void store(const std::string& folder) {
    constexpr int kTurns = 12, kRuns = 8'334; // 100,008 turns
    std::size_t bytes = 0;
    {
        SessionBuilder builder(testPlan({{"A", {kTurns}, {}, {}}}, kRuns));
        for (int run = 1; run <= kRuns; ++run) builder.completeRun(run);
        std::FILE* file = std::fopen(joinPath(folder, "journal.jsonl").c_str(), "wb");
        if (file == nullptr) return;
        for (const std::string& line : builder.lines()) bytes += std::fwrite(line.data(), 1, line.size(), file);
        std::fclose(file);
        spit(joinPath(folder, "plan.json"), writePlan(builder.plan()));
    }
    ::malloc_trim(0);
    SystemFileOps files;
    const double raw = secondsOf([&] { (void)readFile(files, joinPath(folder, "journal.jsonl")).ok(); });
    const std::size_t before = ::mallinfo2().uordblks;
    std::optional<Result<LoadedSession>> loaded;
    const double seconds = secondsOf([&] { loaded = loadSession(files, folder); });
    if (!*loaded || (*loaded)->store.turns().size() != std::size_t(kTurns * kRuns)) return;
    const std::size_t after = ::mallinfo2().uordblks;
    report("open 100,008 turns; reference reading the file", "s", seconds, raw, 3);
    report("memory a turn, of that session", "B", double(after - before) / double(kTurns * kRuns), 0, 600);
    loaded.reset();
    const std::string command = LOOPTAX_BINARY_DIR "/looptax report '" + folder + "' > /dev/null";
    int code = 0;
    const double wrote = secondsOf([&] { code = std::system(command.c_str()); });
    if (code == 0) report("looptax report of 100,008 turns", "s", wrote, 0, 60);
}

// What a turn's two samples cost, of which one lies before it is sent and one after its end. The group of whoever started this
// stands for a runtime.
void hostSample() {
    SystemClock clock;
    const HostSystem system = thisHost();
    HostActivity activity(system, clock, {int(::getpgrp()), 0});
    activity.look();
    std::vector<double> ms;
    for (int i = 0; i < 1'000; ++i) {
        ms.push_back(1e3 * secondsOf([&] { activity.begin(); }));
        ms.push_back(1e3 * secondsOf([&] { activity.end(); }));
    }
    report("sample of what else the machine does, p50", "ms", middle(ms), 0, 0.05);
    std::vector<double> walks;
    for (int i = 0; i < 20; ++i) walks.push_back(1e3 * secondsOf([&] { (void)walkProcesses(system); }));
    report("walk of /proc, before Start alone", "ms", middle(walks), 0);
}

} // namespace

int main(int argc, char** argv) {
    s_json = argc > 1 && std::string(argv[1]) == "--json";
    const QTemporaryDir folder(QStringLiteral("bench-core-XXXXXX")); // here, not in /tmp: that may be no disk
    if (!folder.isValid()) return 4;
    if (!s_json) std::printf("  %-40s %-9s %12s %-7s %12s %7s\n", "figure", "target", "this", "", "reference", "ratio");
    journal(folder.path().toStdString());
    decoders();
    checker();
    hostSample();
    store(folder.path().toStdString());
    if (s_json) std::printf("%s\n", s_out.dump(2).c_str());
    return 0;
}
