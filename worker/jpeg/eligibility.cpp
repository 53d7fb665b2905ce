#include "worker/jpeg/eligibility.h"

#include <algorithm>
#include <optional>
#include <set>

#include "worker/jpeg/scan_geometry.h"

namespace wm::jpeg {
namespace {

std::optional<Reason> against_process(const Header& header) {
  const std::uint8_t sof = header.frame.marker;
  for (const Segment& segment : header.segments) {
    if (segment.marker == marker::dhp || segment.marker == marker::exp) return Reason::hierarchical;
    if (segment.marker == marker::dac) return Reason::arithmetic;
  }
  if (sof >= 0xc9) return Reason::arithmetic;
  if (sof == 0xc3) return Reason::lossless;
  if (sof > marker::sof2) return Reason::hierarchical;
  if (header.frame.precision != 8) return Reason::sample_depth;
  return std::nullopt;
}

std::optional<Reason> against_components(const Header& header) {
  const std::size_t count = header.frame.components.size();
  if (count == 4) return Reason::cmyk;
  if (count != 1 && count != 3) return Reason::components;
  if (header.frame.height == 0) return Reason::height_later;
  if (geometry_of(header.frame).blocks_per_mcu() > 10) return Reason::sampling;
  for (const Component& component : header.frame.components) {
    const auto& table = header.quantisation[static_cast<std::size_t>(component.quantisation)];
    if (!table || std::count(table->begin(), table->end(), 0) != 0) return Reason::quantiser;
  }
  return std::nullopt;
}

/// With equal numbers, scans of single components would be ambiguous.
bool have_equal_numbers(const Frame& frame) {
  std::set<std::uint8_t> numbers;
  return !std::ranges::all_of(
      frame.components, [&](const Component& component) { return numbers.insert(component.id).second; });
}

/// The spectral range in such a scan's header does not matter: some writers leave zeros there.
std::variant<Path, Reason> choose_sequential(const Header& header) {
  const Scan& scan = header.scan;
  for (const ScanComponent& component : scan.components) {
    if (!header.dc[static_cast<std::size_t>(component.dc_table)] ||
        !header.ac[static_cast<std::size_t>(component.ac_table)]) {
      return Reason::huffman_table;
    }
  }
  return scan.components.size() == header.frame.components.size() ? Path::splice : Path::coefficients;
}

}  // namespace

std::string_view text_of(Reason reason) {
  switch (reason) {
    case Reason::arithmetic:
      return "arithmetic coding";
    case Reason::lossless:
      return "lossless coding";
    case Reason::hierarchical:
      return "hierarchical coding";
    case Reason::sample_depth:
      return "samples that are not of 8 bits";
    case Reason::cmyk:
      return "four components (CMYK or YCCK)";
    case Reason::components:
      return "neither one nor three components";
    case Reason::height_later:
      return "the height comes after the scan";
    case Reason::sampling:
      return "more blocks in an MCU than the format allows";
    case Reason::quantiser:
      return "a quantisation table is missing or has a zero";
    case Reason::huffman_table:
      return "a Huffman table is missing";
    case Reason::component_numbers:
      return "several components have the same number";
    case Reason::ends_early:
      return "the scans end early, and decoders smooth what is missing";
    case Reason::redefined_tables:
      return "quantisation tables change between scans";
    case Reason::repeated_scan:
      return "scans show the picture again";
    case Reason::scans:
      return "too many scans";
    case Reason::memory:
      break;
  }
  return "the coefficients need too much memory";
}

std::string_view text_of(Path path) {
  return path == Path::splice ? "splice" : "coefficients";
}

ColourModel colour_model_of(const Header& header) {
  const auto& components = header.frame.components;
  if (components.size() == 1) return ColourModel::grey;
  if (header.jfif) return ColourModel::ycc;
  if (header.adobe_transform) return *header.adobe_transform == 0 ? ColourModel::rgb : ColourModel::ycc;
  const bool named =
      components.size() == 3 && components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B';
  return named ? ColourModel::rgb : ColourModel::ycc;
}

std::size_t coefficient_bytes(const Frame& frame) {
  const ScanGeometry geometry = geometry_of(frame);
  return geometry.mcu_count() * static_cast<std::size_t>(geometry.blocks_per_mcu()) * 64 *
         sizeof(std::int16_t);
}

std::variant<Path, Reason> choose_path(const Header& header, const Limits& limits) {
  if (const auto reason = against_process(header)) return *reason;
  if (const auto reason = against_components(header)) return *reason;
  std::variant<Path, Reason> choice = Path::coefficients;
  if (header.frame.marker != marker::sof2) choice = choose_sequential(header);
  if (choice != std::variant<Path, Reason>(Path::coefficients)) return choice;
  if (have_equal_numbers(header.frame)) return Reason::component_numbers;
  if (coefficient_bytes(header.frame) > limits.coefficient_bytes) return Reason::memory;
  return choice;
}

}  // namespace wm::jpeg
