// Hostile HEIF and AVIF containers through everything that reads their boxes by hand.

#include "worker/avif/avif_error.h"
#include "worker/avif/edit_list.h"
#include "worker/container/heif_contents.h"
#include "worker/format/file_structure.h"
#include "worker/metadata/heif_extras.h"

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace wm;
  const auto bytes = std::as_bytes(std::span(data, size));
  const HeifContents contents = read_heif_contents(bytes);
  static_cast<void>(is_avif(contents));
  static_cast<void>(frames_shown(contents));
  static_cast<void>(other_pictures(contents));
  constexpr StructureBounds bounds{.parts = 1000, .pages = 1000, .metadata_bytes = 1 << 20, .scans = 1};
  static_cast<void>(count_structure(bytes, PictureFormat::heif, bounds));
  metadata::Losses losses;
  metadata::report_heif_extras(bytes, PictureFormat::jpeg, {}, losses);
  static_cast<void>(metadata::boxes_to_carry(bytes, {}));
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  try {
    avif::add_edit_lists(file, {.kind = Repetition::Kind::endless, .times = 0}, 7);
  } catch (const avif::AvifError&) {
    // of a file that libavif would not have written
  }
  return 0;
}
