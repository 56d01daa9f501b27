// What a person sees on a terminal: lines that fit, whatever its width and the script of the text, and columns that stand apart.
#include "app/cli.h"
#include "app/terminal.h"
#include "app/turn_lines.h"
#include "base/text.h"
#include "sim/scripted_server.h"
#include "support/places.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QDeadlineTimer>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTest>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace looptax;

namespace {

constexpr const char* kFull = "\xE9\xA5\xB1";      // 饱, two columns
constexpr const char* kAcute = "\xCC\x81";         // a combining mark, none
constexpr const char* kSmile = "\xF0\x9F\x98\x80"; // U+1F600, two
constexpr const char* kCut = "...";

std::string times(int n, const std::string& text) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
}

// The other end of a terminal of that many columns; 0: one that does not know its size.
class Screen {
public:
    explicit Screen(int columns) : m_master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (m_master < 0 || ::grantpt(m_master) != 0 || ::unlockpt(m_master) != 0) qFatal("no pseudo terminal");
        const winsize size{0, static_cast<unsigned short>(columns), 0, 0};
        if (::ioctl(m_master, TIOCSWINSZ, &size) != 0) qFatal("a terminal without a size");
    }
    ~Screen() { ::close(m_master); }
    QString name() const { return QString::fromLocal8Bit(::ptsname(m_master)); }
    // All that was written until the process has ended.
    std::string watch(QProcess& process) {
        std::string out;
        QDeadlineTimer deadline(kCliDeadlineMs);
        while (!deadline.hasExpired()) {
            const bool over = process.state() == QProcess::NotRunning;
            pollfd wait{m_master, POLLIN, 0};
            char bytes[4096];
            while (::poll(&wait, 1, 20) > 0 && (wait.revents & POLLIN) != 0) {
                const ssize_t n = ::read(m_master, bytes, sizeof bytes);
                if (n <= 0) break;
                out.append(bytes, std::size_t(n));
            }
            if (over) return out;
            process.waitForFinished(1);
        }
        qFatal("the program did not end");
        return out;
    }

private:
    int m_master;
};

TurnRecord record() {
    TurnRecord out;
    out.cell = "t/A/n2/run-isolated";
    out.repeat = 1;
    out.turn = 2;
    out.n = 2;
    out.ttft_ms = 12.34;
    out.decode_tps = 56.78;
    out.outcome = Outcome::Ok;
    out.all_pass = true;
    return out;
}

} // namespace

class tst_terminal : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void textIsAsWideAsItLooks_data();
    void textIsAsWideAsItLooks();
    void textIsCutToTheColumns_data();
    void textIsCutToTheColumns();
    void numbersStandApart_data();
    void numbersStandApart();
    void aReasonIsCutBetweenCharacters_data();
    void aReasonIsCutBetweenCharacters();
    void whatLimitsTheTimesIsSaid_data();
    void whatLimitsTheTimesIsSaid();
    void theTableFitsEightyColumns();
    void theProgressLineFits_data();
    void theProgressLineFits();
};

void tst_terminal::textIsAsWideAsItLooks_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("width");
    // Widths of Unicode's EastAsianWidth.txt (W and F are two) and of its combining and format characters (none).
    QTest::newRow("letters") << QByteArray("abc") << 3;
    QTest::newRow("accented") << QByteArray("\xC3\xA9t\xC3\xA9") << 3;
    QTest::newRow("combining") << QByteArray("e\xCC\x81"
                                             "t\xCC\x81\xCC\x82")
                               << 2;
    QTest::newRow("Chinese") << QByteArray("\xE6\x9C\x8D\xE5\x8A\xA1\xE5\x99\xA8") << 6;
    QTest::newRow("Japanese, halfwidth beside fullwidth") << QByteArray("\xEF\xBD\xB1\xE3\x82\xA2\xEF\xBC\xA1") << 5;
    QTest::newRow("Korean") << QByteArray("\xED\x95\x9C\xEA\xB5\xAD") << 4;
    QTest::newRow("Korean in pieces") << QByteArray("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB") << 2;
    QTest::newRow("Thai with marks above") << QByteArray("\xE0\xB8\x97\xE0\xB8\xB5\xE0\xB9\x88") << 1;
    QTest::newRow("Hindi with a sign below") << QByteArray("\xE0\xA4\x95\xE0\xA5\x81") << 1;
    QTest::newRow("Russian") << QByteArray("\xD0\xBE\xD1\x88") << 2;
    QTest::newRow("a picture") << QByteArray(kSmile) << 2;
    QTest::newRow("joined by nothing to see") << QByteArray("a\xE2\x80\x8D"
                                                            "b\xEF\xBB\xBF")
                                              << 2;
    QTest::newRow("half a character") << QByteArray("a\xE9\xA5") << 3; // a sign for each byte
    QTest::newRow("a control") << QByteArray("a\x1B"
                                             "b")
                               << 2;
    QTest::newRow("nothing") << QByteArray() << 0;
}

