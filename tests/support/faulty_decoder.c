/* To be loaded in front of libjpeg: decodes a file whose name begins with "poison" up to some line, then
   crashes inside jpeg_read_scanlines(). What a fault in a library looks like to a program that has none
   itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

static int poisoned;

static void note_name(const char* path) {
  const char* const slash = strrchr(path, '/');
  const char* const name = slash != NULL ? slash + 1 : path;
  if (strstr(name, ".jpg") != NULL) poisoned = strncmp(name, "poison", 6) == 0;
}

#define WM_NOTE_OPEN(function)                                                            \
  int function(const char* path, int flags, ...) {                                        \
    static int (*real)(const char*, int, ...);                                            \
    if (real == NULL) real = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #function); \
    va_list more;                                                                         \
    va_start(more, flags);                                                                \
    const mode_t mode = va_arg(more, mode_t);                                             \
    va_end(more);                                                                         \
    note_name(path);                                                                      \
    return real(path, flags, mode);                                                       \
  }
WM_NOTE_OPEN(open)
WM_NOTE_OPEN(open64)

/* libjpeg calls it before each line. */
static void upsample_row(j_common_ptr common) {
  const j_decompress_ptr cinfo = (j_decompress_ptr)common;
  if (cinfo->output_scanline > 5) *(volatile int*)0x18 = 1; /* FAULT */
}
static struct jpeg_progress_mgr faulty = {upsample_row, 0, 0, 0, 0};

boolean jpeg_start_decompress(j_decompress_ptr cinfo) {
  static boolean (*real)(j_decompress_ptr);
  if (real == NULL) real = (boolean(*)(j_decompress_ptr))dlsym(RTLD_NEXT, "jpeg_start_decompress");
  const boolean result = real(cinfo);
  if (poisoned) cinfo->progress = &faulty;
  return result;
}
