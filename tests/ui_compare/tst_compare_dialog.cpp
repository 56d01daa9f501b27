// The compare page: the same document as the command's, read beside the window, in both themes, by keyboard alone.
// With LOOPTAX_PICTURES=DIR it writes what it looked at.
#include "app/compare_files.h"
#include "compare_sessions.h"
#include "support/test_registry.h"
#include "support/watched_file_ops.h"
#include "ui/compare/compare_dialog.h"
#include "ui/compare/document_view.h"
#include "ui/style/appearance.h"
#include "ui/window/main_window.h"
#include "ui_window/looks.h"
#include "ui_window/window_lab.h"

#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextTable>

#include <chrono>

using namespace looptax;

namespace {

struct Lab {
    TempFolder temp;
    SystemFileOps files;
    std::string first = temp.file("20261124-010203-0a1b2c3d"), second = temp.file(kOtherId);
    Lab() {
        comparedFirst().writeTo(first);
        comparedSecond().writeTo(second);
    }
    CompareDialog::Comparer comparer() {
        return [this](const std::string& a, const std::optional<std::string>& b) {
            return b ? compareFolders(files, a, *b, {}) : folderBesidePublished(files, a);
        };
    }
    QStringList others() const { return {QString::fromStdString(first), QString::fromStdString(second)}; }
};

void picture(QWidget& widget, const QString& name) {
    const QString folder = qEnvironmentVariable("LOOPTAX_PICTURES");
    if (!folder.isEmpty()) widget.grab().save(QStringLiteral("%1/%2@%3.png").arg(folder, name).arg(widget.devicePixelRatio()));
}

QPushButton* buttonOf(const QWidget& root, const QString& text) {
    for (auto* button : root.findChildren<QPushButton*>())
        if (QString(button->text()).remove(QLatin1Char('&')).startsWith(text)) return button;
    return nullptr;
}

} // namespace

