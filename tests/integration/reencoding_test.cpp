// A JPEG that goes through pixels: where no mark is, it is what one decoding and one encoding with the file's
// own tables make of it. The oracle does both with libjpeg itself.

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <jpeglib.h>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

struct Rows {
  JDIMENSION width = 0, height = 0;
  std::size_t bands = 0;
  std::vector<JSAMPLE> samples;
  [[nodiscard]] JSAMPROW row(JDIMENSION y) { return samples.data() + y * width * bands; }
  [[nodiscard]] int at(JDIMENSION x, JDIMENSION y, std::size_t band) const {
    return samples[(std::size_t{y} * width + x) * bands + band];
  }
};

/// libjpeg's own way with errors is to end the process, which is loud enough for a test.
class Decoder {
 public:
  explicit Decoder(std::string file) : file_(std::move(file)) {
    info_.err = jpeg_std_error(&errors_);
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(file_.data()), file_.size());
    jpeg_read_header(&info_, TRUE);
    info_.out_color_space = info_.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info_);
  }
  ~Decoder() { jpeg_destroy_decompress(&info_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  Rows rows() {
    Rows rows{info_.output_width, info_.output_height, static_cast<std::size_t>(info_.output_components), {}};
    rows.samples.resize(std::size_t{rows.width} * rows.height * rows.bands);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = rows.row(info_.output_scanline);
      jpeg_read_scanlines(&info_, &row, 1);
    }
    return rows;
  }
  [[nodiscard]] const jpeg_decompress_struct& info() const { return info_; }

 private:
  std::string file_;
  jpeg_error_mgr errors_{};
  jpeg_decompress_struct info_{};
};

