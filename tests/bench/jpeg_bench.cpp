// Marking JPEG files in place beside what libjpeg needs for a lossless copy and for pixels, on the same bytes
// in the same run. JPEG_FILES names a folder of files; without it the benchmark makes pictures of its own.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <benchmark/benchmark.h>

#include "tests/unit/worker/jpeg/support/jpeg_maker.h"
#include "tests/unit/worker/jpeg/support/marks.h"
#include "tests/unit/worker/jpeg/support/transcoder.h"
#include "worker/jpeg/in_place_marker.h"

namespace {

using namespace wm;

std::vector<test::ByteVector> load_files() {
  std::vector<test::ByteVector> files;
  const char* const folder = std::getenv("JPEG_FILES");  // NOLINT(concurrency-mt-unsafe): one thread
  if (folder == nullptr) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      files.push_back(test::make_jpeg({.width = 1920, .height = 1280, .quality = 70, .seed = seed}));
    }
    return files;
  }
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const jpeg::Bytes bytes = std::as_bytes(std::span(text));
    files.emplace_back(bytes.begin(), bytes.end());
  }
  return files;
}

const std::vector<test::ByteVector>& files() {
  static const std::vector<test::ByteVector> loaded = load_files();
  return loaded;
}

/// White and orange rings with soft edges, as logos have them.
std::shared_ptr<const PreparedMark> ring_logo(int width, int height) {
  auto mark = std::make_shared<PreparedMark>();
  mark->size = {width, height};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double distance = std::hypot(x % height - height / 2, y - height / 2);
      const double wave = std::sin(distance * 0.35) * 2 + 0.5;
      mark->alpha.push_back(static_cast<std::uint8_t>(255 * std::clamp(wave, 0.0, 1.0)));
      for (const int sample :
           {255, distance < height / 4.0 ? 170 : 255, distance < height / 4.0 ? 40 : 255}) {
        mark->colours.push_back(static_cast<std::byte>(sample));
      }
    }
  }
  return mark;
}

/// Calls `each` with one file after the other, always with all of them: slow ways and fast ones see the same.
template <typename Each>
void each_file(benchmark::State& state, const Each& each) {
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(files().size()))) {
    for (const test::ByteVector& file : files()) each(file);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

/// A mark of 384x96, or of `percent` of the picture's height over all of its width.
void in_place(benchmark::State& state, long percent) {
  jpeg::InPlaceMarker marker({}, std::size_t{64} << 20);
  const auto logo = ring_logo(384, 96);
  std::shared_ptr<const PreparedMark> banner;
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
  std::size_t blended = 0;
  std::size_t rewritten = 0;
  each_file(state, [&](jpeg::Bytes file) {
    const auto examined = jpeg::examine(file);
    const auto& candidate = std::get<jpeg::Candidate>(examined);
    const auto [width, height] = candidate.size;
    jpeg::MarkLayer layer{logo, {{width - 400, height - 112}}, 0.5};
    if (percent != 0) {
      const Size size{width, std::max(1, height * static_cast<int>(percent) / 100)};
      if (banner == nullptr || banner->size != size)
        banner = test::plain_mark(size.width, size.height, 3, 100);
      layer = {banner, {{0, 0}}, 0.5};
    }
    const auto result = marker.mark(file, candidate, std::span(&layer, 1));
    const auto* marked = std::get_if<jpeg::MarkedJpeg>(&result);
    if (marked == nullptr) {
      state.SkipWithError("a file cannot be marked in place");
      return;
    }
    bytes_in += file.size();
    bytes_out += marked->kept_bytes + marked->bytes.size();
    blended += marked->blended_blocks;
    if (marked->path == jpeg::Path::coefficients) ++rewritten;
  });
  state.counters["size"] = static_cast<double>(bytes_out) / static_cast<double>(bytes_in);
  state.counters["rewritten"] = static_cast<double>(rewritten) / static_cast<double>(state.iterations());
  state.counters["blended"] = static_cast<double>(blended) / static_cast<double>(state.iterations());
}

void mark_in_place(benchmark::State& state) {
  in_place(state, 0);
}
BENCHMARK(mark_in_place)->Unit(benchmark::kMillisecond);

void cover_in_place(benchmark::State& state) {
  in_place(state, state.range(0));
}
BENCHMARK(cover_in_place)->Unit(benchmark::kMillisecond)->Arg(10)->Arg(25)->Arg(50)->Arg(100);

void copy_coefficients(benchmark::State& state, bool optimised) {
  each_file(state, [&](jpeg::Bytes file) {
    test::Transcoder codec(file, file.size() + file.size() / 4);
    jpeg_decompress_struct& reader = codec.reader();
    jpeg_compress_struct& writer = codec.writer();
    jvirt_barray_ptr* arrays = jpeg_read_coefficients(&reader);
    jpeg_copy_critical_parameters(&reader, &writer);
    writer.optimize_coding = optimised ? TRUE : FALSE;
    jpeg_write_coefficients(&writer, arrays);
    jpeg_finish_compress(&writer);
    benchmark::DoNotOptimize(codec.written().data());
  });
}
void read_and_write_coefficients(benchmark::State& state) {
  copy_coefficients(state, false);
}
BENCHMARK(read_and_write_coefficients)->Unit(benchmark::kMillisecond);
void read_and_write_coefficients_optimised(benchmark::State& state) {
  copy_coefficients(state, true);
}
BENCHMARK(read_and_write_coefficients_optimised)->Unit(benchmark::kMillisecond);

void decode_and_encode_pixels(benchmark::State& state) {
  each_file(state, [&](jpeg::Bytes file) {
    test::Transcoder codec(file, file.size() * 2 + 65536);
    jpeg_decompress_struct& reader = codec.reader();
    jpeg_compress_struct& writer = codec.writer();
    jpeg_start_decompress(&reader);
    writer.image_width = reader.output_width;
    writer.image_height = reader.output_height;
    writer.input_components = reader.output_components;
    writer.in_color_space = reader.out_color_space;
    jpeg_set_defaults(&writer);
    jpeg_set_quality(&writer, 85, TRUE);
    if (reader.progressive_mode != FALSE) jpeg_simple_progression(&writer);
    jpeg_start_compress(&writer, TRUE);
    std::vector<JSAMPLE> line(std::size_t{reader.output_width} *
                              static_cast<std::size_t>(reader.output_components));
    JSAMPROW row = line.data();
    while (reader.output_scanline < reader.output_height) {
      jpeg_read_scanlines(&reader, &row, 1);
      jpeg_write_scanlines(&writer, &row, 1);
    }
    jpeg_finish_compress(&writer);
    benchmark::DoNotOptimize(codec.written().data());
  });
}
BENCHMARK(decode_and_encode_pixels)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char* argv[]) {
  static_cast<void>(files());  // before any clock runs
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
