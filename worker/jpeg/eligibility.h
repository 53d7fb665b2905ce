#pragma once

// Which way a JPEG can be marked in place, decided from its header alone. Pure.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "worker/jpeg/mark_planes.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

enum class Path : std::uint8_t {
  splice,        // only the touched MCUs are decoded and written again
  coefficients,  // all coefficients are decoded and written again, without loss
};

/// Why a file has to go to pixels.
enum class Reason : std::uint8_t {
  arithmetic,         // arithmetic coding
  lossless,           // SOF3
  hierarchical,       // more than one frame
  sample_depth,       // not 8 bits
  cmyk,               // CMYK, YCCK: four components
  components,         // neither one nor three
  height_later,       // the frame has no height: a DNL segment has it
  sampling,           // more than ten blocks in an MCU
  quantiser,          // a table is missing or has a zero
  huffman_table,      // a table is missing
  component_numbers,  // several components have the same, and there are several scans
  redefined_tables,   // quantisation tables change between scans
  repeated_scan,      // a scan follows that shows the picture again
  scans,              // more scans than the limit
  ends_early,         // bits that decoders guess by smoothing are missing
  memory,             // the coefficients take more than the limit
};
inline constexpr std::size_t reason_count = 16;

/// For logs: "arithmetic coding".
[[nodiscard]] std::string_view text_of(Reason reason);
[[nodiscard]] std::string_view text_of(Path path);

struct Limits {
  std::size_t coefficient_bytes = std::size_t{256} << 20;  // of the arrays of Path::coefficients
  std::size_t scans = 100;                                 // progressive writers make about 10
};

/// For three components libjpeg's rule: JFIF says YCbCr, then Adobe's marker says, then ids R, G, B mean RGB.
[[nodiscard]] ColourModel colour_model_of(const Header& header);

/// Bytes of all coefficients.
[[nodiscard]] std::size_t coefficient_bytes(const Frame& frame);

[[nodiscard]] std::variant<Path, Reason> choose_path(const Header& header, const Limits& limits);

}  // namespace wm::jpeg
