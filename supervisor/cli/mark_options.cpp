#include "supervisor/cli/mark_values.h"
#include "supervisor/cli/option_value.h"
#include "supervisor/cli/presets.h"

namespace wm {
namespace {

/// The value of an option that opens a mark.
template <typename Source>
OptionValue opener(ValueKind kind, std::string Source::*member,
                   void (*open)(SettingsDraft&, const OptionUse&)) {
  OptionValue value = option_value::value(kind, member, option_value::as_given);
  value.apply = open;
  return value;
}

OptionValue preset() {
  return {.kind = ValueKind::string,
          .words = {preset_names().begin(), preset_names().end()},
          .apply = [](SettingsDraft& draft,
                      const OptionUse& use) { apply_preset(use.value, draft.mark(said(use))); },
          .values = {}};
}

/// "X,Y" for two members.
OptionValue offset(Length Mark::*x, Length Mark::*y, Offset (*parse)(std::string_view)) {
  return {
      .kind = ValueKind::pair,
      .words = {},
      .apply =
          [=](SettingsDraft& draft, const OptionUse& use) {
            Mark& mark = draft.mark(said(use));
            const Offset offset = parse(use.value);
            mark.*x = offset.x;
            mark.*y = offset.y;
          },
      .values = [=](const JobSettings&,
                    const Mark* mark) { return std::vector{text_of(mark->*x) + "," + text_of(mark->*y)}; }};
}

}  // namespace

std::vector<Option> mark_options() {
  using namespace option_value;
  return {
      {"logo", 0, "FILE", "open a mark: a picture",
       opener(ValueKind::path, &Logo::path,
              [](SettingsDraft& draft, const OptionUse& use) { draft.open_logo(use.value, said(use)); })},
      {"text", 0, "STRING", "open a mark: a text",
       opener(ValueKind::string, &Text::text,
              [](SettingsDraft& draft, const OptionUse& use) {
                draft.open_text(parse_mark_text(use.value), said(use));
              })},
      {"gravity", 0, "PLACE",
       "northwest, north, northeast, west, center, east, southwest, south or southeast (default)",
       choice(&Mark::gravity, gravity_names)},
      {"offset", 0, "X,Y", "inwards from that place, in pixels or % of the picture",
       offset(&Mark::offset_x, &Mark::offset_y, parse_offset)},
      {"scale", 0, "PART", "size as a part of the picture's, such as 15% or 0.15; or none",
       value_or("none", ValueKind::number, &Mark::scale, parse_scale)},
      {"scale-of", 0, "SIDE", "the side that --scale is of: width (default), height, short, long",
       choice(&Mark::scale_of, scale_of_names)},
      {"rotate", 0, "DEG", "degrees clockwise", value(ValueKind::number, &Mark::rotate, parse_rotation)},
      {"opacity", 0, "N", "0 (invisible) to 1 (opaque, default)",
       value(ValueKind::number, &Mark::opacity, parse_opacity)},
      {"blend", 0, "MODE",
       "over (default), multiply, screen, overlay, darken, lighten, color-dodge, color-burn, hard-light, "
       "soft-light, difference or exclusion",
       choice(&Mark::blend, blend_mode_names)},
      {"tile", 0, "PATTERN", "copies all over the picture: grid (default of the option) or brick",
       choice(&Mark::tile, tile_names, ValueKind::optional_word, parse_tile)},
      {"gap", 0, "X,Y", "between copies, in pixels or % of the mark",
       offset(&Mark::gap_x, &Mark::gap_y, parse_gap)},
      {"if-too-big", 0, "WHAT",
       "what to do with a mark larger than the picture: shrink it (default), clip it, skip it, or fail",
       choice(&Mark::if_too_big, if_too_big_names)},
      {"contrast", 0, "HOW",
       "none (default), or auto: inverts the mark's lightness where that is easier to see",
       choice(&Mark::contrast, contrast_names)},
      {"preset", 0, "NAME", "corner-logo, copyright-line or proof-tiles; see --list-presets", preset()},
      {"key", 0, "COLOUR", "colour of a logo that becomes transparent; white,15% with a tolerance (10%)",
       value(ValueKind::string, &Logo::key, parse_colour_key)},
      {"font", 0, "NAME", "text font, such as \"DejaVu Sans Bold\"; default sans",
       text(&Text::font, parse_font)},
      {"fontfile", 0, "FILE", "text font file; the font need not be installed",
       value(ValueKind::path, &Text::font_file,
             [](const std::string& path) { return FontFile{.path = path, .bytes = {}}; })},
      {"size", 0, "SIZE", "text size, in pixels or % of the picture's shorter side; default 5%",
       value(ValueKind::number, &Text::size, parse_font_size)},
      {"fill", 0, "COLOUR", "text colour: #rgb, #rrggbb, #rrggbbaa or a name; default white",
       value(ValueKind::string, &Text::fill, parse_colour)},
      {"stroke", 0, "WIDTH,COLOUR", "text outline, such as 2px,black or 4%,#00000080 (% of the font size)",
       value_or("none", ValueKind::string, &Text::stroke, parse_stroke)},
      {"shadow", 0, "X,Y,BLUR,COLOUR", "text shadow, such as 2px,2px,3px,#000000a0 (% of the font size)",
       value_or("none", ValueKind::optional_word, &Text::shadow, parse_shadow)},
      {"align", 0, "SIDE", "alignment of text lines: left (default), center, right",
       choice(&Text::align, text_align_names)},
  };
}

}  // namespace wm
