#include "ui/plan/plan_notice.h"

#include "base/text.h"
#include "ui/widgets/field_mark.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPixmap>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

PlanNotice::PlanNotice(QWidget* parent)
    : QFrame(parent)
    , m_sign(new QLabel(this))
    , m_text(new ToneLabel(Tone::Normal, {}, this))
    , m_loose(new ToneLabel(Tone::Trouble, {}, this))
    , m_undo(new QPushButton(QStringLiteral("Undo"), this))
    , m_accept(new QPushButton(QStringLiteral("Use what is shown"), this))
    , m_done(new QPushButton(QStringLiteral("Close"), this)) {
    setFrameShape(QFrame::StyledPanel);
    for (QPushButton* button : {m_undo, m_accept, m_done}) button->setAutoDefault(false);
    m_undo->setToolTip(QStringLiteral("Back to the settings before"));
    m_accept->setToolTip(QStringLiteral("Every value that the file had wrong is what the panel shows now"));
    m_done->setAccessibleName(QStringLiteral("Close this message"));
    m_done->setProperty(kStaysEnabled, true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_loose->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* head = new QHBoxLayout;
    head->setSpacing(kGap);
    head->addWidget(m_sign, 0, Qt::AlignTop);
    head->addWidget(m_text, 1);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(kGap);
    buttons->addWidget(m_undo);
    buttons->addWidget(m_accept);
    buttons->addStretch(1);
    buttons->addWidget(m_done);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 6, 6, 6);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(m_loose);
    column->addLayout(buttons);
    connect(m_undo, &QPushButton::clicked, this, &PlanNotice::undoWanted);
    connect(m_accept, &QPushButton::clicked, this, &PlanNotice::acceptWanted);
    connect(m_done, &QPushButton::clicked, this, &PlanNotice::clear);
    arrange();
}

void PlanNotice::say(Kind kind, const QString& words, bool undo) {
    m_kind = kind;
    m_undoable = undo;
    m_text->setText(words);
    arrange();
    // A screen reader is told without the focus being taken away.
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void PlanNotice::clear() {
    m_text->clear();
    m_undoable = false;
    arrange();
}

void PlanNotice::setLoose(const std::vector<Problem>& loose, int kept) {
    QStringList lines;
    m_errors = false;
    for (const Problem& problem : loose) {
        lines << QStringLiteral("• ") + text(stripControls(problem.text()));
        m_errors = m_errors || !problem.warning;
    }
    m_loose->setText(lines.join(QLatin1Char('\n')));
    m_kept = kept;
    arrange();
}

QString PlanNotice::words() const {
    QStringList all{m_text->text(), m_loose->text()};
    all.removeAll(QString());
    return all.join(QLatin1Char('\n'));
}

void PlanNotice::arrange() {
    const bool trouble = m_errors || m_kept > 0 || (m_kind == Kind::Trouble && !m_text->text().isEmpty());
    m_text->setVisible(!m_text->text().isEmpty());
    m_text->setTone(trouble && m_kind == Kind::Trouble ? Tone::Trouble : Tone::Normal);
    m_loose->setVisible(!m_loose->text().isEmpty());
    m_undo->setVisible(m_undoable);
    m_accept->setVisible(m_kept > 0);
    m_done->setVisible(!m_text->text().isEmpty());
    m_sign->setVisible(trouble);
    if (trouble) m_sign->setPixmap(problemSign(false, palette(), 14, devicePixelRatioF()));
    setAccessibleName(words());
    setVisible(!words().isEmpty());
}

void PlanNotice::changeEvent(QEvent* event) {
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) arrange();
}

} // namespace looptax
