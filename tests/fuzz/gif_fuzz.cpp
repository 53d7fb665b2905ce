// Hostile GIF files through the reader and the check of outputs. What the check calls sound is drawn whole.

#include <cstdlib>
#include <vector>

#include "worker/gif/canvas.h"
#include "worker/soundness/sound_file.h"

namespace {

constexpr std::size_t most_pixels = std::size_t{1} << 20;

bool is_sound(std::span<const std::byte> file) {
  try {
    static_cast<void>(wm::soundness::examine_gif(file));
    return true;
  } catch (const wm::soundness::Unsound&) {
    return false;
  }
}

}  // namespace

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace wm::gif;
  const std::vector<std::byte> file(reinterpret_cast<const std::byte*>(data),
                                    reinterpret_cast<const std::byte*>(data) + size);
  const auto animation = read_frames(file);
  if (!animation) {
    if (is_sound(file)) std::abort();
    return 0;
  }
  std::size_t pixels = 0;
  for (const Frame& frame : animation->frames) pixels += frame.pixels();
  const ScreenSize screen = screen_of(*animation);
  const std::size_t drawn = std::size_t{screen.width} * screen.height * animation->frames.size();
  if (pixels > most_pixels || drawn > most_pixels) return 0;
  std::vector<std::uint8_t> canvas(4 * drawn);
  const Drawn result = draw_frames(*animation, canvas);
  if (is_sound(file) && (result.missing_rows > 0 || !result.fault.empty() || !result.anything)) std::abort();
  return 0;
}
