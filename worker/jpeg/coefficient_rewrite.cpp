#include "worker/jpeg/coefficient_rewrite.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "worker/jpeg/block_blend.h"
#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/libjpeg_session.h"
#include "worker/jpeg/multi_picture.h"
#include "worker/jpeg/not_in_place.h"
#include "worker/jpeg/progressive_encoder.h"
#include "worker/jpeg/scan_script.h"

namespace wm::jpeg {
namespace {

struct Job {
  LibjpegSession session;
  std::vector<jpeg_scan_info> script;
  std::vector<std::byte> coded;
  unsigned restart_interval = 0;
  jvirt_barray_ptr* arrays = nullptr;
  std::vector<std::vector<JBLOCKROW>> rows;  // by component; only blocks with samples of the picture
};

// Functions that run under guarded(): no object here has a destructor.

void read(void* context) {
  Job& job = *static_cast<Job*>(context);
  jpeg_decompress_struct& reader = job.session.reader();
  jpeg_read_header(&reader, TRUE);
  // All coefficients stay in memory, whatever the environment specifies, so pointers to them remain valid.
  reader.mem->max_memory_to_use = std::numeric_limits<long>::max();
  job.arrays = jpeg_read_coefficients(&reader);
  const auto common = reinterpret_cast<j_common_ptr>(&reader);
  for (std::size_t c = 0; c < job.rows.size(); ++c) {
    for (std::size_t row = 0; row < job.rows[c].size(); ++row) {
      job.rows[c][row] =
          reader.mem->access_virt_barray(common, job.arrays[c], static_cast<JDIMENSION>(row), 1, TRUE)[0];
    }
  }
}

void write(void* context) {
  Job& job = *static_cast<Job*>(context);
  jpeg_decompress_struct& reader = job.session.reader();
  jpeg_compress_struct& writer = job.session.writer();
  jpeg_copy_critical_parameters(&reader, &writer);
  // These are not copied.
  writer.write_JFIF_header = FALSE;
  writer.write_Adobe_marker = FALSE;
  writer.optimize_coding = TRUE;
  writer.restart_interval = job.restart_interval;
  writer.restart_in_rows = 0;
  if (!job.script.empty()) {
    writer.scan_info = job.script.data();
    writer.num_scans = static_cast<int>(job.script.size());
  }
  jpeg_write_coefficients(&writer, job.arrays);
  jpeg_finish_compress(&writer);
  jpeg_finish_decompress(&reader);
}

void create(void* context) {
  Job& job = *static_cast<Job*>(context);
  jpeg_create_decompress(&job.session.reader());
  jpeg_create_compress(&job.session.writer());
}

void run(Job& job, void (*step)(void*)) {
  if (job.session.guarded(step, &job)) return;
  if (job.session.out_of_memory()) throw std::bad_alloc();
  throw DamagedJpeg(job.session.message());
}

std::vector<jpeg_scan_info> libjpeg_script(const std::vector<Scan>& scans) {
  std::vector<jpeg_scan_info> script;
  for (const Scan& scan : scans) {
    jpeg_scan_info info{};
    info.comps_in_scan = static_cast<int>(scan.components.size());
    for (std::size_t i = 0; i < scan.components.size(); ++i) {
      info.component_index[i] = static_cast<int>(scan.components[i].component);
    }
    info.Ss = scan.spectral_first;
    info.Se = scan.spectral_last;
    info.Ah = scan.high_bit;
    info.Al = scan.low_bit;
    script.push_back(info);
  }
  return script;
}

/// Blends the marks into the blocks of one row of MCUs. Adds to the counts in `result`.
void blend_row(Job& job, const ScanGeometry& geometry, const std::vector<Quantiser>& quantisers, int mcu_row,
               int first, int last, Coverage& coverage, Rewritten& result) {
  for (std::size_t c = 0; c < geometry.components.size(); ++c) {
    const ComponentGrid& grid = geometry.components[c];
    const int bottom = std::min((mcu_row + 1) * grid.vertical, grid.blocks.height);
    for (int row = mcu_row * grid.vertical; row < bottom; ++row) {
      JBLOCK* const blocks = job.rows[c][static_cast<std::size_t>(row)];
      const int right = std::min(last * grid.horizontal, grid.blocks.width);
      for (int column = first * grid.horizontal; column < right; ++column) {
        const auto masks = coverage.masks(c, column, row);
        if (masks.empty()) continue;
        Block block{};
        static_assert(sizeof(JBLOCK) == sizeof block);
        std::memcpy(block.data(), blocks[column], sizeof block);
        const Block unmarked = block;
        blend_block(block, quantisers[c], masks);
        result.changed = result.changed || block != unmarked;
        std::memcpy(blocks[column], block.data(), sizeof block);
        ++result.blended_blocks;
      }
    }
  }
}

void blend_all(Job& job, const Header& header, const ScanGeometry& geometry, Coverage& coverage,
               Rewritten& result) {
  std::vector<Quantiser> quantisers;
  for (const Component& component : header.frame.components) {
    quantisers.emplace_back(header.quantisation[static_cast<std::size_t>(component.quantisation)].value());
  }
  const auto columns = static_cast<std::size_t>(geometry.mcus.width);
  for (const Coverage::Run& touched : coverage.runs()) {
    const auto row = static_cast<int>(touched.first / columns);
    const auto first = static_cast<int>(touched.first % columns);
    const auto last = first + static_cast<int>(touched.last - touched.first);
    coverage.enter_row(row);
    blend_row(job, geometry, quantisers, row, first, last, coverage, result);
  }
}

/// Whether segments with this marker are rewritten, or describe rewritten scans.
bool is_rewritten(std::uint8_t code) {
  return code == marker::dht || code == marker::dri || code == marker::sos || code == marker::eoi ||
         code == marker::dnl || (code >= marker::rst0 && code <= marker::rst7);
}

/// Whether a DQT segment between scans only repeats the current tables.
bool repeats(const QuantisationTables& tables, Bytes segment) {
  QuantisationTables after = tables;
  read_quantisation(segment, after);
  return after == tables;
}

/// Checks whether the file's scans can be rewritten. Throws NotInPlace.
void check_rewritable(Bytes file, const Header& header, const Rest& rest, const Limits& limits) {
  if (rest.scans.size() + 1 > limits.scans) throw NotInPlace(Reason::scans);
  for (const Segment& segment : rest.segments) {
    if (segment.marker == marker::dac) throw NotInPlace(Reason::arithmetic);
    if (segment.marker != marker::dqt) continue;
    if (!repeats(header.quantisation, file.subspan(segment.payload, segment.end - segment.payload))) {
      throw NotInPlace(Reason::redefined_tables);
    }
  }
  if (is_smoothed(header, rest)) throw NotInPlace(Reason::ends_early);
}

/// Tables, scans and EOI, and the marker of their frame.
struct Coded {
  std::vector<std::byte> bytes;
  std::uint8_t frame_marker = 0;
};

/// Writes the scans with libjpeg.
Coded write_by_libjpeg(Job& job, const std::vector<Scan>& script, std::size_t expected) {
  job.script = libjpeg_script(script);
  job.session.write_to(job.coded, expected);
  run(job, write);
  Coded coded;
  std::size_t tables = 2;  // after SOI, quantisation tables and frame
  for (Segment segment = segment_at(job.coded, tables); !is_rewritten(segment.marker);
       segment = segment_at(job.coded, tables)) {
    if (segment.marker != marker::dqt) coded.frame_marker = segment.marker;
    tables = segment.end;
  }
  coded.bytes.assign(job.coded.begin() + static_cast<std::ptrdiff_t>(tables), job.coded.end());
  return coded;
}

Coded write_progressive(const Job& job, const Header& header, const ScanGeometry& geometry,
                        const std::vector<Scan>& script, std::size_t max_memory, std::size_t expected) {
  std::vector<CoefficientPlane> planes;
  for (std::size_t c = 0; c < job.rows.size(); ++c) {
    CoefficientPlane plane{.blocks = geometry.components[c].blocks};
    for (JBLOCK* const row : job.rows[c]) plane.rows.push_back(row[0]);
    planes.push_back(std::move(plane));
  }
  return {.bytes = write_progressive_scans({.frame = header.frame,
                                            .geometry = geometry,
                                            .planes = planes,
                                            .restart_interval = header.restart_interval,
                                            .max_memory = max_memory},
                                           script.empty() ? usual_script(header.frame) : script, expected),
          .frame_marker = marker::sof2};
}

/// Combines the file's own segments with the coded data.
std::vector<std::byte> assemble(Bytes file, const Header& header, const Rest& rest, const Coded& coded,
                                std::vector<Shift>& shifts) {
  std::vector<std::byte> bytes;
  bytes.reserve(file.size() + coded.bytes.size() / 8 + 4096);
  const auto append = [&bytes](Bytes part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  append(file.first(2));
  const auto keep = [&](const Segment& segment) {
    const auto by =
        static_cast<std::int64_t>(bytes.size()) - moved(static_cast<std::int64_t>(segment.begin), shifts);
    if (by != 0) shifts.push_back({.at = segment.begin, .by = by});
    append(file.subspan(segment.begin, segment.end - segment.begin));
    // libjpeg uses "extended" where tables require it.
    if (segment.marker == header.frame.marker) {
      bytes[bytes.size() - (segment.end - segment.payload) - 3] = static_cast<std::byte>(coded.frame_marker);
    }
  };
  for (const Segment& segment : header.segments) {
    if (!is_rewritten(segment.marker)) keep(segment);
  }
  for (const Segment& segment : rest.segments) {
    if (!is_rewritten(segment.marker)) keep(segment);
  }
  append(coded.bytes);
  shifts.push_back(
      {.at = rest.end,
       .by = static_cast<std::int64_t>(bytes.size()) - moved(static_cast<std::int64_t>(rest.end), shifts)});
  append(file.subspan(rest.end));
  return bytes;
}

}  // namespace

Rewritten rewrite_coefficients(Bytes file, const Header& header, const ScanGeometry& geometry,
                               const Limits& limits, Coverage& coverage) {
  if (coefficient_bytes(header.frame) > limits.coefficient_bytes) throw NotInPlace(Reason::memory);
  const Rest rest = read_rest(file, header.frame, header.scan.data, limits.scans - 1);
  check_rewritable(file, header, rest, limits);
  Job job;
  job.restart_interval = header.restart_interval;
  for (const ComponentGrid& grid : geometry.components) {
    job.rows.emplace_back(static_cast<std::size_t>(grid.blocks.height));
  }
  run(job, create);
  job.session.read_from(file.first(rest.end));
  run(job, read);
  Rewritten result;
  blend_all(job, header, geometry, coverage, result);
  const std::vector<Scan> script = scan_script(header, rest);
  const std::size_t expected = file.size() + 4096;
  const Coded coded =
      header.frame.marker == marker::sof2
          ? write_progressive(job, header, geometry, script, limits.coefficient_bytes, expected)
          : write_by_libjpeg(job, script, expected);
  std::vector<Shift> shifts;
  result.bytes = assemble(file, header, rest, coded, shifts);
  adjust_mpf_offsets(file, header.segments, shifts, result.bytes);
  return result;
}

}  // namespace wm::jpeg
