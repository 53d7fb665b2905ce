#include "worker/jpeg/libjpeg_session.h"

#include <algorithm>
#include <new>

#include "worker/jpeg/harmless_warnings.h"

namespace wm::jpeg {

LibjpegSession::LibjpegSession() {
  reader_.err = writer_.err = errors_.install();
  errors_.base.emit_message = [](j_common_ptr codec, int level) {
    const bool warns = level < 0;
    if (warns && !is_harmless(codec->err->msg_code)) codec->err->error_exit(codec);
  };
}

LibjpegSession::~LibjpegSession() {
  jpeg_destroy_compress(&writer_);
  jpeg_destroy_decompress(&reader_);
}

bool LibjpegSession::out_of_memory() const {
  return errors_.base.msg_code == JERR_OUT_OF_MEMORY;
}

bool LibjpegSession::guarded(void (*step)(void*), void* context) {
  if (setjmp(errors_.target) != 0) return false;
  step(context);
  return true;
}

void LibjpegSession::read_from(Bytes file) {
  source_.next_input_byte = reinterpret_cast<const JOCTET*>(file.data());
  source_.bytes_in_buffer = file.size();
  source_.init_source = [](j_decompress_ptr) {};
  source_.fill_input_buffer = [](j_decompress_ptr decoder) -> boolean {
    ERREXIT(decoder, JERR_INPUT_EOF);
    return FALSE;
  };
  source_.skip_input_data = [](j_decompress_ptr decoder, long count) {
    if (count <= 0) return;
    if (static_cast<std::size_t>(count) > decoder->src->bytes_in_buffer) ERREXIT(decoder, JERR_INPUT_EOF);
    decoder->src->next_input_byte += count;
    decoder->src->bytes_in_buffer -= static_cast<std::size_t>(count);
  };
  source_.resync_to_restart = jpeg_resync_to_restart;
  source_.term_source = [](j_decompress_ptr) {};
  reader_.src = &source_;
}

bool LibjpegSession::grow(Target& target) noexcept {
  std::vector<std::byte>& bytes = *target.bytes;
  const std::size_t used = bytes.size();
  try {
    bytes.resize(std::max<std::size_t>(used + used / 2, 4096));
  } catch (const std::bad_alloc&) {
    return false;
  }
  target.base.next_output_byte = reinterpret_cast<JOCTET*>(bytes.data() + used);
  target.base.free_in_buffer = bytes.size() - used;
  return true;
}

void LibjpegSession::write_to(std::vector<std::byte>& bytes, std::size_t expected) {
  bytes.resize(std::max<std::size_t>(expected, 4096));
  target_.bytes = &bytes;
  target_.base.init_destination = [](j_compress_ptr encoder) {
    Target& target = *reinterpret_cast<Target*>(encoder->dest);
    target.base.next_output_byte = reinterpret_cast<JOCTET*>(target.bytes->data());
    target.base.free_in_buffer = target.bytes->size();
  };
  target_.base.empty_output_buffer = [](j_compress_ptr encoder) -> boolean {
    if (!grow(*reinterpret_cast<Target*>(encoder->dest))) ERREXIT1(encoder, JERR_OUT_OF_MEMORY, 0);
    return TRUE;
  };
  target_.base.term_destination = [](j_compress_ptr encoder) {
    Target& target = *reinterpret_cast<Target*>(encoder->dest);
    target.bytes->resize(target.bytes->size() - target.base.free_in_buffer);  // shorter: does not throw
  };
  writer_.dest = &target_.base;
}

}  // namespace wm::jpeg
