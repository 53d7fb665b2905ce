#pragma once

// A TIFF file in memory, opened by libtiff. What libtiff says goes to nobody's standard error and into no
// other library's messages. One thread.

#include <tiffio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wm::tiff {

class MemoryTiff {
 public:
  /// To read. Borrows the bytes. Throws std::runtime_error when they are no TIFF file, std::bad_alloc.
  explicit MemoryTiff(std::span<const std::byte> file);
  enum class Offsets { of_32_bits, of_64_bits };
  /// To write. Throws as above.
  explicit MemoryTiff(Offsets offsets);
  ~MemoryTiff();
  MemoryTiff(const MemoryTiff&) = delete;
  MemoryTiff& operator=(const MemoryTiff&) = delete;

  [[nodiscard]] TIFF* get() const;
  /// libtiff's first error, "" as long as there is none.
  [[nodiscard]] const std::string& error() const;
  /// Throws std::runtime_error with libtiff's words, or std::bad_alloc, when `done` is false.
  void check(bool done) const;

  /// What was written. Nothing may follow. Throws as check() does.
  [[nodiscard]] std::vector<std::byte> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wm::tiff
