// The embedded runtime by one button: adds its target when it is here, else fetches it first, with the newest
// line of progress and a way to stop, and says why when that fails.
#pragma once

#include "ui/plan/runtime_installer.h"

#include <QWidget>

#include <functional>

class QProgressBar;
class QPushButton;

namespace looptax {

struct EmbeddedRuntime;
class ToneLabel;

class EmbeddedRow : public QWidget {
    Q_OBJECT
public:
    EmbeddedRow(const EmbeddedRuntime& runtime, QWidget* parent);

    bool installing() const { return m_installer->running(); }
    void setInPlan(bool inPlan); // the plan has this target already
    void press();                // as the button does

Q_SIGNALS:
    void wanted();            // it is here: its target is to be added
    void installingChanged(); // began or ended

private:
    void say(const QString& words, bool trouble);
    void rest();

    const EmbeddedRuntime& m_runtime;
    RuntimeInstaller* m_installer;
    QPushButton* m_button;
    QPushButton* m_cancel;
    QProgressBar* m_bar;
    ToneLabel* m_line;
    bool m_inPlan = false;
    bool m_failed = false;
};

} // namespace looptax
