#include "worker/palette/gif_writer.h"

#include <cgif.h>

#include <algorithm>
#include <bit>
#include <new>
#include <stdexcept>
#include <utility>

namespace wm {
namespace {

constexpr std::size_t max_colours = 256;
constexpr int max_side = 65535;

/// A palette in cgif's format. For "as in the previous frame" cgif uses the largest index that the frame's
/// codes allow. For 2^k colours it assumes that one more is needed and makes room for 2^(k+1), but writes a
/// table of 2^k: one extra colour makes the table as large as the range of indices.
std::vector<std::uint8_t> table_of(const std::vector<GifColour>& palette) {
  std::vector<std::uint8_t> bytes;
  for (const GifColour& colour : palette) {
    bytes.insert(bytes.end(), {colour.red, colour.green, colour.blue});
  }
  for (std::size_t size = palette.size(); std::has_single_bit(size) && size < max_colours; ++size) {
    bytes.insert(bytes.end(), 3, 0);
  }
  return bytes;
}

void check(const std::vector<GifColour>& palette) {
  if (palette.empty() || palette.size() > max_colours) {
    throw std::runtime_error("a GIF has 1 to 256 colours a frame");
  }
}

}  // namespace

struct GifWriter::State {
  CGIF* gif = nullptr;
  std::vector<std::byte> bytes;
  std::vector<GifColour> palette;
  std::size_t pixels = 0;
  bool out_of_memory = false;
  bool after_transparent = false;  // cgif would take transparent pixels for the colour of that index

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (gif != nullptr) cgif_close(gif);
  }

  /// No exception may cross C code, so a lack of memory is recorded.
  static int keep(void* context, const std::uint8_t* data, const std::size_t size) {
    auto* const self = static_cast<State*>(context);
    try {
      const auto* const first = reinterpret_cast<const std::byte*>(data);
      self->bytes.insert(self->bytes.end(), first, first + size);
      return 0;
    } catch (const std::bad_alloc&) {
      self->out_of_memory = true;
      return -1;
    }
  }

  void check_result(int result) const {
    if (out_of_memory || result == CGIF_EALLOC) throw std::bad_alloc();
    if (result != CGIF_OK) throw std::runtime_error("the frame cannot be written as a GIF");
  }
};

GifWriter::GifWriter(int width, int height, bool animated, int plays, const std::vector<GifColour>& palette)
    : state_(std::make_unique<State>()) {
  check(palette);
  if (width < 1 || height < 1 || width > max_side || height > max_side) {
    throw std::runtime_error("a GIF has sides of 1 to 65535 pixels");
  }
  state_->palette = palette;
  state_->pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  auto table = table_of(palette);
  CGIF_Config config{};
  config.pGlobalPalette = table.data();
  config.numGlobalPaletteEntries = static_cast<std::uint16_t>(table.size() / 3);
  config.width = static_cast<std::uint16_t>(width);
  config.height = static_cast<std::uint16_t>(height);
  // Also for still pictures: cgif gives only frames of animations a transparent colour.
  config.attrFlags = CGIF_ATTR_IS_ANIMATED;
  if (!animated || plays == 1) config.attrFlags |= CGIF_ATTR_NO_LOOP;
  // The file counts repetitions after the first play.
  config.numLoops = static_cast<std::uint16_t>(std::clamp(plays > 1 ? plays - 1 : 0, 0, 65535));
  config.pWriteFn = State::keep;
  config.pContext = state_.get();
  state_->gif = cgif_newgif(&config);
  if (state_->gif == nullptr) throw std::bad_alloc();
}

GifWriter::~GifWriter() = default;

void GifWriter::add(const GifFrame& frame) {
  check(frame.palette);
  if (frame.indices.size() != state_->pixels) throw std::runtime_error("a GIF frame of another size");
  auto table = table_of(frame.palette);
  CGIF_FrameConfig config{};
  // cgif takes non-const pointers to data that it only reads.
  config.pImageData = const_cast<std::uint8_t*>(frame.indices.data());
  config.delay = static_cast<std::uint16_t>(std::clamp(frame.delay, 0, 65535));
  if (frame.palette != state_->palette) {
    config.attrFlags |= CGIF_FRAME_ATTR_USE_LOCAL_TABLE;
    config.pLocalPalette = table.data();
    config.numLocalPaletteEntries = static_cast<std::uint16_t>(table.size() / 3);
  }
  if (frame.transparent) {
    state_->after_transparent = true;
    config.attrFlags |= CGIF_FRAME_ATTR_HAS_ALPHA;
    config.transIndex = *frame.transparent;
  } else if (!std::exchange(state_->after_transparent, false)) {
    config.genFlags |= CGIF_FRAME_GEN_USE_DIFF_WINDOW;
    if (frame.palette.size() < max_colours) config.genFlags |= CGIF_FRAME_GEN_USE_TRANSPARENCY;
  }
  state_->check_result(cgif_addframe(state_->gif, &config));
}

std::vector<std::byte> GifWriter::finish() {
  const int result = cgif_close(std::exchange(state_->gif, nullptr));
  state_->check_result(result);
  return std::move(state_->bytes);
}

}  // namespace wm
