// How a model keeps what it has read, from the metadata of its file or of Ollama: the same keys. Files are made here, good
// ones and hostile ones; none of them may cost more than a moment.
#include "base/json_fwd.h"
#include "runtime/model_memory.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QElapsedTimer>
#include <QTest>

#include <nlohmann/json.hpp>

#include <cstring>
#include <sys/stat.h>

using namespace looptax;

namespace {

// GGUF as its specification has it (ggml/docs/gguf.md): all numbers little-endian.
class Gguf {
public:
    explicit Gguf(std::uint32_t version = 3, std::uint64_t keys = 0) : m_version(version), m_claimed(keys) {}

    Gguf& text(const std::string& key, const std::string& value) { return begin(key, 8).string(value); }
    Gguf& u32(const std::string& key, std::uint32_t value) { return begin(key, 4).put(value); }
    Gguf& u32s(const std::string& key, const std::vector<std::uint32_t>& values) {
        begin(key, 9).put(std::uint32_t(4)).put(std::uint64_t(values.size()));
        for (const std::uint32_t value : values) put(value);
        return *this;
    }
    Gguf& words(const std::string& key, int count) {
        begin(key, 9).put(std::uint32_t(8)).put(std::uint64_t(count));
        for (int i = 0; i < count; ++i) string("token " + std::to_string(i));
        return *this;
    }
    Gguf& begin(const std::string& key, std::uint32_t type) {
        ++m_keys;
        return string(key).put(type);
    }
    Gguf& string(const std::string& value) {
        put(std::uint64_t(value.size()));
        m_body += value;
        return *this;
    }
    template <class Number> Gguf& put(Number value) {
        m_body.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    std::string bytes() const {
        Gguf head;
        head.put(m_version).put(std::uint64_t(0)).put(m_claimed != 0 ? m_claimed : m_keys);
        return "GGUF" + head.m_body + m_body;
    }

private:
    std::uint32_t m_version;
    std::uint64_t m_claimed;
    std::uint64_t m_keys = 0;
    std::string m_body;
};

constexpr std::uint64_t kHuge = std::uint64_t(1) << 60;

Gguf model(const std::string& arch) { return Gguf().text("general.architecture", arch).u32(arch + ".block_count", 2); }

ModelMemory memory(ModelMemory::Kind kind, std::int64_t window = 0) { return {kind, window}; }

} // namespace

class tst_model_memory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFileTellsItsMemory_data();
    void aFileTellsItsMemory();
    void aHostileFileTellsNothing_data();
    void aHostileFileTellsNothing();
    void whatIsNoFileTellsNothing();
    void aLongVocabularyIsPassedOver();
    void ollamaTellsTheSame_data();
    void ollamaTellsTheSame();
    void theDoubtNamesWhatHelps_data();
    void theDoubtNamesWhatHelps();
};