void tst_terminal::textIsAsWideAsItLooks() {
    QFETCH(QByteArray, text);
    QFETCH(int, width);
    QCOMPARE(displayWidth(text.toStdString()), width);
}

void tst_terminal::textIsCutToTheColumns_data() {
    QTest::addColumn<std::string>("text");
    QTest::addColumn<int>("columns");
    QTest::addColumn<std::string>("shown");
    const std::string full = kFull, acute = kAcute, smile = kSmile, cut = kCut;
    QTest::newRow("fits") << std::string("abcd") << 4 << std::string("abcd");
    QTest::newRow("letters") << std::string("abcdefghi") << 8 << "abcde" + cut;
    QTest::newRow("wide, fits") << times(4, full) << 8 << times(4, full);
    QTest::newRow("wide, even") << times(5, full) << 8 << times(2, full) + cut; // three of them and the sign would be nine
    QTest::newRow("wide, odd") << times(5, full) << 9 << times(3, full) + cut;
    QTest::newRow("a picture at the edge") << "abcd" + smile + "efg" << 8 << "abcd" + cut;
    QTest::newRow("a mark stays with its letter") << "abcde" + acute + "fghi" << 8 << "abcde" + acute + cut;
    QTest::newRow("a mark at the edge costs nothing") << "abcdefgh" + acute << 8 << "abcdefgh" + acute;
    QTest::newRow("no room for the sign") << std::string("abcdefg") << 6 << std::string("abcdef");
    QTest::newRow("one column") << std::string("ab") << 1 << std::string("a");
    QTest::newRow("one column, wide") << full << 1 << std::string();
    QTest::newRow("no room") << std::string("ab") << 0 << std::string();
    QTest::newRow("nothing") << std::string() << 4 << std::string();
}

void tst_terminal::textIsCutToTheColumns() {
    QFETCH(std::string, text);
    QFETCH(int, columns);
    QFETCH(std::string, shown);
    QCOMPARE(fitted(text, columns), shown);
    QVERIFY(displayWidth(fitted(text, columns)) <= columns);
}

void tst_terminal::numbersStandApart_data() {
    QTest::addColumn<double>("ttft");
    QTest::addColumn<double>("rate");
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("shown");
    QTest::newRow("usual") << 12.34 << 56.78 << 900 << QStringLiteral("900 900 900 12.3 56.8");
    QTest::newRow("100,000 tok/s") << 99'999.9 << 100'000.4 << 900 << QStringLiteral("900 900 900 99999.9 100000");
    QTest::newRow("a stream that comes at once") << 12.3 << 123'456'789.0 << 900 << QStringLiteral("900 900 900 12.3 123456789");
    QTest::newRow("a day") << 86'400'000'000.0 << 1.0 << 900 << QStringLiteral("900 900 900 86400000000 1.0");
    QTest::newRow("a billion tokens") << 1.0 << 1.0 << 1'000'000'000
                                      << QStringLiteral("1000000000 1000000000 1000000000 1.0 1.0");
}

void tst_terminal::numbersStandApart() {
    QFETCH(double, ttft);
    QFETCH(double, rate);
    QFETCH(int, count);
    QFETCH(QString, shown);
    TurnRecord turn = record();
    turn.cell = times(40, "c"); // as wide as the column and more
    turn.ttft_ms = ttft;
    turn.decode_tps = rate;
    turn.context_tokens_estimate = turn.prompt_chars = count;
    turn.cached_tokens = turn.processed_tokens = count;
    const QString line = QString::fromStdString(turnLine(turn, 0)).simplified();
    QCOMPARE(line, QString::fromStdString(turn.cell) + QStringLiteral(" 1 2/2 ") + shown + QStringLiteral(" pass"));
}

