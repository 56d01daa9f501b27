#include "ui/window/window_messages.h"

#include <algorithm>
#include <utility>

namespace looptax {

WindowMessages::WindowMessages(QObject* parent) : QObject(parent) {}

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
    // The newest of the highest rank.
    const auto rank = [](const Told& told) { return told.message.waits ? 2 : told.source == MessageSource::Settings ? 0 : 1; };
    auto best = m_told.end();
    for (auto at = m_told.begin(); at != m_told.end(); ++at)
        if (best == m_told.end() || rank(*at) >= rank(*best)) best = at;
    return best;
}

} // namespace looptax
