// A sanitizer makes a program several times slower: by so much is a deadline longer that tells what hangs from what is slow.
#pragma once

namespace looptax {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr int kPatience = 10;
#else
inline constexpr int kPatience = 1;
#endif

} // namespace looptax
