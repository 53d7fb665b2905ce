#include "worker/metadata/exif_block.h"

#include <algorithm>
#include <cctype>

#include "worker/metadata/exif_names.h"
#include "worker/metadata/exif_text.h"

namespace wm::metadata {

std::size_t exif_head_size(ByteSpan block) {
  constexpr std::string_view usual = "Exif\0\0"sv;
  constexpr std::size_t most_odd_bytes = 4;
  const auto is_head = [block, usual](std::size_t at) {
    const auto head = text_of(part(block, at, usual.size()));
    // The value of the last byte does not matter.
    return head.size() == usual.size() &&
           std::equal(head.begin(), head.end() - 1, usual.begin(), [](char a, char b) {
             return a == b || (b >= 'A' && std::tolower(static_cast<unsigned char>(a)) == std::tolower(b));
           });
  };
  for (std::size_t odd = 0; odd <= most_odd_bytes; ++odd) {
    if (!is_head(odd)) continue;
    std::size_t size = odd + usual.size();
    if (is_head(size)) size += usual.size();
    if (TiffReader::open(part(block, size))) return size;
  }
  return starts_with(block, usual) ? usual.size() : 0;
}

std::vector<ExifOfJpeg> exif_of_jpeg(const JpegSegments& file) {
  std::vector<ExifOfJpeg> blocks;
  const auto& segments = file.segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const ByteSpan payload = segments[i].payload;
    if (segments[i].marker != marker::app1 || exif_head_size(payload) == 0) continue;
    const auto rest = [&segments](std::size_t at) {
      return part(segments[at].payload, exif_head_size(segments[at].payload));
    };
    const bool goes_on = !blocks.empty() && blocks.back().end == i &&
                         segments[i].is(marker::app1, exif_signature) && !TiffReader::open(rest(i)) &&
                         TiffReader::open(rest(blocks.back().first));
    if (goes_on) {
      append(blocks.back().bytes, rest(i));
      blocks.back().end = i + 1;
    } else {
      blocks.push_back({.first = i, .end = i + 1, .bytes = to_bytes(payload)});
    }
  }
  return blocks;
}

std::optional<ExifBlock> ExifBlock::read(ByteSpan block) {
  block = part(block, exif_head_size(block));
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
  // A cyclic chain has no thumbnail.
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
