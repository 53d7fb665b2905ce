#pragma once

// A scan with its tables and a window on its first bytes, and where the plain walk passes.

#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "tests/unit/worker/jpeg/support/jpeg_maker.h"
#include "tests/unit/worker/jpeg/support/written_table.h"
#include "worker/jpeg/damaged_jpeg.h"
#include "worker/jpeg/entropy_walk.h"
#include "worker/jpeg/scan_tables.h"
#include "worker/jpeg/scan_window.h"

namespace wm::test {

struct OpenedScan {
  static constexpr std::size_t window_bytes = std::size_t{256} * 1024;

  explicit OpenedScan(ByteVector bytes)
      : file(std::move(bytes)), header(jpeg::read_header(file)), window(file, window_bytes) {
    open();
  }

  /// Random bits, with the same tables for all components.
  OpenedScan(unsigned seed, std::size_t size, WrittenTable dc_table, WrittenTable ac_table,
             const std::vector<std::pair<int, int>>& sampling)
      : file(random_bytes(seed, size)),
        dc(std::move(dc_table)),
        ac(std::move(ac_table)),
        window(file, window_bytes) {
    for (std::size_t i = 0; i < sampling.size(); ++i) {
      header.frame.components.push_back({.horizontal = sampling[i].first, .vertical = sampling[i].second});
      header.scan.components.push_back({.component = i});
    }
    header.frame.width = header.frame.height = 4096;
    header.dc[0] = dc.definition();
    header.ac[0] = ac.definition();
    open();
  }

  [[nodiscard]] const std::vector<jpeg::McuBlock>& mcu() const { return tables->mcu(); }

  ByteVector file;
  WrittenTable dc, ac;
  jpeg::Header header;
  jpeg::ScanGeometry geometry;
  std::unique_ptr<jpeg::ScanTables> tables;
  jpeg::ScanWindow window;

 private:
  static ByteVector random_bytes(unsigned seed, std::size_t size) {
    std::mt19937 generator(seed);
    ByteVector bytes(size);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(generator() % 255);  // none is stuffed
    return bytes;
  }

  void open() {
    geometry = jpeg::geometry_of(header.frame);
    tables = std::make_unique<jpeg::ScanTables>(header, geometry);
    window.start(header.scan.data);
  }
};

/// Where an MCU starts.
struct McuStart {
  std::size_t position = 0;
  jpeg::Predictors predictors{};

  friend bool operator==(const McuStart&, const McuStart&) = default;
};

/// By the plain walk, MCU by MCU; up to damage, or to the window's end.
[[nodiscard]] inline std::vector<McuStart> walked_plainly(const OpenedScan& scan, std::size_t count) {
  McuStart at;
  std::vector<McuStart> starts{at};
  try {
    while (starts.size() <= count &&
           jpeg::walk(scan.mcu(), scan.window, at.position, at.predictors, 1) == 1) {
      starts.push_back(at);
    }
  } catch (const jpeg::DamagedJpeg&) {  // what has been walked is what there is
  }
  return starts;
}

/// All MCUs that the picture has.
[[nodiscard]] inline std::vector<McuStart> walked_plainly(const OpenedScan& scan) {
  return walked_plainly(scan, scan.geometry.mcu_count());
}

/// Pictures whose scans differ in what a walk over them has to do.
[[nodiscard]] inline std::vector<JpegRecipe> various_recipes() {
  const JpegRecipe base{.width = 480, .height = 400};
  std::vector<JpegRecipe> recipes(8, base);
  recipes[1].optimised = true;
  recipes[2].sampling[0] = {1, 1};
  recipes[3].sampling[0] = {2, 1};
  recipes[4].components = 1;
  recipes[5].quality = 100;  // with coefficients up to the last one
  recipes[5].sampling[0] = {1, 1};
  recipes[6].quality = 100;
  recipes[6].optimised = true;
  for (std::size_t i : {5U, 6U}) recipes[i].width = recipes[i].height = 300;  // all of it is in the window
  recipes[7].quality = 30;
  recipes[7].sampling[0] = {4, 1};
  return recipes;
}

}  // namespace wm::test
