#include "worker/jpeg/standard_tables.h"

#include <algorithm>
#include <new>

#include "worker/jpeg/libjpeg_errors.h"

namespace wm::jpeg {
namespace {

/// In libjpeg's format: luma, then chroma.
struct StandardTables {
  std::array<JHUFF_TBL, 2> dc{}, ac{};
  bool complete = false;
};

/// No object with a destructor may live in this frame: longjmp would skip it.
bool ask_libjpeg(jpeg_compress_struct& encoder, LibjpegErrors& errors) {
  if (setjmp(errors.target) != 0) return false;
  jpeg_create_compress(&encoder);
  encoder.in_color_space = JCS_YCbCr;
  encoder.input_components = 3;
  jpeg_set_defaults(&encoder);
  return true;
}

StandardTables read_standard_tables() {
  StandardTables tables;
  LibjpegErrors errors;
  jpeg_compress_struct encoder{};
  encoder.err = errors.install();
  tables.complete = ask_libjpeg(encoder, errors);
  for (std::size_t i = 0; tables.complete && i < 2; ++i) {
    tables.dc[i] = *encoder.dc_huff_tbl_ptrs[i];
    tables.ac[i] = *encoder.ac_huff_tbl_ptrs[i];
  }
  jpeg_destroy_compress(&encoder);
  return tables;
}

HuffmanDefinition definition_of(const JHUFF_TBL& table) {
  HuffmanDefinition definition{.segment = HuffmanDefinition::in_no_segment};
  std::copy(std::begin(table.bits), std::end(table.bits), definition.counts.begin());
  std::size_t values = 0;
  for (std::size_t length = 1; length < definition.counts.size(); ++length) values += table.bits[length];
  definition.values = std::as_bytes(std::span(table.huffval)).first(values);
  return definition;
}

}  // namespace

void add_standard_tables(Header& header) {
  if (header.frame.marker != marker::sof0 && header.frame.marker != marker::sof1) return;
  static const StandardTables tables = read_standard_tables();
  if (!tables.complete) throw std::bad_alloc();
  for (std::size_t i = 0; i < 2; ++i) {
    if (!header.dc[i]) header.dc[i] = definition_of(tables.dc[i]);
    if (!header.ac[i]) header.ac[i] = definition_of(tables.ac[i]);
  }
}

}  // namespace wm::jpeg
