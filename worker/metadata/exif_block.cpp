#include "worker/metadata/exif_block.h"

#include "worker/metadata/exif_names.h"
#include "worker/metadata/exif_text.h"

namespace wm::metadata {

using namespace std::string_view_literals;

std::optional<ExifBlock> ExifBlock::read(ByteSpan block) {
  if (starts_with(block, "Exif\0\0"sv)) block = block.subspan(6);
  const auto reader = TiffReader::open(block);
  if (!reader) return std::nullopt;
  auto main = reader->directory(reader->first_directory());
  if (!main) return std::nullopt;
  return ExifBlock(*reader, std::move(*main));
}

ExifBlock::ExifBlock(TiffReader reader, TiffDirectory main)
    : reader_(reader),
      main_(std::move(main)),
      exif_(reader_.child(main_, exif_tag::exif_directory)),
      gps_(reader_.child(main_, exif_tag::gps_directory)),
      interop_(reader_.child(exif_, exif_tag::interop_directory)) {
  // A chain that bites its tail has no thumbnail.
  if (main_.next != 0 && main_.next != main_.at) thumbnail_ = reader_.directory(main_.next);
}

int ExifBlock::orientation() const {
  const auto value = reader_.number(main_, exif_tag::orientation);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

std::optional<std::string> ExifBlock::text(std::string_view name) const {
  const ExifName* known = find_exif_name(name);
  if (known == nullptr) return std::nullopt;
  const TiffDirectory* directory = nullptr;
  switch (known->place) {
    case ExifPlace::main:
      directory = &main_;
      break;
    case ExifPlace::exif:
      directory = exif_ ? &*exif_ : nullptr;
      break;
    case ExifPlace::gps:
      directory = gps_ ? &*gps_ : nullptr;
      break;
    case ExifPlace::interop:
      directory = interop_ ? &*interop_ : nullptr;
      break;
  }
  const TiffField* field = directory == nullptr ? nullptr : directory->find(known->tag);
  if (field == nullptr) return std::nullopt;
  std::string text = exif_text(reader_, *directory, *field, known->form);
  if (text.empty()) return std::nullopt;
  return text;
}

bool is_exif_name(std::string_view name) {
  return find_exif_name(name) != nullptr;
}

}  // namespace wm::metadata