/// `rows` with the tables and sampling of `like`.
std::string encoded_like(const jpeg_decompress_struct& like, Rows rows) {
  jpeg_error_mgr errors{};
  jpeg_compress_struct info{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = rows.width;
  info.image_height = rows.height;
  info.input_components = static_cast<int>(rows.bands);
  info.in_color_space = rows.bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  for (int table = 0; table < NUM_QUANT_TBLS; ++table) {
    const JQUANT_TBL* const from = like.quant_tbl_ptrs[table];
    if (from == nullptr) continue;
    if (info.quant_tbl_ptrs[table] == nullptr) {
      info.quant_tbl_ptrs[table] = jpeg_alloc_quant_table(reinterpret_cast<j_common_ptr>(&info));
    }
    std::copy(std::begin(from->quantval), std::end(from->quantval), info.quant_tbl_ptrs[table]->quantval);
  }
  for (int i = 0; i < info.num_components; ++i) {
    info.comp_info[i].h_samp_factor = like.comp_info[i].h_samp_factor;
    info.comp_info[i].v_samp_factor = like.comp_info[i].v_samp_factor;
    info.comp_info[i].quant_tbl_no = like.comp_info[i].quant_tbl_no;
  }
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = rows.row(info.next_scanline);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const std::string file(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg's
  return file;
}

/// Whether a pixel is in a block that holds some of the mark, or so near to one that smooth upsampling mixes
/// in its colours: two pixels.
bool near_mark(JDIMENSION x, JDIMENSION y, const jpeg_decompress_struct& info) {
  const auto within = [](JDIMENSION at, int begin, int length, int unit) {
    const int first = begin / unit * unit - 2;
    const int end = (begin + length + unit - 1) / unit * unit + 2;
    return static_cast<int>(at) >= first && static_cast<int>(at) < end;
  };
  return within(x, mark_left, mark_width, 8 * info.max_h_samp_factor) &&
         within(y, mark_top, mark_height, 8 * info.max_v_samp_factor);
}

/// Samples that differ, and how many of them are near the mark.
struct Differences {
  std::size_t near = 0, elsewhere = 0;
};
Differences compare(const Rows& a, const Rows& b, const jpeg_decompress_struct& info) {
  Differences differences;
  REQUIRE(a.samples.size() == b.samples.size());
  for (JDIMENSION y = 0; y < a.height; ++y) {
    for (JDIMENSION x = 0; x < a.width; ++x) {
      for (std::size_t band = 0; band < a.bands; ++band) {
        if (a.at(x, y, band) == b.at(x, y, band)) continue;
        ++(near_mark(x, y, info) ? differences.near : differences.elsewhere);
      }
    }
  }
  return differences;
}

/// A progressive file after its first `scans` scans, with an end marker.
std::string ended_early(const std::string& file, int scans) {
  std::size_t at = 0;
  for (int i = 0; i <= scans; ++i) at = file.find("\xff\xda", at + 1);
  return file.substr(0, at) + "\xff\xd9";
}

struct EncodedKind {
  const char* file;
  int bands;
  const char* ending;
};

}  // namespace

TEST_CASE("through pixels a JPEG without a mark's blocks is that of one encoding with the same tables") {
  const Job job;
  const std::vector<EncodedKind> kinds{{"grey.jpg", 1, ".jpg[Q=70]"},
                                       {"420.jpg", 3, ".jpg[Q=60]"},
                                       {"420-fine.jpg", 3, ".jpg[Q=89]"},
                                       {"444.jpg", 3, ".jpg[Q=92]"},
                                       {"444-coarse.jpg", 3, ".jpg[Q=75,subsample_mode=off]"},
                                       {"progressive.jpg", 3, ".jpg[Q=80,interlace]"}};
  // Odd sides: blocks at the edges are filled up.
  for (const EncodedKind& kind : kinds) {
    write_file(job.in(kind.file), encoded(sample_pixels(117, 91, kind.bands), kind.ending));
  }
  const ProgramResult result = job.run({"--verify", "--jpeg-path", "pixel"});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  for (const EncodedKind& kind : kinds) {
    CAPTURE(kind.file);
    Decoder before(read_file(job.in(kind.file)));
    const Rows pixels = before.rows();
    Decoder again(encoded_like(before.info(), pixels));
    Decoder after(read_file(job.out(kind.file)));
    for (int i = 0; i < before.info().num_components; ++i) {
      const auto& in = before.info().comp_info[i];
      const auto& out = after.info().comp_info[i];
      CHECK(in.h_samp_factor == out.h_samp_factor);
      CHECK(in.v_samp_factor == out.v_samp_factor);
      const auto* const in_table = before.info().quant_tbl_ptrs[in.quant_tbl_no];
      const auto* const out_table = after.info().quant_tbl_ptrs[out.quant_tbl_no];
      REQUIRE(in_table != nullptr);
      REQUIRE(out_table != nullptr);
      CHECK(std::equal(std::begin(in_table->quantval), std::end(in_table->quantval), out_table->quantval));
    }
    const Differences differences = compare(after.rows(), again.rows(), before.info());
    CHECK(differences.elsewhere == 0);
    CHECK(differences.near > 0);  // there is a mark
  }
}

TEST_CASE("a progressive file that ends early looks outside of the mark as decoders show it") {
  const Job job;
  const std::string whole = encoded(sample_pixels(117, 91, 3), ".jpg[Q=80,interlace]");
  const std::vector<int> counts{1, 3, 6, 9};
  for (const int scans : counts) {
    write_file(job.in(std::to_string(scans) + ".jpg"), ended_early(whole, scans));
  }
  write_file(job.in("whole.jpg"), whole);
  const ProgramResult result = job.run();
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  for (const int scans : counts) {
    CAPTURE(scans);
    const std::string name = std::to_string(scans) + ".jpg";
    Decoder before(read_file(job.in(name)));
    const Rows shown = before.rows();
    Decoder again(encoded_like(before.info(), shown));
    Decoder after(read_file(job.out(name)));
    CHECK(compare(after.rows(), again.rows(), before.info()).elsewhere == 0);
  }
}

TEST_CASE("the final line of a JPEG says that it went through pixels, and why") {
  const Job job;
  const std::string whole = sample_picture(64, 48, ".jpg[Q=80,interlace]");
  write_file(job.in("early.jpg"), ended_early(whole, 3));
  write_file(job.in("whole.jpg"), whole);
  write_file(job.in("half.jpg"), sample_picture(64, 48, ".jpg").substr(0, 1000));
  write_file(job.in("other.png"), sample_picture(64, 48, ".png"));
  const auto final_line = [&](const std::string& name) {
    for (const LogLine& line : job.final_lines()) {
      if (line.message.find(name) != std::string::npos) return line.level + " " + line.message;
    }
    return std::string();
  };
  CHECK(job.run({"--damaged", "mark"}).exit_code == 0);
  CHECK(final_line("early.jpg")
            .ends_with(" ms, through pixels: the scans end early, and decoders smooth what is missing"));
  CHECK(final_line("early.jpg").starts_with("INFO marked "));
  CHECK(final_line("whole.jpg").ends_with(" ms"));
  CHECK(final_line("other.png").ends_with(" ms"));
  CHECK(final_line("half.jpg").find(" ms, what could be read of it, through pixels: the file is ") !=
        std::string::npos);

  const Job another;
  write_file(another.in("whole.jpg"), whole);
  CHECK(another.run({"--quality", "50"}).exit_code == 0);
  CHECK(another.final_lines().at(0).message.ends_with(
      " ms, through pixels: --quality differs from the file's"));
}

}  // namespace wm::test
