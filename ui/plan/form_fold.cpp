#include "ui/plan/form_fold.h"

#include "ui/plan/form_section.h"

#include <QVBoxLayout>

namespace looptax {

void FormFold::setForm(FormSection* form) {
    m_form = form;
    bodyLayout()->addWidget(form);
}

void FormFold::present(const QString& summary) {
    int errors = 0;
    int warnings = 0;
    for (const PlanField& field : m_form->fields()) {
        errors += field.mark->errors();
        warnings += field.mark->warnings();
    }
    setCounts(errors, warnings);
    if (errors + warnings == 0) setSummary(summary);
}

void FormFold::unfoldMistakes() {
    for (const PlanField& field : m_form->fields())
        if (field.mark->hasErrors()) setOpen(true);
}

} // namespace looptax
