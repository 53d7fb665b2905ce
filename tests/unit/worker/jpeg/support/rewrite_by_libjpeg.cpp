#include "tests/unit/worker/jpeg/support/rewrite_by_libjpeg.h"

#include "tests/unit/worker/jpeg/support/transcoder.h"

namespace wm::test {

ByteVector rewrite_by_libjpeg(jpeg::Bytes file, const std::vector<jpeg::Scan>& script) {
  Transcoder codec(file, file.size() * 2);
  jpeg_decompress_struct& reader = codec.reader();
  jpeg_compress_struct& writer = codec.writer();
  jvirt_barray_ptr* const arrays = jpeg_read_coefficients(&reader);
  jpeg_copy_critical_parameters(&reader, &writer);
  writer.write_JFIF_header = FALSE;
  writer.write_Adobe_marker = FALSE;
  writer.optimize_coding = TRUE;
  writer.restart_interval = reader.restart_interval;
  std::vector<jpeg_scan_info> scans;
  for (const jpeg::Scan& scan : script) {
    jpeg_scan_info& info = scans.emplace_back();
    for (const jpeg::ScanComponent& part : scan.components) {
      info.component_index[info.comps_in_scan++] = static_cast<int>(part.component);
    }
    info.Ss = scan.spectral_first;
    info.Se = scan.spectral_last;
    info.Ah = scan.high_bit;
    info.Al = scan.low_bit;
  }
  writer.scan_info = scans.data();
  writer.num_scans = static_cast<int>(scans.size());
  jpeg_write_coefficients(&writer, arrays);
  jpeg_finish_compress(&writer);
  const jpeg::Bytes written = codec.written();
  return {written.begin(), written.end()};
}

}  // namespace wm::test
