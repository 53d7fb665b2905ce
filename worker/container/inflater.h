#pragma once

// Unpacks a zlib stream (RFC 1950) piece by piece, so that the result need not be kept as a whole. One
// thread.

#include <array>
#include <functional>
#include <optional>

#include <zlib.h>

#include "worker/container/bytes.h"

namespace wm::container {

class Inflater {
 public:
  /// Throws std::bad_alloc.
  Inflater();
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  enum class State : std::uint8_t { open, ended, damaged };

  /// `data` is the next part of the stream. Passes the unpacked data to `take`, up to 32 KiB at a time, until
  /// it returns false to stop.
  State unpack(ByteSpan data, const std::function<bool(ByteSpan)>& take);

  [[nodiscard]] State state() const { return state_; }

 private:
  z_stream stream_{};
  State state_ = State::open;
  std::array<std::byte, 32768> buffer_;
};

/// Unpacks a whole stream; nullopt when it is damaged or becomes larger than `limit`.
[[nodiscard]] std::optional<Bytes> inflated(ByteSpan data, std::size_t limit);

}  // namespace wm::container
