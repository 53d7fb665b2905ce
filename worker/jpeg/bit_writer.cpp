#include "worker/jpeg/bit_writer.h"

#include <algorithm>
#include <cstring>

namespace wm::jpeg {

void BitWriter::grow(std::size_t more) {
  constexpr std::size_t step = 8192;
  bytes_.resize(size_ + std::max(more, step));
}

void BitWriter::flush_bytes() {
  reserve(16);
  if (pending_count_ >= 32) {
    const auto word = static_cast<std::uint32_t>(pending_ >> (pending_count_ - 32));
    if (!has_ff_byte(word)) {
      store_big_endian(data() + size_, std::uint64_t{word} << 32);
      size_ += 4;
      pending_count_ -= 32;
    }
  }
  while (pending_count_ >= 8) {
    pending_count_ -= 8;
    put_byte(static_cast<std::uint8_t>(pending_ >> pending_count_));
  }
}

void BitWriter::copy(const std::uint8_t* from, std::size_t begin, std::size_t end) {
  flush_bytes();
  if (pending_count_ != 0) {
    const auto head = std::min<std::size_t>(8 - pending_count_, end - begin);
    if (head != 0)
      put(static_cast<std::uint32_t>(bits_at(from, begin) >> (64 - head)), static_cast<unsigned>(head));
    begin += head;
    flush_bytes();
  }
  // Now at a byte boundary, or at the end.
  const unsigned shift = begin & 7;
  const std::uint8_t* next = from + begin / 8;
  reserve((end - begin) / 8 + (end - begin) / 64 + 32);
  while (end - begin >= 64) {
    if (bytes_.size() - size_ < 32) grow((end - begin) / 4 + 32);  // many bytes were stuffed
    // A word and the first bits of the byte after it.
    const std::uint64_t word = load_big_endian(next) << shift | std::uint64_t{next[8]} >> (8 - shift);
    if (has_ff_byte(word)) {
      for (int at = 56; at >= 0; at -= 8) put_byte(static_cast<std::uint8_t>(word >> at));
    } else {
      store_big_endian(data() + size_, word);
      size_ += 8;
    }
    next += 8;
    begin += 64;
  }
  while (begin < end) {
    const auto count = std::min<std::size_t>(32, end - begin);
    put(static_cast<std::uint32_t>(bits_at(from, begin) >> (64 - count)), static_cast<unsigned>(count));
    begin += count;
  }
}

void BitWriter::align() {
  flush_bytes();
  if (pending_count_ != 0) {
    const unsigned missing = 8 - pending_count_;
    put((1U << missing) - 1, missing);
    flush_bytes();
  }
}

void BitWriter::append(Bytes bytes) {
  if (bytes.empty()) return;
  flush_bytes();
  bytes_.resize(size_);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  size_ = bytes_.size();
}

std::vector<std::byte> BitWriter::take() {
  flush_bytes();
  bytes_.resize(size_);
  size_ = 0;
  return std::move(bytes_);
}

}  // namespace wm::jpeg
