#include "tests/unit/worker/jpeg/support/transcoder.h"

#include <cstdlib>
#include <span>

namespace wm::test {

Transcoder::Transcoder(jpeg::Bytes file, std::size_t room)
    : room_(room), bytes_(room_.data()), size_(room_.size()) {
  reader_.err = writer_.err = jpeg_std_error(&errors_);
  jpeg_create_decompress(&reader_);
  jpeg_create_compress(&writer_);
  jpeg_mem_src(&reader_, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&reader_, TRUE);
  jpeg_mem_dest(&writer_, &bytes_, &size_);
}

Transcoder::~Transcoder() {
  jpeg_destroy_compress(&writer_);
  jpeg_destroy_decompress(&reader_);
  if (bytes_ != room_.data()) std::free(bytes_);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg allocated it
}

jpeg::Bytes Transcoder::written() const {
  return std::as_bytes(std::span(bytes_, size_));
}

}  // namespace wm::test
