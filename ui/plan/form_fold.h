// A fold that holds one form: the heading sums up what is set inside, or counts what is wrong there.
#pragma once

#include "ui/widgets/fold.h"

namespace looptax {

class FormSection;

class FormFold : public Fold {
    Q_OBJECT
public:
    using Fold::Fold;

    void setForm(FormSection* form); // made with body() as its parent; once
    FormSection* form() const { return m_form; }
    void present(const QString& summary); // of the plan that the form shows
    void unfoldMistakes();

private:
    FormSection* m_form = nullptr;
};

} // namespace looptax
