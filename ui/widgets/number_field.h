// A number to type or to step: exact (whole numbers to 2^53, reals as the shortest text that reads back),
// holding anything that is typed, so that a message beside it can say what is wrong instead of keys being
// swallowed. The wheel passes by: scrolling the panel must not change a plan.
#pragma once

#include <QAbstractSpinBox>

#include <cstdint>
#include <optional>

namespace looptax {

class NumberField : public QAbstractSpinBox {
    Q_OBJECT
public:
    struct Rules {
        bool whole = true;
        double low = 0; // the arrows stay inside; typing may go beyond
        double high = 1e9;
        double step = 1;
        std::int64_t largest = std::int64_t(1) << 53; // beyond it a typed whole number has no place in the plan
        QString absent;                               // the word for no number, "auto"; empty: there must be one
    };
    NumberField(const Rules& rules, QWidget* parent);

    void setWhole(std::int64_t value);
    void setReal(double value);
    void setAbsent();

    // What the text says; absent when it is no number, or the word for none.
    std::optional<std::int64_t> whole() const;
    std::optional<double> real() const;
    bool isAbsent() const; // blank, or the word for none, where that is allowed
    QString slip() const;  // why the text is no number; empty: it is one, or allowed to be none

    void stepBy(int steps) override;
    QValidator::State validate(QString& input, int& pos) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void edited(); // by a person

protected:
    StepEnabled stepEnabled() const override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void put(const QString& words);

    Rules m_rules;
};

} // namespace looptax
