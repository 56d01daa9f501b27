// The targets of the plan, one card each, and where more come from: those a probe found, the embedded
// runtime, and one entered by hand.
#pragma once

#include "domain/plan.h"
#include "runtime/probe.h"
#include "ui/widgets/field_mark.h"

#include <QWidget>

#include <vector>

class QPushButton;
class QVBoxLayout;

namespace looptax {

class EmbeddedRow;
class Fold;
class TargetCard;
class ToneLabel;
struct EmbeddedRuntime;

class TargetList : public QWidget {
    Q_OBJECT
public:
    TargetList(const EmbeddedRuntime& embedded, QWidget* parent);

    void setTargets(const std::vector<Target>& targets); // marks of a file are forgotten
    std::vector<Target> targets() const;
    void add(const Target& target);
    void addEmbedded();

    void offer(const std::vector<ProbeFinding>& findings);
    const std::vector<ProbeFinding>& findings() const { return m_findings; }
    void setLooking(bool looking);

    std::vector<PlanField> fields() const;
    void setCounts(); // after the marks were presented
    void unfoldMistakes();
    EmbeddedRow& embedded() { return *m_embedded; }
    void closeMore(); // nobody is choosing: make room

Q_SIGNALS:
    void edited();
    void cardsChanged(); // there are new controls: whoever locks them must do so again
    void lookWanted();

private:
    TargetCard* addCard(const Target& target);
    void remove(TargetCard* card);
    void move(TargetCard* card, int by);
    void arrange();
    void offerModels(TargetCard* card) const;
    void showFindings();
    void sayFound();

    const EmbeddedRuntime& m_runtime;
    std::vector<TargetCard*> m_cards;
    std::vector<ProbeFinding> m_findings;
    bool m_looking = false;
    bool m_looked = false;

    FieldMark* m_mark;
    QVBoxLayout* m_cardColumn;
    Fold* m_more; // where targets come from: open while there is none
    ToneLabel* m_foundLine;
    QVBoxLayout* m_foundColumn;
    QPushButton* m_look;
    QPushButton* m_byHand;
    EmbeddedRow* m_embedded;
};

} // namespace looptax
