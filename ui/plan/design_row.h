// One set of cells of one design: a check box, the lengths, and cap and padding where the design takes them.
// Not chosen, it keeps what is typed. What is not touched stays as it was given.
#pragma once

#include "domain/design.h"
#include "domain/plan.h"
#include "ui/widgets/field_mark.h"

#include <QWidget>

#include <optional>
#include <string>
#include <vector>

class QCheckBox;
class QLabel;
class QLineEdit;
class QToolButton;

namespace looptax {

class DesignRow : public QWidget {
    Q_OBJECT
public:
    // facts is null for a design nobody knows; further: a second set of a design that has a row above.
    DesignRow(const CellGroup& group, const DesignFacts* facts, bool chosen, bool further, QWidget* parent);

    bool isChosen() const;
    const CellGroup& group() const { return m_group; }
    const std::string& design() const { return m_group.design; }
    // What stands before the lengths: the widest of all rows is set on each, so that the lengths stand in one
    // column.
    int nameWidth() const;
    void setNameWidth(int width);
    std::vector<PlanField> fields(int index) const; // paths of "$.cells[index]"

Q_SIGNALS:
    void edited();
    void anotherWanted();
    void removed();

protected:
    void changeEvent(QEvent* event) override;

private:
    struct List {
        QLabel* label = nullptr;
        QLineEdit* line = nullptr;
        FieldMark* mark = nullptr;
    };
    List makeList(const QString& label, const QString& subject, const QString& tip, const std::vector<int>& values);
    void bind(const List& list, std::vector<int> CellGroup::*values);
    void arrange();
    void paintChip();

    CellGroup m_group;
    bool m_known;
    bool m_takesCap;
    bool m_takesPadding;
    bool m_further;
    QCheckBox* m_check;
    QToolButton* m_button;
    List m_turns;
    List m_cap;
    List m_padding;
    FieldMark* m_mark; // of the row as such: unknown design, cells that stand above already
};

} // namespace looptax
