// Hostile bytes as JOB_DIR/owner: read, shown, and written again.

#include <string>
#include <string_view>

#include "supervisor/ownership/owner_record.h"

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace wm;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto owner = owner_record_from(text);
  static_cast<void>(owner_words(owner));
  if (owner && owner_record_from(to_text(*owner)) != owner) __builtin_trap();
  return 0;
}
