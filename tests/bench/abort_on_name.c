/* To be loaded in front of libc: a worker that opens an input whose name begins with "abort" ends by abort().
   For what crashes cost a job of a release build, which has no faults of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static void look_at(const char* path, int flags) {
  const char* const slash = strrchr(path, '/');
  const char* const name = slash != NULL ? slash + 1 : path;
  const int reads = (flags & O_ACCMODE) == O_RDONLY;
  if (reads && strncmp(name, "abort", 5) == 0 && strcmp(program_invocation_short_name, "wm-worker") == 0)
    abort();
}

#define WM_OPEN(function)                                                                 \
  int function(const char* path, int flags, ...) {                                        \
    static int (*real)(const char*, int, ...);                                            \
    if (real == NULL) real = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #function); \
    va_list more;                                                                         \
    va_start(more, flags);                                                                \
    const mode_t mode = va_arg(more, mode_t);                                             \
    va_end(more);                                                                         \
    look_at(path, flags);                                                                 \
    return real(path, flags, mode);                                                       \
  }
WM_OPEN(open)
WM_OPEN(open64)

#define WM_OPENAT(function)                                                                    \
  int function(int directory, const char* path, int flags, ...) {                              \
    static int (*real)(int, const char*, int, ...);                                            \
    if (real == NULL) real = (int (*)(int, const char*, int, ...))dlsym(RTLD_NEXT, #function); \
    va_list more;                                                                              \
    va_start(more, flags);                                                                     \
    const mode_t mode = va_arg(more, mode_t);                                                  \
    va_end(more);                                                                              \
    look_at(path, flags);                                                                      \
    return real(directory, path, flags, mode);                                                 \
  }
WM_OPENAT(openat)
WM_OPENAT(openat64)
