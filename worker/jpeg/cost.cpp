#include "worker/jpeg/cost.h"

namespace wm::jpeg {

double cost_in_place(Path path, const Work& work) {
  const auto bytes = static_cast<double>(work.file_bytes);
  const auto blended = static_cast<double>(work.blended_blocks) * 500;
  if (path == Path::splice) return bytes * 7 + blended;
  return bytes * 60 + static_cast<double>(work.blocks) * 60 + blended;
}

double cost_of_pixels(Path path, const Work& work) {
  const auto pixels = static_cast<double>(work.pixels) * 7;
  return path == Path::splice ? pixels : pixels * 2;
}

}  // namespace wm::jpeg
