#pragma once

// libjpeg as a reader and a writer around the same file, for tests and benchmarks. An error of libjpeg ends
// the program. One thread.

#include <cstddef>
#include <vector>

#include "worker/jpeg/libjpeg.h"
#include "worker/jpeg/segments.h"

namespace wm::test {

class Transcoder {
 public:
  /// Reads the header of `file`, which is borrowed. `room` bytes are set aside for what is written; more take
  /// longer.
  Transcoder(jpeg::Bytes file, std::size_t room);
  ~Transcoder();
  Transcoder(const Transcoder&) = delete;
  Transcoder& operator=(const Transcoder&) = delete;

  [[nodiscard]] jpeg_decompress_struct& reader() { return reader_; }
  [[nodiscard]] jpeg_compress_struct& writer() { return writer_; }

  /// After jpeg_finish_compress(). Valid as long as this object.
  [[nodiscard]] jpeg::Bytes written() const;

 private:
  jpeg_error_mgr errors_{};
  jpeg_decompress_struct reader_{};
  jpeg_compress_struct writer_{};
  std::vector<unsigned char> room_;
  unsigned char* bytes_;
  unsigned long size_;
};

}  // namespace wm::test
