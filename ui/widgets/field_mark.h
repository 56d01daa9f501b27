// What is wrong with one field, in words under it: a sign, the message, what to write instead. Shape and
// words tell a mistake from a warning, never colour alone. Four sources: what is typed cannot be read
// (slip), a plan file held something else (kept, until the field is edited or what is shown is accepted), a plan
// file would do what nobody has allowed (asked, until the field is edited or it is allowed), and checkPlan().
#pragma once

#include "domain/plan_json.h"

#include <QList>
#include <QString>
#include <QWidget>

#include <functional>
#include <optional>
#include <string>
#include <vector>

class QLabel;
class QPushButton;

namespace looptax {

class ToneLabel;

class FieldMark : public QWidget {
    Q_OBJECT
public:
    // subject: how a sentence about the field begins, "The address". field, where given, gets the words as
    // its accessible description.
    FieldMark(const QString& subject, QWidget* field, QWidget* parent);

    // The path of the problem is filled in by who shows it; only message, hint and warning count here.
    void setSlip(std::optional<Problem> slip) { m_slip = std::move(slip); }
    const std::optional<Problem>& slip() const { return m_slip; }

    void keep(Problem problem);
    const std::vector<Problem>& kept() const { return m_kept; }
    // The button calls allow; nothing that accepts values does.
    void ask(Problem problem, std::function<void()> allow);
    const std::vector<Problem>& asked() const { return m_asked; }
    // False: the plan as it stands does not do it, so nothing is asked for now. It is again when the plan does.
    void setAsking(bool asking) { m_asking = asking; }
    bool asking() const { return m_asking && !m_asked.empty(); }
    void allowed();     // of asked
    void acceptShown(); // of kept
    void forget();      // the field was edited

    // Shows slip, kept and these; path is the field's own, so that "[1]" behind it can be said as "value 2".
    void present(const std::string& path, const std::vector<Problem>& checked);
    bool hasErrors() const { return m_errors > 0; }
    int errors() const { return m_errors; }
    int warnings() const { return m_warnings; }
    QString words() const; // what stands there; empty: nothing
    QWidget* field() const { return m_field; }
    QWidget* focusTarget() const; // where a person mends it

Q_SIGNALS:
    void accepted(); // kept problems are gone: what is shown is what is meant

protected:
    void changeEvent(QEvent* event) override;

private:
    QString m_subject;
    QWidget* m_field;
    QLabel* m_sign;
    ToneLabel* m_text;
    QPushButton* m_accept;
    std::optional<Problem> m_slip;
    std::vector<Problem> m_kept;
    std::vector<Problem> m_asked;
    bool m_asking = true;
    std::function<void()> m_allow;
    int m_errors = 0;
    int m_warnings = 0;
    void paintSign();
    QList<QWidget*> controls() const;
};

// Where in the plan a mark stands.
struct PlanField {
    std::string path; // "$.cells[0].turns"
    FieldMark* mark;
};

// The field whose path is the longest beginning of the problem's, on a boundary of the path; null: none.
const PlanField* fieldOf(const std::string& path, const std::vector<PlanField>& fields);

// One sentence of a problem: "Value 2 of the list is 0: from 1 to 1000".
QString problemWords(const QString& subject, const std::string& fieldPath, const Problem& problem);

// Cross in a disc (mistake), or exclamation mark in a triangle (warning); side in px at 1x.
QPixmap problemSign(bool warning, const QPalette& palette, int side, qreal ratio);

} // namespace looptax
