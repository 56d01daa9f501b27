// One piece of work at a time beside the thread of the window, for what would hold it up: reading a long
// journal, writing files. What the work needs must live until this object is gone: it waits.
#pragma once

#include <QObject>
#include <QThread>

#include <functional>
#include <memory>

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

} // namespace looptax
