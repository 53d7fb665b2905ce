#include "tests/unit/worker/jpeg/support/second_decoder.h"

#include <stb_image.h>

#include <memory>

namespace wm::test {

std::optional<OraclePixels> decode_by_stb(jpeg::Bytes file, int bands) {
  int width = 0;
  int height = 0;
  int components = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> samples(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(file.data()), static_cast<int>(file.size()),
                            &width, &height, &components, bands),
      &stbi_image_free);
  if (!samples) return std::nullopt;
  const auto count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height * bands);
  return OraclePixels{.width = width, .bands = bands, .samples = {samples.get(), samples.get() + count}};
}

}  // namespace wm::test
