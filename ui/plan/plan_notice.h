// The strip at the top of the panel: what a file brought that has no field of its own, what replaced the
// settings, what could not be loaded or saved. In place, never a box in the way.
#pragma once

#include "domain/plan_json.h"

#include <QFrame>

#include <vector>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace looptax {

class ToneLabel;

class PlanNotice : public QFrame {
    Q_OBJECT
public:
    explicit PlanNotice(QWidget* parent);

    enum class Kind { Info, Trouble };
    void say(Kind kind, const QString& words, bool undo = false);
    void clear();
    // Those without a field: each with its path. kept: how many mistakes of the file are marked anywhere.
    void setLoose(const std::vector<Problem>& loose, int kept);
    QString words() const; // all that stands there

Q_SIGNALS:
    void undoWanted();
    void acceptWanted(); // what is shown is what is meant: every mistake of the file is done with

protected:
    void changeEvent(QEvent* event) override;

private:
    void arrange();

    Kind m_kind = Kind::Info;
    bool m_undoable = false;
    int m_kept = 0;
    bool m_errors = false;
    QLabel* m_sign;
    ToneLabel* m_text;
    ToneLabel* m_loose;
    QPushButton* m_undo;
    QPushButton* m_accept;
    QPushButton* m_done;
};

} // namespace looptax
