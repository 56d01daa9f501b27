// The designs of the catalogue, a row each, in the order of the plan: a design that is added to the catalogue
// appears here by itself.
#pragma once

#include "domain/design.h"
#include "domain/plan.h"
#include "ui/widgets/field_mark.h"

#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace looptax {

class DesignRow;

class DesignList : public QWidget {
    Q_OBJECT
public:
    DesignList(const Catalogue& catalogue, QWidget* parent);

    void setGroups(const std::vector<CellGroup>& groups); // marks of a file are forgotten
    std::vector<CellGroup> groups() const;                // of the chosen rows
    std::vector<PlanField> fields() const;

Q_SIGNALS:
    void edited();
    void rowsChanged(); // there are new controls

private:
    void insert(std::size_t at, const CellGroup& group, bool chosen, bool further);
    void align();
    CellGroup usual(const DesignFacts& facts) const; // what an unchosen row starts with

    Catalogue m_catalogue;
    QVBoxLayout* m_column;
    FieldMark* m_mark;
    std::vector<DesignRow*> m_rows;
};

} // namespace looptax
