// What the tests on real runtimes share: the program as a person calls it, its table of turns, a private
// Ollama and other servers, and a look at what processes are left behind.
#pragma once

#include "runtime/managed_server.h"
#include "support/places.h"

#include <QByteArray>
#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHostAddress>
#include <QMap>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStringList>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

#include <cstdio>
#include <optional>

namespace looptax::real {

inline const QString kTestModel = QStringLiteral("smollm2-135m-instruct-q4_1.gguf");
inline const QString kModel = QStringLiteral("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf");
inline constexpr int kDeadlineMs = 540'000;

// Empty when what these tests share is here, and `more` below the data folder; else what is missing and how it comes.
// These tests never skip.
inline QString missing(const QStringList& more = {}) {
    const QString data = QString::fromStdString(dataFolder());
    for (const QString& file : QStringList{QStringLiteral("runtime/looptax-llama-server"), QStringLiteral("models/") + kTestModel,
                                           QStringLiteral("models/") + kModel, QStringLiteral("kvprof/kvprof/diff.py"),
                                           QStringLiteral("ollama/ollama")} +
                                   more)
        if (!QFileInfo::exists(data + QLatin1Char('/') + file))
            return data + QLatin1Char('/') + file +
                   QStringLiteral(" is not here; packaging/test.sh fetches it (get-runtime.sh "
                                  "--with-test-model, get-kvprof.sh, get-servers.sh, get-ollama.sh)");
    return {};
}

// A plan's file in the folder; ' stands for " in both texts.
inline QString writePlan(const QTemporaryDir& folder, const QString& targets, const QString& rest) {
    const QString path = folder.filePath(QStringLiteral("plan.json"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) return {};
    const QString text = QStringLiteral("{'schema':'looptax.plan/1','name':'real','targets':[%1],%2}");
    file.write(text.arg(targets, rest).replace(QLatin1Char('\''), QLatin1Char('"')).toUtf8());
    return path;
}

inline QString modelPath(const QString& file) { return QString::fromStdString(dataFolder()) + QStringLiteral("/models/") + file; }

// Empty where the test model with five of its thirty layers lies at the path, made now if need be: for tests of what is
// re-read and how long that takes, which ask nothing of a reply. LOOPTAX_WHOLE_MODEL=1: the whole model under that name.
inline QString thinTestModel(QString* path) {
    if (qEnvironmentVariableIsSet("LOOPTAX_WHOLE_MODEL")) {
        *path = modelPath(kTestModel);
        return {};
    }
    *path = QStringLiteral(LOOPTAX_BINARY_DIR "/../smollm2-layers-0-1-2-28-29.gguf");
    if (QFileInfo::exists(*path)) return {};
    QProcess python;
    python.start(QStringLiteral("python3"), {QStringLiteral(LOOPTAX_SOURCE_DIR "/tests/real/thin_model.py"),
                                             modelPath(kTestModel), *path, QStringLiteral("0,1,2,28,29")});
    if (python.waitForFinished(60'000) && python.exitCode() == 0) return {};
    return QStringLiteral("the thin model was not made: ") + QString::fromUtf8(python.readAllStandardError());
}

struct Ended {
    int code = -1;
    QString out;
    QString err;
    // What it said last: a message of a failed test is cut after some hundred characters.
    QString last() const { return err.right(500) + QLatin1Char('\n') + out.right(500); }
};

// A variable that every process of a test inherits, so that one left behind can be found.
inline const char* kMark = "LOOPTAX_REAL_TEST";

inline QProcessEnvironment marked(const QString& mark) {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QLatin1String(kMark), mark);
    return environment;
}

inline Ended callLooptax(const QStringList& arguments, const QString& mark = QStringLiteral("-")) {
    QProcess process;
    process.setProcessEnvironment(marked(mark));
    process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax"), arguments);
    const bool over = process.waitForFinished(kDeadlineMs) && process.exitStatus() == QProcess::NormalExit;
    Ended ended{over ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardOutput()),
                QString::fromUtf8(process.readAllStandardError())};
    if (!over) process.kill();
    return ended;
}

// Processes that carry the mark and are alive.
inline int processesWith(const QString& mark) {
    const QByteArray wanted = QByteArray(kMark) + '=' + mark.toUtf8() + '\0';
    int found = 0;
    for (const QString& pid : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
        QFile environment(QStringLiteral("/proc/") + pid + QStringLiteral("/environ"));
        if (environment.open(QIODevice::ReadOnly) && environment.readAll().contains(wanted)) ++found;
    }
    return found;
}

// The folder of the line "session: FOLDER", which must be the last one.
inline QString sessionOf(const Ended& ended) {
    const QString last = ended.out.trimmed().section(QLatin1Char('\n'), -1);
    return last.startsWith(QLatin1String("session: ")) ? last.mid(9) : QString();
}

using Row = QMap<QString, QString>;

// turns.csv of a session. Cells of a real run may hold quotes and commas, never line ends in the columns used
// here.
inline QList<Row> turnsOf(const QString& session) {
    QFile file(session + QStringLiteral("/turns.csv"));
    if (!file.open(QIODevice::ReadOnly)) return {};
    const auto split = [](const QString& line) {
        QStringList cells(QString{});
        bool quoted = false;
        for (const QChar c : line) {
            if (c == QLatin1Char('"')) quoted = !quoted;
            else if (c == QLatin1Char(',') && !quoted) cells.append(QString());
            else cells.last().append(c);
        }
        return cells;
    };
    QList<Row> rows;
    QStringList head;
    for (const QString& line : QString::fromUtf8(file.readAll()).split(QStringLiteral("\r\n"), Qt::SkipEmptyParts)) {
        const QStringList cells = split(line);
        if (head.isEmpty()) {
            head = cells;
            continue;
        }
        Row row;
        for (qsizetype i = 0; i < head.size() && i < cells.size(); ++i) row[head[i]] = cells[i];
        rows.append(row);
    }
    return rows;
}

// -1 where the cell is empty.
inline qint64 number(const Row& row, const char* column) {
    bool ok = false;
    const qint64 value = row[QLatin1String(column)].toLongLong(&ok);
    return ok ? value : -1;
}

// The numbers of a test, on its output and in a file beside the build that packaging/test.sh shows: ctest
// hides what a test that passed has printed.
class Numbers {
public:
    explicit Numbers(const QString& test)
        : m_file(QStringLiteral(LOOPTAX_BINARY_DIR "/../measured-") + test + QStringLiteral(".txt")) {
        (void)m_file.open(QIODevice::WriteOnly | QIODevice::Truncate);
    }
    void say(const QString& text) {
        std::fputs(qPrintable(QStringLiteral("  ") + text + QStringLiteral("\n")), stdout);
        m_file.write(QByteArray("  ") + text.toUtf8() + "\n");
        std::fflush(stdout);
        m_file.flush();
    }
    void add(const QList<Row>& rows) {
        for (const Row& row : rows) {
            const auto cell = [&](const char* column, int width) {
                const QString text = row[QLatin1String(column)];
                return (text.isEmpty() ? QStringLiteral("-") : text).left(width).rightJustified(width);
            };
            const QString line = QStringLiteral("  ") + row[QStringLiteral("cell")].leftJustified(36) + QStringLiteral(" turn ") +
                                 cell("turn", 2) + QStringLiteral("  prompt ") + cell("prompt_tokens", 5) +
                                 QStringLiteral("  cached ") + cell("cached_tokens", 5) + QStringLiteral("  processed ") +
                                 cell("processed_tokens", 5) + QStringLiteral("  TTFT ms ") + cell("ttft_ms", 7) +
                                 QStringLiteral("  tok/s ") + cell("decode_tps", 5) + QStringLiteral("  ") +
                                 row[QStringLiteral("outcome")] + QStringLiteral(" ") +
                                 row[QStringLiteral("fail_reason")].left(40) + QStringLiteral("\n");
            std::fputs(qPrintable(line), stdout);
            m_file.write(line.toUtf8());
        }
        std::fflush(stdout);
        m_file.flush();
    }

private:
    QFile m_file;
};

// The real Ollama on a free port, with a store that outlives the test: a second start imports nothing.
class PrivateOllama {
public:
    ~PrivateOllama() {
        m_process.terminate();
        if (!m_process.waitForFinished(10'000)) m_process.kill();
        m_process.waitForFinished(5'000);
    }
    // Empty when it answers and has the models; else what it said.
    QString start(const QStringList& models) {
        QStringList arguments{QStringLiteral("--dir"), QString::fromStdString(dataFolder()) + QStringLiteral("/ollama-tests")};
        for (const QString& model : models) arguments << QStringLiteral("--model") << model;
        m_process.start(QStringLiteral(LOOPTAX_SOURCE_DIR "/packaging/ollama-serve.sh"), arguments);
        QString said;
        while (!said.contains(QLatin1String("\nready\n"))) {
            if (!m_process.waitForReadyRead(120'000))
                return QStringLiteral("Ollama did not start: ") + said + QString::fromUtf8(m_process.readAllStandardError());
            said += QString::fromUtf8(m_process.readAllStandardOutput());
        }
        m_url = said.section(QLatin1Char('\n'), 0, 0).mid(int(qstrlen("address: ")));
        return {};
    }
    QString url() const { return m_url; }

private:
    QProcess m_process;
    QString m_url;
};

// A server of packaging/get-servers.sh on a free port, from a folder of its own under the data folder, which is its home too:
// it may write there what it likes. Ends with this object and with this process.
class PrivateServer {
public:
    ~PrivateServer() {
        m_process.terminate();
        if (!m_process.waitForFinished(10'000)) m_process.kill();
        m_process.waitForFinished(5'000);
    }
    // The folder, made if need be.
    static QString folder(const QString& name) {
        const QString path = QString::fromStdString(dataFolder()) + QStringLiteral("/servers/") + name + QStringLiteral("-home");
        QDir().mkpath(path);
        return path;
    }
    // Empty when it accepts connections; else what it said. `program` is relative to the data folder; the port is added
    // to the arguments.
    QString start(const QString& name, const QString& program, const QStringList& arguments) {
        QTcpServer free;
        if (!free.listen(QHostAddress::LocalHost)) return QStringLiteral("no free port");
        const quint16 port = free.serverPort();
        free.close();
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("HOME"), folder(name));
        m_process.setProcessEnvironment(environment);
        m_process.setWorkingDirectory(folder(name));
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(QStringLiteral("setpriv"),
                        QStringList{QStringLiteral("--pdeathsig"), QStringLiteral("KILL"), QStringLiteral("--"),
                                    QString::fromStdString(dataFolder()) + QLatin1Char('/') + program} +
                            arguments + QStringList{QStringLiteral("--port"), QString::number(port)});
        for (QDeadlineTimer deadline(120'000); !deadline.hasExpired();) {
            QTcpSocket socket;
            socket.connectToHost(QHostAddress::LocalHost, port);
            if (socket.waitForConnected(1'000)) {
                m_url = QStringLiteral("http://127.0.0.1:%1").arg(port);
                return {};
            }
            if (m_process.waitForFinished(200)) break; // a wait too: loading a model takes seconds
        }
        return name + QStringLiteral(" did not start: ") + QString::fromUtf8(m_process.readAll().right(500));
    }
    QString url() const { return m_url; }

private:
    QProcess m_process;
    QString m_url;
};

} // namespace looptax::real
