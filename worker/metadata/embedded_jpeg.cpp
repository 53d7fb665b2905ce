#include "worker/metadata/embedded_jpeg.h"

#include <algorithm>
#include <utility>

#include "worker/container/jpeg_segments.h"

namespace wm::metadata {
namespace {

/// Whether a segment with that marker may precede the first scan and have that length.
bool is_sound_segment(std::uint8_t marker, ByteSpan payload) {
  const std::size_t size = payload.size();
  if (marker::is_frame(marker)) {
    const std::size_t components = u8(payload, 5);
    const std::uint8_t precision = u8(payload, 0);
    return components >= 1 && components <= 4 && size == 6 + 3 * components && precision >= 2 &&
           precision <= 16 && u16(payload, 3) > 0;
  }
  switch (marker) {
    case marker::dht:
      return size >= 17;
    case marker::sos: {
      const std::size_t components = u8(payload, 0);
      return components >= 1 && components <= 4 && size == 4 + 2 * components;
    }
    case marker::dqt:
      return size >= 65;
    case marker::dri:
      return size == 2;
    default:
      return marker == marker::dac || (marker >= marker::dnl && marker <= marker::app15) ||
             marker == marker::com;
  }
}

/// Walks over the possible streams in some data. Each walk reuses the results of earlier ones, so that
/// together they pass over the data only a few times.
class StreamFinder {
 public:
  explicit StreamFinder(ByteSpan data) : data_(data) {}

  /// The extent of the stream at `begin`, whose SOI is not checked. Only streams with an end have known
  /// sizes.
  std::optional<JpegExtent> extent_at(std::size_t begin) {
    passed_.clear();
    JpegExtent extent;
    const auto [end, outcome] = walk(begin + 2, extent);
    if (outcome != Outcome::whole) remember(outcome);
    if (outcome == Outcome::none) return std::nullopt;
    extent.whole = outcome == Outcome::whole;
    extent.size = end - begin;
    return extent;
  }

 private:
  enum class State : std::uint8_t { before_frame, before_scan, scanned };
  enum class Outcome : std::uint8_t { none, unended, whole };

  std::pair<std::size_t, Outcome> walk(std::size_t at, JpegExtent& extent) {
    State state = State::before_frame;
    while (inside(data_, at, 2) && u8(data_, at) == 0xFF) {
      if (const auto known = known_outcome(state, at)) return {data_.size(), *known};
      const std::uint8_t marker = u8(data_, at + 1);
      if (marker == marker::eoi && state == State::scanned) return {at + 2, Outcome::whole};
      passed_.emplace_back(state, at);
      if (marker == 0xFF) {
        ++at;
        continue;
      }
      const std::size_t length = u16(data_, at + 2);
      if (marker < marker::sof0 || marker == marker::soi || marker == marker::eoi || length < 2) break;
      const ByteSpan payload = part(data_, at + 4, length - 2);
      const bool sound = payload.size() == length - 2 && is_sound_segment(marker, payload);
      if (state != State::scanned && !sound) return {at, Outcome::none};
      if (marker::is_frame(marker) && state == State::before_frame) {
        state = State::before_scan;
        extent.height = u16(payload, 1);
        extent.width = u16(payload, 3);
        extent.components = u8(payload, 5);
      }
      at += 2 + length;
      if (marker != marker::sos) continue;
      if (state == State::before_frame) return {at, Outcome::none};
      state = State::scanned;
      at = end_of_scan(at);
    }
    return {data_.size(), state == State::scanned ? Outcome::unended : Outcome::none};
  }

  /// The outcome of an earlier walk that passed here in the same state and found no EOI: this one will end
  /// alike.
  [[nodiscard]] std::optional<Outcome> known_outcome(State state, std::size_t at) const {
    if (known_.empty()) return std::nullopt;
    const unsigned flags = static_cast<unsigned>(known_[at]) >> (2U * static_cast<unsigned>(state)) & 3U;
    if (flags == 0) return std::nullopt;
    return flags == 1 ? Outcome::none : Outcome::unended;
  }
  void remember(Outcome outcome) {
    if (known_.empty()) known_.resize(data_.size());
    const unsigned flags = outcome == Outcome::none ? 1 : 2;
    for (const auto& [state, at] : passed_) {
      known_[at] = static_cast<std::uint8_t>(known_[at] | flags << (2 * static_cast<unsigned>(state)));
    }
  }

  /// The end of entropy-coded data: the position of the next marker's 0xFF, or the end of the data.
  std::size_t end_of_scan(std::size_t at) {
    if (!markers_) find_markers();
    const auto next = std::lower_bound(markers_->begin(), markers_->end(), at);
    return next == markers_->end() ? data_.size() : *next;
  }
  void find_markers() {
    markers_.emplace();
    const auto text = text_of(data_);
    std::size_t at = 0;
    while ((at = text.find('\xFF', at)) != std::string_view::npos && at + 1 < data_.size()) {
      const std::uint8_t next = u8(data_, at + 1);
      if (next != 0 && next != 0xFF && !marker::is_restart(next)) markers_->push_back(at);
      ++at;
    }
  }

  ByteSpan data_;
  std::vector<std::pair<State, std::size_t>> passed_;  // by the current walk
  std::vector<std::uint8_t> known_;                    // outcomes, for each byte and state
  std::optional<std::vector<std::size_t>> markers_;    // sorted
};

}  // namespace

std::optional<JpegExtent> jpeg_extent(ByteSpan bytes) {
  if (!starts_with(bytes, "\xFF\xD8\xFF"sv)) return std::nullopt;
  return StreamFinder(bytes).extent_at(0);
}

std::vector<EmbeddedJpeg> embedded_jpegs(ByteSpan data, ByteRange spare,
                                         std::span<const std::size_t> borders) {
  std::vector<EmbeddedJpeg> found;
  StreamFinder finder(data);
  std::size_t at = 0;
  std::size_t soi = 0;
  while ((soi = text_of(data).find("\xD8\xFF"sv, at + 1)) != std::string_view::npos) {
    at = soi - 1;
    if (at >= spare.begin && at < spare.end) {
      at = spare.end;
      continue;
    }
    const auto extent = finder.extent_at(at);
    if (!extent) {
      ++at;
      continue;
    }
    ByteRange range{at, at + extent->size};
    if (!extent->whole) {
      const auto border = std::upper_bound(borders.begin(), borders.end(), at);
      if (border != borders.end()) range.end = std::min(range.end, *border);
    }
    if (range.begin < spare.begin) range.end = std::min(range.end, spare.begin);
    found.push_back({range, *extent});
    at = range.end;
  }
  return found;
}

std::size_t wipe_embedded_jpegs(Bytes& data) {
  const auto found = embedded_jpegs(data);
  for (const auto& jpeg : found) wipe(data, jpeg.range);
  return found.size();
}

}  // namespace wm::metadata
