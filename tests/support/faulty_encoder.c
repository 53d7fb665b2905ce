/* To be loaded in front of libdeflate, libjpeg, cgif and libheif: one sample of each PNG is not what it was, and some
   rows of each JPEG are not, nor is the first row of blocks where coefficients are rewritten. What a broken
   encoder or broken memory looks like to a program that verifies. With WM_UNSOUND in the environment files are
   unsound instead: a PNG lacks rows, a GIF its trailer, and the first length in the pixels of a HEIC is too large. */
#define _GNU_SOURCE
#include <cgif.h>
#include <dlfcn.h>
#include <libdeflate.h>
#include <libheif/heif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

size_t libdeflate_zlib_compress(struct libdeflate_compressor* compressor, const void* in, size_t size,
                                void* out, size_t room) {
  static size_t (*real)(struct libdeflate_compressor*, const void*, size_t, void*, size_t);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "libdeflate_zlib_compress");
  if (getenv("WM_UNSOUND") != NULL) return real(compressor, in, size / 2, out, room);
  unsigned char* const copy = malloc(size);
  memcpy(copy, in, size);
  copy[size - 1] ^= 1; /* the last sample */
  const size_t written = real(compressor, copy, size, out, room);
  free(copy);
  return written;
}

JDIMENSION jpeg_write_scanlines(j_compress_ptr cinfo, JSAMPARRAY rows, JDIMENSION count) {
  static JDIMENSION (*real)(j_compress_ptr, JSAMPARRAY, JDIMENSION);
  if (real == NULL) {
    *(void**)&real = dlsym(RTLD_NEXT, "jpeg_write_scanlines");
    printf("this encoder is broken\n");
  }
  if (getenv("WM_UNSOUND") == NULL && cinfo->next_scanline >= 32 && cinfo->next_scanline < 48) {
    const size_t samples = (size_t)cinfo->image_width * (size_t)cinfo->input_components;
    for (JDIMENSION row = 0; row < count; ++row) {
      for (size_t i = 0; i < samples; ++i) rows[row][i] ^= 0xFF;
    }
  }
  return real(cinfo, rows, count);
}

jvirt_barray_ptr* jpeg_read_coefficients(j_decompress_ptr cinfo) {
  static jvirt_barray_ptr* (*real)(j_decompress_ptr);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "jpeg_read_coefficients");
  jvirt_barray_ptr* const planes = real(cinfo);
  if (planes == NULL) return planes;
  JBLOCKARRAY row = cinfo->mem->access_virt_barray((j_common_ptr)cinfo, planes[0], 0, 1, TRUE);
  for (JDIMENSION block = 0; block < (cinfo->image_width + 7) / 8; ++block) row[0][block][0] ^= 64;
  return planes;
}

static int (*write_of_gif)(void*, const uint8_t*, const size_t);

static int write_without_trailer(void* context, const uint8_t* data, const size_t size) {
  if (size == 1 && data[0] == 0x3B) return 0;
  return write_of_gif(context, data, size);
}

CGIF* cgif_newgif(CGIF_Config* config) {
  static CGIF* (*real)(CGIF_Config*);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "cgif_newgif");
  if (getenv("WM_UNSOUND") != NULL && config->pWriteFn != NULL) {
    write_of_gif = config->pWriteFn;
    config->pWriteFn = write_without_trailer;
  }
  return real(config);
}

struct inner_writer {
  struct heif_writer* writer;
  void* userdata;
};

static struct heif_error write_damaged(struct heif_context* context, const void* data, size_t size,
                                       void* userdata) {
  const struct inner_writer* const inner = userdata;
  unsigned char* const copy = malloc(size);
  memcpy(copy, data, size);
  unsigned char* const pixels = memmem(copy, size, "mdat", 4);
  if (pixels != NULL) memset(pixels + 4, 0x7F, 4);
  const struct heif_error result = inner->writer->write(context, copy, size, inner->userdata);
  free(copy);
  return result;
}

struct heif_error heif_context_write(struct heif_context* context, struct heif_writer* writer, void* userdata) {
  static struct heif_error (*real)(struct heif_context*, struct heif_writer*, void*);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "heif_context_write");
  if (getenv("WM_UNSOUND") == NULL) return real(context, writer, userdata);
  struct heif_writer damaging = {.writer_api_version = 1, .write = write_damaged};
  struct inner_writer inner = {writer, userdata};
  return real(context, &damaging, &inner);
}

/* Nor can this library be ended. */
void vips_shutdown(void) { abort(); }
