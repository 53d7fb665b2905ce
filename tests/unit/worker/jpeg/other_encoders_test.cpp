// Files that other programs than libjpeg's own have written, as many as one likes: WM_JPEG_FILES names a
// folder. Hidden, since it needs such files: test_worker_jpeg "[files]".

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/unit/worker/jpeg/support/checked_marking.h"

using namespace wm;
using namespace wm::test;

TEST_CASE("files in a folder: what can be marked in place is marked as it should be", "[.][files]") {
  const char* const folder = std::getenv("WM_JPEG_FILES");  // NOLINT(concurrency-mt-unsafe): one thread
  REQUIRE(folder != nullptr);
  std::size_t marked = 0;
  std::size_t bytes_before = 0;
  std::size_t bytes_after = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    ByteVector bytes(entry.file_size());
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    const jpeg::Bytes file(bytes);
    const auto examined = jpeg::examine(file);
    const auto* const candidate = std::get_if<jpeg::Candidate>(&examined);
    if (candidate == nullptr || !decodes_without_warning(file)) continue;
    INFO(entry.path().string());
    const auto [width, height] = candidate->size;
    const int samples = candidate->colours == jpeg::ColourModel::grey ? 1 : 3;
    const Size size{std::min(96, width), std::min(40, height)};
    const Checked checked = check_marking(
        file, {{disc_mark(size.width, size.height, samples), {{width - size.width, height / 2}}, 0.6}},
        candidate->colours == jpeg::ColourModel::rgb);
    ++marked;
    bytes_before += file.size();
    bytes_after += checked.marked.bytes.size();
  }
  WARN(marked << " files were marked, of " << bytes_before << " bytes before and " << bytes_after
              << " after");
  CHECK(marked > 0);
}
