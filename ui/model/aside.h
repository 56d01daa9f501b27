// One piece of work at a time beside the thread of the window, for what would hold it up: reading a long
// journal, writing files. What the work needs must live until this object is gone: it waits.
#pragma once

#include <QObject>
#include <QThread>

#include <functional>
#include <memory>
#include <utility>

namespace looptax {

class Aside : public QObject {
    Q_OBJECT
public:
    explicit Aside(QObject* parent = nullptr);
    ~Aside() override;

    bool busy() const { return m_thread != nullptr; }
    // then is called on the thread of this object once work is over, and may start the next piece. Only while
    // not busy.
    void run(std::function<void()> work, std::function<void()> then);

private:
    void finish();

    std::unique_ptr<QThread> m_thread;
    std::function<void()> m_then;
};

// Lets go of it beside the window, a moment later: freeing what is large takes longer than an event may, and
// while it is freed the two threads wait for each other at the allocator, so what replaces it is painted
// first.
void disposeLater(std::shared_ptr<void> large);

template <class T> void disposeAside(T& value) {
    disposeLater(std::make_shared<T>(std::exchange(value, T())));
}

} // namespace looptax
