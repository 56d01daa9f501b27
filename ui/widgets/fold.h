// A heading that opens and closes what stands under it. What went wrong inside is counted on the heading, so
// that a closed fold hides nothing.
#pragma once

#include <QWidget>

class QLabel;
class QToolButton;
class QVBoxLayout;

namespace looptax {

class Fold : public QWidget {
    Q_OBJECT
public:
    Fold(const QString& title, QWidget* parent);

    QWidget* body() const { return m_body; }
    QVBoxLayout* bodyLayout() const { return m_bodyLayout; }
    bool isOpen() const { return m_open; }
    void setOpen(bool open);
    void setSummary(const QString& summary); // faint, behind the title
    void setCounts(int errors, int warnings);

Q_SIGNALS:
    void toggled(bool open);

protected:
    void changeEvent(QEvent* event) override;

private:
    void paintSign();

    QString m_title;
    QToolButton* m_head;
    QLabel* m_sign;
    QLabel* m_summary;
    QWidget* m_body;
    QVBoxLayout* m_bodyLayout;
    bool m_open = false;
    int m_errors = 0;
    int m_warnings = 0;
};

QString countWords(int errors, int warnings); // "2 mistakes, 1 warning"; empty for none

} // namespace looptax
