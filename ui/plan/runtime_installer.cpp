#include "ui/plan/runtime_installer.h"

#include "base/text.h"
#include "ui/widgets/field_text.h"

#include <QFileInfo>

#ifdef Q_OS_UNIX
#include <csignal>
#include <unistd.h>
#endif

namespace looptax {

namespace {

constexpr int kPatienceMs = 3'000;
constexpr int kLastLines = 4;
constexpr qsizetype kLongestLine = 300;

} // namespace

RuntimeInstaller::RuntimeInstaller(QObject* parent) : QObject(parent) {
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.setStandardInputFile(QProcess::nullDevice()); // a question nobody sees must not wait for ever
#ifdef Q_OS_UNIX
    m_process.setChildProcessModifier([] { ::setpgid(0, 0); });
#endif
    m_patience.setSingleShot(true);
    m_patience.setInterval(kPatienceMs);
#ifdef Q_OS_UNIX
    connect(&m_patience, &QTimer::timeout, this, [this] { signalGroup(SIGKILL); });
#else
    connect(&m_patience, &QTimer::timeout, &m_process, &QProcess::kill);
#endif
    connect(&m_process, &QProcess::readyRead, this, &RuntimeInstaller::take);
    connect(&m_process, &QProcess::finished, this, &RuntimeInstaller::finish);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart) return; // the others end with finished()
        fail(QStringLiteral("%1 could not be started: %2").arg(m_program, m_process.errorString()));
    });
}

RuntimeInstaller::~RuntimeInstaller() {
    m_process.disconnect(this);
    if (!running()) return;
#ifdef Q_OS_UNIX
    signalGroup(SIGKILL);
#endif
    m_process.kill();
    m_process.waitForFinished(kPatienceMs);
}

void RuntimeInstaller::signalGroup(int signal) {
#ifdef Q_OS_UNIX
    // The group outlives its leader: what the program started is reached too.
    if (m_process.processId() > 0) ::kill(-pid_t(m_process.processId()), signal);
#else
    Q_UNUSED(signal)
#endif
}

void RuntimeInstaller::start(const QString& program, const QStringList& arguments) {
    if (running()) return;
    m_program = program;
    m_rest.clear();
    m_last.clear();
    m_cancelled = false;
    if (program.isEmpty()) {
        fail(QStringLiteral("this build carries no program that fetches the embedded runtime; start a llama-server or "
                            "Ollama of your own and look again"));
        return;
    }
    m_process.start(program, arguments, QIODevice::ReadOnly);
}

void RuntimeInstaller::cancel() {
    if (!running()) return;
    m_cancelled = true;
#ifdef Q_OS_UNIX
    signalGroup(SIGTERM);
#else
    m_process.terminate();
#endif
    m_patience.start();
}

void RuntimeInstaller::take() {
    m_rest += m_process.readAll();
    // Download meters rewrite one line with a carriage return.
    m_rest.replace('\r', '\n');
    const qsizetype end = m_rest.lastIndexOf('\n');
    if (end < 0 && m_rest.size() < kLongestLine) return;
    const QByteArray whole = end < 0 ? m_rest : m_rest.left(end);
    m_rest = end < 0 ? QByteArray() : m_rest.mid(end + 1);
    QString newest;
    for (const QByteArray& raw : whole.split('\n')) {
        const std::string clean = stripControls(repairUtf8(raw.toStdString()));
        const QString line = text(std::string(firstBytes(clean, kLongestLine))).simplified();
        if (line.isEmpty()) continue;
        newest = line;
        m_last << line;
        if (m_last.size() > kLastLines) m_last.removeFirst();
    }
    if (!newest.isEmpty()) Q_EMIT progressed(newest);
}

void RuntimeInstaller::finish(int code, QProcess::ExitStatus status) {
    m_patience.stop();
    m_rest += '\n';
    take();
    if (m_cancelled) {
        Q_EMIT cancelled();
        return;
    }
    if (status == QProcess::NormalExit && code == 0) {
        Q_EMIT succeeded();
        return;
    }
    const QString how = status == QProcess::CrashExit ? QStringLiteral("was ended from outside")
                                                      : QStringLiteral("ended with status %1").arg(code);
    const QString said = m_last.isEmpty() ? QStringLiteral("it said nothing") : m_last.join(QLatin1Char('\n'));
    fail(QStringLiteral("%1 %2:\n%3").arg(QFileInfo(m_program).fileName(), how, said));
}

void RuntimeInstaller::fail(const QString& why) { Q_EMIT failed(why); }

} // namespace looptax
