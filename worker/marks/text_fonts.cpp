#include "worker/marks/text_fonts.h"

#include <pango/pangofc-fontmap.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <glib.h>
#include <xxhash.h>

#include "common/os/memory_file.h"
#include "common/os/unique_fd.h"
#include "worker/marks/mark_source.h"

namespace wm {
namespace {

std::string text_of(const FcPattern* pattern, const char* object) {
  FcChar8* value = nullptr;
  if (FcPatternGetString(pattern, object, 0, &value) != FcResultMatch) return {};
  return reinterpret_cast<const char*>(value);
}

bool same_name(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         g_ascii_strncasecmp(left.data(), right.data(), static_cast<gsize>(left.size())) == 0;
}

/// Whether the font `pattern` has that family name, in any language.
bool has_family(const FcPattern* pattern, std::string_view name) {
  FcChar8* value = nullptr;
  for (int i = 0; FcPatternGetString(pattern, FC_FAMILY, i, &value) == FcResultMatch; ++i) {
    if (same_name(reinterpret_cast<const char*>(value), name)) return true;
  }
  return false;
}

/// The path of a memory file with these bytes.
std::string path_of(const std::vector<std::byte>& bytes) {
  static std::map<std::array<std::uint64_t, 2>, UniqueFd> files;
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  UniqueFd& file = files[{hash.high64, hash.low64}];
  if (!file) file = create_sealed_file("wm-font", bytes);
  return "/proc/self/fd/" + std::to_string(file.get());
}

/// Fontconfig orders fonts by file before all other criteria.
bool prefer_file(FcConfig* config, const std::string& path) {
  const std::string rule =
      "<?xml version='1.0'?><fontconfig><match target='pattern'><edit name='file' mode='assign' "
      "binding='strong'><string>" +
      path + "</string></edit></match></fontconfig>";
  return FcConfigParseAndLoadFromMemory(config, reinterpret_cast<const FcChar8*>(rule.c_str()), FcTrue) ==
         FcTrue;
}

std::string first_family(const PangoFontDescription* description) {
  const char* families = pango_font_description_get_family(description);
  const std::string_view all = families == nullptr ? "sans" : families;
  return std::string(all.substr(0, all.find(',')));
}

}  // namespace

TextFonts::TextFonts(const Text& text)
    : map_(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT)),
      description_(pango_font_description_from_string(text.font.c_str())) {
  if (!map_) throw MarkError("this Pango cannot draw with FreeType");
  if (text.font_file) add_file(*text.font_file);
  context_.reset(pango_font_map_create_context(map_.get()));
  pango_cairo_context_set_resolution(context_.get(), 72);
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options);
  cairo_font_options_destroy(options);
}

void TextFonts::add_file(const FontFile& file) {
  const std::string path = path_of(file.bytes);
  // A separate configuration: the process's would still contain the path long after the descriptor is closed.
  config_.reset(FcInitLoadConfigAndFonts());
  const FcFontSet* fonts = nullptr;
  if (config_ &&
      FcConfigAppFontAddFile(config_.get(), reinterpret_cast<const FcChar8*>(path.c_str())) == FcTrue) {
    fonts = FcConfigGetFonts(config_.get(), FcSetApplication);
  }
  if (fonts == nullptr || fonts->nfont == 0) {
    throw MarkError("there is no font in the file " + file.path + "; fonts are TrueType or OpenType files");
  }
  const std::string wanted = first_family(description_.get());
  const bool any = same_name(wanted, "sans");
  if (any) {
    pango_font_description_set_family(description_.get(), text_of(fonts->fonts[0], FC_FAMILY).c_str());
  }
  const bool has_wanted = std::any_of(fonts->fonts, fonts->fonts + fonts->nfont,
                                      [&](const FcPattern* font) { return has_family(font, wanted); });
  if ((any || has_wanted) && !prefer_file(config_.get(), path)) {
    throw MarkError("fontconfig does not take the font file " + file.path);
  }
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map_.get()), config_.get());
}

GObjectPtr<PangoLayout> TextFonts::layout(std::string_view utf8, int pixels) const {
  GObjectPtr<PangoLayout> layout(pango_layout_new(context_.get()));
  pango_font_description_set_absolute_size(description_.get(), static_cast<double>(pixels) * PANGO_SCALE);
  pango_layout_set_font_description(layout.get(), description_.get());
  pango_layout_set_text(layout.get(), utf8.data(), static_cast<int>(utf8.size()));
  return layout;
}

std::string TextFonts::substitute() const {
  constexpr std::array generic{"sans",    "sans-serif", "serif",     "mono", "monospace",
                               "cursive", "fantasy",    "system-ui", "emoji"};
  const char* families = pango_font_description_get_family(description_.get());
  if (families == nullptr) return {};
  const std::unique_ptr<gchar*, decltype(&g_strfreev)> names(g_strsplit(families, ",", -1), &g_strfreev);
  const std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)> wanted(FcPatternCreate(), &FcPatternDestroy);
  for (gchar** name = names.get(); *name != nullptr; ++name) {
    const std::string_view family = g_strstrip(*name);
    if (std::any_of(generic.begin(), generic.end(),
                    [&](const char* word) { return same_name(word, family); })) {
      return {};
    }
    FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(*name));
  }
  FcConfigSubstitute(config_.get(), wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(wanted.get());
  FcResult result{};
  const std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)> found(
      FcFontMatch(config_.get(), wanted.get(), &result), &FcPatternDestroy);
  if (!found) return {};
  for (gchar** name = names.get(); *name != nullptr; ++name) {
    if (has_family(found.get(), *name)) return {};
  }
  return text_of(found.get(), FC_FAMILY);
}

std::optional<std::string> TextFonts::family_with(char32_t letter) const {
  FcCharSet* letters = FcCharSetCreate();
  FcPattern* pattern = FcPatternCreate();
  FcObjectSet* objects = FcObjectSetBuild(FC_FAMILY, FC_FONTFORMAT, nullptr);
  FcCharSetAddChar(letters, letter);
  FcPatternAddCharSet(pattern, FC_CHARSET, letters);
  FcFontSet* fonts = FcFontList(config_.get(), pattern, objects);
  std::vector<std::string> families;
  for (int i = 0; fonts != nullptr && i < fonts->nfont; ++i) {
    const std::string format = text_of(fonts->fonts[i], FC_FONTFORMAT);
    if (format == "TrueType" || format == "CFF") families.push_back(text_of(fonts->fonts[i], FC_FAMILY));
  }
  if (fonts != nullptr) FcFontSetDestroy(fonts);
  FcObjectSetDestroy(objects);
  FcPatternDestroy(pattern);
  FcCharSetDestroy(letters);
  const auto first = std::min_element(families.begin(), families.end());
  return first == families.end() ? std::nullopt : std::optional(*first);
}

}  // namespace wm
