// A line in place, across the window: a sign, what there is to say, and the buttons that do something about
// it. Instead of modal boxes. Plain text only: what a runtime or a file said may stand in it.
#pragma once

#include <QFrame>
#include <QString>
#include <QStringList>

#include <functional>
#include <vector>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace looptax {

class NoticeLine : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Info, Good, Trouble };
    struct Button {
        QString text;
        std::function<void()> press;
        QString explanation; // tool tip
        bool enabled = true;
    };

    explicit NoticeLine(const QString& name, QWidget* parent = nullptr);

    // Shows itself. One sentence a paragraph. Buttons of the same texts stay, so that one keeps its focus, and do what the
    // last call says.
    void say(Kind kind, const QStringList& sentences, std::vector<Button> buttons);
    void clear(); // hides itself
    Kind kind() const { return m_kind; }
    QString text() const;
    QPushButton* button(const QString& text) const; // null when there is none of that text

protected:
    void changeEvent(QEvent* event) override;

private:
    void paintSign();

    QString m_name;
    Kind m_kind = Kind::Info;
    QLabel* m_sign;
    QLabel* m_text;
    QHBoxLayout* m_row;
    std::vector<QPushButton*> m_buttons;
    std::vector<std::function<void()>> m_presses; // of each of them
};

} // namespace looptax
