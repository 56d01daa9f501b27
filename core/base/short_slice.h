// While it lives, the thread that made it asks the scheduler for short turns, and so gets a processor as soon as it is woken
// though every core is busy: a read that comes late carries several tokens and only the last one's stamp. It gets no more of the
// processor than before. Linux 6.12 and later (sched_setattr(2), sched_runtime of SCHED_OTHER); elsewhere nothing happens. What
// the thread starts does not inherit it.
#pragma once

namespace looptax {

class ShortSlice {
public:
    ShortSlice();
    ~ShortSlice(); // on the same thread
    ShortSlice(const ShortSlice&) = delete;
    ShortSlice& operator=(const ShortSlice&) = delete;
};

} // namespace looptax
