#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/journal/evidence_log.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/supervisor/scratch/support/two_runs.h"

namespace wm::test {
namespace {

using namespace std::string_view_literals;

struct Directory {
  TempDir dir;
  JobDirectory job = JobDirectory::create(dir.path() + "/job");
};

void add_evidence(std::string_view bytes, RunEvidence& evidence) {
  EvidenceReader(evidence).add(bytes);
}

UnrecordedOutputs::InDoubt in_doubt_after(std::string_view bytes, std::size_t piece) {
  RunEvidence evidence;
  EvidenceReader reader(evidence);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    reader.add(bytes.substr(0, piece));
  return evidence.outputs.in_doubt;
}

TEST_CASE("evidence tells what was handed out and what was published, also if it was cut off") {
  const Directory directory;
  const std::string odd = "a b/\xff \n.jpg";
  {
    EvidenceLog log(directory.job, token, EvidenceLog::Sync::yes);
    log.note_handed_out({{.output = "a.jpg", .found = {}},
                         {.output = odd, .found = {}},
                         {.output = "d.jpg", .found = OutputIdentity{.inode = 5, .size = 0, .mtime_ns = 6}}});
    CHECK(log.has_handed_out(odd));
    CHECK_FALSE(log.has_handed_out("b.jpg"));
    log.note_published(odd, {.inode = 7, .size = 8, .mtime_ns = -9});
    log.flush();
    CHECK(log.begin_next() == 2);
    CHECK_FALSE(log.has_handed_out(odd));
    log.note_handed_out({{.output = "b.jpg", .found = {}}});
    log.note_taken("b.jpg");
    log.flush();
  }
  UnrecordedOutputs outputs = left_unrecorded(directory.job);
  CHECK(outputs.runs == std::set<RunToken>{token});
  const auto was_free = [](const UnrecordedOutputs& all, const std::string& output) {
    const auto* const doubt = all.doubt_of(output);
    return doubt != nullptr && doubt->was_free;
  };
  CHECK(outputs.in_doubt.size() == 4);
  CHECK(was_free(outputs, "a.jpg"));
  CHECK(was_free(outputs, odd));
  CHECK_FALSE(was_free(outputs, "b.jpg"));
  CHECK_FALSE(was_free(outputs, "d.jpg"));
  CHECK(outputs.in_doubt["d.jpg"].found ==
        std::vector<OutputIdentity>{{.inode = 5, .size = 0, .mtime_ns = 6}});
  REQUIRE(outputs.published.size() == 1);
  CHECK(outputs.published[0].path == odd);
  CHECK(outputs.published[0].identity == OutputIdentity{.inode = 7, .size = 8, .mtime_ns = -9});

  const std::string bytes = read_file(directory.job.path_of("evidence-0000000000000abc-1"));
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    RunEvidence part;
    add_evidence(std::string_view(bytes).substr(0, size), part);
    for (const auto& [path, doubt] : part.outputs.in_doubt)
      CHECK((path == "a.jpg" || path == odd || path == "d.jpg"));
    for (const auto& published : part.outputs.published) CHECK(published.path == odd);
    std::string holed = bytes;
    std::fill(holed.begin() + static_cast<std::ptrdiff_t>(size), holed.end(), '\0');
    add_evidence(holed, part);  // what is left of a path names another file at worst
  }
  RunEvidence none;
  for (const std::string_view text : {"wm-evidence 2\0ha\0", "", "wm-evidence 1", "p1 2 3 x"})
    add_evidence(text, none);
  using namespace std::string_view_literals;
  add_evidence("wm-evidence 1\0p1 2 \0p1 2 3 \0p0 2 3 x\0p1 0 3 x\0p99999999999999999999 2 3 x\0h\0q1\0"sv,
               none);
  add_evidence("wm-evidence 1\0f1 2 3 \0f0 2 3 x\0f1 2 x\0t\0"sv, none);
  CHECK(none.outputs.published.empty());
  CHECK(none.outputs.in_doubt.empty());
  CHECK(none.taken.empty());
}

TEST_CASE("a path that one run found taken may have been free for another") {
  using namespace std::string_view_literals;
  const auto evidence = [](std::string_view bytes) {
    RunEvidence run;
    add_evidence(bytes, run);
    return run;
  };
  UnrecordedOutputs outputs;
  add_run(evidence("wm-evidence 1\0ha\0ta\0hb\0tb\0"sv), outputs);
  add_run(evidence("wm-evidence 1\0hb\0"sv), outputs);
  REQUIRE(outputs.doubt_of("a") != nullptr);
  CHECK_FALSE(outputs.doubt_of("a")->was_free);
  CHECK(outputs.doubt_of("b")->was_free);
}

TEST_CASE("a file of any size is read in pieces, and what it says is the same") {
  std::string bytes(evidence_text({}));
  for (int i = 0; i < 12000; ++i) bytes += "hfolder/" + std::to_string(i) + '\0';
  const Directory directory;
  write_file(directory.job.path_of("evidence-0000000000000abc-1"), bytes);
  CHECK(bytes.size() > 2 * 65536);
  CHECK(left_unrecorded(directory.job).in_doubt.size() == 12000);
  const std::string part = bytes.substr(0, 200);
  const auto whole = in_doubt_after(part, part.size());
  for (std::size_t piece = 1; piece < part.size(); ++piece) CHECK(in_doubt_after(part, piece) == whole);
}

TEST_CASE("a record longer than any path is passed over") {
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20}) {
    const std::string bytes = evidence_text({}) + "h" + std::string(100'000, 'x') + '\0' + "ha" + '\0';
    const auto found = in_doubt_after(bytes, piece);
    CHECK(found.size() == 1);
    CHECK(found.contains("a"));
  }
}

TEST_CASE("what a run takes over from others stays when its own evidence goes, until nothing is in doubt") {
  const Directory directory;
  {
    EvidenceLog lost(directory.job, token, EvidenceLog::Sync::no);
    lost.note_handed_out(
        {{.output = "free", .found = {}},
         {.output = "found", .found = OutputIdentity{.inode = 5, .size = 0, .mtime_ns = 6}}});
    lost.note_published("free", {.inode = 7, .size = 8, .mtime_ns = 9});
    lost.flush();
  }
  EvidenceLog own(directory.job, next, EvidenceLog::Sync::no);
  own.note_handed_out({{.output = "later", .found = {}}});
  UnrecordedOutputs left = left_unrecorded(directory.job);
  CHECK(left.in_doubt.erase("later") == 1);
  CHECK(left.in_doubt.size() == 2);
  keep_in_doubt(directory.job, next, left.in_doubt);

  const UnrecordedOutputs both = left_unrecorded(directory.job);
  CHECK(both.runs == std::set<RunToken>{next});
  CHECK(both.in_doubt.size() == 3);
  CHECK(both.doubt_of("free")->published == left.doubt_of("free")->published);
  CHECK(both.doubt_of("free")->was_free);
  CHECK(both.doubt_of("found")->found == left.doubt_of("found")->found);
  CHECK(both.published.size() == 1);
  remove_evidence_of(directory.job, next);
  const UnrecordedOutputs taken_over = left_unrecorded(directory.job);
  CHECK(taken_over.in_doubt.size() == 2);
  CHECK(taken_over.doubt_of("later") == nullptr);
  CHECK(taken_over.doubt_of("found")->runs == std::set<RunToken>{next});
  keep_in_doubt(directory.job, next, {});
  CHECK(directory.job.names().empty());
}

}  // namespace
}  // namespace wm::test
