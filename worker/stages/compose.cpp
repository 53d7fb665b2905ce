#include "worker/stages/compose.h"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "worker/marks/blend.h"
#include "worker/marks/colour.h"
#include "worker/marks/placement.h"
#include "worker/stages/picture_tags.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

// Of 8 workers within 250 MB, each may spend this on marks.
constexpr std::size_t max_cached_bytes = std::size_t{4} << 20;

std::span<const std::byte> icc_profile(const vips::VImage& image) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (image.get_typeof(VIPS_META_ICC_NAME) == 0 ||
      vips_image_get_blob(image.get_image(), VIPS_META_ICC_NAME, &data, &size) != 0) {
    return {};
  }
  return {static_cast<const std::byte*>(data), size};
}

std::size_t hash_of(std::span<const std::byte> bytes) {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

Composer::Composer(const Recipe& recipe, std::int64_t started, Logger& log)
    : recipe_(recipe), log_(log), cache_(max_cached_bytes) {
  const std::time_t seconds = started;
  ::localtime_r(&seconds, &started_);
  for (const Mark& mark : recipe.marks) sources_.push_back(make_mark_source(mark));
}

void Composer::compose(Picture& picture, const Task& task) {
  const Size seen = picture.orientation.other_size(picture.page);
  const TextFacts facts{.input_path = task.input,
                        .counter = number(task.id),
                        .started = started_,
                        .width = seen.width,
                        .height = seen.height,
                        .exif = [&](std::string_view name) { return exif_tag(picture.image, name); }};
  for (std::size_t i = 0; i < sources_.size(); ++i) place(i, picture, facts);
}

std::uint64_t Composer::texts_rendered() const {
  std::uint64_t sum = 0;
  for (const auto& source : sources_) sum += source->renders();
  return sum;
}

void Composer::place(std::size_t index, Picture& picture, const TextFacts& facts) {
  const Mark& mark = recipe_.marks[index];
  MarkSource& source = *sources_[index];
  const bool something = source.set_facts(facts);
  if (const std::string note = source.take_note(); !note.empty()) {
    log_.log(LogLevel::warning, fmt::format("compose: mark {}: {}", index + 1, note));
  }
  if (!something) {
    log_.log(LogLevel::debug, fmt::format("compose: mark {} has no text for this picture", index + 1));
    return;
  }
  const Size seen = picture.orientation.other_size(picture.page);
  const Box display = place_mark(mark, source.natural_size(seen), seen);
  if (log_.enabled(LogLevel::debug)) {
    log_.log(LogLevel::debug, fmt::format("compose: mark {} at {},{} size {}x{}{}", index + 1, display.left,
                                          display.top, display.width, display.height,
                                          clip(display, seen).empty() ? ", outside of the picture" : ""));
  }
  if (clip(display, seen).empty()) return;

  const auto profile = icc_profile(picture.image);
  const MarkKey key{.mark = index,
                    .size = display.size(),
                    .content = source.content(),
                    .font_reference = std::min(seen.width, seen.height),
                    .orientation = picture.orientation,
                    .layout = picture.layout,
                    .profile_hash = hash_of(profile)};
  const auto prepared = cache_.get(key, [&] {
    return prepare(source.draw(seen, display.size()), picture.orientation, picture.layout, profile);
  });

  const std::size_t row_size = row_bytes(picture.image);
  const Box stored = picture.orientation.to_stored(display, picture.page);
  // The picture is this task's own memory, which libvips only hands out as const.
  auto* const pixels = static_cast<std::byte*>(const_cast<void*>(picture.image.data()));
  for (int page = 0; page < picture.pages; ++page) {
    const auto row = static_cast<std::size_t>(page) * static_cast<std::size_t>(picture.page.height);
    blend({pixels + row * row_size, row_size, picture.page}, picture.layout, *prepared,
          {stored.left, stored.top}, mark.opacity);
  }
}

}  // namespace wm
