// One line of plain text that is cut with an ellipsis where there is no room; the tool tip and the accessible
// name hold all of it.
#pragma once

#include <QFrame>
#include <QString>

namespace looptax {

// For a tool tip, which guesses at rich text: what a file or a runtime said must stay text.
QString plainTip(const QString& text);

class ElidedLabel : public QFrame {
    Q_OBJECT
public:
    explicit ElidedLabel(Qt::TextElideMode mode, QWidget* parent = nullptr);
    void setText(const QString& text);
    const QString& text() const { return m_text; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Qt::TextElideMode m_mode;
    QString m_text;
};

} // namespace looptax
