#include "worker/marks/text_mark.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <utility>

#include <vips/vips8>
#include <xxhash.h>

#include "common/text/utf8.h"
#include "worker/marks/missing_letters.h"
#include "worker/marks/placement.h"
#include "worker/marks/raster_image.h"
#include "worker/vips/failure_text.h"

namespace wm {
namespace {

// The limits of each text mark's cache in every worker.
constexpr std::size_t max_kept = 8;
constexpr std::size_t max_kept_text_bytes = std::size_t{2} << 20;

// Cairo cannot draw wider, and no picture needs more than some ten million pixels of text. Larger texts are
// drawn at this size and enlarged.
constexpr double max_side = 30'000;
constexpr double max_pixels = 32e6;
constexpr int max_font_pixels = 10'000;

double factor_to_limits(Size size) {
  const double width = size.width;
  const double height = size.height;
  return std::min({1.0, max_side / width, max_side / height, std::sqrt(max_pixels / width / height)});
}

Size scaled(Size size, double factor) {
  return {std::max(1, round_half_up(size.width * factor)), std::max(1, round_half_up(size.height * factor))};
}

/// Drops the least recently used entries until the limits hold; the first one always stays.
template <class Entry, class Memory>
void limit(std::list<Entry>& entries, const Memory& memory) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  auto entry = entries.begin();
  while (entry != entries.end() && count < max_kept) {
    bytes += memory(*entry);
    if (count > 0 && bytes > max_kept_text_bytes) break;
    ++count;
    ++entry;
  }
  entries.erase(entry, entries.end());
}

bool can_be_seen(const Text& text) {
  return text.fill.alpha != 0 ||
         (text.stroke && text.stroke->colour.alpha != 0 && text.stroke->width.value > 0) ||
         (text.shadow && text.shadow->colour.alpha != 0);
}

}  // namespace

TextMark::TextMark(const Text& text) : text_(text) {
  const auto complain = [&](const std::string& reason) {
    throw MarkError("the text \"" + failure_text(text_.text) + "\" cannot be drawn: " + reason);
  };
  if (!is_utf8(text_.text)) complain("it is not UTF-8");
  try {
    template_.emplace(text_.text);
    fonts_.emplace(text_);
    use(template_->expand({}));
    const TextShape& sample = shape();
    if (!sample.missing().empty()) complain(missing_letters_text(sample.missing(), *fonts_));
    if (!can_be_seen(text_) || (template_->constant() && sample.ink().empty())) {
      complain("nothing of it can be seen");
    }
    static_cast<void>(render(64, {64, 64}));
    renders_ = 0;
    if (const std::string other = fonts_->substitute(); !other.empty()) {
      note_ = "the font \"" + failure_text(text_.font) + "\" is not there, " + other + " is taken";
      missing_ = "the font \"" + failure_text(text_.font) + "\", replaced by " + other;
    }
  } catch (const MarkError&) {
    throw;
  } catch (const std::exception& error) {
    vips_error_clear();
    complain(failure_text(error.what()));
  }
}

void TextMark::use(std::string expanded) {
  expanded_ = std::move(expanded);
  content_ = XXH3_64bits(expanded_.data(), expanded_.size());
}

bool TextMark::set_facts(const TextFacts& facts) {
  std::string expanded = template_->expand(facts);
  if (expanded != expanded_) use(std::move(expanded));
  const TextShape& current = shape();
  if (!current.missing().empty() && !note_made_) {
    note_made_ = true;
    note_ += std::string(note_.empty() ? "" : "; ") + "boxes stand for letters in the text \"" +
             failure_text(expanded_) + "\": " + missing_letters_text(current.missing(), *fonts_);
  }
  return !current.ink().empty();
}

std::string TextMark::take_note() {
  return std::exchange(note_, {});
}

const TextShape& TextMark::shape() {
  const auto found = std::find_if(shapes_.begin(), shapes_.end(),
                                  [&](const Shape& kept) { return kept.content == content_; });
  if (found != shapes_.end()) {
    shapes_.splice(shapes_.begin(), shapes_, found);
  } else {
    shapes_.push_front({content_, TextShape(*fonts_, expanded_, text_.align)});
    limit(shapes_, [](const Shape& kept) { return kept.shape.memory(); });
  }
  return shapes_.front().shape;
}

int TextMark::font_pixels(Size picture) const {
  const int shorter = std::min(picture.width, picture.height);
  return std::clamp(round_half_up(to_pixels(text_.size, shorter)), 1, max_font_pixels);
}

Size TextMark::natural_size(Size picture) {
  const Size size = painted_box(shape(), text_, measures(text_, font_pixels(picture))).size();
  return scaled(size, factor_to_limits(size));
}

Raster TextMark::render(int font_pixels, Size size) {
  ++renders_;
  const TextMeasures lengths = measures(text_, font_pixels);
  const Box box = painted_box(shape(), text_, lengths);
  const double factor = factor_to_limits(size);
  if (factor < 1) return resized(paint(shape(), text_, lengths, box, scaled(size, factor)), size);
  return paint(shape(), text_, lengths, box, size);
}

Raster TextMark::draw(Size picture, Size size) {
  const int font = font_pixels(picture);
  const auto found = std::find_if(drawings_.begin(), drawings_.end(), [&](const Drawing& kept) {
    return kept.content == content_ && kept.font_pixels == font && kept.raster.size == size;
  });
  if (found != drawings_.end()) {
    drawings_.splice(drawings_.begin(), drawings_, found);
    return drawings_.front().raster;
  }
  Raster raster = render(font, size);
  if (raster.rgba.size() <= max_kept_text_bytes) {
    drawings_.push_front({content_, font, raster});
    limit(drawings_, [](const Drawing& kept) { return kept.raster.rgba.size(); });
  }
  return raster;
}

}  // namespace wm
