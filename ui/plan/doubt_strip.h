// What the probe found doubtful of the targets in the plan: each with why it matters and what to do. One can
// be put aside; it stays counted.
#pragma once

#include "domain/plan.h"
#include "runtime/probe.h"

#include <QFrame>

#include <set>
#include <string>
#include <utility>
#include <vector>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace looptax {

class ToneLabel;

class DoubtStrip : public QFrame {
    Q_OBJECT
public:
    explicit DoubtStrip(QWidget* parent);

    void present(const std::vector<Target>& targets, const std::vector<ProbeFinding>& findings);
    int open() const { return int(m_doubts.size()) - m_aside; }
    int aside() const { return m_aside; }

Q_SIGNALS:
    void controlsChanged();

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Doubt {
        std::string place;
        std::string text;
        std::vector<std::string> targets; // ids
        bool operator==(const Doubt&) const = default;
    };
    void rebuild();
    void paintSign();

    std::vector<Doubt> m_doubts;
    std::set<std::pair<std::string, std::string>> m_put; // place and text of those put aside
    int m_aside = 0;
    QLabel* m_sign;
    ToneLabel* m_title;
    QPushButton* m_again;
    QVBoxLayout* m_column;
};

} // namespace looptax
