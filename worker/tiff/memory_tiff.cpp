#include "worker/tiff/memory_tiff.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

namespace wm::tiff {

/// The state for libtiff's callbacks. No exception may cross C code, so a lack of memory is recorded.
struct MemoryTiff::State {
  std::span<const std::byte> read;
  std::vector<std::byte> written;
  bool writes = false;
  bool out_of_memory = false;
  std::size_t position = 0;
  std::string error;
  TIFF* tiff = nullptr;

  [[nodiscard]] std::span<const std::byte> bytes() const { return writes ? std::span(written) : read; }

  static State& of(thandle_t handle) { return *static_cast<State*>(handle); }

  static tmsize_t read_bytes(thandle_t handle, void* to, tmsize_t size) {
    State& self = of(handle);
    const auto bytes = self.bytes();
    if (self.position >= bytes.size() || size <= 0) return 0;
    const std::size_t count = std::min(static_cast<std::size_t>(size), bytes.size() - self.position);
    std::memcpy(to, bytes.data() + self.position, count);
    self.position += count;
    return static_cast<tmsize_t>(count);
  }

  static tmsize_t write_bytes(thandle_t handle, void* from, tmsize_t size) {
    State& self = of(handle);
    if (!self.writes || size < 0) return -1;
    const auto count = static_cast<std::size_t>(size);
    try {
      if (self.position + count > self.written.size()) self.written.resize(self.position + count);
    } catch (const std::bad_alloc&) {
      self.out_of_memory = true;
      return -1;
    }
    if (count > 0) std::memcpy(self.written.data() + self.position, from, count);
    self.position += count;
    return size;
  }

  static toff_t seek(thandle_t handle, toff_t offset, int from) {
    State& self = of(handle);
    if (from == SEEK_CUR) offset += self.position;
    if (from == SEEK_END) offset += self.bytes().size();
    self.position = static_cast<std::size_t>(offset);
    return offset;
  }

  static toff_t size(thandle_t handle) { return of(handle).bytes().size(); }
  static int close(thandle_t) { return 0; }

  static int map(thandle_t handle, void** base, toff_t* size) {
    const State& self = of(handle);
    if (self.writes) return 0;
    *base = const_cast<std::byte*>(self.read.data());  // libtiff takes data to read as non-const
    *size = self.read.size();
    return 1;
  }
  static void unmap(thandle_t, void*, toff_t) {}

  static int keep_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    State& self = *static_cast<State*>(user);
    if (!self.error.empty()) return 1;
    std::array<char, 300> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    try {
      self.error = text.data();
    } catch (const std::bad_alloc&) {
      self.out_of_memory = true;
    }
    return 1;
  }
  static int ignore(TIFF*, void*, const char*, const char*, va_list) { return 1; }

  void open(const char* mode) {
    const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                   &TIFFOpenOptionsFree);
    if (options == nullptr) throw std::bad_alloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), &keep_error, this);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), &ignore, this);
    tiff = TIFFClientOpenExt("memory", mode, this, &read_bytes, &write_bytes, &seek, &close, &size, &map,
                             &unmap, options.get());
    if (tiff == nullptr) throw_error();
  }

  [[noreturn]] void throw_error() const {
    if (out_of_memory) throw std::bad_alloc();
    throw std::runtime_error(error.empty() ? "libtiff gives no reason" : error);
  }
};

MemoryTiff::MemoryTiff(std::span<const std::byte> file) : state_(std::make_unique<State>()) {
  state_->read = file;
  state_->open("rD");  // positions of strips and tiles are read on demand
}

MemoryTiff::MemoryTiff(Offsets offsets) : state_(std::make_unique<State>()) {
  state_->writes = true;
  state_->open(offsets == Offsets::of_64_bits ? "w8" : "w");
}

MemoryTiff::~MemoryTiff() {
  if (state_->tiff != nullptr) TIFFClose(state_->tiff);
}

TIFF* MemoryTiff::get() const {
  return state_->tiff;
}

const std::string& MemoryTiff::error() const {
  return state_->error;
}

void MemoryTiff::check(bool done) const {
  if (!done || state_->out_of_memory) state_->throw_error();
}

std::vector<std::byte> MemoryTiff::finish() {
  TIFFClose(std::exchange(state_->tiff, nullptr));
  check(state_->error.empty());
  return std::move(state_->written);
}

}  // namespace wm::tiff
