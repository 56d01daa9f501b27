#include "ui/widgets/number_field.h"

#include "base/text.h"
#include "ui/widgets/field_text.h"

#include <QLineEdit>
#include <QSignalBlocker>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace looptax {

NumberField::NumberField(const Rules& rules, QWidget* parent) : QAbstractSpinBox(parent), m_rules(rules) {
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred,
                  QSizePolicy::Fixed); // as the base class has it, no number may shrink
    lineEdit()->setPlaceholderText(rules.absent);
    connect(lineEdit(), &QLineEdit::textEdited, this, &NumberField::edited);
}

void NumberField::put(const QString& words) {
    if (lineEdit()->text() != words) lineEdit()->setText(words);
}

void NumberField::setWhole(std::int64_t value) { put(QString::number(value)); }

void NumberField::setReal(double value) { put(looptax::text(decimalText(value))); }

void NumberField::setAbsent() { put(m_rules.absent); }

std::optional<std::int64_t> NumberField::whole() const { return readWhole(lineEdit()->text()); }

std::optional<double> NumberField::real() const { return readReal(lineEdit()->text()); }

bool NumberField::isAbsent() const {
    const QString words = lineEdit()->text().trimmed();
    return !m_rules.absent.isEmpty() && (words.isEmpty() || words.compare(m_rules.absent, Qt::CaseInsensitive) == 0);
}

QString NumberField::slip() const {
    if (isAbsent()) return {};
    const QString words = lineEdit()->text().trimmed();
    if (words.isEmpty()) return QStringLiteral("is blank");
    if (m_rules.whole && whole() && std::abs(*whole()) > m_rules.largest) return QStringLiteral("is too large");
    if (m_rules.whole ? whole().has_value() : real().has_value()) return {};
    return QStringLiteral("must be a %1, not “%2”")
        .arg(m_rules.whole ? QStringLiteral("whole number") : QStringLiteral("number"),
             looptax::text(std::string(firstBytes(words.toStdString(), 40))));
}

void NumberField::stepBy(int steps) {
    if (isReadOnly()) return;
    double value = m_rules.whole ? double(whole().value_or(0)) : real().value_or(0);
    // From what is no number the first step leads to the smallest one.
    const bool readable = m_rules.whole ? whole().has_value() : real().has_value();
    value = readable ? value + steps * m_rules.step : m_rules.low;
    value = std::clamp(value, m_rules.low, m_rules.high);
    // 0.1 + 0.2 must read 0.3.
    value = std::round(value * 1e9) / 1e9;
    if (m_rules.whole) setWhole(std::int64_t(value));
    else setReal(value);
    selectAll();
    Q_EMIT edited();
}

QValidator::State NumberField::validate(QString&, int&) const { return QValidator::Acceptable; }

QAbstractSpinBox::StepEnabled NumberField::stepEnabled() const {
    if (isReadOnly()) return StepNone;
    const auto value = m_rules.whole ? (whole() ? std::optional<double>(double(*whole())) : std::nullopt) : real();
    StepEnabled out = StepNone;
    if (!value || *value < m_rules.high) out |= StepUpEnabled;
    if (!value || *value > m_rules.low) out |= StepDownEnabled;
    return out;
}

void NumberField::wheelEvent(QWheelEvent* event) { event->ignore(); }

QSize NumberField::sizeHint() const {
    QSize size = lineEdit()->sizeHint();
    size.setWidth(fontMetrics().horizontalAdvance(QStringLiteral("0000000000000")) + 34);
    return size.expandedTo(QAbstractSpinBox::minimumSizeHint());
}

QSize NumberField::minimumSizeHint() const {
    QSize size = sizeHint();
    size.setWidth(fontMetrics().horizontalAdvance(QStringLiteral("00000000")) + 34);
    return size;
}

} // namespace looptax
