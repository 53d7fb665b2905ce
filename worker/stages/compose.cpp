#include "worker/stages/compose.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "worker/marks/blend.h"
#include "worker/marks/colour.h"
#include "worker/marks/lightness.h"
#include "worker/marks/raster_image.h"
#include "worker/marks/rotation.h"
#include "worker/marks/visibility.h"
#include "worker/stages/icc_profile.h"
#include "worker/stages/text_facts.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/image_bytes.h"

namespace wm {
namespace {

// With 8 workers within 250 MB, each may spend this on marks, unless one mark alone is larger.
constexpr std::size_t max_cached_bytes = std::size_t{4} << 20;
// Preparing a mark takes 15 bytes a pixel. A mark larger than its picture may have this many pixels, or as
// many as the picture.
constexpr std::int64_t max_clipped_pixels = std::int64_t{16} << 20;
constexpr std::size_t most_colour_pairs = std::size_t{1} << 16;  // of all pages
// 8 bytes each. A picture may hold as many copies as it has pixels.
constexpr std::int64_t max_listed_copies = 1'000'000;

constexpr std::string_view part_is_transparent = "what of it lies in the picture is transparent";

std::int64_t pixels_in(Size size) {
  return std::int64_t{size.width} * size.height;
}

std::size_t hash_of(std::span<const std::byte> bytes) {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

PixelArea page_pixels(const Picture& picture, int page) {
  const std::size_t row_size = row_bytes(picture.image);
  const auto row = static_cast<std::size_t>(page) * static_cast<std::size_t>(picture.page.height);
  // The picture is this task's own memory, which libvips only hands out as const.
  auto* const pixels = static_cast<std::byte*>(const_cast<void*>(picture.image.data()));
  return {pixels + row * row_size, row_size, picture.page};
}

bool has_few_colours(const Picture& picture) {
  if (picture.image.format() != VIPS_FORMAT_UCHAR || picture.image.bands() > 4) return false;
  constexpr std::uint16_t palette = 3;
  const bool few_of_tiff = picture.tiff && (picture.tiff->bits < 8 || picture.tiff->photometric == palette);
  return picture.format == PictureFormat::gif || picture.png.has_few_colours() || few_of_tiff;
}

/// Records the changes of a mark on a page of few colours.
class ChangeWatch {
 public:
  ChangeWatch(const PixelArea& page, int bands, ColourChanges& changes)
      : page_(page), bands_(bands), changes_(changes) {}

  /// Runs `mark`, which draws in `box`, and records its changes.
  template <class Mark>
  void around(const Box& box, const Mark& mark) {
    const Box seen = clip(box, page_.size);
    before_.clear();
    for (int y = 0; y < seen.height; ++y) {
      const std::byte* const row = row_of(seen, y);
      before_.insert(before_.end(), row, row + row_bytes(seen));
    }
    mark();
    for (int y = 0; y < seen.height; ++y) {
      const std::size_t size = row_bytes(seen);
      const PalettePixels old{std::span(before_).subspan(static_cast<std::size_t>(y) * size, size), bands_};
      const PalettePixels now{{row_of(seen, y), size}, bands_};
      for (std::size_t x = 0; x < now.count(); ++x) changes_.add(old.at(x), now.at(x));
    }
  }

 private:
  [[nodiscard]] std::size_t row_bytes(const Box& box) const {
    return static_cast<std::size_t>(box.width) * static_cast<std::size_t>(bands_);
  }
  [[nodiscard]] std::byte* row_of(const Box& box, int y) const {
    return page_.first + static_cast<std::size_t>(box.top + y) * page_.row_bytes +
           static_cast<std::size_t>(box.left) * static_cast<std::size_t>(bands_);
  }

  PixelArea page_;
  int bands_;
  ColourChanges& changes_;
  std::vector<std::byte> before_;
};

/// Of the first page under the mark; for tiles and for a mark without a visible part, of the whole page.
double lightness_below(const Mark& mark, const Box& box, const Picture& picture) {
  const Box whole{0, 0, picture.page.width, picture.page.height};
  const Box covered = clip(picture.orientation.to_stored(box, picture.page), picture.page);
  return mean_lightness(page_pixels(picture, 0), picture.layout,
                        mark.tile != Tile::none || covered.empty() ? whole : covered);
}

void log_placement(Logger& log, std::size_t index, const Box& box, const Copies& copies) {
  if (!log.enabled(LogLevel::debug)) return;
  const std::int64_t count = copies.count();
  log.log(LogLevel::debug, fmt::format("compose: mark {} at {},{} size {}x{}{}", index + 1, box.left, box.top,
                                       box.width, box.height,
                                       count == 0   ? ", outside of the picture"
                                       : count == 1 ? ""
                                                    : fmt::format(", {} copies", count)));
}

/// "mark 2 (logo logo.png)"; `index` counts from 0.
std::string mark_name(const Mark& mark, std::size_t index) {
  constexpr std::size_t longest = 60;
  const auto* const logo = std::get_if<Logo>(&mark.source);
  const std::string& shown = logo != nullptr ? logo->path : std::get<Text>(mark.source).text;
  std::string cut = shown;
  if (cut.size() > longest) {
    cut.resize(longest);
    cut += "...";
  }
  std::replace_if(
      cut.begin(), cut.end(), [](unsigned char letter) { return letter < 0x20 || letter == 0x7F; }, ' ');
  return logo != nullptr ? fmt::format("mark {} (logo {})", index + 1, cut)
                         : fmt::format("mark {} (text \"{}\")", index + 1, cut);
}

}  // namespace

Composer::Composer(const Recipe& recipe, std::int64_t started, Logger& log, IfUnmarked if_unmarked)
    : recipe_(recipe), started_(local_time(started)), log_(log), cache_(max_cached_bytes) {
  for (const Mark& mark : recipe.marks) {
    sources_.push_back(make_mark_source(mark));
    if (const auto* const text = std::get_if<Text>(&mark.source)) {
      check_tag_names(TextTemplate(text->text),
                      fmt::format("the text \"{}\" cannot be drawn", failure_text(text->text)));
    }
  }
  if (if_unmarked == IfUnmarked::fail) check_visibility();
}

/// Throws if no mark can be visible: otherwise each picture of the job would fail.
void Composer::check_visibility() const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (is_seen(sources_[i]->most_alpha(), recipe_.marks[i].opacity)) return;
  }
  if (sources_.empty()) return;
  throw MarkError(fmt::format("no picture would be marked: {} cannot be seen at opacity {}",
                              mark_name(recipe_.marks[0], 0), recipe_.marks[0].opacity));
}

