// Journals as other programs leave them: version control, editors, shells, file systems after a power cut. What can be
// read is read, all else is refused with its cause, and nothing but one unfinished line is ever set aside.
#include "base/whole_file.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "replay/verify.h"
#include "store/load_session.h"
#include "store/turn_texts.h"

#include <QDir>
#include <QTest>

using namespace looptax;

namespace {

using Change = std::function<std::string(const std::string&)>;

std::string replacedAll(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string utf16(const std::string& text, bool little, bool mark) {
    std::string out = !mark ? "" : little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : text) {
        if (!little) out += '\0';
        out += c;
        if (little) out += '\0';
    }
    return out;
}

std::size_t endOfLine(const std::string& text, int line) {
    std::size_t at = 0;
    for (int i = 0; i < line; ++i) at = text.find('\n', at) + 1;
    return at;
}

SessionBuilder twoRuns() {
    SessionBuilder b(testPlan());
    b.completeRun(1);
    b.completeRun(2);
    return b;
}

QStringList tornFiles(const std::string& folder) {
    return QDir(QString::fromStdString(folder)).entryList({QStringLiteral("*.torn")});
}

bool findingSays(const VerifyReport& report, Severity severity, const std::string& text) {
    return std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
        return finding.severity == severity && finding.sentence().find(text) != std::string::npos;
    });
}

// Two runs on record whose journal somebody changed.
struct ChangedSession {
    SessionBuilder builder = twoRuns();
    TempFolder folder;
    SessionPaths paths{folder.path()};
    std::string journal;

    explicit ChangedSession(const Change& change) : journal(change(builder.journal())) {
        builder.writeTo(folder.path());
        spit(paths.journal(), journal);
    }
};

} // namespace

Q_DECLARE_METATYPE(Change)

class tst_changed_journals : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

