#include "ui/plan/form_section.h"

#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/quiet_combo.h"
#include "ui/widgets/tone_label.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {

QString plain(QString label) { return label.remove(QLatin1Char('&')); }

} // namespace

FormSection::FormSection(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this)) {
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(8);
    m_grid->setVerticalSpacing(kGap);
    m_grid->setColumnStretch(1, 1);
    m_grid->setColumnMinimumWidth(0, 112);
}

FieldMark* FormSection::addRow(const RowText& row, QWidget* control, QWidget* beside) {
    const int at = m_grid->rowCount();
    auto* label = new QLabel(row.label, this);
    label->setBuddy(control);
    label->setToolTip(row.tip);
    control->setToolTip(row.tip);
    nameControl(control, plain(row.label));
    auto* mark = new FieldMark(row.subject, control, this);
    auto* line = new QHBoxLayout;
    line->setSpacing(6);
    line->addWidget(control, 3);
    if (beside != nullptr) line->addWidget(beside, 2); // shares, so that rows below each other are of one width
    auto* column = new QVBoxLayout;
    column->setSpacing(2);
    column->addLayout(line);
    column->addWidget(mark);
    m_grid->addWidget(label, at, 0, Qt::AlignTop);
    label->setMinimumHeight(std::min(control->sizeHint().height(), 2 * label->sizeHint().height()));
    m_grid->addLayout(column, at, 1);
    m_fields.push_back({row.path, mark});
    connect(mark, &FieldMark::accepted, this, [this] { Q_EMIT edited([](Plan&) {}); });
    return mark;
}

void FormSection::number(FieldMark* mark, NumberField* field, PlanEdit edit) {
    connect(field, &NumberField::edited, this, [this, mark, field, edit = std::move(edit)] {
        const QString slip = field->slip();
        mark->forget();
        mark->setSlip(slip.isEmpty() ? std::nullopt : std::optional<Problem>({{}, slip.toStdString(), {}, false}));
        Q_EMIT edited(slip.isEmpty() ? edit : [](Plan&) {});
    });
}

void FormSection::addWhole(const RowText& row, std::function<std::int64_t(const Plan&)> get,
                           std::function<void(Plan&, std::int64_t)> set, const NumberField::Rules& rules,
                           std::function<QString(std::int64_t)> beside) {
    auto* field = new NumberField(rules, this);
    QLabel* remark = beside ? new ToneLabel(Tone::Faint, {}, this) : nullptr;
    if (remark != nullptr) remark->setWordWrap(false);
    FieldMark* mark = addRow(row, field, remark);
    const auto say = [field, remark, beside] {
        if (remark != nullptr) remark->setText(field->whole() ? beside(*field->whole()) : QString());
    };
    number(mark, field, [field, set](Plan& plan) {
        if (const auto value = field->whole()) set(plan, *value);
    });
    connect(field, &NumberField::edited, this, say);
    m_showers.push_back([field, get, say](const Plan& plan) {
        field->setWhole(get(plan));
        say();
    });
}

void FormSection::addMaybeWhole(const RowText& row, std::function<std::optional<std::int64_t>(const Plan&)> get,
                                std::function<void(Plan&, std::optional<std::int64_t>)> set, const NumberField::Rules& rules) {
    auto* field = new NumberField(rules, this);
    FieldMark* mark = addRow(row, field);
    number(mark, field, [field, set](Plan& plan) { set(plan, field->isAbsent() ? std::nullopt : field->whole()); });
    m_showers.push_back([field, get](const Plan& plan) {
        if (const auto value = get(plan)) field->setWhole(*value);
        else field->setAbsent();
    });
}

void FormSection::addReal(const RowText& row, std::function<double&(Plan&)> of, const NumberField::Rules& rules) {
    NumberField::Rules real = rules;
    real.whole = false;
    auto* field = new NumberField(real, this);
    FieldMark* mark = addRow(row, field);
    number(mark, field, [field, of](Plan& plan) { of(plan) = field->real().value_or(of(plan)); });
    m_showers.push_back([field, of](const Plan& plan) {
        Plan copy = plan;
        field->setReal(of(copy));
    });
}

void FormSection::addMaybeReal(const RowText& row, std::function<std::optional<double>&(Plan&)> of,
                               const NumberField::Rules& rules) {
    NumberField::Rules real = rules;
    real.whole = false;
    auto* field = new NumberField(real, this);
    FieldMark* mark = addRow(row, field);
    number(mark, field, [field, of](Plan& plan) { of(plan) = field->isAbsent() ? std::nullopt : field->real(); });
    m_showers.push_back([field, of](const Plan& plan) {
        Plan copy = plan;
        if (const auto value = of(copy)) field->setReal(*value);
        else field->setAbsent();
    });
}

