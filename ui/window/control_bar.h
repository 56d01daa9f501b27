// The bar across the top: Start, Pause, Skip, Stop; how far the sweep is, what it does, how the target is,
// where the session lies. It shows a SweepView and knows no engine; its actions are the window's menu too.
#pragma once

#include "ui/window/sweep_words.h"

#include <QWidget>

class QAction;
class QLabel;
class QMenu;
class QProgressBar;
class QToolButton;

namespace looptax {

class ElidedLabel;

class ControlBar : public QWidget {
    Q_OBJECT
public:
    explicit ControlBar(QWidget* parent = nullptr);

    void show(const SweepView& view);
    using QWidget::show;
    const SweepView& view() const { return m_view; }

    struct Actions {
        QAction* start;
        QAction* pause; // or go on
        QAction* skip;
        QAction* finish; // stop after this turn
        QAction* cut;    // stop now
        QAction* open_folder;
        QAction* copy_path;
        QAction* choose_folder;
    };
    const Actions& actions() const { return m_actions; }

Q_SIGNALS:
    void start();
    void pause();
    void proceed();
    void skipRun();
    void finish();
    void cut();
    void chooseFolder();
    void said(const QString& text); // for the status line

private:
    QAction* makeAction(const QString& text, const QString& tip, const QKeySequence& key);
    void buildButtons();
    void openFolder();
    void copyPath();
    std::string shownFolder() const;

    SweepView m_view;
    Actions m_actions{};
    QToolButton* m_stop = nullptr;
    QToolButton* m_folder = nullptr;
    QProgressBar* m_progress = nullptr;
    ElidedLabel* m_phase = nullptr;
    ElidedLabel* m_target = nullptr;
};

} // namespace looptax