void tst_model_memory::aFileTellsItsMemory_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<std::string>("memory");
    const auto row = [](const char* name, const Gguf& file, const char* memory) {
        QTest::newRow(name) << QByteArray::fromStdString(file.bytes()) << std::string(memory);
    };
    // Keys as llama.cpp's converter writes them (gguf-py/gguf/constants.py), effects as its loader reads them (b11434).
    row("llama", model("llama").u32("llama.attention.head_count", 32), "full");
    row("qwen2, no window in use", model("qwen2").u32("qwen2.attention.head_count", 14), "full");
    row("gemma 3: 5 of 6 layers slide", model("gemma3").u32("gemma3.attention.sliding_window", 512), "sliding_window 512");
    row("gpt-oss: every other layer", model("gpt-oss").u32("gpt-oss.attention.sliding_window", 128), "sliding_window 128");
    row("OLMo 3 is olmo2 with a window", model("olmo2").u32("olmo2.attention.sliding_window", 4096), "sliding_window 4096");
    row("a window of 0 is none", model("gemma3").u32("gemma3.attention.sliding_window", 0), "full");
    row("gemma 2 need not say its window", model("gemma2"), "sliding_window 4096");
    row("gemma 2 that says another", model("gemma2").u32("gemma2.attention.sliding_window", 2048), "sliding_window 2048");
    row("llama 4: chunks of 8192, unsaid", model("llama4"), "sliding_window 8192");
    row("llama 4 without chunks", model("llama4").u32("llama4.attention.sliding_window", 0), "full");
    row("phi 3: llama.cpp ignores its window", model("phi3").u32("phi3.attention.sliding_window", 2047), "full");
    row("mamba: no heads", model("mamba").u32("mamba.ssm.state_size", 16).u32("mamba.attention.head_count", 0), "recurrent");
    row("rwkv 7, by its name alone", model("rwkv7"), "recurrent");
    row("a recurrent one nobody knows",
        model("newcomer").u32("newcomer.ssm.conv_kernel", 4).u32("newcomer.attention.head_count", 0), "recurrent");
    row("a hybrid nobody knows", model("newcomer").u32("newcomer.ssm.conv_kernel", 4).u32("newcomer.attention.head_count", 8),
        "hybrid");
    row("jamba: heads by layer", model("jamba").u32("jamba.ssm.state_size", 16).u32s("jamba.attention.head_count", {0, 0, 32}),
        "hybrid");
    row("recurrent in every layer, said by layer",
        model("newcomer").u32("newcomer.wkv.head_size", 64).u32s("newcomer.attention.head_count", {0, 0}), "recurrent");
    row("LFM2: short convolutions", model("lfm2").u32("lfm2.shortconv.l_cache", 3).u32s("lfm2.attention.head_count_kv", {0, 8}),
        "hybrid");
    row("Qwen 3.5: every 4th layer attends",
        model("qwen35").u32("qwen35.full_attention_interval", 4).u32("qwen35.ssm.state_size", 128), "hybrid");
    row("Kimi Linear", model("kimi-linear").u32("kimi-linear.kda.head_dim", 128), "hybrid");
    row("hybrid goes before a window",
        model("newcomer")
            .u32("newcomer.ssm.state_size", 8)
            .u32("newcomer.attention.head_count", 8)
            .u32("newcomer.attention.sliding_window", 256),
        "hybrid");
    row("an architecture nobody knows", model("newcomer").u32("newcomer.attention.head_count", 8), "unknown");
    row("keys of another architecture do not count",
        model("llama").u32("llamas.ssm.state_size", 16).u32("gemma3.attention.sliding_window", 512), "full");
    row("keys before the architecture",
        Gguf().u32("gemma3.attention.sliding_window", 1024).text("general.architecture", "gemma3"), "sliding_window 1024");
    row("version 2 of the format", Gguf(2).text("general.architecture", "llama"), "full");
    row("no architecture", Gguf().text("general.name", "x"), "unknown");
    row("an architecture that is a number", Gguf().u32("general.architecture", 7), "unknown");
    row("a window that is a text", model("gemma3").text("gemma3.attention.sliding_window", "512"), "unknown");
}

void tst_model_memory::aFileTellsItsMemory() {
    QFETCH(QByteArray, file);
    QFETCH(std::string, memory);
    const TempFolder folder;
    spit(folder.file("m.gguf"), file.toStdString());
    SystemFileOps files;
    QCOMPARE(memoryOfFile(files, folder.file("m.gguf")).text(), memory);
}

