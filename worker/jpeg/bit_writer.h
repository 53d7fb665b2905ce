#pragma once

// Writes entropy-coded data: bits, first bit topmost, with a zero byte stuffed after every 0xFF. Appends to
// bytes that it owns. Throws std::bad_alloc.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/jpeg/bits.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

class BitWriter {
 public:
  /// Reserves `expected` bytes.
  explicit BitWriter(std::size_t expected) { bytes_.reserve(expected); }

  /// Writes the lowest `count` bits of `bits`, whose other bits are zero. 0 <= count <= 32.
  void put(std::uint32_t bits, unsigned count) {
    pending_ = pending_ << count | bits;
    pending_count_ += count;
    if (pending_count_ >= 32) flush_bytes();
  }

  /// Copies the bits [begin, end) of a buffer in which 8 bytes after `end` can be read.
  void copy(const std::uint8_t* from, std::size_t begin, std::size_t end);

  /// Fills the last byte with ones.
  void align();

  /// Appends whole bytes unchanged. Only when aligned.
  void append(Bytes bytes);

  [[nodiscard]] bool empty() const { return size_ == 0 && pending_count_ == 0; }

  /// Whole bytes so far.
  [[nodiscard]] std::size_t byte_count() const { return size_ + pending_count_ / 8; }

  /// Bits after the last whole byte.
  [[nodiscard]] std::size_t bits_behind_byte() const { return pending_count_ & 7; }

  /// The bytes so far; only when aligned. Leaves the writer empty.
  [[nodiscard]] std::vector<std::byte> take();

 private:
  void flush_bytes();
  void grow(std::size_t more);
  /// Ensures `more` bytes of room.
  void reserve(std::size_t more) {
    if (bytes_.size() - size_ < more) grow(more);
  }
  void put_byte(std::uint8_t byte) {
    data()[size_++] = byte;
    if (byte == 0xff) data()[size_++] = 0;
  }
  std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(bytes_.data()); }

  std::vector<std::byte> bytes_;  // with some room after size_, which resize() has to fill with zeros
  std::size_t size_ = 0;
  std::uint64_t pending_ = 0;  // the lowest pending_count_ bits
  unsigned pending_count_ = 0;
};

}  // namespace wm::jpeg
