/* To be loaded in front of the C library: for wm-supervisor, whatever is called "silent..." lies on a file
   server that never answers. With WM_SILENT_SYNC, no disk answers to syncfs() either. Leaves a file
   "server-is-silent" in the current directory. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void answer(const char* path) {
  const char* const slash = strrchr(path, '/');
  if (strcmp(program_invocation_short_name, "wm-supervisor") != 0) return;
  if (strncmp(slash != NULL ? slash + 1 : path, "silent", 6) != 0) return;
  fclose(fopen("server-is-silent", "w"));
  for (;;) pause();
}

#define WM_SILENT_OPEN(function)                                                          \
  int function(const char* path, int flags, ...) {                                        \
    static int (*real)(const char*, int, ...);                                            \
    if (real == NULL) real = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #function); \
    va_list more;                                                                         \
    va_start(more, flags);                                                                \
    const mode_t mode = va_arg(more, mode_t);                                             \
    va_end(more);                                                                         \
    if (strstr(path, ".jpg") != NULL) answer(path);                                       \
    return real(path, flags, mode);                                                       \
  }
WM_SILENT_OPEN(open)
WM_SILENT_OPEN(open64)

static void answer_for(DIR* directory) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd(directory));
  const ssize_t bytes = readlink(link, path, sizeof path - 1);
  if (bytes < 0) return;
  path[bytes] = '\0';
  answer(path);
}

#define WM_SILENT_READDIR(entry, function)                                           \
  struct entry* function(DIR* directory) {                                           \
    static struct entry* (*real)(DIR*);                                              \
    if (real == NULL) real = (struct entry * (*)(DIR*)) dlsym(RTLD_NEXT, #function); \
    answer_for(directory);                                                           \
    return real(directory);                                                          \
  }
WM_SILENT_READDIR(dirent, readdir)
WM_SILENT_READDIR(dirent64, readdir64)

int syncfs(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "syncfs");
  if (getenv("WM_SILENT_SYNC") != NULL) answer("silent");
  return real(fd);
}
