#pragma once

// A sliding window on the entropy-coded data of a scan without its stuffing (0xFF00 is one byte 0xFF), one
// restart interval at a time. A scan of any size takes the same memory. Borrows the file. One thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "worker/jpeg/segments.h"

namespace wm::jpeg {

class ScanWindow {
 public:
  /// A window of `bytes`, or less for a shorter file.
  ScanWindow(Bytes file, std::size_t bytes);

  /// Starts an interval whose data begin at `position` of the file. Bit positions start at 0 again.
  void start(std::size_t position);

  /// Drops whole bytes before bit `position` and refills. Returns by how many bits all positions have moved.
  std::size_t slide(std::size_t position);

  /// bits() can be read from any position up to the margin's end; after bit_count() they are arbitrary.
  [[nodiscard]] const std::uint8_t* bits() const { return buffer_.get(); }
  [[nodiscard]] std::size_t bit_count() const { return filled_ * 8; }
  /// The window contains the rest of the interval up to its marker, or up to the file's end.
  [[nodiscard]] bool complete() const { return complete_; }
  /// An MCU that begins before this bit can be read without checking the window's end.
  [[nodiscard]] std::size_t safe_end() const { return complete_ ? bit_count() : (filled_ - margin) * 8; }

  /// The file position of the window's byte `index`, existing or next: index * 8 <= bit_count().
  [[nodiscard]] std::size_t file_position(std::size_t index) const;

  /// When complete(): the position of the marker after the interval, including fill bytes; the file's size if
  /// there is none.
  [[nodiscard]] std::size_t marker_position() const { return source_; }

 private:
  // Larger than the longest MCU: 10 blocks of 64 coefficients of 32 bits.
  static constexpr std::size_t margin = 4096;

  /// A byte 0xFF of the window, and the number of stuffing bytes removed from the window's start up to it.
  struct Stuffed {
    std::size_t index = 0;
    std::size_t left_out = 0;
  };

  void fill();
  void initialise_margin();
  /// Copies bytes up to the next 0xFF, but at most `most`. Returns their number.
  std::size_t copy_plain(const std::uint8_t* from, std::size_t most);

  Bytes file_;
  std::size_t capacity_;
  std::size_t begin_ = 0;   // of the window, in the file
  std::size_t source_ = 0;  // next byte of the file
  std::size_t filled_ = 0;
  std::size_t initialised_ = 0;  // bytes of the buffer that have been initialised
  bool complete_ = false;
  std::vector<Stuffed> stuffed_;
  std::unique_ptr<std::uint8_t[]> buffer_;  // capacity_ and a margin after it
};

}  // namespace wm::jpeg
