// Closing while a sweep runs: three ways, none of which loses a finished turn.
#pragma once

#include <QDialog>

namespace looptax {

class CloseQuestion : public QDialog {
    Q_OBJECT
public:
    enum class Answer { FinishTurn, Now, KeepRunning };
    explicit CloseQuestion(QWidget* parent = nullptr);

Q_SIGNALS:
    void answered(looptax::CloseQuestion::Answer answer); // once; Escape keeps running
};

} // namespace looptax