void FormSection::addText(const RowText& row, std::function<std::string&(Plan&)> of) {
    auto* field = new QLineEdit(this);
    FieldMark* mark = addRow(row, field);
    connect(field, &QLineEdit::textEdited, this, [this, mark, field, of] {
        mark->forget();
        Q_EMIT edited([field, of](Plan& plan) { of(plan) = field->text().toStdString(); });
    });
    m_showers.push_back([field, of](const Plan& plan) {
        Plan copy = plan;
        field->setText(text(of(copy)));
        field->setCursorPosition(0);
    });
}

void FormSection::addWords(const RowText& row, std::function<std::vector<std::string>&(Plan&)> of) {
    auto* field = new QLineEdit(this);
    FieldMark* mark = addRow(row, field);
    connect(field, &QLineEdit::textEdited, this, [this, mark, field, of] {
        mark->forget();
        Q_EMIT edited([field, of](Plan& plan) { of(plan) = readWords(field->text()); });
    });
    m_showers.push_back([field, of](const Plan& plan) {
        Plan copy = plan;
        field->setText(wordsText(of(copy)));
        field->setCursorPosition(0);
    });
}

void FormSection::addCheck(const RowText& row, std::function<bool&(Plan&)> of) {
    auto* field = new QCheckBox(row.label, this);
    field->setToolTip(row.tip);
    auto* mark = new FieldMark(row.subject, field, this);
    const int at = m_grid->rowCount();
    auto* column = new QVBoxLayout;
    column->setSpacing(2);
    column->addWidget(field, 0, Qt::AlignLeft);
    column->addWidget(mark);
    m_grid->addLayout(column, at, 1);
    m_fields.push_back({row.path, mark});
    connect(mark, &FieldMark::accepted, this, [this] { Q_EMIT edited([](Plan&) {}); });
    connect(field, &QCheckBox::clicked, this, [this, mark, of](bool on) {
        mark->forget();
        Q_EMIT edited([on, of](Plan& plan) { of(plan) = on; });
    });
    m_showers.push_back([field, of](const Plan& plan) {
        Plan copy = plan;
        field->setChecked(of(copy));
    });
}

void FormSection::addChoice(const RowText& row, std::vector<Value> values, std::function<std::string(const Plan&)> get,
                            std::function<void(Plan&, const std::string&)> set) {
    auto* field = new QuietCombo(this);
    for (const Value& value : values) {
        field->addItem(value.words, text(value.name));
        field->setItemData(field->count() - 1, value.tip, Qt::ToolTipRole);
    }
    FieldMark* mark = addRow(row, field);
    connect(field, &QComboBox::activated, this, [this, mark, field, set] {
        mark->forget();
        Q_EMIT edited([name = field->currentData().toString().toStdString(), set](Plan& plan) { set(plan, name); });
    });
    m_showers.push_back([field, get](const Plan& plan) {
        const QString name = text(get(plan));
        int at = field->findData(name);
        if (at < 0) { // a name nobody knows is shown as it is: its mark says that it is wrong
            field->addItem(name, name);
            at = field->count() - 1;
        }
        field->setCurrentIndex(at);
    });
}

void FormSection::addSubtitle(const QString& title, const std::string& path, const QString& subject) {
    auto* label = new QLabel(title, this);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    auto* mark = new FieldMark(subject, nullptr, this);
    auto* column = new QVBoxLayout;
    column->setContentsMargins(0, m_fields.empty() ? 0 : 6, 0, 0);
    column->setSpacing(2);
    column->addWidget(label);
    column->addWidget(mark);
    m_grid->addLayout(column, m_grid->rowCount(), 0, 1, 2);
    m_fields.push_back({path, mark});
    connect(mark, &FieldMark::accepted, this, [this] { Q_EMIT edited([](Plan&) {}); });
}

void FormSection::addChecks(const RowText& row, const std::vector<Value>& values,
                            std::function<bool(const Plan&, const std::string&)> has,
                            std::function<void(Plan&, const std::string&, bool)> set) {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 2, 0, 0);
    column->setSpacing(3);
    std::vector<QCheckBox*> checks;
    for (const Value& value : values) {
        auto* check = new QCheckBox(value.words, box);
        check->setToolTip(value.tip);
        check->setAccessibleName(plain(row.label) + QStringLiteral(": ") + plain(value.words));
        column->addWidget(check, 0, Qt::AlignLeft);
        checks.push_back(check);
    }
    FieldMark* mark = addRow(row, box);
    for (std::size_t i = 0; i < values.size(); ++i) {
        connect(checks[i], &QCheckBox::clicked, this, [this, mark, set, name = values[i].name](bool on) {
            mark->forget();
            Q_EMIT edited([set, name, on](Plan& plan) { set(plan, name, on); });
        });
        m_showers.push_back(
            [check = checks[i], has, name = values[i].name](const Plan& plan) { check->setChecked(has(plan, name)); });
    }
}

void FormSection::show(const Plan& plan) {
    for (const PlanField& field : m_fields) {
        field.mark->forget();
        field.mark->setSlip(std::nullopt);
    }
    for (const auto& shower : m_showers) shower(plan);
}

} // namespace looptax
