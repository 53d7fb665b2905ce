/* To be loaded in front of libdeflate, libjpeg and cgif: one sample of each PNG is not what it was, and some
   rows of each JPEG are not, nor is the first row of blocks where coefficients are rewritten. What a broken
   encoder or broken memory looks like to a program that verifies. With WM_UNSOUND in the environment files are
   unsound instead: a PNG lacks rows, an index of a GIF is beyond its colours. */
#define _GNU_SOURCE
#include <cgif.h>
#include <dlfcn.h>
#include <libdeflate.h>
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

int cgif_addframe(CGIF* gif, CGIF_FrameConfig* config) {
  static int (*real)(CGIF*, CGIF_FrameConfig*);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "cgif_addframe");
  if (getenv("WM_UNSOUND") != NULL) config->pImageData[0] = 255; /* of a picture with few colours */
  return real(gif, config);
}

/* Nor can this library be ended. */
void vips_shutdown(void) { abort(); }
