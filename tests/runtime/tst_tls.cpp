// An https target is who its certificate says, or nothing is sent to it: each refusal says why and what to
// try.
#include "chat_lab.h"
#include "support/loopback.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"
#include "tls_lab.h"

#include <QTest>

using namespace looptax;

namespace {

constexpr const char* kTrust = "SSL_CERT_FILE";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

IdentityWish authority(const std::string& name) {
    return {.name = name, .names = {}, .validFromDays = -1, .validToDays = 30, .authority = true};
}

} // namespace

class tst_tls : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        qunsetenv(kTrust);
        qunsetenv("SSL_CERT_DIR");
    }
    void cleanup() { qunsetenv(kTrust); }

    void whoIsTrusted_data() {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("server"); // whose certificate
        QTest::addColumn<QString>("trusted");
        QTest::addColumn<QStringList>("says"); // empty: the chat must be good
        const auto row = [](const char* what, const char* host, const char* server, const char* trusted, QStringList says) {
            QTest::newRow(what) << QString::fromLatin1(host) << QString::fromLatin1(server) << QString::fromLatin1(trusted)
                                << says;
        };
        const QString file = QStringLiteral("SSL_CERT_FILE=FILE");
        row("its issuer is in the file", "localhost", "issued", "issuer", {});
        row("the same by its address", "127.0.0.1", "issued", "issuer", {});
        row("self-signed, and itself in the file", "localhost", "self-signed", "self-signed", {});
        row("nobody is told of the issuer", "localhost", "issued", "", {QStringLiteral("Test Authority"), file});
        row("another issuer is in the file", "localhost", "issued", "other issuer", {QStringLiteral("Test Authority"), file});
        row("self-signed", "localhost", "self-signed", "", {QStringLiteral("self-signed"), file});
        row("self-signed, and another of that name in the file", "localhost", "self-signed", "other self-signed",
            {QStringLiteral("certificate of localhost")});
        row("expired", "localhost", "expired", "issuer", {QStringLiteral("expired on 20"), QStringLiteral("renew")});
        row("expired, of an unknown issuer", "localhost", "expired", "", {QStringLiteral("expired on 20")});
        row("not valid yet", "localhost", "early", "issuer", {QStringLiteral("valid from 20"), QStringLiteral("clock")});
        row("for another host", "localhost", "elsewhere", "issuer",
            {QStringLiteral("elsewhere.example"), QStringLiteral("not for localhost")});
        row("for the name, asked by address", "127.0.0.1", "name only", "issuer", {QStringLiteral("not for 127.0.0.1")});
        row("the file does not exist", "localhost", "issued", "no such file",
            {QStringLiteral("SSL_CERT_FILE"), QStringLiteral("unset")});
        row("the file holds no certificate", "localhost", "issued", "empty", {QStringLiteral("no certificate")});
    }
    void whoIsTrusted() {
        QFETCH(QString, host);
        QFETCH(QString, server);
        QFETCH(QString, trusted);
        QFETCH(QStringList, says);
        const Identity issuer = makeIdentity(authority("Test Authority"));
        IdentityWish wish;
        if (server == QStringLiteral("expired")) wish.validFromDays = -20, wish.validToDays = -10;
        if (server == QStringLiteral("early")) wish.validFromDays = 10;
        if (server == QStringLiteral("elsewhere")) wish.name = "elsewhere.example", wish.names = "DNS:elsewhere.example";
        if (server == QStringLiteral("name only")) wish.names = "DNS:localhost";
        const Identity own = makeIdentity(wish, server == QStringLiteral("self-signed") ? nullptr : &issuer);
        const TempFolder folder;
        const std::string file = folder.file("trusted.pem");
        if (trusted == QStringLiteral("issuer")) spit(file, issuer.certificate);
        if (trusted == QStringLiteral("other issuer")) spit(file, makeIdentity(authority("Test Authority")).certificate);
        if (trusted == QStringLiteral("self-signed")) spit(file, own.certificate);
        if (trusted == QStringLiteral("other self-signed")) spit(file, makeIdentity(wish).certificate);
        if (trusted == QStringLiteral("empty")) spit(file, "");
        if (!trusted.isEmpty()) qputenv(kTrust, QByteArray::fromStdString(file));

        ChatLab lab;
        const TlsFront front(own, lab.server.port());
        const std::string authorityText = host.toStdString() + ":" + std::to_string(front.port());
        lab.connect("https://" + authorityText, "sk-canary");
        const auto [end, heard] = lab.chat();
        if (says.isEmpty()) {
            QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
            QCOMPARE(lab.server.seen()[0].request.header("host").value_or(""), authorityText);
            return;
        }
        QCOMPARE(end.outcome, Outcome::Protocol);
        for (const QString& text : says) QVERIFY2(has(end.error_text, text.toStdString()), end.error_text.c_str());
        QCOMPARE(heard.sends, 0);
        QCOMPARE(lab.server.requestCount(), 0); // neither prompt nor key left the machine
        const auto facts = lab.client->facts({}, lab.cancel);
        QVERIFY(!facts.ok());
        QCOMPARE(facts.error().kind, ErrorKind::Unreachable); // exit code 3: nothing was measured
        QVERIFY2(has(facts.error().text(), says.front().toStdString()), facts.error().text().c_str());
    }

    void aServerWithoutTlsIsSaid() {
        ChatLab lab;
        lab.connect("https://127.0.0.1:" + std::to_string(lab.server.port()));
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::Protocol);
        QVERIFY2(has(end.error_text, "http://"), end.error_text.c_str());
        QCOMPARE(lab.server.chatCount(), 0);
        const SilentPort silent; // one that waits for more of what it takes for a request
        lab.deadlines.connect = 200;
        lab.connect("https://127.0.0.1:" + std::to_string(silent.port()));
        const ChatEnd late = lab.chat().first;
        QCOMPARE(late.outcome, Outcome::TimeoutConnect);
        QVERIFY2(has(late.error_text, "http://") && has(late.error_text, "200 ms"), late.error_text.c_str());
    }

    void streamsKeepAliveAndEndsAreAsOverPlainTcp() {
        const Identity own = makeIdentity({});
        const TempFolder folder;
        spit(folder.file("own.pem"), own.certificate);
        qputenv(kTrust, QByteArray::fromStdString(folder.file("own.pem")));
        ChatLab lab;
        const TlsFront front(own, lab.server.port());
        lab.connect("https://localhost:" + std::to_string(front.port()));
        lab.server.queueChat(lab.kit.good());
        SimScript cut = lab.kit.begun();
        cut.steps.push_back(FaultKit::fin());
        SimScript closing = lab.kit.good();
        closing.close_after = true;

        const auto first = lab.chat();
        QVERIFY2(first.first.outcome == Outcome::Ok, first.first.error_text.c_str());
        QCOMPARE(first.second.content, std::string(kGoodText));
        QVERIFY(first.second.connectMs); // the handshake is part of it, and of nothing else
        QVERIFY(first.second.ordered && first.second.sent < first.second.headers);
        lab.server.queueChat(cut);
        const auto second = lab.chat();
        QVERIFY(!second.second.connectMs);
        QCOMPARE(second.first.outcome, Outcome::Cut);
        QCOMPARE(second.second.content, std::string(kPartText));
        lab.server.queueChat(closing);
        QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
        QVERIFY(lab.server.waitForNoConnections(5'000));
        const auto last = lab.chat();
        QVERIFY2(last.first.outcome == Outcome::Ok, last.first.error_text.c_str());
        QCOMPARE(lab.server.connectionCount(), 3);
        QCOMPARE(lab.server.requestCount(), 4);
    }
};

LOOPTAX_TEST(tst_tls)
#include "tst_tls.moc"
