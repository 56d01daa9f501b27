#include "ui/window/window_messages.h"

#include <algorithm>
#include <utility>

namespace looptax {

WindowMessages::WindowMessages(QObject* parent)
    : QObject(parent) {}

void WindowMessages::tell(MessageSource source, WindowMessage message) {
    const auto same = std::find_if(m_told.begin(), m_told.end(), [&](const Told& told) { return told.source == source; });
    if (same != m_told.end()) m_told.erase(same);
    m_told.push_back({source, std::move(message)});
    Q_EMIT changed();
}

void WindowMessages::tell(MessageSource source, const Trouble& trouble) {
    WindowMessage message;
    message.sentences = trouble.sentences;
    message.waits = trouble.lasts;
    for (const Mend how : trouble.mends)
        message.buttons.push_back({words(how), [this, how] { Q_EMIT mend(how); }, explanation(how)});
    tell(source, std::move(message));
}

void WindowMessages::clear(MessageSource source) {
    const auto gone = std::find_if(m_told.begin(), m_told.end(), [&](const Told& told) { return told.source == source; });
    if (gone == m_told.end()) return;
    m_told.erase(gone);
    Q_EMIT changed();
}

void WindowMessages::dismiss() {
    const auto at = current();
    if (at == m_told.end() || at->message.waits) return;
    m_told.erase(at);
    Q_EMIT changed();
}

const WindowMessage* WindowMessages::shown() const {
    const auto at = current();
    return at == m_told.end() ? nullptr : &at->message;
}

std::vector<WindowMessages::Told>::const_iterator WindowMessages::current() const {
    if (m_told.empty()) return m_told.end();
    const auto waiting = std::find_if(m_told.rbegin(), m_told.rend(), [](const Told& told) { return told.message.waits; });
    return waiting == m_told.rend() ? m_told.end() - 1 : waiting.base() - 1;
}

} // namespace looptax
