#include "worker/jpeg/scan_script.h"

#include <algorithm>
#include <array>

#include "worker/jpeg/scan_geometry.h"

namespace wm::jpeg {
namespace {

/// For each component and coefficient the lowest bit sent so far; initially not_sent.
constexpr int not_sent = -1;
using Sent = std::vector<std::array<int, 64>>;

bool take(const Scan& scan, const Frame& frame, Sent& sent) {
  const bool progressive = frame.marker == marker::sof2;
  const int first = scan.spectral_first;
  const int last = scan.spectral_last;
  if (first > last || last > 63 || scan.low_bit > 13) return false;
  if (progressive && first == 0 && last != 0) return false;
  if (first != 0 && scan.components.size() != 1) return false;
  if (scan.high_bit != 0 && scan.high_bit != scan.low_bit + 1) return false;
  std::size_t before = 0;
  int blocks = 0;
  for (const ScanComponent& part : scan.components) {
    if (&part != &scan.components.front() && part.component <= before) return false;
    before = part.component;
    const Component& component = frame.components[part.component];
    blocks += component.horizontal * component.vertical;
    auto& bits = sent[part.component];
    if (first != 0 && bits[0] == not_sent) return false;
    for (auto k = static_cast<std::size_t>(first); k <= static_cast<std::size_t>(last); ++k) {
      if (bits[k] != (scan.high_bit == 0 ? not_sent : scan.high_bit)) return false;
      bits[k] = scan.low_bit;
    }
  }
  return scan.components.size() == 1 || blocks <= 10;
}

Sent nothing_sent(const Frame& frame) {
  std::array<int, 64> nothing{};
  nothing.fill(not_sent);
  return Sent(frame.components.size(), nothing);
}

std::vector<Scan> all_scans(const Header& header, const Rest& rest) {
  std::vector<Scan> scans{header.scan};
  scans.insert(scans.end(), rest.scans.begin(), rest.scans.end());
  if (header.frame.marker == marker::sof2) return scans;
  for (Scan& scan : scans) {
    scan.spectral_first = scan.high_bit = scan.low_bit = 0;
    scan.spectral_last = 63;
  }
  return scans;
}

}  // namespace

bool is_smoothed(const Header& header, const Rest& rest) {
  if (header.frame.marker != marker::sof2) return false;
  constexpr std::size_t looked_at = 10;  // libjpeg-turbo since 2.1; before, and IJG's libjpeg: 6
  Sent sent = nothing_sent(header.frame);
  for (const Scan& scan : all_scans(header, rest)) {
    const auto end = static_cast<std::size_t>(std::clamp(scan.spectral_last + 1, 0, 64));
    for (const ScanComponent& part : scan.components) {
      for (auto k = static_cast<std::size_t>(scan.spectral_first); k < end; ++k) {
        sent[part.component][k] = scan.low_bit;
      }
    }
  }
  // If any component has no DC value, libjpeg smooths none.
  if (std::ranges::any_of(sent, [](const auto& bits) { return bits[0] == not_sent; })) return false;
  return std::ranges::any_of(sent, [](const auto& bits) {
    return std::any_of(bits.begin() + 1, bits.begin() + looked_at, [](int bit) { return bit != 0; });
  });
}

std::vector<Scan> scan_script(const Header& header, const Rest& rest) {
  std::vector<Scan> script = all_scans(header, rest);
  Sent sent = nothing_sent(header.frame);
  for (const Scan& scan : script) {
    if (!take(scan, header.frame, sent)) return {};
  }
  for (const auto& bits : sent) {
    if (std::any_of(bits.begin(), bits.end(), [](int bit) { return bit != 0; })) return {};
  }
  return script;
}

std::vector<Scan> usual_script(const Frame& frame) {
  std::vector<Scan> script;
  const std::size_t count = frame.components.size();
  const auto add_dc = [&](int high_bit, int low_bit) {
    Scan scan{.spectral_last = 0, .high_bit = high_bit, .low_bit = low_bit};
    for (std::size_t c = 0; c < count; ++c) scan.components.push_back({.component = c});
    script.push_back(std::move(scan));
  };
  const auto add_ac = [&](std::size_t component, int first, int last, int high_bit, int low_bit) {
    script.push_back({.components = {{.component = component}},
                      .spectral_first = first,
                      .spectral_last = last,
                      .high_bit = high_bit,
                      .low_bit = low_bit});
  };
  add_dc(0, 1);
  add_ac(0, 1, 5, 0, 2);
  for (std::size_t c = count - 1; c != 0; --c) add_ac(c, 1, 63, 0, 1);
  add_ac(0, 6, 63, 0, 2);
  add_ac(0, 1, 63, 2, 1);
  add_dc(1, 0);
  for (std::size_t c = count - 1; c != 0; --c) add_ac(c, 1, 63, 1, 0);
  add_ac(0, 1, 63, 1, 0);
  return script;
}

}  // namespace wm::jpeg
