#include "worker/stages/publish.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/job/outcome.h"
#include "common/job/temporary_name.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/support/scratch_directory.h"

using namespace wm;
using namespace wm::test;

namespace {

const std::string text = "contents";
const auto bytes = std::as_bytes(std::span(text));

Task task_to(const std::string& output) {
  return {.id = TaskId{12}, .attempt = 1, .input = "", .output = output};
}

std::optional<Failure> publish(const ScratchDirectory& root, const std::string& output,
                               struct stat input = {}, Publisher::Dates dates = Publisher::Dates::now) {
  try {
    Publisher(root.path().string(), RunToken{7}, dates).publish(task_to(output), input, {bytes});
  } catch (const TaskFailure& failure) {
    return Failure{failure.kind(), failure.what()};
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("directories are made as needed, with the umask's mode") {
  const ScratchDirectory root;
  const mode_t old = ::umask(027);
  const auto failure = publish(root, "a/b/c.jpg");
  ::umask(old);
  REQUIRE_FALSE(failure);
  CHECK(read_file(root / "a/b/c.jpg") == text);
  struct stat status {};
  REQUIRE(::stat((root / "a/b/c.jpg").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(root.names().size() == 3);
}

TEST_CASE("one publisher serves many directories and one that is removed meanwhile") {
  const ScratchDirectory root;
  Publisher publisher(root.path().string(), RunToken{7}, Publisher::Dates::now);
  for (const std::string name : {"a/1", "a/2", "b/1", "3", "a/c/4", "a/5"}) {
    publisher.publish(task_to(name), {}, {bytes});
    CHECK(read_file(root / name) == text);
  }
  std::filesystem::remove_all(root.path() / "a");
  publisher.publish(task_to("a/6"), {}, {bytes});
  CHECK(read_file(root / "a/6") == text);
}

TEST_CASE("an output may come in pieces, some of them empty") {
  const ScratchDirectory root;
  Publisher publisher(root.path().string(), RunToken{7}, Publisher::Dates::now);
  publisher.publish(task_to("x"), {}, {bytes.first(3), {}, bytes.subspan(3), bytes, {}});
  CHECK(read_file(root / "x") == text + text);
}

TEST_CASE("a symbolic link in the way is not followed") {
  const ScratchDirectory root;
  const ScratchDirectory outside;
  std::filesystem::create_directory_symlink(outside.path(), root.path() / "link");
  const auto failure = publish(root, "link/x.jpg");
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::write_error);
  CHECK(failure->message.find("symbolic link") != std::string::npos);
  CHECK(outside.names().empty());
}

TEST_CASE("a link as the output's last name is replaced, what it points to is not touched") {
  const ScratchDirectory root;
  const ScratchDirectory outside;
  write_file(outside / "victim", "old");
  std::filesystem::create_symlink(outside / "victim", root.path() / "x.jpg");
  CHECK_FALSE(publish(root, "x.jpg"));
  CHECK(read_file(outside / "victim") == "old");
  CHECK_FALSE(std::filesystem::is_symlink(root.path() / "x.jpg"));
}

TEST_CASE("a path out of the tree is refused") {
  const ScratchDirectory root;
  for (const std::string output : {"../x", "a/../x", "..", "a/", "", "./x"}) {
    const auto failure = publish(root, output);
    REQUIRE(failure);
    CHECK(failure->kind == FailureKind::write_error);
  }
}

TEST_CASE("a temporary file left by a killed worker is replaced, also when it is a link") {
  const ScratchDirectory root;
  const ScratchDirectory outside;
  const std::string left = root / temporary_name(RunToken{7}, TaskId{12});
  write_file(left, "half of it");
  CHECK_FALSE(publish(root, "x"));
  CHECK(read_file(root / "x") == text);
  write_file(outside / "victim", "old");
  std::filesystem::create_symlink(outside / "victim", left);
  CHECK_FALSE(publish(root, "x"));
  CHECK(read_file(outside / "victim") == "old");
  CHECK(root.names() == std::vector<std::string>{"x"});
}

TEST_CASE("an output that is its own input is refused, but not another name of it") {
  const ScratchDirectory root;
  write_file(root / "x", "original");
  struct stat input {};
  REQUIRE(::stat((root / "x").c_str(), &input) == 0);
  const auto failure = publish(root, "x", input);
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::collision);
  CHECK(read_file(root / "x") == "original");

  std::filesystem::create_hard_link(root.path() / "x", root.path() / "y");
  CHECK_FALSE(publish(root, "y", input));
  CHECK(read_file(root / "x") == "original");
  CHECK(read_file(root / "y") == text);
}

TEST_CASE("a name that is taken by a directory fails and leaves nothing behind") {
  const ScratchDirectory root;
  std::filesystem::create_directory(root.path() / "x");
  const auto failure = publish(root, "x");
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::write_error);
  CHECK(failure->message == "cannot write the output: Is a directory");
  CHECK(root.names() == std::vector<std::string>{"x"});
}

TEST_CASE("a directory without write permission fails") {
  if (::geteuid() == 0) skip("root may write everywhere");
  const ScratchDirectory root;
  std::filesystem::permissions(root.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const auto failure = publish(root, "x");
  std::filesystem::permissions(root.path(), std::filesystem::perms::owner_all);
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::write_error);
  CHECK(failure->message == "cannot write the output: Permission denied");
}

TEST_CASE("the input's dates are taken over when asked for") {
  const ScratchDirectory root;
  struct stat input {};
  input.st_mtim = {1'000'000'000, 123'456'789};
  CHECK_FALSE(publish(root, "x", input, Publisher::Dates::of_input));
  struct stat status {};
  REQUIRE(::stat((root / "x").c_str(), &status) == 0);
  CHECK(status.st_mtim.tv_sec == 1'000'000'000);
  CHECK(status.st_mtim.tv_nsec == 123'456'789);
}
