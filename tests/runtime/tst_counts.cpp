// The runtime's counts and times in every spelling that is known, with the server and the source that has it; and what is
// said of the same name with another meaning, or cannot be.
#include "runtime/chat_counts.h"

#include "runtime/chat_lab.h"
#include "support/test_registry.h"

#include <QTest>
#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

RuntimeCounts read(std::initializer_list<const char*> objects, bool textCame = true,
                   std::vector<std::string>* warnings = nullptr) {
    ChatCounts counts;
    for (const char* text : objects) counts.read(nlohmann::json::parse(text));
    const RuntimeCounts out = counts.counts(textCame);
    if (warnings != nullptr) *warnings = counts.warnings();
    return out;
}

using Count = std::optional<std::int64_t>;
constexpr std::int64_t kAbsent = -1;
Count known(std::int64_t n) { return n == kAbsent ? std::nullopt : Count(n); }
// -1 stands for absent in a row.
std::string countsText(Count prompt, Count cached, Count processed, Count generated) {
    std::string out;
    for (const Count& n : {prompt, cached, processed, generated}) out += (n ? std::to_string(*n) : "absent") + " ";
    return out;
}

} // namespace

class tst_counts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void spellings_data() {
        QTest::addColumn<std::string>("object");
        QTest::addColumn<qint64>("prompt");
        QTest::addColumn<qint64>("cached");
        QTest::addColumn<qint64>("processed");
        QTest::addColumn<qint64>("generated");
        const auto row = [](const char* name, const char* object, qint64 prompt, qint64 cached, qint64 processed,
                            qint64 generated) {
            QTest::newRow(name) << std::string(object) << prompt << cached << processed << generated;
        };
        row("llama.cpp",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":36}},"timings":{"cache_n":36,"prompt_n":4,"predicted_n":9}})",
            40, 36, 4, 9);
        row("llama.cpp without usage", R"({"timings":{"cache_n":36,"prompt_n":4,"predicted_n":9}})", 40, 36, 4, 9);
        row("llama.cpp before cache_n, ik_llama: it adds up",
            R"({"usage":{"prompt_tokens":40,"prompt_tokens_details":{"cached_tokens":36}},"timings":{"prompt_n":4}})", 40, 36, 4,
            -1);
        row("prompt_n of a whole prompt, cached given: Ollama's /v1 from 0.35",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":36}},"timings":{"prompt_n":40,"predicted_n":9}})",
            40, 36, 4, 9);
        row("prompt_n without cache_n", R"({"usage":{"prompt_tokens":40,"completion_tokens":9},"timings":{"prompt_n":40}})", 40,
            -1, -1, 9);
        row("timings without counts: mlx-vlm",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9},"timings":{"predicted_per_second":30.5}})", 40, -1, -1, 9);
        row("timings of other meaning: dasLLAMA",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":36}},"timings":{"ttft_ms":120.5,"gen_ms":300.0}})",
            40, 36, 4, 9);
        row("vLLM, SGLang, mlx-lm",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":32}}})", 40, 32, 8, 9);
        row("vLLM without its flag", R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_tokens_details":null}})", 40,
            -1, -1, 9);
        row("details that are null",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":null}}})", 40, -1, -1,
            9);
        row("details without an s: Mistral",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_token_details":{"cached_tokens":32}}})", 40, 32, 8, 9);
        row("num_cached_tokens: Mistral", R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"num_cached_tokens":32}})", 40,
            32, 8, 9);
        row("cached_tokens: oMLX, Moonshot", R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"cached_tokens":32}})", 40, 32,
            8, 9);
        row("hit and miss: DeepSeek",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_cache_hit_tokens":32,"prompt_cache_miss_tokens":8}})",
            40, 32, 8, 9);
        row("Responses form", R"({"usage":{"input_tokens":40,"output_tokens":9,"input_tokens_details":{"cached_tokens":32}}})",
            40, 32, 8, 9);
        row("Anthropic's form beside a prompt that leaves it out: Unsloth",
            R"({"usage":{"prompt_tokens":8,"completion_tokens":9,"cache_read_input_tokens":18901}})", 18909, 18901, 8, 9);
        row("Anthropic's form beside a whole prompt: LiteLLM",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"cache_read_input_tokens":32}})", 40, 32, 8, 9);
        row("inside the choice: Moonshot",
            R"({"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":40,"completion_tokens":9,"cached_tokens":32}}]})",
            40, 32, 8, 9);
        row("x_groq", R"({"x_groq":{"usage":{"prompt_tokens":40,"completion_tokens":9}}})", 40, -1, -1, 9);
        row("MLC-LLM", R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"extra":{"prefill_tokens":8}}})", 40, -1, 8, 9);
        row("Ollama to 0.33.2", R"({"done":true,"prompt_eval_count":40,"eval_count":9})", 40, -1, -1, 9);
        row("Ollama from 0.33.3: a hit", R"({"done":true,"prompt_eval_count":40,"prompt_eval_cached_count":36,"eval_count":9})",
            40, 36, 4, 9);
        row("Ollama from 0.33.3: a miss", R"({"done":true,"prompt_eval_count":40,"prompt_eval_cached_count":0,"eval_count":9})",
            40, 0, 40, 9);
        row("llama.cpp /completion", R"({"tokens_evaluated":40,"tokens_predicted":9,"tokens_cached":49})", 40, -1, -1, 9);
        row("nothing", R"({"choices":[]})", -1, -1, -1, -1);
        row("zeros that cannot be: LocalAI with tools, MLC",
            R"({"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}})", -1, -1, -1, -1);
        row("less than nothing: xinference", R"({"usage":{"prompt_tokens":-1,"completion_tokens":-1}})", -1, -1, -1, -1);
        row("a text", R"({"usage":{"prompt_tokens":"40","completion_tokens":9}})", -1, -1, -1, 9);
        row("more than any model has", R"({"usage":{"prompt_tokens":18446744073709551615,"completion_tokens":9}})", -1, -1, -1,
            9);
    }
    void spellings() {
        QFETCH(std::string, object);
        QFETCH(qint64, prompt);
        QFETCH(qint64, cached);
        QFETCH(qint64, processed);
        QFETCH(qint64, generated);
        const RuntimeCounts c = read({object.c_str()});
        QCOMPARE(countsText(c.prompt_tokens, c.cached_tokens, c.processed_tokens, c.predicted_tokens),
                 countsText(known(prompt), known(cached), known(processed), known(generated)));
        QCOMPARE(c.disagree, std::string());
    }

    void times_data() {
        QTest::addColumn<std::string>("object");
        QTest::addColumn<double>("prompt"); // ms; -1 is absent
        QTest::addColumn<double>("generated");
        QTest::addColumn<double>("load");
        const auto row = [](const char* name, const char* object, double prompt, double generated, double load) {
            QTest::newRow(name) << std::string(object) << prompt << generated << load;
        };
        row("llama.cpp, ms", R"({"timings":{"cache_n":0,"prompt_n":40,"predicted_n":9,"prompt_ms":120.5,"predicted_ms":300.25}})",
            120.5, 300.25, -1);
        row("Ollama, ns",
            R"({"prompt_eval_count":40,"eval_count":9,"prompt_eval_duration":120500000,"eval_duration":300250000,"load_duration":45000000})",
            120.5, 300.25, 45);
        row("zeros that cannot be: lemonade",
            R"({"prompt_eval_count":40,"eval_count":9,"prompt_eval_duration":0,"eval_duration":0,"load_duration":0})", -1, -1,
            -1);
        row("LocalAI, ms",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"timing_prompt_processing":120.5,"timing_token_generation":300.25}})",
            120.5, 300.25, -1);
        row("tabbyAPI, s",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_time":0.12,"prompt_tokens_per_sec":"Indeterminate"}})",
            120, -1, -1);
        row("oMLX: Ollama's names, but s",
            R"({"usage":{"prompt_tokens":40,"completion_tokens":9,"prompt_eval_duration":0.12,"model_load_duration":1.5}})", 120,
            -1, 1500);
        row("mlx-vlm works its prompt_ms out of a rate",
            R"({"usage":{"prompt_tokens":40},"timings":{"cache_n":0,"prompt_n":40,"predicted_n":9,"prompt_ms":120.5,"predicted_ms":300.25,"peak_memory":3.2}})",
            -1, 300.25, -1);
        row("dasLLAMA: times of its own kind", R"({"usage":{"completion_tokens":9},"timings":{"ttft_ms":120.5,"gen_ms":300.25}})",
            -1, -1, -1);
        row("infinite, as nlohmann writes it", R"({"timings":{"prompt_ms":null,"predicted_ms":null}})", -1, -1, -1);
        row("longer than any turn", R"({"prompt_eval_duration":9e30})", -1, -1, -1);
    }
    void times() {
        QFETCH(std::string, object);
        QFETCH(double, prompt);
        QFETCH(double, generated);
        QFETCH(double, load);
        const RuntimeCounts c = read({object.c_str()});
        QCOMPARE(c.prompt_ms.value_or(-1), prompt);
        QCOMPARE(c.predicted_ms.value_or(-1), generated);
        QCOMPARE(c.load_ms.value_or(-1), load);
    }

    // Totals so far on every chunk, and again at the end: the last counts, nothing is added.
    void theLastOfSeveralCounts() {
        const RuntimeCounts c = read({R"({"usage":{"prompt_tokens":40,"completion_tokens":0}})",
                                      R"({"usage":{"prompt_tokens":40,"completion_tokens":5}})", R"({"usage":null})",
                                      R"({"usage":{"prompt_tokens":40,"completion_tokens":9}})"});
        QCOMPARE(c.predicted_tokens, Count(9));
        QCOMPARE(c.prompt_tokens, Count(40));
    }
    void nothingGeneratedIsNothingWhereNoTextCame() {
        QCOMPARE(read({R"({"usage":{"prompt_tokens":40,"completion_tokens":0}})"}, false).predicted_tokens, Count(0));
    }
    void whatCannotBeIsSaidOnce() {
        std::vector<std::string> warnings;
        read({R"({"usage":{"prompt_tokens":-1}})", R"({"usage":{"prompt_tokens":-1,"completion_tokens":0}})"}, true, &warnings);
        QCOMPARE(warnings, (std::vector<std::string>{"usage.prompt_tokens is -1: taken as unknown",
                                                     "usage.completion_tokens is 0, which cannot be: taken as unknown"}));
    }
    void contradictionsAreSaid() {
        QVERIFY(read({R"({"usage":{"prompt_tokens":50},"timings":{"cache_n":36,"prompt_n":4}})"})
                    .disagree.find("36 cached and 4 processed") != std::string::npos);
        QVERIFY(read({R"({"prompt_eval_count":40,"prompt_eval_cached_count":60})"}).disagree.find("more than the prompt's 40") !=
                std::string::npos);
        QVERIFY(
            read(
                {R"({"usage":{"prompt_tokens":40,"prompt_tokens_details":{"cached_tokens":30}},"timings":{"cache_n":36,"prompt_n":4}})"})
                .disagree.find("usage says 30") != std::string::npos);
    }
    // Ollama 0.34 reads the prompt a second time between thoughts and a formatted answer, and counts it as generating.
    void ollamaWithThoughtsAndAFormatTellsNoTimeOfGenerating_data() {
        QTest::addColumn<bool>("thinking");
        QTest::addColumn<int>("format");
        QTest::addColumn<bool>("told");
        QTest::newRow("plain") << false << int(ReplyFormat::Prompt) << true;
        QTest::newRow("thoughts") << true << int(ReplyFormat::Prompt) << true;
        QTest::newRow("a format") << false << int(ReplyFormat::AnyJson) << true;
        QTest::newRow("thoughts and any JSON") << true << int(ReplyFormat::AnyJson) << false;
        QTest::newRow("thoughts and a schema") << true << int(ReplyFormat::JsonSchema) << false;
    }
    void ollamaWithThoughtsAndAFormatTellsNoTimeOfGenerating() {
        QFETCH(bool, thinking);
        QFETCH(int, format);
        QFETCH(bool, told);
        SimOptions options;
        options.dialect = TargetKind::Ollama;
        options.cost.interval_ms = 1;
        ChatLab lab(options);
        ChatRequest request = lab.request();
        request.thinking = thinking;
        request.format = ReplyFormat(format);
        request.schema_json = "{}";
        Heard heard;
        const ChatEnd end = lab.client->chat(request, heard, lab.cancel);
        QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
        QCOMPARE(end.counts.predicted_ms.has_value(), told);
        QVERIFY(end.counts.predicted_tokens.has_value());
    }
};

LOOPTAX_TEST(tst_counts)
#include "tst_counts.moc"