void tst_model_memory::aHostileFileTellsNothing_data() {
    QTest::addColumn<QByteArray>("file");
    const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
    const std::string good = model("gemma3").u32("gemma3.attention.sliding_window", 512).bytes();
    row("empty", "");
    row("another format", "PK\x03\x04" + good);
    row("the magic alone", "GGUF");
    row("version 1", Gguf(1).text("general.architecture", "gemma3").bytes());
    row("the other byte order", Gguf(0x03000000).text("general.architecture", "gemma3").bytes());
    row("cut in the last value", good.substr(0, good.size() - 1));
    row("cut in the first key", good.substr(0, 40));
    row("more keys than there are", Gguf(3, 9).text("general.architecture", "gemma3").bytes());
    row("2^60 keys", Gguf(3, kHuge).text("general.architecture", "gemma3").bytes());
    row("a key of 2^60 bytes", Gguf(3, 1).put(kHuge).bytes());
    row("a key of 2^64 - 1 bytes", Gguf(3, 1).put(~std::uint64_t(0)).bytes());
    row("a key without a name", Gguf().u32("", 1).bytes());
    row("a text of 2^60 bytes", Gguf().begin("general.name", 8).put(kHuge).bytes());
    row("a list of 2^60 numbers", Gguf().begin("general.list", 9).put(std::uint32_t(4)).put(kHuge).bytes());
    row("a list whose size in bytes is 0 modulo 2^64",
        Gguf().begin("general.list", 9).put(std::uint32_t(10)).put(std::uint64_t(1) << 61).bytes());
    row("a list of 2^60 texts", Gguf().begin("tokenizer.ggml.tokens", 9).put(std::uint32_t(8)).put(kHuge).bytes());
    row("a list of lists", Gguf().begin("general.list", 9).put(std::uint32_t(9)).put(std::uint64_t(1)).bytes());
    row("a list of an unknown type", Gguf().begin("general.list", 9).put(std::uint32_t(99)).put(std::uint64_t(1)).bytes());
    row("an unknown type", Gguf().begin("general.x", 13).put(std::uint64_t(0)).bytes());
    row("a list longer than all metadata may be",
        Gguf().begin("general.list", 9).put(std::uint32_t(0)).put(std::uint64_t(70) << 20).bytes());
}

