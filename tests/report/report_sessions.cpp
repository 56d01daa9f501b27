#include "report_sessions.h"
#include "support/disturbed_records.h"
#include "support/places.h"
#include "support/stream_records.h"

#include "base/seeded_random.h"
#include "domain/amendment.h"
#include "store/turn_texts.h"

#include <nlohmann/json.hpp>

#include <QTest>

namespace looptax {

const std::string kHostile = "=1+1 ``` | <img src=x onerror=alert(1)> \x1B[31m [a](javascript:x) \xE2\x80\xAEtxt.exe"
                             "\n# title & <script>alert(2)</script>";
const std::string kHostileReply = "````json\n{\"count\": 1}\n````\n</samp></pre><script>alert(3)</script>\n"
                                  "\x1B]0;owned\x07 | a | b |\n# not a heading\n&lt;b&gt; \xFF\n";

namespace {

Json factsOf(const std::string& id, const std::string& kind, const std::string& version, const std::string& model) {
    return {{"id", id},
            {"kind", kind},
            {"address", "127.0.0.1:8080"},
            {"managed", false},
            {"version", version},
            {"model", model},
            {"model_digest", "sha256:abc"},
            {"context_tokens", 16384},
            {"slots", 1},
            {"template_sha256", "feed"},
            {"samplers", {{"temperature", 0.800000011920929}, {"top_k", 40}, {"samplers", {"top_k", "temperature"}}}},
            {"can_switch_cache", true},
            {"doubts", Json::array()}};
}

void withoutCacheCounts(TurnRecord& turn) {
    turn.cached_tokens.reset();
    turn.cache_mode_broken.reset();
    turn.processed_tokens.reset();
    turn.stratum = "unknown";
}

void failedRun(SessionBuilder& b, int run, Outcome outcome, const std::string& reason) {
    b.runStart(run);
    TurnRecord record = b.goodTurn(run, 1);
    SessionBuilder::fail(record, outcome, reason);
    record.reply_chars.reset();
    b.turn(record, "");
    b.runEnd(run, RunOutcome::Failed);
}

} // namespace

SessionBuilder wholeSession() {
    Plan plan = testPlan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}, {"D", {2}, {}, {1, 3}}}, 2);
    plan.name = "hand-made | <b>whole</b>";
    Target ollama;
    ollama.id = "ollama";
    ollama.kind = TargetKind::Ollama;
    ollama.url = "http://127.0.0.1:11434";
    ollama.model = "tiny:q4";
    plan.targets.push_back(ollama);
    Json second = factsOf("ollama", "ollama", "0.33.0", "tiny:q4");
    second["slots"] = nullptr;
    second["doubts"] = {"Ollama does not report which prompt tokens were cached"};
    SessionBuilder b(
        plan, Json::array({factsOf("llamacpp", "llama-server", "b9999", "/home/somebody/tiny-q4.gguf"), std::move(second)}));
    const int perTarget = int(b.schedule().size()) / 2; // 8 runs: 4 cells, 2 blocks
    b.completeRun(1);
    // C goes wrong in its second turn, and says something that must not get out.
    b.runStart(2);
    for (int t = 1; t <= 3; ++t) {
        TurnRecord record = b.goodTurn(2, t);
        std::string reply = SessionBuilder::replyOf(record);
        if (t == 2) {
            SessionBuilder::judge(record, false);
            record.fail_reason = kHostile;
            reply = kHostileReply;
        } else if (t == 3) {
            SessionBuilder::judge(record, false);
            reply = "{" + std::string(1500, 'x') + "\xC3\xA9nd}";
        }
        SessionBuilder::setReply(record, reply);
        b.turn(record, reply);
    }
    b.runEnd(2, RunOutcome::Complete);
    for (int run = 3; run < perTarget; ++run) b.completeRun(run);
    failedRun(b, perTarget, Outcome::TimeoutIdle, "nothing came for 60 s");
    // The program died in this run and was started again.
    b.runStart(perTarget + 1);
    TurnRecord cut = b.goodTurn(perTarget + 1, 1);
    withoutCacheCounts(cut);
    b.turn(cut, SessionBuilder::replyOf(cut));
    b.runEnd(perTarget + 1, RunOutcome::Interrupted);
    b.add("session", {{"t", "2026-11-24T02:00:00.000Z"},
                      {"session", SessionBuilder::kId},
                      {"looptax", {{"version", "0.1.1"}, {"commit", "ba9876543210"}}}});
    b.completeRun(perTarget + 1, withoutCacheCounts, 2);
    for (int run = perTarget + 2; run < 2 * perTarget; ++run) b.completeRun(run, withoutCacheCounts);
    Amendment amendment;
    amendment.t = "2026-11-25T08:00:00.000Z";
    amendment.text = "alpha 0.05 -> 0.01";
    amendment.reason = "<i>a referee</i> asked";
    amendment.analysis = AnalysisRules{};
    amendment.analysis->alpha = 0.01;
    Json fields = Json::object();
    writeAmendment(fields, amendment);
    b.add("amendment", fields); // no session_end: the second target's last run is still to be made
    return b;
}