TextFacts Composer::facts_of(const Picture& picture, const Task& task) const {
  return text_facts(picture, task, started_);
}

DrawnMarks Composer::compose(Picture& picture, const Task& task) {
  const TextFacts facts = facts_of(picture, task);
  DrawnMarks drawn;
  for (std::size_t i = 0; i < sources_.size(); ++i) place(i, picture, facts, drawn);
  return drawn;
}

std::optional<MarkLayers> Composer::layers(const Picture& picture, const Task& task, bool grey) {
  const PixelLayout layout =
      grey ? PixelLayout{.space = ColourSpace::grey, .bands = 1, .colour_bands = 1} : PixelLayout{};
  const TextFacts facts = facts_of(picture, task);
  MarkLayers result;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto placement = placed(i, picture, facts);
    const auto* const where = std::get_if<Placed>(&placement);
    if (where == nullptr) {
      leave_out(i, std::get<std::string>(placement), result.drawn);
      continue;
    }
    if (where->copies.count() > max_listed_copies) return std::nullopt;
    const double opacity = recipe_.marks[i].opacity;
    jpeg::MarkLayer layer{.mark = prepared(i, where->placement, picture, layout, false), .opacity = opacity};
    if (!is_seen_at(*where, *layer.mark, opacity, picture)) {
      leave_out(i, part_is_transparent, result.drawn);
      continue;
    }
    where->copies.for_each([&](const Box& copy) {
      const Box stored = picture.orientation.to_stored(copy, picture.page);
      layer.positions.push_back({stored.left, stored.top});
    });
    result.layers.push_back(std::move(layer));
    result.marks.push_back(i);
    count(i, result.drawn);
  }
  return result;
}

std::string Composer::without_effect(std::size_t index) const {
  return fmt::format("{}: it cannot be seen, since it changes no pixel",
                     mark_name(recipe_.marks[index], index));
}

std::vector<Box> Composer::boxes(const Picture& picture, const Task& task, std::size_t most) {
  const TextFacts facts = facts_of(picture, task);
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto placement = placed(i, picture, facts);
    const auto* const where = std::get_if<Placed>(&placement);
    if (where == nullptr || where->copies.count() > max_listed_copies) continue;
    where->copies.for_each([&](const Box& copy) {
      if (boxes.size() < most) boxes.push_back(copy);
    });
  }
  return boxes;
}

std::uint64_t Composer::texts_rendered() const {
  std::uint64_t sum = 0;
  for (const auto& source : sources_) sum += source->renders();
  return sum;
}

std::variant<Composer::Placed, std::string> Composer::placed(std::size_t index, const Picture& picture,
                                                             const TextFacts& facts) {
  MarkSource& source = *sources_[index];
  const bool something = source.set_facts(facts);
  if (const std::string note = source.take_note(); !note.empty()) {
    log_.log(LogLevel::warning, fmt::format("compose: mark {}: {}", index + 1, note));
  }
  if (!something) return "its text is empty or blank";
  const Mark& mark = recipe_.marks[index];
  const Size seen = picture.orientation.other_size(picture.page);
  const Placement placement = place_mark(mark, source.natural_size(seen), seen);
  if (std::string why = too_big_to_draw(index, placement.box.size(), seen); !why.empty()) return why;
  const Copies copies(mark, placement.box, seen);
  log_placement(log_, index, placement.box, copies);
  if (copies.empty()) return "it lies outside of the picture";
  return Placed{placement, copies};
}

void Composer::count(std::size_t index, DrawnMarks& drawn) const {
  ++drawn.count;
  std::string missing = sources_[index]->missing();
  if (!missing.empty() && std::ranges::find(drawn.lacking, missing) == drawn.lacking.end())
    drawn.lacking.push_back(std::move(missing));
}