void tst_terminal::aReasonIsCutBetweenCharacters_data() {
    QTest::addColumn<std::string>("reason");
    QTest::addColumn<int>("columns"); // of the terminal
    QTest::addColumn<int>("most");    // columns the reason may take
    for (const int shift : {0, 1, 2}) {
        const std::string reason = std::string(std::size_t(shift), 'x') + times(100, kFull);
        QTest::addRow("Chinese, no terminal, %d", shift) << reason << 0 << 120;
        QTest::addRow("Chinese, 80 columns, %d", shift) << reason << 80 << 40;
        QTest::addRow("Chinese, 200 columns, %d", shift) << reason << 200 << 100;
    }
    QTest::newRow("pictures") << times(100, kSmile) << 0 << 120;
    QTest::newRow("with a line end") << "a\n" + times(100, kFull) << 0 << 120;
}

void tst_terminal::aReasonIsCutBetweenCharacters() {
    QFETCH(std::string, reason);
    QFETCH(int, columns);
    QFETCH(int, most);
    TurnRecord turn = record();
    turn.outcome = Outcome::HttpError;
    turn.fail_reason = reason;
    const std::string line = turnLine(turn, columns);
    QVERIFY(isValidUtf8(line));
    QVERIFY2(line.size() > 3 && line.compare(line.size() - 3, 3, kCut) == 0, line.c_str());
    QVERIFY(line.find('\n') == std::string::npos);
    const std::string shown = line.substr(line.find(": ") + 2);
    QVERIFY2(displayWidth(shown) <= most && displayWidth(shown) > most - 12, line.c_str());
}

void tst_terminal::whatLimitsTheTimesIsSaid_data() {
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("cut"); // the reason of a truncated prompt; null: none
    QTest::addColumn<QString>("shown");  // TTFT, rate and what follows
    QTest::newRow("token") << QByteArray("token") << QByteArray() << QStringLiteral("12.3 56.8 pass");
    QTest::newRow("recorded before") << QByteArray() << QByteArray() << QStringLiteral("12.3 56.8 pass");
    QTest::newRow("chunked") << QByteArray("chunked") << QByteArray() << QStringLiteral("12.3 - pass (chunked)");
    QTest::newRow("buffered") << QByteArray("buffered") << QByteArray() << QStringLiteral("- - pass (buffered)");
    const QString said = QStringLiteral("the runtime counts 64 tokens in a prompt that needs about 450");
    QTest::newRow("prompt truncated") << QByteArray() << said.toUtf8() << QStringLiteral("12.3 - prompt truncated: ") + said;
    QTest::newRow("no reason") << QByteArray() << QByteArray("") << QStringLiteral("12.3 - prompt truncated");
    QTest::newRow("disturbed") << QByteArray("disturbed") << QByteArray()
                               << QStringLiteral("12.3 56.8 pass (disturbed: other programs used 812 ms of processor time)");
}

void tst_terminal::whatLimitsTheTimesIsSaid() {
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, cut);
    QFETCH(QString, shown);
    TurnRecord turn = record();
    turn.stream = stream == "disturbed" ? "token" : stream.toStdString();
    turn.disturbed = stream == "disturbed";
    if (*turn.disturbed) turn.disturbed_by = "other programs used 812 ms of processor time";
    if (stream == "buffered") turn.ttft_ms.reset();
    if (stream == "buffered" || stream == "chunked" || !cut.isNull()) turn.decode_tps.reset();
    if (!cut.isNull()) {
        turn.outcome = Outcome::Overflow;
        turn.prompt_truncated = true;
        turn.fail_reason = cut.toStdString();
    }
    QCOMPARE(QString::fromStdString(turnLine(turn, 0)).simplified(), QStringLiteral("t/A/n2/run-isolated 1 2/2 0 - - ") + shown);
}

void tst_terminal::theTableFitsEightyColumns() {
    TurnRecord turn = record();
    turn.cell = "llamacpp/C/n15/cap3/run-isolated";
    turn.context_tokens_estimate = 12'345;
    turn.cached_tokens = turn.processed_tokens = 12'345;
    turn.ttft_ms = 12'345.6;
    for (const std::string& line : {turnTableHead(80), turnLine(turn, 80)}) QVERIFY2(displayWidth(line) <= 80, line.c_str());
    // The columns stand below their heads, on a terminal and in a file.
    for (const int columns : {0, 40, 80, 200}) {
        QCOMPARE(turnTableHead(columns).find("tok/s") + 5, turnLine(turn, columns).find("56.8") + 4);
        QCOMPARE(turnLine(turn, columns).find("run-isolated") != std::string::npos, columns == 0 || columns == 200);
    }
}

