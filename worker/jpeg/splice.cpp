#include "worker/jpeg/splice.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "worker/jpeg/bit_writer.h"
#include "worker/jpeg/block_blend.h"
#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/entropy_walk.h"
#include "worker/jpeg/lanes/shortcuts.h"
#include "worker/jpeg/multi_picture.h"
#include "worker/jpeg/not_in_place.h"
#include "worker/jpeg/scan_tables.h"
#include "worker/jpeg/scan_window.h"

namespace wm::jpeg {
namespace {

/// Only predictors that are used are checked: elsewhere their values do not matter.
void check_in_range(const Predictors& predictors) {
  for (const std::int64_t value : predictors) {
    if (value < -32768 || value > 32767) throw DamagedJpeg("a DC coefficient is out of range");
  }
}

constexpr std::array end_marker{std::byte{0xff}, std::byte{marker::eoi}};

class Splice {
 public:
  Splice(Bytes file, const Header& header, const ScanGeometry& geometry, Coverage& coverage,
         const NewSymbols& more, const WalkOptions& options)
      : file_(file),
        header_(header),
        geometry_(geometry),
        coverage_(coverage),
        tables_(header, geometry, more),
        window_(file, std::min(options.window_bytes, WalkOptions::largest_window)),
        shortcuts_(header, tables_.mcu(), options),
        writer_(file.size() + file.size() / 64 + 4096) {
    for (const Component& component : header.frame.components) {
      quantisers_.emplace_back(header.quantisation[static_cast<std::size_t>(component.quantisation)].value());
    }
  }

  /// Nullopt when a table lacks codes; needed() then has its symbols.
  std::optional<Spliced> run() {
    const std::size_t count = geometry_.mcu_count();
    const std::size_t interval = header_.restart_interval == 0 ? count : header_.restart_interval;
    std::size_t source = header_.scan.data;
    for (std::size_t first = 0; first < count; first += interval) {
      const std::size_t last = std::min(first + interval, count);
      do_interval(source, first, last);
      if (is_in_vain()) return std::nullopt;
      source = interval_end_;
      if (last < count) source = pass_restart(source, first / interval);
    }
    if (tables_.lack_codes()) return std::nullopt;
    keep_until(source);
    const std::size_t new_end = head_ + writer_.byte_count();
    const std::optional<std::size_t> end = check_rest(source);
    keep_until(end ? file_.size() : source);
    if (!end) writer_.append(end_marker);
    Spliced result = finish(source, new_end);
    if (end) result.tail_bytes = file_.size() - *end;
    return result;
  }

  [[nodiscard]] NewSymbols needed() const { return tables_.needed(); }

 private:
  /// Symbols without a code were needed, and all marks have been visited, so no further symbols will be
  /// needed.
  [[nodiscard]] bool is_in_vain() const {
    return next_run_ == coverage_.runs().size() && tables_.lack_codes();
  }

  /// MCUs [first, last) whose data begin at `source`.
  void do_interval(std::size_t source, std::size_t first, std::size_t last) {
    window_.start(source);
    shortcuts_.forget();
    at_ = copied_ = 0;
    before_ = after_ = {};
    copies_ = false;
    for (std::size_t mcu = first; mcu < last;) {
      const Coverage::Run run = next_run(mcu, last);
      pass_untouched(mcu, run.first);
      for (mcu = run.first; mcu < run.last; ++mcu) do_mcu(mcu, Marked::yes);
      if (mcu < last && mcu == coverage_.runs().back().last && tables_.lack_codes()) {
        ++next_run_;
        return;
      }
    }
    if (!window_.complete()) slide();
    // Decoders skip bytes between the last block and the marker. They are kept, except for a few that are
    // mere padding: how many libjpeg accepts without a warning depends on the position of the last bit.
    constexpr std::size_t most_padding = 8;
    const std::size_t end = window_.file_position((at_ + 7) / 8);
    interval_end_ = container::next_marker(file_, end);
    if (copies_) {
      end_copied_interval();
      kept_ = interval_end_ - end <= most_padding ? interval_end_ : end;
    }
  }

  /// The run of touched MCUs at or after `mcu`, cut to the interval; an empty one at `last` if there is none.
  Coverage::Run next_run(std::size_t mcu, std::size_t last) {
    const auto& runs = coverage_.runs();
    while (next_run_ < runs.size() && runs[next_run_].last <= mcu) ++next_run_;
    if (next_run_ == runs.size() || runs[next_run_].first >= last) return {last, last};
    return {std::max(runs[next_run_].first, mcu), std::min(runs[next_run_].last, last)};
  }

