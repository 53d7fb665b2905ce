// Hostile metadata through the editor: two files, split where the first two bytes say, and a plan of the
// third.

#include "worker/metadata/carry_over.h"
#include "worker/metadata/exif_block.h"

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace wm::metadata;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (size < 3) return 0;
  const unsigned choice = u8(bytes, 2);
  MetadataPlan plan{.policy = static_cast<CarryPolicy>(choice % 3),
                    .thumbnail = static_cast<ThumbnailPolicy>(choice / 3 % 3),
                    .orientation_baked = (choice & 0x40U) != 0,
                    .width = 8,
                    .height = 6};
  if ((choice & 0x80U) != 0) plan.copyright = "\xC2\xA9 R";
  const ByteSpan input = part(bytes, 3, u16(bytes, 0));
  const ByteSpan output = part(bytes, 3 + input.size());
  static_cast<void>(carry_over(input, output, plan));
  static_cast<void>(edit_finished_jpeg(input, plan));
  static_cast<void>(blocks_for_encoder(input, std::nullopt, plan));
  const Bytes exif = find_exif(input);
  if (const auto block = ExifBlock::read(exif)) static_cast<void>(block->text("DateTimeOriginal"));
  return 0;
}
