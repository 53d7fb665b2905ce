// Hostile files through the checks of outputs; the first byte says which one. GIF and TIFF have fuzzers of
// their own.

#include <array>
#include <vector>

#include "worker/soundness/sound_file.h"

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace wm::soundness;
  if (size == 0) return 0;
  const std::vector<std::byte> file(reinterpret_cast<const std::byte*>(data) + 1,
                                    reinterpret_cast<const std::byte*>(data) + size);
  constexpr std::array checks{&examine_jpeg, &examine_png, &examine_webp, &examine_heif};
  try {
    static_cast<void>(checks.at(data[0] % checks.size())(file));
  } catch (const Unsound&) {
    // as most are
  }
  return 0;
}
