#include "tests/unit/worker/jpeg/support/rewrite_by_libjpeg.h"

#include <cstdlib>

#include "worker/jpeg/libjpeg.h"

namespace wm::test {

ByteVector rewrite_by_libjpeg(jpeg::Bytes file, const std::vector<jpeg::Scan>& script) {
  jpeg_error_mgr errors{};
  jpeg_decompress_struct reader{};
  jpeg_compress_struct writer{};
  reader.err = writer.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&reader);
  jpeg_create_compress(&writer);
  jpeg_mem_src(&reader, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&reader, TRUE);
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
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&writer, &bytes, &size);
  jpeg_write_coefficients(&writer, arrays);
  jpeg_finish_compress(&writer);
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes);
  ByteVector written(begin, begin + size);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg allocated it
  jpeg_destroy_compress(&writer);
  jpeg_destroy_decompress(&reader);
  return written;
}

}  // namespace wm::test
