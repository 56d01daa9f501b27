#include "ui/widgets/file_choice.h"

#include <QFileDialog>
#include <QFileInfo>

#include <utility>

namespace looptax {

namespace {

void open(QFileDialog* dialog, FileChosen then) {
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &QFileDialog::fileSelected, dialog, [then = std::move(then)](const QString& path) { then(path); });
    dialog->open();
}

} // namespace

void chooseFolder(QWidget* parent, const QString& title, const QString& start, FileChosen then) {
    auto* dialog = new QFileDialog(parent, title, start);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    open(dialog, std::move(then));
}

void chooseNewFile(QWidget* parent, const QString& title, const QString& suggestion, const QString& filter, FileChosen then) {
    const QFileInfo suggested(suggestion);
    auto* dialog = new QFileDialog(parent, title, suggested.absolutePath(), filter);
    dialog->setAcceptMode(QFileDialog::AcceptSave); // asks before it replaces a file
    dialog->selectFile(suggested.fileName());
    open(dialog, std::move(then));
}

} // namespace looptax
