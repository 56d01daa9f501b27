#include "tls_lab.h"

#include <QEventLoop>
#include <QHostAddress>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>
#include <QTcpSocket>
#include <QThread>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <future>

namespace looptax {

namespace {

template <class T, void (*Free)(T*)> struct Freed {
    void operator()(T* what) const { Free(what); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509, X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<BIO, BIO_free_all>>;

std::string written(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return {bytes, std::size_t(size)};
}

BioPtr reading(const std::string& pem) { return BioPtr(BIO_new_mem_buf(pem.data(), int(pem.size()))); }

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

} // namespace

Identity makeIdentity(const IdentityWish& wish, const Identity* issuer) {
    static std::atomic<long> s_serial{1000};
    constexpr long kDay = 24L * 3600;
    const KeyPtr key(EVP_EC_gen("P-256"));
    const CertificatePtr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++s_serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.validFromDays * kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.validToDays * kDay);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
    CertificatePtr signer;
    KeyPtr signingKey;
    if (issuer != nullptr) {
        signer.reset(PEM_read_bio_X509(reading(issuer->certificate).get(), nullptr, nullptr, nullptr));
        signingKey.reset(PEM_read_bio_PrivateKey(reading(issuer->key).get(), nullptr, nullptr, nullptr));
    }
    X509* const above = signer ? signer.get() : certificate.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(above));
    extend(certificate.get(), above, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wish.names.empty()) extend(certificate.get(), above, NID_subject_alt_name, wish.names);
    X509_sign(certificate.get(), signingKey ? signingKey.get() : key.get(), EVP_sha256());

    const BioPtr certificateText(BIO_new(BIO_s_mem()));
    const BioPtr keyText(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(certificateText.get(), certificate.get());
    PEM_write_bio_PrivateKey(keyText.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {written(certificateText.get()), written(keyText.get())};
}

class TlsFront::Loop {
public:
    std::unique_ptr<QThread> thread;
    QEventLoop* events = nullptr; // lives on the thread
};

TlsFront::TlsFront(const Identity& identity, int backend) : m_loop(std::make_unique<Loop>()) {
    std::promise<int> listening;
    auto port = listening.get_future();
    m_loop->thread.reset(QThread::create([this, &listening, identity, backend] {
        QEventLoop events;
        m_loop->events = &events;
        QSslServer server;
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
        configuration.setLocalCertificate(QSslCertificate(QByteArray::fromStdString(identity.certificate)));
        configuration.setPrivateKey(QSslKey(QByteArray::fromStdString(identity.key), QSsl::Ec));
        server.setSslConfiguration(configuration);
        QObject::connect(&server, &QSslServer::pendingConnectionAvailable, &server, [&server, backend] {
            while (QTcpSocket* front = server.nextPendingConnection()) {
                auto* back = new QTcpSocket(front);
                back->connectToHost(QHostAddress(QHostAddress::LocalHost), quint16(backend));
                const auto pass = [](QTcpSocket* from, QTcpSocket* to) {
                    QObject::connect(from, &QTcpSocket::readyRead, to, [from, to] { to->write(from->readAll()); });
                    QObject::connect(from, &QTcpSocket::disconnected, to, [to] { to->disconnectFromHost(); });
                    if (from->bytesAvailable() > 0) to->write(from->readAll());
                };
                pass(front, back);
                pass(back, front);
            }
        });
        server.listen(QHostAddress(QHostAddress::LocalHost));
        listening.set_value(server.serverPort());
        events.exec();
    }));
    m_loop->thread->start();
    m_port = port.get();
}

TlsFront::~TlsFront() {
    QMetaObject::invokeMethod(m_loop->events, &QEventLoop::quit, Qt::QueuedConnection);
    m_loop->thread->wait();
}

} // namespace looptax
