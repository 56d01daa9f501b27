// The session on screen beside another one, or beside the published study: the same document that `looptax compare`
// writes. Journals are read beside the window's thread, and nothing of them is changed.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "report/document.h"
#include "ui/widgets/background_task.h"

#include <QDialog>
#include <QStringList>

#include <functional>
#include <optional>
#include <string>

class QComboBox;
class QLabel;
class QPushButton;

namespace looptax {

class DocumentView;

class CompareDialog : public QDialog {
    Q_OBJECT
public:
    // Called beside the window's thread. No second folder: the published study.
    using Comparer = std::function<Result<doc::Document>(const std::string& first, const std::optional<std::string>& second)>;

    // first: the folder on screen. others: folders to offer, the newest first; any other can be chosen or typed.
    // files must live until waitForBackgroundWork(): closing waits for nothing.
    CompareDialog(FileOps& files, Comparer compare, const std::string& first, const QStringList& others,
                  QWidget* parent = nullptr);
    ~CompareDialog() override;

    void setSaveFolder(const QString& folder) {
        m_saveFolder = folder;
    }                                     // where saving is suggested; the first session's unless said
    void setOther(const QString& folder); // the second session, as if it was typed
    void compare();                       // what the button does
    void besidePublished();               // what the other one does
    void save(const QString& path);       // what is on the page, as HTML
    DocumentView& view() const { return *m_view; }
    QString words() const; // the line above the page: what is compared, or what went wrong

Q_SIGNALS:
    void compared(bool done);
    void saved(bool done);

private:
    void run(const std::optional<std::string>& second);
    void refresh();
    void askSave();

    FileOps& m_files;
    Comparer m_compare;
    std::string m_first;
    QString m_saveFolder;
    std::string m_shownBeside; // what the page shows S1 beside, as a file may be named
    BackgroundTask m_reading;
    BackgroundTask m_saving;
    QComboBox* m_other;
    QPushButton* m_go;
    QPushButton* m_published;
    QPushButton* m_save;
    QLabel* m_words;
    DocumentView* m_view;
};

} // namespace looptax
