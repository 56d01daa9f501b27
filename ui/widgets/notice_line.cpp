#include "ui/widgets/notice_line.h"

#include "ui/widgets/control_icons.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace looptax {

namespace {

constexpr int kSign = 18;

ControlSign signOf(NoticeLine::Kind kind) {
    switch (kind) {
    case NoticeLine::Kind::Info: return ControlSign::Info;
    case NoticeLine::Kind::Good: return ControlSign::Good;
    case NoticeLine::Kind::Trouble: break;
    }
    return ControlSign::Trouble;
}

} // namespace

NoticeLine::NoticeLine(const QString& name, QWidget* parent)
    : QFrame(parent)
    , m_name(name)
    , m_sign(new QLabel(this))
    , m_text(new QLabel(this))
    , m_row(new QHBoxLayout(this)) {
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::AlternateBase);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_row->setContentsMargins(8, 4, 8, 4);
    m_row->addWidget(m_sign, 0, Qt::AlignTop);
    m_row->addWidget(m_text, 1);
    hide();
}

void NoticeLine::say(Kind kind, const QStringList& sentences, std::vector<Button> buttons) {
    const QString text = sentences.join(QLatin1Char('\n'));
    bool same = !isHidden() && kind == m_kind && m_buttons.size() == buttons.size();
    for (std::size_t i = 0; same && i < buttons.size(); ++i) same = m_buttons[i]->text() == buttons[i].text;
    m_kind = kind;
    m_text->setText(text);
    setAccessibleName(m_name);
    setAccessibleDescription(text);
    m_presses.clear();
    for (const Button& wanted : buttons) m_presses.push_back(wanted.press);
    for (std::size_t i = 0; same && i < buttons.size(); ++i) {
        m_buttons[i]->setEnabled(buttons[i].enabled);
        m_buttons[i]->setToolTip(buttons[i].explanation);
        m_buttons[i]->setAccessibleDescription(buttons[i].explanation);
    }
    if (same) return;
    for (QPushButton* old : m_buttons) {
        m_row->removeWidget(old);
        old->hide();
        old->disconnect(this);
        old->deleteLater(); // one of them may be what was pressed
    }
    m_buttons.clear();
    for (const Button& wanted : buttons) {
        auto* button = new QPushButton(wanted.text, this);
        button->setToolTip(wanted.explanation);
        button->setAccessibleDescription(wanted.explanation);
        button->setEnabled(wanted.enabled);
        // A copy: pressing it may bring other buttons.
        connect(button, &QPushButton::clicked, this, [this, at = m_buttons.size()] {
            const auto press = m_presses[at];
            press();
        });
        m_row->addWidget(button, 0, Qt::AlignTop);
        m_buttons.push_back(button);
    }
    paintSign();
    show();
    // A screen reader is told without the focus being taken away.
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void NoticeLine::clear() { hide(); }

QString NoticeLine::text() const { return isHidden() ? QString() : m_text->text(); }

QPushButton* NoticeLine::button(const QString& text) const {
    for (QPushButton* button : m_buttons)
        if (!isHidden() && button->text() == text) return button;
    return nullptr;
}

void NoticeLine::paintSign() { m_sign->setPixmap(controlIcon(signOf(m_kind)).pixmap(QSize(kSign, kSign), devicePixelRatio())); }

void NoticeLine::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) paintSign();
    QFrame::changeEvent(event);
}

} // namespace looptax
