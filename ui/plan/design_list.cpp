#include "ui/plan/design_list.h"

#include "domain/presets.h"
#include "ui/plan/design_row.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace looptax {

DesignList::DesignList(const Catalogue& catalogue, QWidget* parent)
    : QWidget(parent)
    , m_catalogue(catalogue)
    , m_column(new QVBoxLayout)
    , m_mark(new FieldMark(QStringLiteral("The list of designs"), nullptr, this)) {
    m_column->setSpacing(kGap);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kGap);
    column->addWidget(
        new ToneLabel(Tone::Faint, QStringLiteral("Beside each its lengths in turns: a run for each number."), this));
    column->addLayout(m_column);
    column->addWidget(m_mark);
    connect(m_mark, &FieldMark::accepted, this, &DesignList::edited);
    setGroups({});
}

CellGroup DesignList::usual(const DesignFacts& facts) const {
    const std::string id(facts.id);
    if (const auto study = presetPlan("study", {}))
        for (const CellGroup& group : study->cells)
            if (group.design == id) return group;
    CellGroup group{id, {1, 3, 6, 9, 12}, {}, {}};
    if (facts.takes_cap) group.cap = {3};
    if (facts.takes_padding) group.padding = {1, 3, 6, 9};
    return group;
}

void DesignList::setGroups(const std::vector<CellGroup>& groups) {
    for (DesignRow* row : m_rows) {
        row->hide();
        m_column->removeWidget(row);
        row->deleteLater();
    }
    m_rows.clear();
    m_mark->forget();
    std::set<std::string> seen;
    for (const CellGroup& group : groups) insert(m_rows.size(), group, true, !seen.insert(group.design).second);
    // Those that are not chosen stand where the catalogue has them: behind the last of those before them.
    std::size_t behind = 0;
    for (const DesignFacts& facts : m_catalogue.designs) {
        const std::string id(facts.id);
        if (seen.count(id) == 0) {
            insert(behind, usual(facts), false, false);
            ++behind;
            continue;
        }
        for (std::size_t i = 0; i < m_rows.size(); ++i)
            if (m_rows[i]->design() == id) behind = std::max(behind, i + 1);
    }
    align();
    Q_EMIT rowsChanged();
}

void DesignList::align() {
    int width = 0;
    for (const DesignRow* row : m_rows) width = std::max(width, row->nameWidth());
    for (DesignRow* row : m_rows) row->setNameWidth(width);
}

void DesignList::insert(std::size_t at, const CellGroup& group, bool chosen, bool further) {
    auto* row = new DesignRow(group, m_catalogue.design(group.design), chosen, further, this);
    m_rows.insert(m_rows.begin() + std::ptrdiff_t(at), row);
    m_column->insertWidget(int(at), row);
    connect(row, &DesignRow::edited, this, [this] {
        m_mark->forget();
        Q_EMIT edited();
    });
    connect(row, &DesignRow::anotherWanted, this, [this, row] {
        CellGroup another = row->group();
        another.turns.clear(); // the same cells again would be a mistake
        auto last = std::size_t(std::find(m_rows.begin(), m_rows.end(), row) - m_rows.begin());
        while (last + 1 < m_rows.size() && m_rows[last + 1]->design() == row->design()) ++last;
        insert(last + 1, another, true, true);
        align();
        Q_EMIT rowsChanged();
        Q_EMIT edited();
    });
    connect(row, &DesignRow::removed, this, [this, row] {
        m_rows.erase(std::find(m_rows.begin(), m_rows.end(), row));
        row->hide();
        m_column->removeWidget(row);
        row->deleteLater();
        Q_EMIT edited();
    });
}

std::vector<CellGroup> DesignList::groups() const {
    std::vector<CellGroup> out;
    for (const DesignRow* row : m_rows)
        if (row->isChosen()) out.push_back(row->group());
    return out;
}

std::vector<PlanField> DesignList::fields() const {
    std::vector<PlanField> out{{"$.cells", m_mark}};
    int index = 0;
    for (const DesignRow* row : m_rows)
        if (row->isChosen())
            for (const PlanField& field : row->fields(index++)) out.push_back(field);
    return out;
}

} // namespace looptax
