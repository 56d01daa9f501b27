// What the window remembers, kept on disk while it changes: a program that is killed forgets half a second at most.
#pragma once

#include "ui/window/window_settings.h"

#include <QObject>
#include <QTimer>

#include <functional>

namespace looptax {

class SettingsStore : public QObject {
    Q_OBJECT
public:
    // file: read here; empty: nothing is kept.
    explicit SettingsStore(const QString& file, QObject* parent = nullptr);
    ~SettingsStore() override; // flush()

    const WindowSettings& values() const { return m_values; }
    template <class Change> void edit(Change&& change) {
        change(m_values);
        touch();
    }
    // Something that collect() asks for may have changed. A drag of an edge calls this a hundred times and writes a few.
    void touch();
    // Fills in what is too dear to be kept up at every move; called before writing, until it is set empty.
    void setCollect(std::function<void(WindowSettings&)> collect) { m_collect = std::move(collect); }
    // Now, where something changed since the last time.
    void flush();

Q_SIGNALS:
    void failed(const QString& file); // it could not be written; told once until it can
    void written();                   // after a failure

private:
    QString m_file;
    WindowSettings m_values;
    WindowSettings m_onDisk;
    std::function<void(WindowSettings&)> m_collect;
    QTimer m_soon;
    bool m_failed = false;
};

} // namespace looptax
