#include "ui/widgets/tone_label.h"

#include "ui/widgets/panel_look.h"

#include <QEvent>

namespace looptax {

ToneLabel::ToneLabel(Tone tone, const QString& words, QWidget* parent) : QLabel(words, parent), m_tone(tone) {
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    setFont(uiFont(kSmallPixels));
    colour();
}

void ToneLabel::setTone(Tone tone) {
    m_tone = tone;
    colour();
}

void ToneLabel::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) colour();
}

void ToneLabel::colour() {
    const Theme look = themeFor(palette());
    QPalette mine; // one role only: all others go on following the window
    switch (m_tone) {
    case Tone::Normal: break;
    case Tone::Faint: mine.setColor(QPalette::WindowText, look.faint_text); break;
    case Tone::Trouble: mine.setColor(QPalette::WindowText, look.trouble); break;
    case Tone::Caution: mine.setColor(QPalette::WindowText, look.caution); break;
    }
    const bool set = m_tone != Tone::Normal;
    if (set ? palette().color(QPalette::WindowText) != mine.color(QPalette::WindowText) : testAttribute(Qt::WA_SetPalette))
        setPalette(mine);
}

} // namespace looptax
