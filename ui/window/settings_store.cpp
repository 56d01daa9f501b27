#include "ui/window/settings_store.h"

#include <utility>

namespace looptax {

namespace {

constexpr int kSoonMs = 500;

} // namespace

SettingsStore::SettingsStore(const QString& file, QObject* parent)
    : QObject(parent)
    , m_file(file)
    , m_values(readWindowSettings(file))
    , m_onDisk(m_values) {
    m_soon.setSingleShot(true);
    m_soon.setInterval(kSoonMs);
    connect(&m_soon, &QTimer::timeout, this, &SettingsStore::flush);
}

SettingsStore::~SettingsStore() {
    blockSignals(true); // whoever hears them may be gone
    flush();
}

void SettingsStore::touch() {
    // Not started again: whoever drags an edge for a minute would put it off for a minute.
    if (!m_soon.isActive()) m_soon.start();
}

void SettingsStore::flush() {
    m_soon.stop();
    if (m_collect) m_collect(m_values);
    if (m_values == m_onDisk) return;
    // A few kilobytes, on the thread of the window: an older write that is still under way elsewhere could undo this one.
    if (writeWindowSettings(m_file, m_values, m_onDisk)) {
        m_onDisk = m_values;
        if (std::exchange(m_failed, false)) Q_EMIT written();
    } else if (!std::exchange(m_failed, true)) {
        Q_EMIT failed(m_file);
    }
}

} // namespace looptax
