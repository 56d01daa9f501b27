#include "ui/window/close_question.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace looptax {

CloseQuestion::CloseQuestion(QWidget* parent) : QDialog(parent) {
    setWindowTitle(QStringLiteral("A sweep is running"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* text = new QLabel(QStringLiteral("What is measured so far is safe in the session's folder, and the sweep can be "
                                           "resumed later.\nWhat should happen to the turn in flight?"),
                            this);
    text->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(this);
    const auto add = [&](const QString& words, QDialogButtonBox::ButtonRole role, Answer answer) {
        QPushButton* button = buttons->addButton(words, role);
        connect(button, &QPushButton::clicked, this, [this, answer] {
            disconnect(this, &QDialog::rejected, this, nullptr);
            Q_EMIT answered(answer);
            accept();
        });
        return button;
    };
    add(QStringLiteral("&Finish this turn and close"), QDialogButtonBox::AcceptRole, Answer::FinishTurn)->setDefault(true);
    add(QStringLiteral("&Stop now and close"), QDialogButtonBox::DestructiveRole, Answer::Now);
    add(QStringLiteral("&Keep running"), QDialogButtonBox::RejectRole, Answer::KeepRunning);
    connect(this, &QDialog::rejected, this, [this] { Q_EMIT answered(Answer::KeepRunning); });
    auto* column = new QVBoxLayout(this);
    column->addWidget(text);
    column->addWidget(buttons);
}

} // namespace looptax
