#include "worker/container/inflater.h"

#include <new>

namespace wm::container {

Inflater::Inflater() {
  if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
}

Inflater::State Inflater::unpack(ByteSpan data, const std::function<bool(ByteSpan)>& take) {
  constexpr std::size_t most_at_once = std::size_t{1} << 30;  // zlib counts in 32 bits
  for (bool wanted = true; wanted && state_ == State::open;) {
    const std::size_t piece = std::min(data.size(), most_at_once);
    // zlib takes pointers to non-const bytes but does not change them.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));
    stream_.avail_in = static_cast<uInt>(piece);
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) state_ = State::ended;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) state_ = State::damaged;
    const ByteSpan made = part(buffer_, 0, buffer_.size() - stream_.avail_out);
    data = part(data, piece - stream_.avail_in);
    if (!made.empty()) wanted = take(made);
    if (made.empty() && data.empty()) break;
  }
  return state_;
}

std::optional<Bytes> inflated(ByteSpan data, std::size_t limit) {
  Bytes result;
  const auto state = Inflater().unpack(data, [&](ByteSpan made) {
    append(result, made);
    return result.size() <= limit;
  });
  if (state != Inflater::State::ended || result.size() > limit) return std::nullopt;
  return result;
}

}  // namespace wm::container