void tst_model_memory::aHostileFileTellsNothing() {
    QFETCH(QByteArray, file);
    const TempFolder folder;
    spit(folder.file("m.gguf"), file.toStdString());
    SystemFileOps files;
    QElapsedTimer timer;
    timer.start();
    const auto info = readModelInfo(files, folder.file("m.gguf"));
    QVERIFY2(timer.elapsed() < 5'000, QByteArray::number(timer.elapsed()).constData());
    QVERIFY(!info.ok());
    QCOMPARE(info.error().kind, ErrorKind::Protocol);
    QCOMPARE(info.error().where, folder.file("m.gguf"));
    QCOMPARE(memoryOfFile(files, folder.file("m.gguf")), ModelMemory{});
}

void tst_model_memory::whatIsNoFileTellsNothing() {
    const TempFolder folder;
    const std::string fifo = folder.file("fifo");
    QCOMPARE(::mkfifo(fifo.c_str(), 0600), 0); // nobody will ever write to it
    SystemFileOps files;
    for (const std::string& path : {fifo, folder.path(), folder.file("missing"), std::string()})
        QCOMPARE(memoryOfFile(files, path), ModelMemory{});
}

void tst_model_memory::aLongVocabularyIsPassedOver() {
    const TempFolder folder;
    // Before the keys that matter, as some converters write it, with lists and texts too long to keep.
    const Gguf file = Gguf()
                          .words("tokenizer.ggml.tokens", 150'000)
                          .u32s("general.long", std::vector<std::uint32_t>(300'000, 7))
                          .text("tokenizer.chat_template", std::string(9'000, 'x'))
                          .text("general.description", std::string(9'000, 'y'))
                          .text("general.architecture", "gemma3")
                          .u32("gemma3.attention.sliding_window", 512);
    spit(folder.file("m.gguf"), file.bytes());
    SystemFileOps files;
    const auto info = readModelInfo(files, folder.file("m.gguf"));
    QVERIFY2(info.ok(), info ? "" : info.error().text().c_str());
    QVERIFY(!(*info)->contains("tokenizer.ggml.tokens") && !(*info)->contains("general.long"));
    QCOMPARE(memoryOf(**info).text(), std::string("sliding_window 512"));
}

void tst_model_memory::ollamaTellsTheSame_data() {
    QTest::addColumn<QByteArray>("info"); // model_info of /api/show, ' for "
    QTest::addColumn<std::string>("memory");
    const auto row = [](const char* name, const char* info, const char* memory) {
        QTest::newRow(name) << QByteArray(info) << std::string(memory);
    };
    row("gemma3:270m", "{'general.architecture':'gemma3','gemma3.attention.sliding_window':512,'gemma3.attention.head_count':4}",
        "sliding_window 512");
    row("llama3.2", "{'general.architecture':'llama','llama.attention.head_count':24,'tokenizer.ggml.tokens':null}", "full");
    // Lists come as null unless the request is verbose (server/routes.go, getModelData).
    row("heads by layer are null",
        "{'general.architecture':'newcomer','newcomer.ssm.state_size':16,'newcomer.attention.head_count':null}", "hybrid");
    row("mamba", "{'general.architecture':'mamba','mamba.ssm.state_size':16,'mamba.attention.head_count':0}", "recurrent");
    row("a window by layer is null", "{'general.architecture':'gemma3','gemma3.attention.sliding_window':null}", "unknown");
    row("negative", "{'general.architecture':'gemma3','gemma3.attention.sliding_window':-1}", "unknown");
    row("not a whole number", "{'general.architecture':'gemma3','gemma3.attention.sliding_window':1e300}", "unknown");
    row("nothing", "{}", "unknown");
    row("no object", "[1]", "unknown");
    row("null", "null", "unknown");
}

void tst_model_memory::ollamaTellsTheSame() {
    QFETCH(QByteArray, info);
    QFETCH(std::string, memory);
    QCOMPARE(memoryOf(Json::parse(info.replace('\'', '"').toStdString())).text(), memory);
}

void tst_model_memory::theDoubtNamesWhatHelps_data() {
    QTest::addColumn<int>("memory");
    QTest::addColumn<int>("window");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("context");
    QTest::addColumn<QStringList>("args");
    QTest::addColumn<QString>("says"); // empty: nothing
    using Kind = ModelMemory::Kind;
    const auto row = [](const char* name, Kind memory, int window, TargetKind kind, int context, QStringList args,
                        const char* says) {
        QTest::newRow(name) << int(memory) << window << int(kind) << context << args << QString::fromLatin1(says);
    };
    const QStringList swaFull{QStringLiteral("-np"), QStringLiteral("1"), QStringLiteral("--swa-full")};
    row("a window, llama-server", Kind::SlidingWindow, 512, TargetKind::LlamaServer, 16'384, {}, "--swa-full");
    row("a window, Ollama", Kind::SlidingWindow, 512, TargetKind::Ollama, 16'384, {}, "LLAMA_ARG_SWA_FULL=1");
    row("a window, context not known", Kind::SlidingWindow, 512, TargetKind::Ollama, 0, {}, "512 tokens");
    row("a window, started with --swa-full", Kind::SlidingWindow, 512, TargetKind::LlamaServer, 16'384, swaFull, "");
    row("a window the context does not exceed", Kind::SlidingWindow, 8'192, TargetKind::LlamaServer, 8'192, {}, "");
    row("recurrent, llama-server", Kind::Recurrent, 0, TargetKind::LlamaServer, 16'384, swaFull, "--ctx-checkpoints");
    row("hybrid, Ollama", Kind::Hybrid, 0, TargetKind::Ollama, 16'384, {}, "LLAMA_ARG_CTX_CHECKPOINTS");
    row("hybrid, another server", Kind::Hybrid, 0, TargetKind::OpenAi, 16'384, {}, "checkpoint");
    row("full", Kind::Full, 0, TargetKind::LlamaServer, 16'384, {}, "");
    row("unknown", Kind::Unknown, 0, TargetKind::LlamaServer, 16'384, {}, "");
}

void tst_model_memory::theDoubtNamesWhatHelps() {
    QFETCH(int, memory);
    QFETCH(int, window);
    QFETCH(int, kind);
    QFETCH(int, context);
    QFETCH(QStringList, args);
    QFETCH(QString, says);
    std::vector<std::string> words;
    for (const QString& arg : args) words.push_back(arg.toStdString());
    const QString doubt =
        QString::fromStdString(memoryDoubt(::memory(ModelMemory::Kind(memory), window), TargetKind(kind), context, words));
    QCOMPARE(doubt.isEmpty(), says.isEmpty());
    QVERIFY2(doubt.contains(says), qPrintable(doubt));
    // "what: why; what to do": the window takes it apart at the first colon and the last semicolon.
    if (!says.isEmpty()) QVERIFY2(doubt.contains(QStringLiteral(": ")) && doubt.count(QLatin1Char(';')) == 1, qPrintable(doubt));
}

LOOPTAX_TEST(tst_model_memory)
#include "tst_model_memory.moc"
