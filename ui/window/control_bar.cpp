#include "ui/window/control_bar.h"

#include "store/session.h"
#include "ui/widgets/control_icons.h"
#include "ui/widgets/elided_label.h"

#include <QAction>
#include <QClipboard>
#include <QDesktopServices>
#include <QFileInfo>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMenu>
#include <QProgressBar>
#include <QToolButton>
#include <QUrl>

namespace looptax {

ControlBar::ControlBar(QWidget* parent) : QWidget(parent) {
    m_actions.start = makeAction(QStringLiteral("Start"), QStringLiteral("Run the plan"), Qt::Key_F5);
    m_actions.pause = makeAction(QStringLiteral("Pause"), QStringLiteral("Rest after the turn in flight"), Qt::Key_F6);
    m_actions.skip = makeAction(QStringLiteral("Skip this run"),
                                QStringLiteral("Give up this run after the turn in flight; the sweep goes on"), Qt::Key_F7);
    m_actions.finish = makeAction(QStringLiteral("Stop"), QStringLiteral("End the sweep after the turn in flight"), Qt::Key_F8);
    m_actions.cut =
        makeAction(QStringLiteral("Stop now"),
                   QStringLiteral("End the sweep at once; the turn in flight is recorded as cancelled"), Qt::SHIFT | Qt::Key_F8);
    m_actions.open_folder = makeAction(QStringLiteral("Open the session folder"), {}, {});
    m_actions.copy_path = makeAction(QStringLiteral("Copy the folder's path"), {}, {});
    m_actions.choose_folder = makeAction(QStringLiteral("Choose where new sessions go…"), {}, {});
    m_actions.start->setIcon(controlIcon(ControlSign::Start));
    m_actions.pause->setIcon(controlIcon(ControlSign::Pause));
    m_actions.skip->setIcon(controlIcon(ControlSign::Skip));
    m_actions.finish->setIcon(controlIcon(ControlSign::Stop));
    m_actions.cut->setIcon(controlIcon(ControlSign::Stop));
    connect(m_actions.start, &QAction::triggered, this, &ControlBar::start);
    connect(m_actions.pause, &QAction::triggered, this, [this] {
        const bool resting = m_view.state == SweepState::Paused || m_view.state == SweepState::Pausing;
        if (resting) Q_EMIT proceed();
        else Q_EMIT pause();
    });
    connect(m_actions.skip, &QAction::triggered, this, &ControlBar::skipRun);
    connect(m_actions.finish, &QAction::triggered, this, &ControlBar::finish);
    connect(m_actions.cut, &QAction::triggered, this, &ControlBar::cut);
    connect(m_actions.open_folder, &QAction::triggered, this, &ControlBar::openFolder);
    connect(m_actions.copy_path, &QAction::triggered, this, &ControlBar::copyPath);
    connect(m_actions.choose_folder, &QAction::triggered, this, &ControlBar::chooseFolder);
    buildButtons();
    show(SweepView{});
}

QAction* ControlBar::makeAction(const QString& text, const QString& tip, const QKeySequence& key) {
    auto* action = new QAction(text, this);
    action->setShortcut(key);
    if (!tip.isEmpty()) action->setToolTip(tip + QStringLiteral(" (%1)").arg(key.toString(QKeySequence::NativeText)));
    action->setStatusTip(tip);
    return action;
}

void ControlBar::buildButtons() {
    const auto button = [this](QAction* action) {
        auto* made = new QToolButton(this);
        made->setDefaultAction(action);
        made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        made->setFocusPolicy(Qt::StrongFocus);
        return made;
    };
    auto* row = new QHBoxLayout;
    row->addWidget(button(m_actions.start));
    row->addWidget(button(m_actions.pause));
    row->addWidget(button(m_actions.skip));
    m_stop = button(m_actions.finish);
    auto* stopMenu = new QMenu(m_stop);
    stopMenu->addAction(m_actions.finish);
    stopMenu->addAction(m_actions.cut);
    m_stop->setMenu(stopMenu);
    m_stop->setPopupMode(QToolButton::MenuButtonPopup);
    row->addWidget(m_stop);

    m_progress = new QProgressBar(this);
    m_progress->setAccessibleName(QStringLiteral("Progress of the sweep"));
    m_progress->setMinimumWidth(240);
    QSizePolicy room = m_progress->sizePolicy();
    room.setRetainSizeWhenHidden(true); // the buttons stay where they are
    m_progress->setSizePolicy(room);
    row->addWidget(m_progress, 1);

    m_folder = new QToolButton(this);
    m_folder->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_folder->setFocusPolicy(Qt::StrongFocus);
    auto* folderMenu = new QMenu(m_folder);
    folderMenu->addAction(m_actions.open_folder);
    folderMenu->addAction(m_actions.copy_path);
    folderMenu->addSeparator();
    folderMenu->addAction(m_actions.choose_folder);
    m_folder->setMenu(folderMenu);
    m_folder->setPopupMode(QToolButton::MenuButtonPopup);
    connect(m_folder, &QToolButton::clicked, this, &ControlBar::openFolder);
    row->addWidget(m_folder);

    m_phase = new ElidedLabel(Qt::ElideRight, this);
    m_target = new ElidedLabel(Qt::ElideRight, this);
    auto* words = new QHBoxLayout;
    words->addWidget(m_phase, 1);
    words->addWidget(m_target, 0);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(8, 4, 8, 4);
    all->setSpacing(4);
    all->addLayout(row);
    all->addLayout(words);
}

void ControlBar::show(const SweepView& view) {
    m_view = view;
    const SweepState state = view.state;
    const bool busy = state != SweepState::Idle;
    const bool resting = state == SweepState::Paused || state == SweepState::Pausing;
    m_actions.start->setEnabled(!busy && view.cannot_start.isEmpty());
    m_actions.pause->setEnabled(busy && state != SweepState::Stopping && state != SweepState::Lost);
    m_actions.pause->setText(resting ? QStringLiteral("Go on") : QStringLiteral("Pause"));
    m_actions.pause->setIcon(controlIcon(resting ? ControlSign::Start : ControlSign::Pause));
    m_actions.skip->setEnabled(state == SweepState::Running || resting);
    m_actions.finish->setEnabled(busy && state != SweepState::Stopping);
    m_actions.cut->setEnabled(busy); // also where finishing the turn takes too long
    m_stop->setEnabled(busy);

    const bool known = view.progress.has_value();
    const auto all = known ? view.progress->turns_done + view.progress->turns_left : 0;
    m_progress->setRange(0, all > 0 ? int(all) : 1); // (0, 0) would run to and fro for ever
    m_progress->setValue(known ? int(view.progress->turns_done) : 0);
    m_progress->setFormat(progressWords(view));
    m_progress->setVisible(busy || known);
    m_phase->setText(phaseWords(view));
    m_target->setText(targetWords(view));

    const QString folder = QString::fromStdString(shownFolder());
    const QString name = QFileInfo(folder).fileName();
    m_folder->setText(view.folder.empty() ? QStringLiteral("New sessions in: %1").arg(name)
                                          : QStringLiteral("Session: %1").arg(name));
    m_folder->setToolTip(plainTip(folder));
    m_folder->setAccessibleName(view.folder.empty() ? QStringLiteral("Folder of new sessions")
                                                    : QStringLiteral("Session folder"));
    m_folder->setAccessibleDescription(folder);
    m_actions.open_folder->setEnabled(!folder.isEmpty());
    m_actions.copy_path->setEnabled(!folder.isEmpty());
}

std::string ControlBar::shownFolder() const { return m_view.folder.empty() ? m_view.out : m_view.folder; }

void ControlBar::openFolder() {
    const QString folder = QString::fromStdString(shownFolder());
    if (folder.isEmpty()) return;
    if (!QFileInfo::exists(folder)) Q_EMIT said(QStringLiteral("%1 is made when the first sweep starts").arg(folder));
    else if (!QDesktopServices::openUrl(QUrl::fromLocalFile(folder)))
        Q_EMIT said(QStringLiteral("no file manager answered; the folder is %1").arg(folder));
}

void ControlBar::copyPath() {
    const QString folder = QString::fromStdString(shownFolder());
    QGuiApplication::clipboard()->setText(folder);
    Q_EMIT said(QStringLiteral("copied: %1").arg(folder));
}

} // namespace looptax