void Composer::leave_out(std::size_t index, std::string_view why, DrawnMarks& drawn) const {
  drawn.left_out.push_back(fmt::format("{}: {}", mark_name(recipe_.marks[index], index), why));
}

bool Composer::is_seen_at(const Placed& where, const PreparedMark& mark, double opacity,
                          const Picture& picture) const {
  bool seen = false;
  where.copies.for_each([&](const Box& copy) {
    if (seen) return;
    const Box stored = picture.orientation.to_stored(copy, picture.page);
    seen = is_seen(mark, opacity, {stored.left, stored.top}, picture.page);
  });
  return seen;
}

void Composer::place(std::size_t index, Picture& picture, const TextFacts& facts, DrawnMarks& drawn) {
  const auto placement = placed(index, picture, facts);
  const auto* const where = std::get_if<Placed>(&placement);
  if (where == nullptr) return leave_out(index, std::get<std::string>(placement), drawn);
  const Mark& mark = recipe_.marks[index];
  const Prepared prepared_mark = chosen(index, where->placement, picture);
  if (!is_seen_at(*where, *prepared_mark, mark.opacity, picture))
    return leave_out(index, part_is_transparent, drawn);
  count(index, drawn);
  Blender blender(picture.layout, *prepared_mark, mark.blend, mark.opacity);
  const bool few = has_few_colours(picture);
  for (int page = 0; page < picture.pages; ++page) {
    const PixelArea pixels = page_pixels(picture, page);
    ColourChanges changes(
        std::max(most_colour_pairs / static_cast<std::size_t>(picture.pages), std::size_t{64}));
    ChangeWatch watch(pixels, picture.image.bands(), changes);
    where->copies.for_each([&](const Box& copy) {
      const Box stored = picture.orientation.to_stored(copy, picture.page);
      const auto put = [&] { blender.put(pixels, {stored.left, stored.top}); };
      if (few) {
        watch.around(stored, put);
      } else {
        put();
      }
    });
    if (few) picture.marked_pages.push_back({page, std::move(changes)});
  }
  if (!blender.has_changed()) drawn.left_out.push_back(without_effect(index));
}

std::string Composer::too_big_to_draw(std::size_t index, Size box, Size seen) const {
  if (fits(box, seen)) return {};
  const auto mark = [&] { return fmt::format("the mark ({}x{})", box.width, box.height); };
  switch (recipe_.marks[index].if_too_big) {
    case IfTooBig::shrink:
      return {};  // a single turned pixel
    case IfTooBig::clip:
      if (pixels_in(box) <= std::max(pixels_in(seen), max_clipped_pixels)) return {};
      throw TaskFailure(FailureKind::too_large, mark() + " would need too much memory to be clipped");
    case IfTooBig::skip:
      return fmt::format("it does not fit ({}x{} pixels in {}x{}) and --if-too-big skip leaves it out",
                         box.width, box.height, seen.width, seen.height);
    case IfTooBig::fail:
      break;
  }
  throw TaskFailure(FailureKind::unsupported, mark() + " is larger than the picture");
}

Composer::Prepared Composer::prepared(std::size_t index, const Placement& placement, const Picture& picture,
                                      const PixelLayout& layout, bool inverted) {
  const Mark& mark = recipe_.marks[index];
  const Size seen = picture.orientation.other_size(picture.page);
  const auto profile = picture.image.is_null() ? std::span<const std::byte>() : icc_profile(picture.image);
  const MarkKey key{.mark = index,
                    .inverted = inverted,
                    .size = placement.drawn,
                    .content = sources_[index]->content(),
                    .font_reference = std::min(seen.width, seen.height),
                    .orientation = picture.orientation,
                    .layout = layout,
                    .profile_hash = hash_of(profile)};
  return cache_.get(key, [&] {
    Raster raster = turned(sources_[index]->draw(seen, placement.drawn), Rotation(mark.rotate));
    if (inverted) raster = lightness_inverted(raster);
    PreparedMark result = prepare(raster, picture.orientation, layout, profile);
    if (mark.contrast != Contrast::none) result.lightness = mean_lightness(raster);
    return result;
  });
}

Composer::Prepared Composer::chosen(std::size_t index, const Placement& placement, const Picture& picture) {
  Prepared plain = prepared(index, placement, picture, picture.layout, false);
  const Mark& mark = recipe_.marks[index];
  if (mark.contrast == Contrast::none) return plain;
  Prepared counterpart = prepared(index, placement, picture, picture.layout, true);
  const double below = lightness_below(mark, placement.box, picture);
  const bool inverted = std::abs(counterpart->lightness - below) > std::abs(plain->lightness - below);
  if (log_.enabled(LogLevel::debug)) {
    log_.log(LogLevel::debug, fmt::format("compose: mark {} of lightness {:.2f} on {:.2f}{}", index + 1,
                                          plain->lightness, below, inverted ? ", inverted" : ""));
  }
  return inverted ? counterpart : plain;
}

}  // namespace wm
