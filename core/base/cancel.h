// How work that takes long is asked to stop: it looks now and then, from any thread.
#pragma once

#include <atomic>

namespace looptax {

using CancelFlag = std::atomic<bool>;

} // namespace looptax