void tst_terminal::theProgressLineFits_data() {
    QTest::addColumn<int>("columns");   // of the terminal; 0: it does not say
    QTest::addColumn<QString>("term");  // $TERM
    QTest::addColumn<QString>("given"); // $COLUMNS
    QTest::addColumn<int>("fits");      // columns the line must fit; 0: there is no progress line
    const QString xterm = QStringLiteral("xterm-256color");
    QTest::newRow("40 columns") << 40 << xterm << QString() << 40;
    QTest::newRow("41 columns") << 41 << xterm << QString() << 41;
    QTest::newRow("80 columns") << 80 << xterm << QString() << 80;
    QTest::newRow("120 columns") << 120 << xterm << QString() << 120;
    QTest::newRow("12 columns") << 12 << xterm << QString() << 12;
    QTest::newRow("3 columns") << 3 << xterm << QString() << 3;
    QTest::newRow("1 column") << 1 << xterm << QString() << 1;
    QTest::newRow("the terminal goes before $COLUMNS") << 40 << xterm << QStringLiteral("200") << 40;
    QTest::newRow("$COLUMNS where it does not say") << 0 << xterm << QStringLiteral("50") << 50;
    QTest::newRow("nobody says") << 0 << xterm << QString() << 80;
    QTest::newRow("$COLUMNS is no number") << 0 << xterm << QStringLiteral("wide") << 80;
    QTest::newRow("dumb") << 80 << QStringLiteral("dumb") << QString() << 0;
    QTest::newRow("no $TERM") << 80 << QString() << QString() << 0;
}

void tst_terminal::theProgressLineFits() {
    QFETCH(int, columns);
    QFETCH(QString, term);
    QFETCH(QString, given);
    QFETCH(int, fits);
    const TempFolder folder;
    ScriptedServer server;
    QVERIFY(server.start());
    const Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url(), server.model(),
                                         "a-target-of-a-name-that-is-longer-than-most-terminals-are-wide-4f9c")});
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LOOPTAX_DATA_DIR"), QStringLiteral("/nonexistent/looptax"));
    environment.insert(QStringLiteral("XDG_CONFIG_HOME"), QStringLiteral("/nonexistent/config"));
    for (const auto& [name, value] : {std::pair{QStringLiteral("TERM"), term}, {QStringLiteral("COLUMNS"), given}}) {
        environment.remove(name);
        if (!value.isEmpty()) environment.insert(name, value);
    }
    process.setProcessEnvironment(environment);
    Screen screen(columns);
    process.setStandardOutputFile(screen.name());
    process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax"),
                  {QStringLiteral("run"), QString::fromStdString(planFile(folder.path(), plan)), QStringLiteral("--out"),
                   QString::fromStdString(folder.file("out"))});
    QVERIFY(process.waitForStarted());
    const std::string out = screen.watch(process);
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(countLines(out, "  pass"), 6);

    int lines = 0, cut = 0;
    for (std::size_t at = out.find(kEraseLine); at != std::string::npos; at = out.find(kEraseLine, at + 1)) {
        const std::size_t begin = at + std::string(kEraseLine).size();
        const std::size_t end = std::min(out.find_first_of("\r\n", begin), out.size());
        const std::string line = out.substr(begin, end - begin);
        if (line.empty() || out.compare(end, 2, "\r\n") == 0) continue; // taken back, or a line that stays
        ++lines;
        cut += line.find(kCut) != std::string::npos ? 1 : 0;
        QVERIFY2(displayWidth(line) < fits, line.c_str());
    }
    if (fits == 0) {
        QVERIFY2(out.find('\x1B') == std::string::npos, out.c_str());
        QCOMPARE(lines, 0);
    } else {
        QVERIFY(fits == 1 || lines > 0);
        QVERIFY(fits <= 7 || fits > 100 || cut > 0); // longer ones there were
    }
}

LOOPTAX_TEST(tst_terminal)
#include "tst_terminal.moc"
