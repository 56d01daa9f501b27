// Trouble in place, with the buttons that mend it; never a modal box.
#pragma once

#include "ui/window/notice_line.h"
#include "ui/window/trouble.h"

namespace looptax {

class TroubleLine : public NoticeLine {
    Q_OBJECT
public:
    explicit TroubleLine(QWidget* parent = nullptr);
    void show(const std::optional<Trouble>& trouble); // absent: nothing is wrong
    using NoticeLine::show;

Q_SIGNALS:
    void mend(looptax::Mend how);
};

} // namespace looptax
