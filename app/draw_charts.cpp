#include "app/draw_charts.h"

#include "base/text.h"
#include "store/session.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QProcessEnvironment>

namespace looptax {

namespace {

constexpr int kDeadlineMs = 60'000; // some seconds on a slow machine; a program that hangs must not hang the report

std::string lastLine(const QByteArray& said) {
    const auto lines = splitOn(std::string(trimmed({said.constData(), std::size_t(said.size())})), '\n');
    return lines.empty() ? std::string() : stripControls(lines.back());
}

} // namespace

Status drawCharts(const std::string& sessionFolder) {
    const QString program = QDir(QCoreApplication::applicationDirPath()).filePath(QStringLiteral("looptax-workbench"));
    if (!QFileInfo(program).isExecutable())
        return Error{ErrorKind::Usage, "looptax-workbench, which draws the charts, does not lie beside looptax",
                     program.toStdString(), "build or install it too", 0};
    const std::string charts = SessionPaths(sessionFolder).chartsDir();
    if (QFileInfo(QString::fromStdString(charts)).isSymLink())
        return Error{ErrorKind::Storage, "it is a link; nothing is written through links of a session", charts, "remove the link",
                     0};
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    process.setProcessEnvironment(environment);
    process.setStandardOutputFile(QProcess::nullDevice());
    process.start(program, {QStringLiteral("--export"), QString::fromStdString(sessionFolder), QStringLiteral("--to"),
                            QString::fromStdString(SessionPaths(sessionFolder).chartsDir())});
    if (!process.waitForFinished(kDeadlineMs)) {
        const bool started = process.state() != QProcess::NotRunning;
        process.kill();
        process.waitForFinished();
        return Error{ErrorKind::Internal,
                     started ? "drawing the charts took over a minute and was ended" : "it could not be started",
                     program.toStdString(),
                     {},
                     0};
    }
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0) return {};
    const std::string why = lastLine(process.readAllStandardError());
    return Error{ErrorKind::Internal, why.empty() ? "looptax-workbench ended without saying why" : why, {}, {}, 0};
}

} // namespace looptax
