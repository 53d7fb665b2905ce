// When a worker asks whether the job is still its supervisor's.

#include <sys/stat.h>

#include <filesystem>
#include <span>
#include <string>

#include "common/job/outcome.h"
#include "common/job/temporary_name.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/temp_dir.h"
#include "worker/stages/publish.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("right before an output, or a backup, gets its name it is asked whose the job is") {
  const TempDir root;
  const std::string file = root / "x.jpg";
  const std::string temporary = root / temporary_name(RunToken{7}, TaskId{12});
  const std::string text = "contents";
  const std::string old = GENERATE("", "somebody else's");
  const bool is_lost = GENERATE(false, true);
  CAPTURE(old, is_lost);
  if (!old.empty()) write_file(file, old);
  const auto is_unchanged = [&] { return old.empty() ? !fs::exists(file) : read_file(file) == old; };
  const int needed = old.empty() ? 1 : 3;  // for the free name; before the backup; before the replacement
  int questions = 0;
  const auto await_ownership = [&] {
    ++questions;
    CHECK(fs::exists(temporary));
    CHECK(is_unchanged());
    CHECK(fs::exists(file + ".orig") == (questions == 3));
    if (is_lost && questions == needed) throw TaskFailure(FailureKind::write_error, "lost");
  };
  Publisher publisher(root.path(), RunToken{7}, Publisher::Dates::now,
                      {.foreign = ForeignFile::back_up, .backup_suffix = ".orig"}, await_ownership);
  struct stat input {};
  input.st_mode = S_IFREG | 0644;
  const auto publish = [&] {
    publisher.publish({.id = TaskId{12}, .attempt = 1, .input = "", .output = "x.jpg"}, input,
                      {std::as_bytes(std::span(text))});
  };
  if (is_lost) {
    CHECK_THROWS_AS(publish(), TaskFailure);
    CHECK(is_unchanged());
  } else {
    CHECK_NOTHROW(publish());
    CHECK(read_file(file) == text);
  }
  CHECK(questions == needed);
  CHECK_FALSE(fs::exists(temporary));
}

}  // namespace
}  // namespace wm::test
