#include "runtime/tls_trust.h"

#include "base/text.h"

#include <QDateTime>
#include <QFile>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslError>
#include <QSslSocket>
#include <QStringList>

namespace looptax {

namespace {

constexpr const char* kVariable = "SSL_CERT_FILE";

std::string day(const QDateTime& moment) { return moment.toUTC().toString(Qt::ISODate).left(10).toStdString(); }

std::string namesOf(const QSslCertificate& certificate) {
    QStringList names = certificate.subjectAlternativeNames().values();
    if (names.isEmpty()) names = certificate.subjectInfo(QSslCertificate::CommonName);
    return names.isEmpty() ? "no name" : stripControls(names.join(QStringLiteral(", ")).toStdString());
}

std::string trustHint(const std::string& which) {
    return "if you trust that server, save " + which + " as a PEM file and start with " + kVariable + "=FILE";
}

} // namespace

Result<QSslConfiguration> tlsConfiguration() {
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    const QString path = qEnvironmentVariable(kVariable);
    if (path.isEmpty()) return configuration;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorKind::Unreachable,
                     "cannot read the file of trusted certificates that SSL_CERT_FILE names: " + file.errorString().toStdString(),
                     path.toStdString(), "correct the variable or unset it", 0};
    const auto certificates = QSslCertificate::fromDevice(&file, QSsl::Pem);
    if (certificates.isEmpty())
        return Error{ErrorKind::Unreachable, "the file that SSL_CERT_FILE names holds no certificate in PEM form",
                     path.toStdString(), "correct the variable or unset it", 0};
    configuration.setCaCertificates(certificates);
    return configuration;
}

TlsRefusal explainTls(const QSslSocket& socket, const std::string& host, const std::string& authority) {
    const QSslCertificate certificate = socket.peerCertificate();
    const std::string whose = "the certificate of " + authority;
    const auto errors = socket.sslHandshakeErrors();
    // One that cannot be mended by trusting more comes first: a person would mend the other in vain.
    for (const QSslError& error : errors) {
        switch (error.error()) {
        case QSslError::CertificateExpired:
            return {whose + " expired on " + day(certificate.expiryDate()), "renew it; is this machine's clock right?"};
        case QSslError::CertificateNotYetValid:
            return {whose + " is valid from " + day(certificate.effectiveDate()) + " only", "is this machine's clock right?"};
        case QSslError::HostNameMismatch:
            return {whose + " is for " + namesOf(certificate) + ", not for " + host,
                    "use the name the certificate is for, or give the server one for this name"};
        default: break;
        }
    }
    for (const QSslError& error : errors) {
        switch (error.error()) {
        case QSslError::SelfSignedCertificate:
            return {whose + " is self-signed: nobody vouches for it", trustHint("its certificate")};
        case QSslError::SelfSignedCertificateInChain:
        case QSslError::UnableToGetLocalIssuerCertificate:
        case QSslError::UnableToGetIssuerCertificate:
        case QSslError::UnableToVerifyFirstCertificate:
        case QSslError::CertificateSignatureFailed: // of the same name as one that is known, but not the same
        case QSslError::CertificateUntrusted: {
            const QStringList issuer = certificate.issuerInfo(QSslCertificate::CommonName);
            return {whose + " was issued by " + (issuer.isEmpty() ? "somebody" : stripControls(issuer.front().toStdString())) +
                        ", whom this machine does not know",
                    trustHint("the issuer's certificate")};
        }
        default: break;
        }
    }
    if (!errors.isEmpty()) return {whose + " is refused: " + stripControls(errors.front().errorString().toStdString()), {}};
    return {"no encrypted connection to " + authority + ": " + stripControls(socket.errorString().toStdString()), kNoTlsHint};
}

} // namespace looptax
