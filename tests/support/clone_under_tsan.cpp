// Part of every program of a build with the thread sanitizer. QProcess starts programs by clone(CLONE_VM | CLONE_VFORK),
// and libtsan of GCC 12 takes that for a fork: what it notes for the child ("forked with threads: look at nothing any
// more, and die at the next thread") goes into the memory that is the parent's too. So clone() here is the C library's
// own, as it is to libtsan for posix_spawn().
#include <cstdarg>
#include <cstdlib>
#include <dlfcn.h>
#include <sched.h>
#include <sys/types.h>

extern "C" __attribute__((no_sanitize("thread"))) int clone(int (*run)(void*), void* stack, int flags, void* argument,
                                                            ...) noexcept {
    using Clone = int (*)(int (*)(void*), void*, int, void*, ...);
    static const auto kReal = reinterpret_cast<Clone>(::dlsym(::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), "clone"));
    if (kReal == nullptr) std::abort();
    va_list more;
    va_start(more, argument);
    auto* const parent = va_arg(more, pid_t*);
    auto* const tls = va_arg(more, void*);
    auto* const child = va_arg(more, pid_t*);
    va_end(more);
    return kReal(run, stack, flags, argument, parent, tls, child);
}