SessionBuilder oneRunSession() {
    SessionBuilder b(testPlan({{"A", {3}, {}, {}}, {"B", {2}, {}, {}}}, 1));
    b.completeRun(1);
    b.completeRun(2);
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder oneTurnSession() {
    SessionBuilder b(testPlan({{"A", {1}, {}, {}}}, 1));
    b.completeRun(1);
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder failedSession() {
    SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 2));
    failedRun(b, 1, Outcome::HttpError, "HTTP 500: " + kHostile);
    failedRun(b, 2, Outcome::TimeoutFirst, "no first byte in 600 s");
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder brokenCacheSession(int turns, bool judged) {
    SessionBuilder b(testPlan({{"A", {turns}, {}, {}}}, 3));
    for (int run = 1; run <= 3; ++run)
        b.completeRun(run, [&](TurnRecord& t) {
            if (run == 2 && t.turn == 2) {
                t.cached_tokens = 3;
                t.processed_tokens = *t.prompt_tokens - 3;
                t.cache_mode_broken = true;
            }
            if (run == 3 && t.turn == 3) t.counts_disagree = "1 cached and 2 processed are not the prompt's 450 <tokens>";
            if (!judged) t.cache_mode_broken.reset();
        });
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder emptySession() { return SessionBuilder(testPlan()); }

SessionBuilder simulatedSession() {
    Plan plan = testPlan({{"A", {2}, {}, {}}, {"C", {2}, {3}, {}}}, 2);
    plan.targets[0].model = "simulated-oracle";
    SessionBuilder b(plan, Json::array({factsOf("llamacpp", "llama-server", "simulated-b0", "simulated-oracle")}));
    for (int run = 1; run <= 3; ++run) b.completeRun(run);
    b.completeRun(4, [](TurnRecord& turn) {
        if (turn.turn == 2) SessionBuilder::judge(turn, false);
    });
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder silentSession() {
    SessionBuilder b(testPlan({{"B", {2}, {}, {}}}, 2), Json::array());
    for (int run = 1; run <= 2; ++run)
        b.completeRun(run, [](TurnRecord& turn) {
            withoutCacheCounts(turn);
            turn.prompt_tokens.reset();
            turn.predicted_tokens.reset();
            turn.prompt_ms.reset();
            turn.predicted_ms.reset();
            turn.decode_tps.reset();
            turn.decode_tps_runtime.reset();
        });
    b.add("session_end", Json::object());
    return b;
}

namespace {

// Every time has its own noise, a few are far out, some answers are wrong and some runs fail. The same each time.
void fillWithNoise(SessionBuilder& b, int failPercent) {
    SeededRandom random(7);
    const auto percent = [&] { return int(random.below(100)); };
    for (const ScheduledRun& run : b.schedule()) {
        const bool cold = run.cache_mode == CacheMode::Cold;
        const int failsAt = percent() < failPercent ? 1 + int(random.below(std::uint64_t(run.n))) : 0;
        b.runStart(run.run);
        bool failed = false;
        for (int t = 1; t <= run.n && !failed; ++t) {
            TurnRecord record = b.goodTurn(run.run, t);
            record.seed = 42 + run.repeat - 1;
            if (cold) {
                record.cached_tokens = 0;
                record.processed_tokens = record.prompt_tokens;
                record.stratum = "cold";
            }
            double ms =
                20 + 0.4 * double(*record.processed_tokens) + (run.design == "A" ? 0.02 : 0.004) * double(*record.prompt_tokens);
            ms *= 0.97 + 0.0006 * percent();
            if (percent() < 2) ms *= 4;
            SessionBuilder::setTtft(record, ms);
            record.decode_tps = 18 + 0.04 * percent();
            std::string reply = SessionBuilder::replyOf(record) + "\n" + std::to_string(*record.seed);
            if (percent() < (run.design == "B" || run.design == "D" ? 12 : 3)) {
                SessionBuilder::judge(record, false);
                reply += " wrong";
            }
            SessionBuilder::setReply(record, reply);
            if (t == failsAt) {
                SessionBuilder::fail(record, Outcome::TimeoutIdle, "nothing came for 60 s");
                failed = true;
            }
            b.turn(record, reply);
        }
        b.runEnd(run.run, failed ? RunOutcome::Failed : RunOutcome::Complete);
    }
    b.add("session_end", Json::object());
}

} // namespace

SessionBuilder eightSession() {
    Plan plan = testPlan({{"A", {1, 4}, {}, {}}, {"B", {1, 4}, {}, {}}, {"C", {1, 5}, {3}, {}}, {"D", {1}, {}, {1, 4}}}, 8);
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    plan.sampling.seed_policy = SeedPolicy::PerRun;
    SessionBuilder b(plan);
    fillWithNoise(b, 1);
    return b;
}

SessionBuilder twelveSession() {
    Plan plan = testPlan({{"A", {6}, {}, {}}, {"B", {6}, {}, {}}}, 12);
    plan.sampling.seed_policy = SeedPolicy::PerRun;
    // Of A the runs are alike, of B some lose the thread and never find it again.
    static constexpr const char* kOfA[] = {"111111", "110111", "111111", "111110", "101111", "111111",
                                           "111111", "111011", "111111", "011111", "111111", "111111"};
    static constexpr const char* kOfB[] = {"111111", "111000", "111111", "000000", "111111", "111110",
                                           "111111", "100000", "111111", "111111", "110000", "111111"};
    SessionBuilder b(plan);
    for (const ScheduledRun& run : b.schedule())
        b.completeRun(run.run, [&](TurnRecord& turn) {
            const char* course = (run.design == "A" ? kOfA : kOfB)[run.repeat - 1];
            turn.seed = 42 + run.repeat - 1;
            if (course[turn.turn - 1] == '0') SessionBuilder::judge(turn, false);
        });
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder troubledSession() {
    Plan plan = testPlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, 8);
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    plan.sampling.seed_policy = SeedPolicy::Fixed;
    SessionBuilder b(plan);
    SeededRandom random(3);
    const auto last = b.schedule().size();
    for (const ScheduledRun& run : b.schedule()) {
        if (std::size_t(run.run) == last) continue; // not made
        const bool cold = run.cache_mode == CacheMode::Cold;
        b.runStart(run.run);
        for (int t = 1; t <= run.n; ++t) {
            TurnRecord record = b.goodTurn(run.run, t);
            record.cache_mode_broken = false;
            if (cold) {
                record.cached_tokens = 0;
                record.processed_tokens = record.prompt_tokens;
                record.stratum = "cold";
            }
            const double base = run.design == "C" ? 100.0 : cold ? 60.0 + 40.0 * t : 40.0 + t;
            SessionBuilder::setTtft(record, base * (t == 2 && !cold ? 2.0 : 1.0) * (1 + 0.04 * run.repeat) *
                                                (1 + 0.0001 * double(random.below(100))));
            if (run.run == 5 && t == 3) record.cache_mode_broken = true;
            if (run.run == 6 && t == 4) SessionBuilder::fail(record, Outcome::TimeoutIdle, "nothing came for 60 s");
            b.turn(record, SessionBuilder::replyOf(record));
            if (run.run == 6 && t == 4) break;
        }
        b.runEnd(run.run, run.run == 6 ? RunOutcome::Failed : RunOutcome::Complete);
    }
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder lyingSession() {
    Plan plan = testPlan({{"A", {1, 4}, {}, {}}, {"B", {1, 4}, {}, {}}, {"C", {1, 5}, {3}, {}}, {"D", {1}, {}, {1, 4}}}, 8);
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    plan.sampling.seed_policy = SeedPolicy::PerRun;
    Target proxied = plan.targets[0];
    proxied.id = "proxied";
    plan.targets.push_back(proxied);
    SessionBuilder b(plan);
    SeededRandom random(5);
    for (const ScheduledRun& run : b.schedule()) {
        const bool cold = run.cache_mode == CacheMode::Cold, second = run.target == 1;
        b.runStart(run.run);
        bool failed = false;
        for (int t = 1; t <= run.n && !failed; ++t) {
            TurnRecord record = b.goodTurn(run.run, t);
            record.seed = 42 + run.repeat - 1;
            if (cold) {
                record.cached_tokens = 0;
                record.processed_tokens = record.prompt_tokens;
                record.stratum = "cold";
            }
            SessionBuilder::setTtft(record,
                                    (20 + 0.4 * double(*record.processed_tokens)) * (1 + 0.001 * double(random.below(50))));
            record.stream = second ? "buffered" : run.design == "C" && run.repeat % 2 == 0 && t == run.n ? "chunked" : "token";
            if (record.stream != "token") record.decode_tps.reset();
            if (second) record.ttft_ms.reset(), record.ttft_content_ms.reset(), record.decode_tps_runtime.reset();
            std::string reply = SessionBuilder::replyOf(record) + "\n" + std::to_string(*record.seed);
            const bool last = t == run.n && !second;
            if (last && run.design == "B" && run.n == 4 && run.repeat <= 5) {
                SessionBuilder::judge(record, false);
                record.hit_max_tokens = true;
                record.finish_reason = "length";
            }
            SessionBuilder::setReply(record, reply);
            const bool cut = last && run.padding == 4 && run.repeat % 3 == 0;
            if (cut || (last && run.design == "A" && run.n == 4)) {
                SessionBuilder::fail(record, cut ? Outcome::Overflow : Outcome::HttpError,
                                     cut ? "too few tokens for the prompt" : "HTTP 500");
                record.stream.clear();
                if (cut) record.prompt_truncated = true;
                failed = true;
            }
            b.turn(record, reply);
        }
        b.runEnd(run.run, failed ? RunOutcome::Failed : RunOutcome::Complete);
    }
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder noisySession() {
    Plan plan =
        testPlan({{"A", {1, 3, 6}, {}, {}}, {"B", {1, 3, 6}, {}, {}}, {"C", {3, 6}, {3}, {}}, {"D", {2}, {}, {1, 3, 6, 9}}}, 8);
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    plan.sampling.seed_policy = SeedPolicy::PerRun;
    Target second = plan.targets[0];
    second.id = "other";
    plan.targets.push_back(second);
    SessionBuilder b(plan);
    fillWithNoise(b, 4);
    return b;
}

SessionBuilder streamsSession() {
    Plan plan = testPlan({{"A", {3}, {}, {}}, {"C", {2}, {3}, {}}}, 2);
    Json targets = Json::array({factsOf("llamacpp", "llama-server", "b9999", "tiny-q4")});
    for (const char* id : {"behind-proxy", "speculating"}) {
        Target other = plan.targets.front();
        other.id = id;
        plan.targets.push_back(other);
        targets.push_back(factsOf(id, "llama-server", "b9999", "tiny-q4"));
    }
    SessionBuilder b(plan, targets);
    for (const ScheduledRun& run : b.schedule()) {
        const std::string& target = plan.targets[std::size_t(run.target)].id;
        if (target == "llamacpp" && run.design == "A" && run.repeat == 2) {
            b.runStart(run.run);
            for (int t = 1; t <= 3; ++t) {
                TurnRecord record = b.goodTurn(run.run, t);
                asTokenStream(record);
                if (t == 3) withTruncatedPrompt(record);
                b.turn(record, SessionBuilder::replyOf(record));
            }
            b.runEnd(run.run, RunOutcome::Failed);
            const auto check = [&](int turn, const std::string& text) {
                b.add("note", {{"kind", "prompt_check"},
                               {"target", target},
                               {"run", run.run},
                               {"run_attempt", 1},
                               {"turn", turn},
                               {"text", text}});
            };
            check(2, "llamacpp, run 3, turn 2: of <b>that</b> the tokenizer makes 350 too: the prompt was whole");
            check(3, "llamacpp, run 3, turn 3: it dropped the rest without a word");
            continue;
        }
        b.completeRun(run.run, [&](TurnRecord& turn) {
            if (target == "llamacpp" || (target == "speculating" && run.repeat == 1)) asTokenStream(turn);
            else if (target == "speculating") asChunkedStream(turn);
            else asBufferedStream(turn);
        });
    }
    b.add("session_end", Json::object());
    return b;
}

SessionBuilder disturbedSession() {
    Plan plan = testPlan({{"A", {1, 4}, {}, {}}, {"C", {1, 5}, {3}, {}}}, 8);
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    plan.sampling.seed_policy = SeedPolicy::PerRun;
    Target older = plan.targets[0];
    older.id = "older";
    plan.targets.push_back(older);
    SessionBuilder b(plan);
    SeededRandom random(11);
    for (const ScheduledRun& run : b.schedule())
        b.completeRun(run.run, [&](TurnRecord& t) {
            t.seed = 42 + run.repeat - 1;
            if (run.cache_mode == CacheMode::Cold) {
                t.cached_tokens = 0;
                t.processed_tokens = t.prompt_tokens;
                t.stratum = "cold";
            }
            const double noise = 1 + 0.001 * double(random.below(50));
            const bool struck = random.below(100) < 6,
                       busy = run.design == "C" && run.n == 5 && run.cache_mode == CacheMode::RunIsolated && t.turn > 1;
            const double ms = (20 + 0.4 * double(*t.processed_tokens)) * noise;
            SessionBuilder::setTtft(t, ms);
            asTokenStream(t);
            if (run.target == 1) return;
            stampedByKernel(t);
            if (t.turn == 3) t.stamp_source = "mixed";
            asQuiet(t);
            if (!struck && !busy) return;
            asDisturbed(t);
            SessionBuilder::setTtft(t, ms * (busy ? 0.5 + 0.5 * t.turn : 1.2));
            t.wake_lag_max_ns = 9'000'000;
            t.first_read_deltas = 2;
            t.delta_reads = *t.delta_count - 1;
            t.first_delta_shared = true;
            if (run.repeat % 3 == 0) t.disturbed_by += "; swapped " + std::to_string(run.repeat) + " MiB";
        });
    b.add("session_end", Json::object());
    return b;
}

const std::vector<NamedSession>& reportSessions() {
    static const std::vector<NamedSession> kSessions{
        {"whole", wholeSession},   {"one_run", oneRunSession},      {"one_turn", oneTurnSession}, {"failed", failedSession},
        {"empty", emptySession},   {"simulated", simulatedSession}, {"silent", silentSession},    {"eight", eightSession},
        {"twelve", twelveSession}, {"streams", streamsSession},
    };
    return kSessions;
}

void everySession() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < reportSessions().size(); ++i) QTest::addRow("%s", reportSessions()[i].name.c_str()) << int(i);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

ReportInputs inputsOf(const SessionBuilder& session, std::vector<ReportChart> charts) {
    const TempFolder folder;
    session.writeTo(folder.path());
    SystemFileOps files;
    const RecordStore store = session.store();
    ReportInputs in = reportInputs(store);
    in.version = "0.1.0";
    in.commit = "0123456789ab";
    in.design_names = {{"A", "full context"}, {"B", "batch + state file"}, {"C", "capped state"}, {"D", "padded state"}};
    in.published = readPublishedStudy(slurp(LOOPTAX_SOURCE_DIR "/resources/reference/published-study.json")).take();
    in.charts = std::move(charts);
    for (const std::size_t turn : turnsToQuote(in.turns))
        in.replies.push_back({turn, readTurnTexts(files, SessionPaths(folder.path()).journal(), store.placeOf(turn))->reply});
    return in;
}

std::string chartSvg(const std::string& title, std::size_t turnsOnRecord, const std::string& session) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
           "<svg width=\"254mm\" height=\"50mm\"\n viewBox=\"0 0 960 200\"\n "
           "xmlns=\"http://www.w3.org/2000/svg\" "
           "xmlns:xlink=\"http://www.w3.org/1999/xlink\"  version=\"1.1\">\n<title>" +
           title + "</title>\n<desc>session: " + session + "\nturns on record: " + std::to_string(turnsOnRecord) +
           "\nA &amp; C: 1: 101; 2: 201;</desc>\n<defs>\n</defs>\n"
           "<g fill=\"#ffffff\" stroke=\"none\"><rect x=\"0\" y=\"0\" width=\"960\" height=\"200\"/></g>\n"
           "<clipPath id=\"plot0\"><rect x=\"10\" y=\"10\" width=\"940\" height=\"180\"/></clipPath>\n"
           "<g clip-path=\"url(#plot0)\" fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\">"
           "<polyline points=\"20,180 480,120 940,40\" vector-effect=\"non-scaling-stroke\"/></g>\n"
           "<text fill=\"#1f1f1f\" xml:space=\"preserve\" x=\"20\" y=\"30\" font-family=\"DejaVu Sans, "
           "sans-serif\" "
           "font-size=\"19\">" +
           title + "</text>\n</svg>\n";
}

} // namespace looptax