  void pass_untouched(std::size_t first, std::size_t last) {
    // After touched MCUs the first block of each component needs another DC difference.
    if (first < last && before_ != after_) do_mcu(first++, Marked::no);
    while (tables_.recodes() && first < last) do_mcu(first++, Marked::no);
    while (first < last) {
      first = shortcuts_.jump(window_, first, last, at_, before_);
      first += walk(tables_.mcu(), window_, at_, before_, last - first);
      after_ = before_;
      if (at_ > window_.bit_count() && window_.complete()) throw DamagedJpeg("the scan ends too early");
      if (first < last) make_room();
    }
  }

  enum class Marked : bool { no, yes };

  void do_mcu(std::size_t mcu, Marked marked) {
    check_in_range(before_);
    if (at_ >= window_.safe_end()) make_room();
    const auto columns = static_cast<std::size_t>(geometry_.mcus.width);
    const auto row = static_cast<int>(mcu / columns);
    const auto column = static_cast<int>(mcu % columns);
    if (marked == Marked::yes) coverage_.enter_row(row);
    for (const McuBlock& block : tables_.mcu()) {
      const ComponentGrid& grid = geometry_.components[block.component];
      std::span<const MaskLayer> masks;
      if (marked == Marked::yes) {
        masks = coverage_.masks(block.component, column * grid.horizontal + block.column,
                                row * grid.vertical + block.row);
      }
      if (masks.empty()) {
        keep_block(block);
      } else {
        blend_block(block, masks);
      }
    }
    check_in_range(before_);
    if (at_ > window_.bit_count()) throw DamagedJpeg("the scan ends too early");
  }

  /// Copies a block, with another DC difference if the preceding block has changed.
  void keep_block(const McuBlock& block) {
    std::int64_t& before = before_[block.component];
    std::int64_t& after = after_[block.component];
    const std::size_t begin = at_;
    const std::int64_t value = before + read_dc(window_.bits(), at_, block.dc->symbols);
    if (before != after) {
      copy_until(begin);
      write_dc(writer_, static_cast<int>(value - after), block.dc->codes);
      copied_ = at_;
    }
    step_over(*block.ac);
    before = after = value;
  }

  /// Passes AC coefficients, which are copied; rewrites codes that have changed.
  void step_over(AcTable& table) {
    const std::uint8_t* const bits = window_.bits();
    if (!tables_.recodes()) {
      step_over_ac(bits, at_, table);
      return;
    }
    unsigned last = step_over_known_ac(bits, at_, bits_at(bits, at_), table.steps);
    while (last < 63) {
      const AcSymbol read = read_ac_symbol(bits, at_, last, table.symbols);
      const Code code = table.codes.code(read.symbol);
      copy_until(read.position);
      writer_.put(code.bits, code.length);
      copied_ = read.position + read.length;
    }
  }

  void blend_block(const McuBlock& block, std::span<const MaskLayer> masks) {
    std::int64_t& before = before_[block.component];
    std::int64_t& after = after_[block.component];
    copy_until(at_);
    Block values{};
    before += read_dc(window_.bits(), at_, block.dc->symbols);
    read_ac(window_.bits(), at_, block.ac->symbols, values);
    values[0] = static_cast<std::int16_t>(std::clamp<std::int64_t>(before, -32768, 32767));
    const Block unmarked = values;
    jpeg::blend_block(values, quantisers_[block.component], masks);
    changed_ = changed_ || values != unmarked;
    write_dc(writer_, static_cast<int>(values[0] - after), block.dc->codes);
    write_ac(writer_, values, block.ac->codes);
    after = values[0];
    copied_ = at_;
    ++blended_blocks_;
  }

  /// Copies the bits up to `end`, where other data will be written.
  void copy_until(std::size_t end) {
    if (!copies_) begin_copying(end);
    // A premature end of the data is detected at the MCU's end.
    if (end > copied_ && end <= window_.bit_count()) writer_.copy(window_.bits(), copied_, end);
    copied_ = end;
  }

  /// Data before the interval's first change are kept as they are in the file, byte by byte.
  void begin_copying(std::size_t position) {
    copied_ = std::min(position, window_.bit_count()) / 8 * 8;
    keep_until(window_.file_position(copied_ / 8));
    copies_ = true;
  }

