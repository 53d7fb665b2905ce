#pragma once

// A TIFF file in memory, opened by libtiff. libtiff's messages reach neither standard error nor other
// libraries' handlers. One thread.

#include <tiffio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wm::tiff {

class MemoryTiff {
 public:
  /// For reading. Borrows the bytes. Throws std::runtime_error when they are not a TIFF file, std::bad_alloc.
  explicit MemoryTiff(std::span<const std::byte> file);
  enum class Offsets { of_32_bits, of_64_bits };
  /// For writing. Throws as above.
  explicit MemoryTiff(Offsets offsets);
  ~MemoryTiff();
  MemoryTiff(const MemoryTiff&) = delete;
  MemoryTiff& operator=(const MemoryTiff&) = delete;

  [[nodiscard]] TIFF* get() const;
  /// libtiff's first error, "" if there is none so far.
  [[nodiscard]] const std::string& error() const;
  /// Throws std::runtime_error with libtiff's message, or std::bad_alloc, when `done` is false.
  void check(bool done) const;

  /// The written file. No further calls are allowed. Throws as check() does.
  [[nodiscard]] std::vector<std::byte> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wm::tiff
