// The message that matters most, in place, with the buttons that do something about it; never a modal box.
#pragma once

#include "ui/widgets/notice_line.h"
#include "ui/window/window_messages.h"

namespace looptax {

class TroubleLine : public NoticeLine {
    Q_OBJECT
public:
    // messages: shown from now on; must outlive the line's last event.
    explicit TroubleLine(WindowMessages& messages, QWidget* parent = nullptr);

private:
    void refresh();

    WindowMessages& m_messages;
};

} // namespace looptax