  /// Keeps the file's bytes up to `end`. Those before all changes need not even be copied.
  void keep_until(std::size_t end) {
    if (writer_.empty()) {
      head_ = end;
    } else {
      writer_.append(file_.subspan(kept_, end - kept_));
    }
    kept_ = end;
  }

  void slide() {
    if (copies_) copy_until(at_);
    at_ -= window_.slide(at_);
    shortcuts_.forget();
    copied_ = at_;
  }

  /// Loads more data for the next MCU.
  void make_room() {
    if (at_ >= window_.bit_count() && window_.complete()) throw DamagedJpeg("the scan ends too early");
    slide();
    if (at_ >= window_.safe_end()) throw DamagedJpeg("the scan ends too early");
  }

  /// Keeps the padding of the last byte if it fits.
  void end_copied_interval() {
    const std::size_t padding = (8 - at_ % 8) % 8;
    copy_until(at_);
    if ((writer_.bits_behind_byte() + padding) % 8 == 0) copy_until(at_ + padding);
    writer_.align();
  }

  /// Returns the position of the data after the marker.
  std::size_t pass_restart(std::size_t position, std::size_t index) {
    if (position == file_.size()) throw DamagedJpeg("the scan ends too early");
    const Segment segment = segment_at(file_, position);
    if (segment.marker != marker::rst0 + (index & 7)) throw DamagedJpeg("a restart marker is missing");
    return segment.end;
  }

  /// Returns the position of the picture's end; nullopt when the end marker is missing, which is the only
  /// tolerated fault.
  [[nodiscard]] std::optional<std::size_t> check_rest(std::size_t position) const {
    if (position == file_.size()) return std::nullopt;
    while (true) {
      const Segment segment = segment_at(file_, position);
      position = segment.end;
      if (segment.marker == marker::eoi) return segment.end;
      if (segment.marker == marker::sos) throw NotInPlace(Reason::repeated_scan);
      if (segment.marker == marker::soi) throw DamagedJpeg("another picture begins before the end marker");
    }
  }

  /// `old_end` and `new_end` are the ends of the scan's data in the old and the new file.
  Spliced finish(std::size_t old_end, std::size_t new_end) {
    Spliced result{.kept_bytes = head_,
                   .bytes = writer_.take(),
                   .blended_blocks = blended_blocks_,
                   .changed = changed_,
                   .added_codes = tables_.added_codes()};
    if (!tables_.have_changed() && !has_multi_picture_index(file_, header_.segments)) return result;
    result.bytes.insert(result.bytes.begin(), file_.begin(),
                        file_.begin() + static_cast<std::ptrdiff_t>(head_));
    result.kept_bytes = 0;
    std::vector<Shift> shifts{
        {.at = old_end, .by = static_cast<std::int64_t>(new_end) - static_cast<std::int64_t>(old_end)}};
    tables_.write_changed(header_, result.bytes, shifts);
    adjust_mpf_offsets(file_, header_.segments, shifts, result.bytes);
    return result;
  }

  Bytes file_;
  const Header& header_;
  const ScanGeometry& geometry_;
  Coverage& coverage_;
  ScanTables tables_;
  std::vector<Quantiser> quantisers_;
  ScanWindow window_;
  Shortcuts shortcuts_;
  BitWriter writer_;

  std::size_t head_ = 0;           // length of the file's part before the writer's data
  std::size_t kept_ = 0;           // bytes of the file before this position have been passed on
  std::size_t at_ = 0;             // bit position in the window
  std::size_t copied_ = 0;         // bits of the window before this position have been written
  std::size_t interval_end_ = 0;   // position in the file of the marker after the interval
  bool copies_ = false;            // the interval has changed: data that are walked over are written
  Predictors before_{}, after_{};  // DC of the last blocks in the old and in the new file
  std::size_t next_run_ = 0;
  std::size_t blended_blocks_ = 0;
  bool changed_ = false;  // a coefficient
};

}  // namespace

Spliced splice(Bytes file, const Header& header, const ScanGeometry& geometry, Coverage& coverage,
               const WalkOptions& options) {
  NewSymbols symbols;
  {
    Splice first(file, header, geometry, coverage, {}, options);
    if (auto done = first.run()) return std::move(*done);
    symbols = first.needed();
  }
  coverage.rewind();
  Splice second(file, header, geometry, coverage, symbols, options);
  if (auto done = second.run()) return std::move(*done);
  throw MissingCode("the tables still lack a code");
}

}  // namespace wm::jpeg
