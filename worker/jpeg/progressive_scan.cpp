#include "worker/jpeg/progressive_scan.h"

#include <bit>
#include <cstdlib>

#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/zigzag.h"

namespace wm::jpeg {
namespace {

constexpr unsigned largest_ac_size = 10;
constexpr unsigned zero_run = 0xf0;  // 16 zeros

/// Ends an interval wherever a restart is due.
class Intervals {
 public:
  Intervals(std::uint32_t length, ScanTokens& tokens) : length_(length), left_(length), tokens_(tokens) {}
  /// Called before each MCU. True for the first one after a restart.
  bool enter_mcu() {
    if (length_ == 0) return false;
    if (left_ == 0) {
      tokens_.end_interval();
      left_ = length_ - 1;
      return true;
    }
    --left_;
    return false;
  }

 private:
  std::uint32_t length_, left_;
  ScanTokens& tokens_;
};

void code_difference(int difference, std::size_t table, ScanTokens& tokens) {
  const auto size = static_cast<unsigned>(std::bit_width(static_cast<unsigned>(std::abs(difference))));
  if (size > largest_ac_size + 1) throw DamagedJpeg("a DC coefficient is out of range");
  const auto bits = static_cast<unsigned>(difference < 0 ? difference - 1 : difference) & ((1U << size) - 1);
  tokens.symbol(table, size, bits, size);
}

/// Visits the DC coefficients of an MCU's blocks in order.
template <typename Visit>
void visit_mcu(const Scan& scan, const ScanGeometry& geometry, const std::vector<PlaneSummary>& summaries,
               int mcu_column, int mcu_row, const Visit& visit) {
  const bool alone = scan.components.size() == 1;
  for (const ScanComponent& part : scan.components) {
    const PlaneSummary& plane = summaries[part.component];
    const int across = alone ? 1 : geometry.components[part.component].horizontal;
    const int down = alone ? 1 : geometry.components[part.component].vertical;
    int dc = 0;
    for (int y = mcu_row * down; y < (mcu_row + 1) * down; ++y) {
      for (int x = mcu_column * across; x < (mcu_column + 1) * across; ++x) {
        // Blocks beyond the picture repeat the previous one: that costs the least.
        if (x < plane.blocks().width && y < plane.blocks().height) dc = plane.dc(x, y);
        visit(part.component, dc);
      }
    }
  }
}

Size mcus_of(const Scan& scan, const ScanGeometry& geometry, const std::vector<PlaneSummary>& summaries) {
  return scan.components.size() == 1 ? summaries[scan.components.front().component].blocks() : geometry.mcus;
}

struct Band {
  std::uint64_t mask = 0;
  int first = 0, last = 0, low_bit = 0;
  explicit Band(const Scan& scan)
      : mask(~std::uint64_t{0} >> (63 - scan.spectral_last) & ~std::uint64_t{0} << scan.spectral_first),
        first(scan.spectral_first),
        last(scan.spectral_last),
        low_bit(scan.low_bit) {}
};

int take_lowest(std::uint64_t& mask) {
  const int place = std::countr_zero(mask);
  mask &= mask - 1;
  return place;
}

int value_at(const std::int16_t* block, int place) {
  return block[zigzag[static_cast<std::size_t>(place)]];
}

/// A block in a band's first scan. `found` are its nonzero coefficients.
void code_first(const std::int16_t* block, const Band& band, std::uint64_t found, ScanTokens& tokens) {
  int before = band.first - 1;
  if (found != 0) tokens.end_run();
  while (found != 0) {
    const int place = take_lowest(found);
    auto run = static_cast<unsigned>(place - before - 1);
    for (; run > 15; run -= 16) tokens.symbol(0, zero_run, 0, 0);
    const int value = value_at(block, place);
    const unsigned magnitude = static_cast<unsigned>(std::abs(value)) >> band.low_bit;
    const auto size = static_cast<unsigned>(std::bit_width(magnitude));
    if (size > largest_ac_size) throw DamagedJpeg("an AC coefficient is out of range");
    tokens.symbol(0, run << 4 | size, value < 0 ? ~magnitude & ((1U << size) - 1) : magnitude, size);
    before = place;
  }
  if (before < band.last) tokens.end_of_block();
}

/// Bits to append after the next symbol: for coefficients that are nonzero since earlier scans.
struct Corrections {
  std::uint64_t bits = 0;
  unsigned count = 0;
  void add(int value, int low_bit) {
    bits = bits << 1 | (static_cast<unsigned>(std::abs(value)) >> low_bit & 1);
    ++count;
  }
  void move_to(ScanTokens& tokens) {
    tokens.append(bits, count);
    *this = {};
  }
};

/// A block in a scan that adds one bit. `found` are the coefficients that are nonzero now, `fresh` those of
/// them that became nonzero with this bit.
void code_refinement(const std::int16_t* block, const Band& band, std::uint64_t found, std::uint64_t fresh,
                     ScanTokens& tokens) {
  Corrections corrections;
  int before = band.first - 1;
  unsigned run = 0;  // of zeros not yet covered by a symbol
  if (fresh != 0) tokens.end_run();
  while (fresh != 0) {
    const int place = take_lowest(found);
    run += static_cast<unsigned>(place - before - 1);
    before = place;
    for (; run > 15; run -= 16) {
      tokens.symbol(0, zero_run, 0, 0);
      corrections.move_to(tokens);
    }
    const int value = value_at(block, place);
    if (place != std::countr_zero(fresh)) {
      corrections.add(value, band.low_bit);
      continue;
    }
    tokens.symbol(0, run << 4 | 1, value < 0 ? 0 : 1, 1);
    corrections.move_to(tokens);
    run = 0;
    fresh &= fresh - 1;
  }
  if (before == band.last) return;
  while (found != 0) corrections.add(value_at(block, take_lowest(found)), band.low_bit);
  tokens.end_of_block();
  corrections.move_to(tokens);
}

}  // namespace

void code_dc_scan(const Scan& scan, const ScanGeometry& geometry, const std::vector<PlaneSummary>& summaries,
                  std::uint32_t restart_interval, ScanTokens& tokens) {
  Intervals intervals(restart_interval, tokens);
  const Size mcus = mcus_of(scan, geometry, summaries);
  std::array<int, 4> before{};
  for (int row = 0; row < mcus.height; ++row) {
    for (int column = 0; column < mcus.width; ++column) {
      if (intervals.enter_mcu()) before = {};
      visit_mcu(scan, geometry, summaries, column, row, [&](std::size_t component, int dc) {
        if (scan.high_bit != 0) {
          tokens.append(static_cast<unsigned>(dc) >> scan.low_bit & 1, 1);
          return;
        }
        const int value = dc >> scan.low_bit;
        code_difference(value - before[component], table_of(component), tokens);
        before[component] = value;
      });
    }
    tokens.check_size();
  }
  tokens.end_interval();
}

void code_ac_scan(const Scan& scan, const CoefficientPlane& plane, const PlaneSummary& summary,
                  std::uint32_t restart_interval, ScanTokens& tokens) {
  const Band band(scan);
  const std::uint64_t* now = summary.at_least(scan.low_bit).data();
  const std::uint64_t* earlier = scan.high_bit == 0 ? nullptr : summary.at_least(scan.high_bit).data();
  Intervals intervals(restart_interval, tokens);
  std::size_t index = 0;
  for (int row = 0; row < plane.blocks.height; ++row) {
    for (int column = 0; column < plane.blocks.width; ++column, ++index) {
      intervals.enter_mcu();
      const std::uint64_t found = now[index] & band.mask;
      if (found == 0) {
        tokens.end_of_block();
      } else if (earlier == nullptr) {
        code_first(plane.block(column, row), band, found, tokens);
      } else {
        code_refinement(plane.block(column, row), band, found, found & ~earlier[index], tokens);
      }
    }
    tokens.check_size();
  }
  tokens.end_interval();
}

}  // namespace wm::jpeg