class tst_compare_dialog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itShowsWhatTheCommandWrites_data() {
        QTest::addColumn<QString>("appearance");
        QTest::newRow("light") << QStringLiteral("light");
        QTest::newRow("dark") << QStringLiteral("dark");
    }
    void itShowsWhatTheCommandWrites() {
        QFETCH(QString, appearance);
        applyAppearance(appearance);
        Lab lab;
        CompareDialog dialog(lab.files, lab.comparer(), lab.first, lab.others());
        dialog.show();
        QVERIFY(QTest::qWaitForWindowExposed(&dialog));
        // The session on screen is not offered; the other one stands ready.
        auto* other = dialog.findChild<QComboBox*>();
        QCOMPARE(other->count(), 1);
        QCOMPARE(other->currentText().toStdString(), lab.second);
        QVERIFY(!buttonOf(dialog, QStringLiteral("Save"))->isEnabled());
        QSignalSpy done(&dialog, &CompareDialog::compared);
        QTest::keyClick(other->lineEdit(), Qt::Key_Return); // no mouse
        QVERIFY(done.wait(20'000));
        QVERIFY2(done.at(0).at(0).toBool(), qPrintable(dialog.words()));
        const QString text = dialog.view().toPlainText();
        const int environment = text.indexOf(QStringLiteral("What differs around them"));
        QVERIFY(environment > 0 && environment < text.indexOf(QStringLiteral("Time to first token")));
        QVERIFY(text.contains(QStringLiteral("b10100 | <b>new</b>"))); // as it was written, and no markup
        QVERIFY(text.contains(QStringLiteral("Nothing is pooled.")));
        // Every table of the document is one on screen.
        int tables = 0;
        for (const doc::Block& block : dialog.view().shown().blocks) tables += std::holds_alternative<doc::Table>(block);
        int seen = 0;
        for (QTextFrame* frame : dialog.view().QTextBrowser::document()->rootFrame()->childFrames())
            seen += qobject_cast<QTextTable*>(frame) != nullptr;
        QCOMPARE(seen, tables);
        QVERIFY(buttonOf(dialog, QStringLiteral("Save"))->isEnabled());
        QVERIFY(dialog.view().hasFocus()); // the page scrolls by key at once
        QTest::keyClick(&dialog.view(), Qt::Key_PageDown);
        picture(dialog, QStringLiteral("compare-scrolled-") + appearance);
        QTest::keyClick(&dialog.view(), Qt::Key_Home, Qt::ControlModifier);
        picture(dialog, QStringLiteral("compare-") + appearance);
        const QStringList complaints = cutTexts(dialog) + unnamedControls(dialog);
        QVERIFY2(complaints.isEmpty(), qPrintable(complaints.join(QLatin1Char('\n'))));
    }
    void besideThePublishedStudyShapeAndLevelStandApart() {
        applyAppearance(QStringLiteral("light"));
        Lab lab;
        CompareDialog dialog(lab.files, lab.comparer(), lab.first, {});
        dialog.show();
        QVERIFY(QTest::qWaitForWindowExposed(&dialog));
        QSignalSpy done(&dialog, &CompareDialog::compared);
        QPushButton* button = buttonOf(dialog, QStringLiteral("Beside the published study"));
        QVERIFY(button != nullptr && button->isEnabled()); // no second folder is needed
        button->click();
        QVERIFY(done.wait(20'000));
        QVERIFY2(done.at(0).at(0).toBool(), qPrintable(dialog.words()));
        QVERIFY2(dialog.words().contains(QStringLiteral("beside the published study")), qPrintable(dialog.words()));
        const auto document = folderBesidePublished(lab.files, lab.first);
        QCOMPARE(doc::markdownDocument(dialog.view().shown()), doc::markdownDocument(*document));
        QVERIFY(buttonOf(dialog, QStringLiteral("Save"))->isEnabled());
        picture(dialog, QStringLiteral("compare-published"));
        const QStringList complaints = cutTexts(dialog) + unnamedControls(dialog);
        QVERIFY2(complaints.isEmpty(), qPrintable(complaints.join(QLatin1Char('\n'))));
    }
    void aFolderThatCannotBeComparedIsSaid() {
        applyAppearance(QStringLiteral("light"));
        Lab lab;
        CompareDialog dialog(lab.files, lab.comparer(), lab.first, {});
        dialog.show();
        QVERIFY(!buttonOf(dialog, QStringLiteral("Compare"))->isEnabled()); // nothing is named yet
        QSignalSpy done(&dialog, &CompareDialog::compared);
        dialog.setOther(QString::fromStdString(lab.temp.file("nowhere")));
        dialog.compare();
        QVERIFY(done.wait(20'000));
        QVERIFY(!done.at(0).at(0).toBool());
        QVERIFY2(dialog.words().contains(QStringLiteral("there is no session here")), qPrintable(dialog.words()));
        QVERIFY(dialog.view().toPlainText().isEmpty());
        dialog.setOther(QString::fromStdString(lab.first + "/"));
        dialog.compare();
        QVERIFY(done.wait(20'000));
        QVERIFY2(dialog.words().contains(QStringLiteral("both folders hold the same session")), qPrintable(dialog.words()));
        picture(dialog, QStringLiteral("compare-refused"));
    }
    void closingItDropsTheReadingAtOnce() {
        applyAppearance(QStringLiteral("light"));
        Lab lab;
        WatchedFileOps disk(lab.files);
        const auto slow = [&disk](const std::string& a, const std::optional<std::string>& b) {
            return b ? compareFolders(disk, a, *b, {}) : folderBesidePublished(disk, a);
        };
        QPointer<CompareDialog> dialog = new CompareDialog(disk, slow, lab.first, lab.others());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->show();
        QSignalSpy done(dialog, &CompareDialog::compared);
        disk.hang();
        dialog->compare();
        QTRY_COMPARE(disk.hanging(), 1);
        QElapsedTimer clock;
        clock.start();
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(!dialog);
        QVERIFY2(clock.elapsed() < 1'000, qPrintable(QString::number(clock.elapsed()))); // the disk still hangs
        QCOMPARE(disk.hanging(), 1);
        disk.release();
        QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
        QCoreApplication::processEvents();
        QCOMPARE(done.size(), 0);
        QCOMPARE(disk.onWindowThread(), QStringList());
    }
    void savingGoesOnBesideTheWindowAndSaysHowItEnded() {
        applyAppearance(QStringLiteral("light"));
        Lab lab;
        WatchedFileOps disk(lab.files);
        QPointer<CompareDialog> dialog = new CompareDialog(disk, lab.comparer(), lab.first, lab.others());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->show();
        QSignalSpy compared(dialog, &CompareDialog::compared);
        QSignalSpy saved(dialog, &CompareDialog::saved);
        dialog->compare();
        QVERIFY(compared.wait(20'000));
        const std::string html = doc::htmlDocument(dialog->view().shown());
        QPushButton* button = buttonOf(*dialog, QStringLiteral("Save"));
        disk.hang();
        dialog->save(QString::fromStdString(lab.temp.file("a.html")));
        QTRY_COMPARE(disk.hanging(), 1);
        QVERIFY2(dialog->words().startsWith(QStringLiteral("Saving")), qPrintable(dialog->words()));
        QVERIFY(!button->isEnabled());
        disk.release();
        QVERIFY(saved.wait(20'000));
        QVERIFY(saved.takeFirst()[0].toBool());
        QVERIFY(button->isEnabled());
        QCOMPARE(slurp(lab.temp.file("a.html")), html);
        dialog->save(QString::fromStdString(lab.temp.file("no/such/folder/a.html")));
        QVERIFY(saved.wait(20'000));
        QVERIFY(!saved.takeFirst()[0].toBool());
        QVERIFY2(dialog->words().startsWith(QStringLiteral("It could not be written: ")), qPrintable(dialog->words()));
        disk.hang();
        dialog->save(QString::fromStdString(lab.temp.file("b.html")));
        QTRY_COMPARE(disk.hanging(), 1);
        dialog->close();
        QTRY_VERIFY(!dialog); // which waits for nothing, and loses nothing
        disk.release();
        QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
        QCOMPARE(slurp(lab.temp.file("b.html")), html);
        QCOMPARE(disk.onWindowThread(), QStringList());
    }
    void theMenuOffersItForASessionThatHasTurns() {
        applyAppearance(QStringLiteral("light"));
        Lab lab;
        WindowLab window_lab;
        window_lab.services.compare = lab.comparer();
        MainWindow window(window_lab.services);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QAction* action = nullptr;
        for (QAction* one : window.findChildren<QAction*>())
            if (one->text().contains(QStringLiteral("another session"))) action = one;
        QVERIFY(action != nullptr && !action->isEnabled());
        window.openSession(QString::fromStdString(lab.first));
        QTRY_VERIFY_WITH_TIMEOUT(action->isEnabled(), 20'000);
        QVERIFY(!action->shortcut().isEmpty());
        action->trigger();
        auto* dialog = window.findChild<CompareDialog*>();
        QVERIFY(dialog != nullptr && dialog->isVisible());
        QSignalSpy done(dialog, &CompareDialog::compared);
        dialog->setOther(QString::fromStdString(lab.second));
        dialog->compare();
        QVERIFY(done.wait(20'000));
        QVERIFY(done.at(0).at(0).toBool());
        QPointer<CompareDialog> gone = dialog;
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(!gone);
        QCOMPARE(window.feed().folder(), lab.first); // what is on screen stays
    }
    void theThemeIsFollowedAndNothingIsFetched() {
        applyAppearance(QStringLiteral("light"));
        doc::Document document;
        document.title = "<img src=\"http://127.0.0.1:1/x.png\">";
        document.add(
            doc::Notice{doc::Notice::Kind::Warning, doc::plain("[a](http://127.0.0.1:1) <a href=\"file:///etc/passwd\">b</a>")});
        document.add(doc::Table{"t", {{"x", true}}, {{"<script>alert(1)</script>"}}});
        DocumentView view;
        view.show(document);
        QVERIFY(view.toPlainText().contains(QStringLiteral("<img src=\"http://127.0.0.1:1/x.png\">")));
        QVERIFY(view.toPlainText().contains(QStringLiteral("<a href=")));
        const auto links = [&] {
            int found = 0;
            for (QTextBlock block = view.QTextBrowser::document()->begin(); block.isValid(); block = block.next())
                for (auto at = block.begin(); !at.atEnd(); ++at)
                    found += at.fragment().charFormat().isAnchor() || at.fragment().charFormat().isImageFormat();
            return found;
        };
        QCOMPARE(links(), 0);
        const QString light = view.toHtml();
        applyAppearance(QStringLiteral("dark"));
        QCoreApplication::processEvents();
        QVERIFY(view.toHtml() != light);
        const Theme dark = theme(themeKindOf(view.palette()));
        QCOMPARE(dark.kind, ThemeKind::Dark);
        QVERIFY(view.toHtml().contains(dark.caution.name()));
        QVERIFY(contrast(dark.caution, view.palette().color(QPalette::Base)) >= 4.5);
        applyAppearance(QStringLiteral("light"));
    }
};

LOOPTAX_TEST(tst_compare_dialog)
#include "tst_compare_dialog.moc"
