// LeakSanitizer calls this function when it is there. Fontconfig and Pango keep caches for the life of the
// process, and libvips is never shut down: a worker that ends needs no tidying. x265 frees not all of an
// encoder.

extern "C" const char* __lsan_default_suppressions();   // NOLINT: the runtime names it
extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the runtime names it
  return "leak:libfontconfig\nleak:libpango\nleak:libcairo\nleak:librsvg\nleak:libx265\n";
}
