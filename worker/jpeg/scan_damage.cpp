#include "worker/jpeg/scan_damage.h"

#include <algorithm>
#include <array>

#include "worker/jpeg/harmless_warnings.h"
#include "worker/jpeg/libjpeg_errors.h"

namespace wm::jpeg {
namespace {

/// Supplies few bytes at a time: with more, libjpeg-turbo uses a faster path that does not report invalid
/// codes.
struct Source {
  jpeg_source_mgr base{};  // first: libjpeg passes a pointer to it to the functions below
  const JOCTET* next = nullptr;
  std::size_t left = 0;
};

boolean fill(j_decompress_ptr codec) {
  static constexpr std::array<JOCTET, 2> end{0xFF, JPEG_EOI};
  constexpr std::size_t few = 256;
  auto* const source = reinterpret_cast<Source*>(codec->src);
  if (source->left == 0) {
    WARNMS(codec, JWRN_JPEG_EOF);
    source->base.next_input_byte = end.data();
    source->base.bytes_in_buffer = end.size();
    return TRUE;
  }
  const std::size_t count = std::min(few, source->left);
  source->base.next_input_byte = source->next;
  source->base.bytes_in_buffer = count;
  source->next += count;
  source->left -= count;
  return TRUE;
}

void skip(j_decompress_ptr codec, long count) {
  auto& base = *codec->src;
  while (count > static_cast<long>(base.bytes_in_buffer)) {
    count -= static_cast<long>(base.bytes_in_buffer);
    static_cast<void>(fill(codec));
  }
  if (count <= 0) return;
  base.next_input_byte += count;
  base.bytes_in_buffer -= static_cast<std::size_t>(count);
}

/// No member has a destructor, since libjpeg's longjmp would skip it.
struct Reader {
  LibjpegErrors errors;  // first: libjpeg passes a pointer to it to the function below
  jpeg_decompress_struct codec{};
  Source source;
  std::array<char, JMSG_LENGTH_MAX> damage{};
  bool several_scans = false;
  bool file_ended = false;
  bool located = false;  // the values below are set
  ScanLoss loss = ScanLoss::nothing;
  JDIMENSION sound_rows = 0;
};

/// Notes where libjpeg is when it warns of missing or wrong data.
void locate(Reader& reader) {
  const jpeg_decompress_struct& codec = reader.codec;
  reader.located = true;
  if (reader.several_scans) {
    reader.loss = ScanLoss::detail;
    return;
  }
  // After a marker in the middle of the data, decoding goes on at the next restart.
  const bool marker_met = codec.err->msg_code == JWRN_HIT_MARKER;
  const bool nothing_follows = reader.file_ended || (marker_met && codec.restart_interval == 0);
  reader.loss = nothing_follows ? ScanLoss::rows : ScanLoss::unsure;
  const auto mcu_height = static_cast<JDIMENSION>(codec.max_v_samp_factor) * DCTSIZE;
  reader.sound_rows = std::min(codec.input_iMCU_row * mcu_height, codec.image_height);
}

void keep_warning(j_common_ptr codec, int level) {
  auto* const reader = reinterpret_cast<Reader*>(codec->err);
  if (level >= 0 || is_harmless(codec->err->msg_code)) return;
  if (reader->damage.front() == 0) codec->err->format_message(codec, reader->damage.data());
  if (codec->err->msg_code == JWRN_JPEG_EOF) {
    reader->file_ended = true;
    // Bytes are read ahead. Another warning follows when they are needed, but not of arithmetic codes.
    if (reader->codec.arith_code == 0) return;
  }
  if (!reader->located) locate(*reader);
}

/// False after an error.
bool decode(Reader& reader, Bytes file) {
  jpeg_decompress_struct& codec = reader.codec;
  if (setjmp(reader.errors.target) != 0) return false;
  jpeg_create_decompress(&codec);
  reader.source.next = reinterpret_cast<const JOCTET*>(file.data());
  reader.source.left = file.size();
  reader.source.base.init_source = [](j_decompress_ptr) {};
  reader.source.base.fill_input_buffer = fill;
  reader.source.base.skip_input_data = skip;
  reader.source.base.resync_to_restart = jpeg_resync_to_restart;
  reader.source.base.term_source = [](j_decompress_ptr) {};
  codec.src = &reader.source.base;
  jpeg_read_header(&codec, TRUE);
  reader.several_scans = jpeg_has_multiple_scans(&codec) != 0;
  codec.out_color_space = codec.jpeg_color_space;
  codec.do_fancy_upsampling = FALSE;
  codec.dct_method = JDCT_IFAST;
  jpeg_start_decompress(&codec);
  const JDIMENSION samples = codec.output_width * static_cast<JDIMENSION>(codec.output_components);
  JSAMPARRAY row =
      (*codec.mem->alloc_sarray)(reinterpret_cast<j_common_ptr>(&codec), JPOOL_IMAGE, samples, 1);
  while (codec.output_scanline < codec.output_height && !reader.located) {
    jpeg_read_scanlines(&codec, row, 1);
  }
  return true;
}

}  // namespace

std::optional<ScanDamage> scan_damage(Bytes file) {
  Reader reader;
  reader.codec.err = reader.errors.install();
  reader.errors.base.emit_message = keep_warning;
  const bool decoded = decode(reader, file);
  ScanDamage damage{.text = {},
                    .loss = reader.loss,
                    .rows = static_cast<int>(reader.codec.image_height),
                    .sound_rows = static_cast<int>(reader.sound_rows)};
  if (!decoded) damage.loss = ScanLoss::unsure;
  if (reader.several_scans) damage.loss = ScanLoss::detail;
  jpeg_destroy_decompress(&reader.codec);
  if (reader.damage.front() == 0 && decoded) return std::nullopt;
  damage.text = reader.damage.front() != 0 ? reader.damage.data() : reader.errors.message.data();
  return damage;
}

}  // namespace wm::jpeg
