// One verdict in full, for reading and copying: the hypothesis, what was seen, the rule, what would decide it.
// Words of plans and runtimes stay text.
#pragma once

#include "ui/verdicts/verdict_words.h"

#include <QTextEdit>

namespace looptax {

class VerdictPage : public QTextEdit {
    Q_OBJECT
public:
    explicit VerdictPage(QWidget* parent = nullptr);
    void show(const std::vector<VerdictParagraph>& paragraphs); // the same again changes nothing
    using QTextEdit::show;

private:
    QString m_shown;
};

} // namespace looptax
