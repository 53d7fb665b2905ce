#include "supervisor/cli/mark_values.h"
#include "supervisor/cli/option_value.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

OutputFormat parse_format(std::string_view value) {
  if (value == "jpg") return OutputFormat::jpeg;
  if (value == "tif") return OutputFormat::tiff;
  return static_cast<OutputFormat>(parse_choice(value, output_format_names));
}

/// A text for the metadata, with variables.
std::string parse_credit(std::string_view value) {
  constexpr std::size_t longest = 2000;
  if (!is_utf8(value) || value.size() > longest || has_control(value))
    throw BadValue(fmt::format("expected one line of UTF-8, at most {} bytes", longest));
  check_variables(value);
  return std::string(value);
}

}  // namespace

std::vector<Option> encoding_options() {
  using namespace option_value;
  return {
      {"format", 0, "FORMAT", "keep (default), jpeg, png, webp, tiff or avif",
       choice(&Encoding::format, output_format_names, ValueKind::string, parse_format)},
      {"quality", 'q', "N", "1 to 100, or keep (default): as near to the input's as possible",
       whole_or("keep", &Encoding::quality, 1, 100)},
      {"subsample", 0, "RATIO", "of JPEG and AVIF colours: keep (default), 444, 422, 420",
       choice(&Encoding::subsampling, subsampling_names)},
      {"progressive", 0, "WHETHER", "progressive JPEG, interlaced PNG: true, false or keep (default)",
       choice(&Encoding::progressive, keep_or_names, ValueKind::optional_word)},
      {"png-compression", 0, "N", "0 (fast) to 9 (small); default 4, for few colours 6",
       whole_or("auto", &Encoding::png_compression, 0, 9)},
      {"lossless", 0, "WHETHER", "WebP: true, false or keep (default)",
       choice(&Encoding::lossless, keep_or_names, ValueKind::optional_word)},
      {"avif-speed", 0, "N", "0 (slow, small) to 9 (fast); default 6",
       whole_or("auto", &Encoding::avif_speed, 0, 9)},
      {"jpeg-path", 0, "PATH",
       "from JPEG to JPEG: auto (default), dct (in place, or the picture fails), pixel",
       choice(&Encoding::jpeg_path, jpeg_path_names)},
      {"damaged", 0, "WHAT", "a damaged picture: fail (default), or mark what can be read of it",
       choice(&JobSettings::damaged, damaged_pictures_names)},
      {"autorotate", 0, "", "turn pixels the way that the orientation tag says", flag(&Encoding::autorotate)},
      {"thumbnail", 0, "WHAT",
       "of a thumbnail in the metadata, which shows no mark: remake (default), strip, keep",
       choice(&Encoding::thumbnail, thumbnail_policy_names)},
      {"copyright", 0, "TEXT", "write it into the metadata; may have {variables} as the text of a mark",
       text(&Encoding::copyright, parse_credit)},
      {"artist", 0, "TEXT", "likewise, as its author", text(&Encoding::artist, parse_credit)},
      {"verify", 0, "",
       "decode and compare each output before it is published; costs time and memory of a second picture",
       flag(&JobSettings::verify)},
      {"metadata", 0, "WHAT", "keep (default), copyright (author and rights) or none",
       choice(&Encoding::metadata, metadata_policy_names)},
      {"keep-dates", 0, "", "outputs take the modification time of their input",
       flag(&JobSettings::keep_dates)},
  };
}

}  // namespace wm
