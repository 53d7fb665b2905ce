#include "worker/stages/open_output.h"

#include "worker/vips/load.h"

namespace wm {

vips::VImage open_output(std::span<const std::byte> file, PictureFormat format) {
  const auto source = vips::VSource::new_from_memory(file.data(), file.size());
  // libjpeg only warns of faults in a file and continues; other decoders also warn of metadata.
  const auto strictness = format == PictureFormat::jpeg ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
  auto* options = vips::VImage::option()->set("fail_on", strictness)->set("access", VIPS_ACCESS_SEQUENTIAL);
  if (format != PictureFormat::jpeg && format != PictureFormat::png) options->set("n", -1);
  return load(format, source, options);
}

}  // namespace wm
