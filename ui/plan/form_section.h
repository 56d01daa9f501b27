// A table of plain settings: each row one value of the plan with its label, its control and its mark. It
// holds no plan: show() takes one, edited() hands out what a person changed, to be applied to whichever plan
// is meant. What is not touched is never written.
#pragma once

#include "domain/plan.h"
#include "ui/widgets/field_mark.h"
#include "ui/widgets/number_field.h"

#include <QWidget>

#include <functional>
#include <string>
#include <utility>
#include <vector>

class QGridLayout;
class QLabel;

namespace looptax {

using PlanEdit = std::function<void(Plan&)>;

// What a row says of itself. label may hold a mnemonic; subject begins the sentences of its mark.
struct RowText {
    std::string path;
    QString label;
    QString subject;
    QString tip; // what the value means
};

class FormSection : public QWidget {
    Q_OBJECT
public:
    explicit FormSection(QWidget* parent);

    // beside: a faint remark that follows the value, such as "= 10 min".
    void addWhole(const RowText& row, std::function<std::int64_t(const Plan&)> get, std::function<void(Plan&, std::int64_t)> set,
                  const NumberField::Rules& rules, std::function<QString(std::int64_t)> beside = {});
    // With rules.absent: no number is allowed.
    void addMaybeWhole(const RowText& row, std::function<std::optional<std::int64_t>(const Plan&)> get,
                       std::function<void(Plan&, std::optional<std::int64_t>)> set, const NumberField::Rules& rules);
    void addReal(const RowText& row, std::function<double&(Plan&)> of, const NumberField::Rules& rules);
    // With rules.absent: no number is allowed.
    void addMaybeReal(const RowText& row, std::function<std::optional<double>&(Plan&)> of, const NumberField::Rules& rules);
    void addText(const RowText& row, std::function<std::string&(Plan&)> of);
    void addWords(const RowText& row, std::function<std::vector<std::string>&(Plan&)> of);
    void addCheck(const RowText& row, std::function<bool&(Plan&)> of);
    // values: the value's name in plan files, and what a person reads, with a tool tip each.
    struct Value {
        std::string name;
        QString words;
        QString tip;
    };
    void addChoice(const RowText& row, std::vector<Value> values, std::function<std::string(const Plan&)> get,
                   std::function<void(Plan&, const std::string&)> set);
    void addSubtitle(const QString& title, const std::string& path,
                     const QString& subject); // of a group of rows
    // Any number of the values at once, a check box each.
    void addChecks(const RowText& row, const std::vector<Value>& values, std::function<bool(const Plan&, const std::string&)> has,
                   std::function<void(Plan&, const std::string&, bool)> set);

    void show(const Plan& plan); // everything anew; marks of a file are forgotten
    using QWidget::show;
    const std::vector<PlanField>& fields() const { return m_fields; }

Q_SIGNALS:
    void edited(const looptax::PlanEdit& edit);

private:
    FieldMark* addRow(const RowText& row, QWidget* control, QWidget* beside = nullptr);
    void number(FieldMark* mark, NumberField* field, PlanEdit edit);

    QGridLayout* m_grid;
    std::vector<PlanField> m_fields;
    std::vector<std::function<void(const Plan&)>> m_showers;
};

} // namespace looptax
