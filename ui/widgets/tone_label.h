// Plain text in one of the panel's tones, following light and dark.
#pragma once

#include <QLabel>

namespace looptax {

enum class Tone { Normal, Faint, Trouble, Caution };

class ToneLabel : public QLabel {
public:
    ToneLabel(Tone tone, const QString& words, QWidget* parent); // wrapped, small
    void setTone(Tone tone);

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();

    Tone m_tone;
};

} // namespace looptax
