#include "ui/widgets/fold.h"

#include "ui/widgets/field_mark.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPixmap>
#include <QToolButton>
#include <QVBoxLayout>

namespace looptax {

Fold::Fold(const QString& title, QWidget* parent)
    : QWidget(parent)
    , m_title(title)
    , m_head(new QToolButton(this))
    , m_sign(new QLabel(this))
    , m_summary(new ToneLabel(Tone::Faint, {}, this))
    , m_body(new QWidget(this))
    , m_bodyLayout(new QVBoxLayout(m_body)) {
    m_head->setText(title);
    m_head->setAutoRaise(true);
    m_head->setFocusPolicy(Qt::StrongFocus);
    m_head->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_head->setArrowType(Qt::RightArrow);
    m_head->setProperty(kStaysEnabled, true);
    connect(m_head, &QToolButton::clicked, this, [this] {
        setOpen(!m_open);
        Q_EMIT toggled(m_open);
    });
    m_sign->hide();
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    row->addWidget(m_head);
    row->addWidget(m_sign);
    row->addWidget(m_summary, 1);
    m_bodyLayout->setContentsMargins(12, 0, 0, 4);
    m_bodyLayout->setSpacing(kGap);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addLayout(row);
    column->addWidget(m_body);
    setOpen(false);
    setCounts(0, 0);
}

void Fold::setOpen(bool open) {
    m_open = open;
    m_head->setAccessibleDescription(open ? QStringLiteral("open") : QStringLiteral("closed"));
    m_head->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    m_body->setVisible(open);
}

void Fold::setSummary(const QString& summary) { m_summary->setText(summary); }

void Fold::setCounts(int errors, int warnings) {
    m_errors = errors;
    m_warnings = warnings;
    const QString words = countWords(errors, warnings);
    QString name = m_title;
    name.remove(QLatin1Char('&'));
    m_head->setAccessibleName(words.isEmpty() ? name : name + QStringLiteral(", ") + words);
    m_sign->setVisible(!words.isEmpty());
    m_sign->setToolTip(words);
    if (!words.isEmpty()) {
        m_summary->setText(words);
        paintSign();
    }
}

void Fold::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_errors + m_warnings > 0) paintSign();
}

void Fold::paintSign() { m_sign->setPixmap(problemSign(m_errors == 0, palette(), 14, devicePixelRatioF())); }

QString countWords(int errors, int warnings) {
    QStringList parts;
    if (errors > 0) parts << (errors == 1 ? QStringLiteral("1 mistake") : QStringLiteral("%1 mistakes").arg(errors));
    if (warnings > 0) parts << (warnings == 1 ? QStringLiteral("1 warning") : QStringLiteral("%1 warnings").arg(warnings));
    return parts.join(QStringLiteral(", "));
}

} // namespace looptax
