// Writes the seed files of jpeg_fuzz: wm-make-jpeg-seeds FOLDER.

#include <fstream>
#include <iostream>

#include "tests/unit/worker/jpeg/support/jpeg_maker.h"

namespace {

/// The usual tables are full. Without some of their symbols, which a picture of one colour does not need,
/// marks need codes that are not there.
void take_codes(wm::test::ByteVector& file) {
  const wm::jpeg::Header header = wm::jpeg::read_header(file);
  for (const auto& table : header.ac) {
    if (!table) continue;
    for (std::size_t at = table->counts_at + 16; at < table->values_end(); ++at) {
      const auto symbol = std::to_integer<int>(file[at]);
      if (symbol == 0x03 || symbol == 0x11 || symbol == 0x21 || symbol == 0x12) file[at] = std::byte{0xfa};
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  using namespace wm::test;
  if (count != 2) {
    std::cerr << "usage: wm-make-jpeg-seeds FOLDER\n";
    return 2;
  }
  const JpegRecipe base{.width = 33, .height = 20, .quality = 40, .optimised = true};
  std::vector<JpegRecipe> recipes(10, base);
  recipes[1].sampling[0] = {1, 1};
  recipes[2].restart_interval = 1;
  recipes[3].components = 1;
  recipes[4].scans = Scans::progressive;
  recipes[5].scans = Scans::one_per_component;
  recipes[6].rgb_inside = true;
  recipes[7].sampling = {{{3, 1}, {1, 1}, {1, 1}}};
  recipes[8].optimised = false;
  recipes[8].width = 9;
  const std::vector<IndexEntry> entries{{.size = 700}, {.size = 20, .offset = 600}};
  recipes[8].segments = {{0xe2, multi_picture_index(entries, ByteOrder::little)}, {0xfe, "a comment"}};
  recipes[9].optimised = false;
  recipes[9].flat = true;
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    ByteVector file = make_jpeg(recipes[i]);
    if (i == 9) take_codes(file);
    std::ofstream out(std::string(arguments[1]) + "/seed" + std::to_string(i), std::ios::binary);
    out << "\x2d\x2e\xb0" << static_cast<char>(i % 4);
    out.write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  }
  return 0;
}
