// What was sent and who answered, in a report and in a comparison: told from the requests and the replies, never from the plan.
#include "report_sessions.h"
#include "support/test_registry.h"

#include "report/report_compare.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

std::shared_ptr<const Json> body(const std::string& json) { return std::make_shared<const Json>(Json::parse(json)); }

const char* const kLlama =
    "{\"temperature\":0.2,\"top_p\":0.95,\"top_k\":40,\"min_p\":0.0,\"repeat_penalty\":1.0,\"seed\":42,\"max_tokens\":256,"
    "\"chat_template_kwargs\":{\"enable_thinking\":false},\"cache_prompt\":true}";
const char* const kOllama =
    "{\"options\":{\"temperature\":0.2,\"top_p\":0.95,\"top_k\":40,\"min_p\":0.0,\"repeat_penalty\":1.0,\"seed\":42,"
    "\"num_predict\":256},\"think\":false}";
const char* const kOpenAi = "{\"temperature\":0.2,\"seed\":42,\"max_completion_tokens\":256}";

QString report(const ReportInputs& in) { return QString::fromStdString(reportMarkdown(in)).remove(QLatin1Char('\\')); }

} // namespace

class tst_sent_report : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatWasSentIsSaidByTarget_data() {
        QTest::addColumn<QStringList>("bodies"); // of llamacpp, in order; of ollama the last
        QTest::addColumn<QStringList>("says");
        QTest::addColumn<QStringList>("saysNot");
        const QString apart = QStringLiteral("The targets were sent different settings");
        QTest::addRow("not on record")
            << QStringList{}
            << QStringList{QStringLiteral(
                               "not on record: no request to it ended well, or an older version measured this session"),
                           QStringLiteral(
                               "Which of these settings the requests to llamacpp and ollama carried is not on record.")}
            << QStringList{apart, QStringLiteral("in the plan and not sent")};
        QTest::addRow("the same under other names")
            << QStringList{QLatin1String(kLlama), QLatin1String(kOllama)}
            << QStringList{QStringLiteral("| sent with requests | temperature 0.2; top_p 0.95; top_k 40; min_p 0; repeat_penalty "
                                          "1; seed; max_tokens; thinking off |"),
                           QStringLiteral("| in the plan and not sent | nothing |"), QStringLiteral("options.num_predict"),
                           QStringLiteral("Requests to llamacpp and ollama carried temperature 0.2, top_p 0.95")}
            << QStringList{apart, QStringLiteral("options.seed 42")};
        QTest::addRow("different settings")
            << QStringList{QLatin1String(kLlama), QLatin1String(kOpenAi)}
            << QStringList{apart,
                           QStringLiteral(
                               "| in the plan and not sent | top_p 0.95; top_k 40; min_p 0; repeat_penalty 1; thinking off |"),
                           QStringLiteral("Requests to ollama carried temperature 0.2, seed, max_tokens; in the plan and not "
                                          "sent: top_p 0.95")}
            << QStringList{};
        QTest::addRow("changed in mid-session")
            << QStringList{QLatin1String(kLlama), QLatin1String(kOpenAi), QLatin1String(kOllama)}
            << QStringList{QStringLiteral("| sent with requests, later | temperature 0.2; seed; max_tokens |"), apart}
            << QStringList{};
    }
    void whatWasSentIsSaidByTarget() {
        QFETCH(QStringList, bodies);
        QFETCH(QStringList, says);
        QFETCH(QStringList, saysNot);
        ReportInputs in = inputsOf(wholeSession());
        for (qsizetype i = 0; i < bodies.size(); ++i)
            in.sent.push_back({i + 1 < bodies.size() ? "llamacpp" : "ollama", body(bodies[i].toStdString())});
        const QString text = report(in);
        for (const QString& part : says) QVERIFY2(text.contains(part), qPrintable(part + QLatin1Char('\n') + text));
        for (const QString& part : saysNot) QVERIFY2(!text.contains(part), qPrintable(part));
    }
    void whoAnsweredIsSaid() {
        ReportInputs in = inputsOf(oneRunSession());
        QVERIFY(!report(in).contains(QLatin1String("replies name")));
        in.turns[0].reply_model = "gpt-oss-20b";
        in.turns[1].reply_model = "tiny-fallback-1b";
        in.turns[0].reply_fingerprint = "fp_1";
        Json resumed = *in.sessions.front();
        resumed["targets"][0]["version"] = "b10101";
        in.sessions.push_back(std::make_shared<const Json>(resumed));
        const QString text = report(in);
        QVERIFY2(text.contains(QLatin1String("| model that replies name | gpt-oss-20b, then tiny-fallback-1b |")),
                 qPrintable(text));
        QVERIFY2(text.contains(QLatin1String("| fingerprint that replies give | fp_1 |")), qPrintable(text));
        QVERIFY2(text.contains(QLatin1String(", then b10101")), qPrintable(text));
        QVERIFY2(text.contains(QLatin1String("whose replies name the model gpt-oss-20b, then tiny-fallback-1b")),
                 qPrintable(text));
    }
    void aComparisonNamesTargetsThatWereSentOtherFields() {
        ReportInputs first = inputsOf(oneRunSession()), second = inputsOf(oneRunSession());
        Json session = *second.sessions.front();
        session["session"] = "20261125-111111-22222222";
        second.sessions = {std::make_shared<const Json>(session)};
        const std::string id = first.turns.front().target;
        first.sent = {{id, body(kLlama)}};
        second.sent = {{id, body(kOpenAi)}};
        for (TurnRecord& turn : first.turns) turn.reply_model = "a";
        for (TurnRecord& turn : second.turns) turn.reply_model = "b";
        const auto comparison = compareReports(first, second, {});
        QVERIFY(comparison.ok());
        std::map<std::string, std::pair<std::string, std::string>> differ;
        for (const EnvironmentFact& fact : comparison->environment.differ) differ[fact.what] = {fact.first, fact.second};
        const auto& sent = differ["target " + id + ": sent with requests"];
        QVERIFY2(sent.first.find("top_k 40") != std::string::npos, sent.first.c_str());
        QVERIFY2(sent.second.find("in the plan and not sent: top_p 0.95, top_k 40") != std::string::npos, sent.second.c_str());
        QVERIFY(differ["target " + id + ": model that replies name"] == std::pair(std::string("a"), std::string("b")));
    }
};

LOOPTAX_TEST(tst_sent_report)
#include "tst_sent_report.moc"
