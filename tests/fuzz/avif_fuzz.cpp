// Hostile AVIF files through libavif and what is made of its answers: decoded, marked in one pixel, and put
// back into the planes that they were coded in.

#include <cstdlib>
#include <vector>

#include "worker/avif/avif_source.h"
#include "worker/avif/check_avif.h"

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace wm;
  using namespace wm::avif;
  constexpr std::size_t most_bytes = std::size_t{4} << 20;
  const std::vector<std::byte> file(reinterpret_cast<const std::byte*>(data),
                                    reinterpret_cast<const std::byte*>(data) + size);
  const HeifContents contents = read_heif_contents(file);
  try {
    AvifSource source(file, contents, 8);
    const AvifHeader& header = source.header();
    if (header.width <= 0 || header.height <= 0 || header.frames <= 0) std::abort();
    const std::size_t bytes = static_cast<std::size_t>(header.width) *
                              static_cast<std::size_t>(header.height) *
                              static_cast<std::size_t>(header.frames * header.bands * header.sample_bytes);
    if (bytes > most_bytes) return 0;
    std::vector<std::byte> samples(bytes);
    source.decode(samples);
    samples.front() ^= std::byte{0xFF};
    source.replace_changed(samples);
    if (source.frames().size() != static_cast<std::size_t>(header.frames)) std::abort();
  } catch (const AvifError&) {
    // as most are
  }
  return 0;
}
