#include "ui/window/trouble_line.h"

namespace looptax {

TroubleLine::TroubleLine(WindowMessages& messages, QWidget* parent)
    : NoticeLine(QStringLiteral("Message"), parent)
    , m_messages(messages) {
    connect(&m_messages, &WindowMessages::changed, this, &TroubleLine::refresh);
    refresh();
}

void TroubleLine::refresh() {
    const WindowMessage* message = m_messages.shown();
    if (message == nullptr) {
        clear();
        return;
    }
    std::vector<Button> buttons = message->buttons;
    // Whoever has read it can put it away; nothing else may hide it.
    if (!message->waits)
        buttons.push_back({QStringLiteral("Dismiss"), [this] { m_messages.dismiss(); }, QStringLiteral("Hide this message")});
    say(Kind::Trouble, message->sentences, std::move(buttons));
}

} // namespace looptax