private Q_SLOTS:
    void whatHoldsItsCheckSumsIsRead_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QByteArray>("said");
        const auto row = [](const char* name, const char* said, Change change) {
            QTest::newRow(name) << std::move(change) << QByteArray(said);
        };
        row("every line ends in CR LF", "line ends of 18 lines",
            [](const std::string& j) { return replacedAll(j, "\n", "\r\n"); });
        row("CR LF made of CR LF", "line ends of 18 lines", [](const std::string& j) { return replacedAll(j, "\n", "\r\r\n"); });
        row("the first line alone ends in CR LF", "line ends of 1 line ",
            [](const std::string& j) { return std::string(j).insert(endOfLine(j, 1) - 1, "\r"); });
        row("the last lines were added to a file with CR LF", "line ends of 5 lines", [](const std::string& j) {
            const std::size_t at = endOfLine(j, 5);
            return replacedAll(j.substr(0, at), "\n", "\r\n") + j.substr(at);
        });
        row("blanks before a line end", "line ends of 1 line ",
            [](const std::string& j) { return std::string(j).insert(endOfLine(j, 3) - 1, " \t "); });
        row("a byte order mark", "byte order mark", [](const std::string& j) { return "\xEF\xBB\xBF" + j; });
        row("a byte order mark and CR LF", "byte order mark",
            [](const std::string& j) { return "\xEF\xBB\xBF" + replacedAll(j, "\n", "\r\n"); });
        row("no line end at the end", "lacks its line end", [](const std::string& j) { return j.substr(0, j.size() - 1); });
        row("CR LF, and none at the end", "lacks its line end", [](const std::string& j) {
            const std::string changed = replacedAll(j, "\n", "\r\n");
            return changed.substr(0, changed.size() - 2);
        });
        row("cut between CR and LF", "lacks its line end", [](const std::string& j) {
            const std::string changed = replacedAll(j, "\n", "\r\n");
            return changed.substr(0, changed.size() - 1);
        });
        row("a blank line at the end", "1 blank line was", [](const std::string& j) { return j + "\n"; });
        row("two blank lines with CR at the end", "2 blank lines were", [](const std::string& j) { return j + "\r\n\r\n"; });
        row("a blank line in the middle", "1 blank line was",
            [](const std::string& j) { return std::string(j).insert(endOfLine(j, 4), "\n"); });
        row("a blank line before the first", "1 blank line was", [](const std::string& j) { return "\n" + j; });
    }
    void whatHoldsItsCheckSumsIsRead() {
        QFETCH(Change, change);
        QFETCH(QByteArray, said);
        const ChangedSession made(change);
        const auto& [b, folder, paths, changed] = made;

        const auto report = verifySession(m_files, folder.path(), {});
        QVERIFY(report.ok());
        QVERIFY(report->clean());
        QCOMPARE(report->counts.lines, std::int64_t(b.lines().size()));
        QVERIFY(findingSays(*report, Severity::Info, said.toStdString()));
        const auto loaded = loadSession(m_files, folder.path());
        QVERIFY(loaded.ok());
        QCOMPARE(loaded->store.turns().size(), std::size_t(6));
        for (std::size_t turn = 0; turn < 6; ++turn) {
            const auto texts = readTurnTexts(m_files, paths.journal(), loaded->store.placeOf(turn));
            QVERIFY(texts.ok());
            QCOMPARE(texts->reply, SessionBuilder::replyOf(loaded->store.turns()[turn]));
        }

        std::int64_t seen = 0;
        {
            auto session = reopenSession(m_files, folder.path(), [&](const JournalLine&) { ++seen; });
            QVERIFY2(session.ok(), session.ok() ? "" : session.error().text().c_str());
            QCOMPARE(seen, std::int64_t(b.lines().size()));
            QVERIFY(session->tornFile.empty());
            QVERIFY(session->journal->append("note", {{"text", "gone on"}}, Durability::Synced).ok());
        }
        QVERIFY(tornFiles(folder.path()).isEmpty());
        const std::string after = slurp(paths.journal());
        QCOMPARE(after.substr(0, changed.size()), changed); // not a byte of it was rewritten
        const auto again = readJournal(m_files, paths.journal(), {});
        QCOMPARE(again->lines, std::int64_t(b.lines().size()) + 1);
        QCOMPARE(again->damagedLine, std::int64_t(0));
        QCOMPARE(again->tornBytes, std::int64_t(0));
    }

    void whatCannotBeReadIsRefusedByItsCause_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QByteArray>("cause");
        const auto row = [](const char* name, const char* cause, Change change) {
            QTest::newRow(name) << std::move(change) << QByteArray(cause);
        };
        row("UTF-16, little end first", "UTF-16", [](const std::string& j) { return utf16(j, true, true); });
        row("UTF-16, big end first", "UTF-16", [](const std::string& j) { return utf16(j, false, true); });
        row("UTF-16 without a mark", "UTF-16", [](const std::string& j) { return utf16(j, true, false); });
        row("one line in UTF-16 without an end", "UTF-16",
            [](const std::string& j) { return utf16(j.substr(0, endOfLine(j, 1) - 1), true, true); });
        row("UTF-16 added by a shell", "line 19", [](const std::string& j) { return j + utf16("a\nb\n", true, false); });
        row("line ends of CR alone", "run into each other", [](const std::string& j) { return replacedAll(j, "\n", "\r"); });
        row("all on one line", "run into each other", [](const std::string& j) { return replacedAll(j, "\n", ""); });
        row("all on one line, with an end", "check sum is wrong",
            [](const std::string& j) { return replacedAll(j, "\n", " ") + "\n"; });
        row("written anew by a JSON tool", "line 1", [](const std::string& j) { return replacedAll(j, "\":", "\": "); });
        row("its first line cut at the front", "line 1", [](const std::string& j) { return j.substr(7); });
        row("only a first line cut at the front", "line 1",
            [](const std::string& j) { return j.substr(7, endOfLine(j, 1) - 7); });
        row("two copies in one", "sequence number 1 where 19 was due", [](const std::string& j) { return j + j; });
        row("two copies, the first without its end", "check sum is wrong",
            [](const std::string& j) { return j.substr(0, j.size() - 1) + j; });
        row("a merge conflict", "merge conflict marker", [](const std::string& j) {
            return std::string(j).insert(endOfLine(j, 4), "<<<<<<< HEAD\n") + "=======\n>>>>>>> other\n";
        });
        row("a merge conflict at the end", "merge conflict marker",
            [](const std::string& j) { return j + "<<<<<<< HEAD\n=======\n>>>>>>> other\n"; });
        row("a bad last line with its end", "check sum is wrong", [](const std::string& j) {
            std::string bad = j;
            bad[bad.size() - 20] ^= 1;
            return bad;
        });
        row("a bad last line without its end", "run into each other or end in no LF", [](const std::string& j) {
            std::string bad = j.substr(0, j.size() - 1);
            bad[bad.size() - 40] ^= 1;
            return bad;
        });
        row("two unreadable lines at the end", "line 19", [](const std::string& j) { return j + "one\ntwo"; });
        row("zeros with an end", "zero bytes", [](const std::string& j) { return j + std::string(9, '\0') + "\n"; });
        row("zeros in the middle", "zero bytes",
            [](const std::string& j) { return std::string(j).replace(endOfLine(j, 3) + 4, 30, std::string(30, '\0')); });
        row("another file under its name", "not a journal", [](const std::string&) { return std::string("PK\3\4 zip"); });
        row("a page of a proxy", "line 1", [](const std::string&) { return std::string("<html>\n</html>\n"); });
    }
    void whatCannotBeReadIsRefusedByItsCause() {
        QFETCH(Change, change);
        QFETCH(QByteArray, cause);
        const ChangedSession made(change);
        const auto& [b, folder, paths, changed] = made;

        const auto report = verifySession(m_files, folder.path(), {});
        QVERIFY(report.ok());
        QVERIFY(report->lost());
        QVERIFY2(findingSays(*report, Severity::Lost, cause.toStdString()),
                 report->findings.empty() ? "" : report->findings[0].sentence().c_str());
        const auto refused = reopenSession(m_files, folder.path(), {});
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().kind == ErrorKind::Corrupt);
        QVERIFY2(refused.error().text().find(cause.toStdString()) != std::string::npos, refused.error().text().c_str());
        QVERIFY(refused.error().text().find(paths.journal()) != std::string::npos);
        QVERIFY(tornFiles(folder.path()).isEmpty());
        QVERIFY(slurp(paths.journal()) == changed);
        // A reader gets what can be read, or is told why there is nothing.
        if (const auto loaded = loadSession(m_files, folder.path()); loaded.ok())
            QVERIFY(loaded->read.lines > 0 && loaded->read.damagedLine > 0);
        else QCOMPARE(loaded.error().text(), refused.error().text());
    }

    void oneUnfinishedLineIsSetAside_data() {
        QTest::addColumn<QByteArray>("tail");
        QTest::addColumn<int>("lines"); // read of the 18 and of the tail
        const std::string next = sealLine({{"v", 1}, {"seq", 19}, {"type", "note"}});
        const auto row = [](const char* name, const std::string& tail) {
            QTest::newRow(name) << QByteArray::fromStdString(tail) << 18;
        };
        row("the first byte", next.substr(0, 1));
        row("half a line", next.substr(0, next.size() / 2));
        row("all but its last character", next.substr(0, next.size() - 2));
        row("half a line and zeros", next.substr(0, 20) + std::string(4000, '\0'));
        row("zeros", std::string(4096, '\0'));
        row("zeros and the end of a line", std::string(100, '\0') + next.substr(20, 10));
        row("what nobody wrote", "EOF");
    }
    void oneUnfinishedLineIsSetAside() {
        QFETCH(QByteArray, tail);
        QFETCH(int, lines);
        const SessionBuilder b = twoRuns();
        const TempFolder folder;
        b.writeTo(folder.path());
        const SessionPaths paths(folder.path());
        spit(paths.journal(), b.journal() + tail.toStdString());
        const auto report = verifySession(m_files, folder.path(), {});
        QVERIFY(report->clean());
        QVERIFY(findingSays(*report, Severity::Info, "the last write was cut off"));
        std::int64_t seen = 0;
        const auto session = reopenSession(m_files, folder.path(), [&](const JournalLine&) { ++seen; });
        QVERIFY(session.ok());
        QCOMPARE(seen, std::int64_t(lines));
        QCOMPARE(slurp(session->tornFile), tail.toStdString());
        QCOMPARE(slurp(paths.journal()), b.journal());
    }
    void zerosAfterAWholeLineAreSetAsideWithoutIt() {
        const SessionBuilder b = twoRuns();
        const TempFolder folder;
        b.writeTo(folder.path());
        const SessionPaths paths(folder.path());
        const std::string zeros(512, '\0');
        spit(paths.journal(), b.journal().substr(0, b.journal().size() - 1) + zeros);
        std::int64_t seen = 0;
        auto session = reopenSession(m_files, folder.path(), [&](const JournalLine&) { ++seen; });
        QVERIFY(session.ok());
        QCOMPARE(seen, std::int64_t(b.lines().size()));
        QCOMPARE(slurp(session->tornFile), zeros);
        QVERIFY(session->journal->append("note", {{"text", "gone on"}}, Durability::Synced).ok());
        QCOMPARE(readJournal(m_files, paths.journal(), {})->lines, std::int64_t(b.lines().size()) + 1);
    }

    // A sweep that was killed before its first line can go on; but nothing is never called clean.
    void anEmptyJournalIsNotClean_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("no byte") << QByteArray();
        QTest::newRow("the beginning of the first line") << QByteArray("{\"v\":1,\"se");
        QTest::newRow("zeros") << QByteArray(100, '\0');
        QTest::newRow("blank lines") << QByteArray("\n\n");
        QTest::newRow("a byte order mark") << QByteArray("\xEF\xBB\xBF");
    }
    void anEmptyJournalIsNotClean() {
        QFETCH(QByteArray, bytes);
        const TempFolder folder;
        twoRuns().writeTo(folder.path());
        const SessionPaths paths(folder.path());
        spit(paths.journal(), bytes.toStdString());
        const auto report = verifySession(m_files, folder.path(), {});
        QVERIFY(report.ok());
        QVERIFY(!report->clean());
        QVERIFY(findingSays(*report, Severity::Lost, "not one whole line"));
        auto session = reopenSession(m_files, folder.path(), {});
        QVERIFY(session.ok());
        QVERIFY(session->journal->append("note", {{"text", "begun"}}, Durability::Synced).ok());
        QCOMPARE(readJournal(m_files, paths.journal(), {})->lines, std::int64_t(1));
    }

    void aPlanWithOtherLineEndsSaysTheSame() {
        const SessionBuilder b = twoRuns();
        const TempFolder folder;
        b.writeTo(folder.path());
        const SessionPaths paths(folder.path());
        spit(paths.plan(), "\xEF\xBB\xBF" + replacedAll(slurp(paths.plan()), "\n", "\r\n"));
        const auto report = verifySession(m_files, folder.path(), {});
        QVERIFY(report->clean());
        QVERIFY(findingSays(*report, Severity::Info, "line ends were changed"));
        spit(paths.plan(), replacedAll(slurp(paths.plan()), "\"repeats\": 2", "\"repeats\": 9"));
        QVERIFY(!verifySession(m_files, folder.path(), {})->clean());
    }

    void aFolderOfStatesThatIsGoneIsMadeAgain() {
        const SessionBuilder b = twoRuns();
        const TempFolder folder;
        b.writeTo(folder.path());
        const SessionPaths paths(folder.path());
        QVERIFY(QDir(QString::fromStdString(paths.stateDir())).removeRecursively());
        const auto session = reopenSession(m_files, folder.path(), {});
        QVERIFY(session.ok());
        QVERIFY(replaceFile(m_files, joinPath(paths.stateDir(), "run1-1.json"), "{}").ok());
    }
};

LOOPTAX_TEST(tst_changed_journals)
#include "tst_changed_journals.moc"
