// Runs the program that fetches the embedded runtime, in a process group of its own: cancelling ends its
// children (pip, downloads) too. One run at a time.
#pragma once

#include <QObject>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTimer>

namespace looptax {

class RuntimeInstaller : public QObject {
    Q_OBJECT
public:
    explicit RuntimeInstaller(QObject* parent);
    ~RuntimeInstaller() override; // ends what runs

    bool running() const { return m_process.state() != QProcess::NotRunning; }
    void start(const QString& program, const QStringList& arguments);
    void cancel(); // asks; after three seconds it is made to end

Q_SIGNALS:
    void progressed(const QString& line); // the newest line it wrote, without control characters
    void succeeded();
    void failed(const QString& why); // a sentence, with its last words
    void cancelled();

private:
    void take();
    void finish(int code, QProcess::ExitStatus status);
    void fail(const QString& why);
    void signalGroup(int signal);

    QProcess m_process;
    QTimer m_patience;
    QString m_program;
    QByteArray m_rest;  // of a line that has not ended
    QStringList m_last; // the last lines, for the message
    bool m_cancelled = false;
};

} // namespace looptax
