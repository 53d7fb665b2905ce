#pragma once

// One reading and one writing libjpeg object. libjpeg reports errors by longjmp: functions that call it are
// run by guarded(), and no frame between guarded() and libjpeg may hold an object with a destructor. One
// thread.

#include <cstddef>
#include <string>
#include <vector>

#include "worker/jpeg/libjpeg_errors.h"
#include "worker/jpeg/segments.h"

namespace wm::jpeg {

class LibjpegSession {
 public:
  LibjpegSession();
  ~LibjpegSession();
  LibjpegSession(const LibjpegSession&) = delete;
  LibjpegSession& operator=(const LibjpegSession&) = delete;

  /// Calls `step(context)`. False when libjpeg met an error or damage that it warns of; message() then
  /// describes it. The session must not be used for anything else afterwards.
  [[nodiscard]] bool guarded(void (*step)(void*), void* context);

  [[nodiscard]] std::string message() const { return errors_.message.data(); }
  /// Whether the error was a lack of memory.
  [[nodiscard]] bool out_of_memory() const;

  jpeg_decompress_struct& reader() { return reader_; }
  jpeg_compress_struct& writer() { return writer_; }

  /// Sets the source of the reader's bytes, including its position. Borrows them.
  void read_from(Bytes file);

  /// Sets the destination of the writer's bytes.
  void write_to(std::vector<std::byte>& bytes, std::size_t expected);

 private:
  struct Target {
    jpeg_destination_mgr base{};
    std::vector<std::byte>* bytes = nullptr;
  };
  static bool grow(Target& target) noexcept;

  jpeg_decompress_struct reader_{};
  jpeg_compress_struct writer_{};
  LibjpegErrors errors_;
  Target target_;
  jpeg_source_mgr source_{};
};

}  // namespace wm::jpeg
