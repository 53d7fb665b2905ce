#pragma once

// Decides from a JPEG's header alone how it can be marked in place. Pure.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "worker/jpeg/mark_planes.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

enum class Path : std::uint8_t {
  splice,        // only the touched MCUs are decoded and rewritten
  coefficients,  // all coefficients are decoded and rewritten, without loss
};

/// Why a file has to be marked through pixels.
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
  component_numbers,  // several components share one, and there are several scans
  redefined_tables,   // quantisation tables change between scans
  repeated_scan,      // a later scan shows the picture again
  scans,              // more scans than the limit
  ends_early,         // bits are missing, which decoders guess by smoothing
  memory,             // the coefficients take more than the limit
};
inline constexpr std::size_t reason_count = 16;

/// For logs: "arithmetic coding".
[[nodiscard]] std::string_view text_of(Reason reason);
[[nodiscard]] std::string_view text_of(Path path);

struct Limits {
  std::size_t coefficient_bytes = std::size_t{256} << 20;  // of the arrays of Path::coefficients
  std::size_t scans = 100;                                 // progressive writers produce about 10
};

/// For three components libjpeg's rule: JFIF means YCbCr; otherwise Adobe's marker decides; otherwise the ids
/// R, G, B mean RGB.
[[nodiscard]] ColourModel colour_model_of(const Header& header);

/// Bytes of all coefficients.
[[nodiscard]] std::size_t coefficient_bytes(const Frame& frame);

[[nodiscard]] std::variant<Path, Reason> choose_path(const Header& header, const Limits& limits);

}  // namespace wm::jpeg
