// Whole responses of real servers (tests/data/wire/RECORDED.md) through the whole client: what each says of its prompt is
// read as its makers mean it, and what it does not say is absent.
#include "runtime/chat_lab.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <QFile>
#include <QTest>

using namespace looptax;

namespace {

QString text(const std::optional<std::int64_t>& n) { return n ? QString::number(*n) : QStringLiteral("-"); }

QString text(const std::optional<double>& ms) { return ms ? QString::number(*ms, 'f', 1) : QStringLiteral("-"); }

} // namespace

class tst_recorded_streams : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatItSaysIsReadAsItIsMeant_data();
    void whatItSaysIsReadAsItIsMeant();
    void whatItRefusesIsSaid_data();
    void whatItRefusesIsSaid();

private:
    static std::pair<ChatEnd, Heard> play(TargetKind dialect, const QString& name);
};

std::pair<ChatEnd, Heard> tst_recorded_streams::play(TargetKind dialect, const QString& name) {
    QFile file(QStringLiteral(LOOPTAX_TEST_DATA "/wire/") + name + QStringLiteral(".txt"));
    if (!file.open(QIODevice::ReadOnly)) return {};
    SimOptions options;
    options.dialect = dialect;
    ChatLab lab(options);
    SimScript script = FaultKit::script({FaultKit::send(file.readAll().toStdString())});
    script.close_after = true; // as the servers did
    lab.server.queueChat(script);
    return lab.chat();
}

void tst_recorded_streams::whatItSaysIsReadAsItIsMeant_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QString>("content");
    QTest::addColumn<QString>("tokens"); // prompt, cached, processed, generated
    QTest::addColumn<QString>("ms");     // prompt, generation, load
    const auto row = [](const char* name, TargetKind dialect, const char* content, const char* tokens, const char* ms) {
        QTest::newRow(name) << int(dialect) << QString::fromLatin1(content) << QString::fromLatin1(tokens)
                            << QString::fromLatin1(ms);
    };
    // 0.33.0 counts the whole prompt and says nothing of its cache; its second request took a fifth of the time.
    row("http_ollama_0_33_0", TargetKind::Ollama, "Hello there! (sm", "22 - - 5", "797.1 4263.8 4397.0");
    row("http_ollama_0_33_0_cached", TargetKind::Ollama, "Hello there! (sm", "22 - - 5", "173.0 241.2 0.9");
    row("http_ollama_0_33_0_openai_route", TargetKind::OpenAi, "Hello there! (sm", "22 - - 5", "- - -");
    // api.Metrics.PromptEvalCachedCount since 0.33.3: a pointer with omitempty, so 0 is sent and means none.
    row("http_ollama_0_34_0", TargetKind::Ollama, "Hello there! (sm", "22 0 22 5", "882.3 38.4 4868.7");
    row("http_ollama_0_34_0_cached", TargetKind::Ollama, "Hello there! (sm", "22 21 1 5", "9.0 124.2 1.0");
    row("http_ollama_0_34_0_openai_route", TargetKind::OpenAi, "Hello there! (sm", "22 0 22 5", "- - -");
    // Its timings are ttft_ms and gen_ms: of the client's kind, neither prompt_ms nor predicted_ms.
    row("http_dasllama_0_6_6", TargetKind::OpenAi, "Hello! How can I", "21 0 21 5", "- - -");
    row("http_dasllama_0_6_6_cached", TargetKind::OpenAi, "Hello! How can I", "21 20 1 5", "- - -");
    row("http_llama_server_b11549", TargetKind::LlamaServer, "Hello there! (sm", "22 0 22 5", "657.8 319.8 -");
    row("http_llama_server_b11549_cached", TargetKind::LlamaServer, "Hello there! (sm", "22 21 1 5", "8.3 69.0 -");
}

void tst_recorded_streams::whatItSaysIsReadAsItIsMeant() {
    QFETCH(int, dialect);
    QFETCH(QString, content);
    QFETCH(QString, tokens);
    QFETCH(QString, ms);
    const auto [end, heard] = play(TargetKind(dialect), QString::fromLatin1(QTest::currentDataTag()));
    QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
    QCOMPARE(QString::fromStdString(heard.content), content);
    QCOMPARE(QString::fromStdString(end.counts.finish_reason), QStringLiteral("length"));
    const RuntimeCounts& counts = end.counts;
    QCOMPARE(QStringList({text(counts.prompt_tokens), text(counts.cached_tokens), text(counts.processed_tokens),
                          text(counts.predicted_tokens)})
                 .join(QLatin1Char(' ')),
             tokens);
    QCOMPARE(QStringList({text(counts.prompt_ms), text(counts.predicted_ms), text(counts.load_ms)}).join(QLatin1Char(' ')), ms);
    QCOMPARE(QString::fromStdString(counts.disagree), QString());
}

void tst_recorded_streams::whatItRefusesIsSaid_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<int>("outcome");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, TargetKind dialect, Outcome outcome, const char* says) {
        QTest::newRow(name) << int(dialect) << int(outcome) << QString::fromLatin1(says);
    };
    // llama-server's error as a text inside Ollama's.
    row("http_ollama_0_34_0_overflow", TargetKind::Ollama, Outcome::Overflow, "610 tokens");
    row("http_dasllama_0_6_6_overflow", TargetKind::OpenAi, Outcome::Overflow, "9030 tokens");
    // A whole completion where a stream was asked for, once with an answer and once, after an error of its own, without.
    row("http_cyllama_0_2_18", TargetKind::OpenAi, Outcome::Protocol, "the server ignored stream: true");
    row("http_cyllama_0_2_18_empty", TargetKind::OpenAi, Outcome::Protocol, "the server ignored stream: true");
}

void tst_recorded_streams::whatItRefusesIsSaid() {
    QFETCH(int, dialect);
    QFETCH(int, outcome);
    QFETCH(QString, says);
    const auto [end, heard] = play(TargetKind(dialect), QString::fromLatin1(QTest::currentDataTag()));
    QVERIFY2(int(end.outcome) == outcome, end.error_text.c_str());
    QVERIFY2(QString::fromStdString(end.error_text).contains(says), end.error_text.c_str());
    QVERIFY(heard.content.empty());
}

LOOPTAX_TEST(tst_recorded_streams)
#include "tst_recorded_streams.moc"
