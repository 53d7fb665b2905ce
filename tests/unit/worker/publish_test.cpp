#include "worker/stages/publish.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/job/outcome.h"
#include "common/job/temporary_name.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/unit/worker/support/scratch_directory.h"
#include "worker/stages/temporary_file.h"

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

struct stat input_of_mode(mode_t mode, gid_t group = ::getegid()) {
  struct stat input {};
  input.st_mode = S_IFREG | mode;
  input.st_gid = group;
  return input;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("an output is never open to more people than its input") {
  struct Row {
    mode_t input, umask, same_group, other_group;
  };
  const gid_t other = ::getegid() + 1;
  for (const Row& row : {Row{0600, 0, 0600, 0600}, Row{0644, 0, 0644, 0644}, Row{0644, 077, 0600, 0600},
                         Row{0640, 022, 0640, 0600}, Row{0664, 002, 0664, 0644}, Row{0666, 022, 0644, 0644},
                         Row{0400, 0, 0600, 0600}, Row{0444, 022, 0644, 0644}, Row{0604, 022, 0604, 0600},
                         Row{0755, 022, 0644, 0644}, Row{0004, 0, 0604, 0600}, Row{0, 0, 0600, 0600}}) {
    CAPTURE(row.input, row.umask);
    const ScratchDirectory root;
    const mode_t old = ::umask(row.umask);
    const auto failure = publish(root, "same.jpg", input_of_mode(row.input));
    const auto failure2 = publish(root, "other.jpg", input_of_mode(row.input, other));
    ::umask(old);
    REQUIRE_FALSE(failure);
    REQUIRE_FALSE(failure2);
    CHECK(mode_of(root / "same.jpg") == row.same_group);
    CHECK(mode_of(root / "other.jpg") == row.other_group);
  }
}

TEST_CASE("a temporary file is closed to others from its first byte on") {
  const ScratchDirectory root;
  const UniqueFd directory(::open(root.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const mode_t old = ::umask(0);
  const TemporaryFile file(directory.get(), "t", input_of_mode(0600), 0);
  ::umask(old);
  CHECK(mode_of(root / "t") == 0600);
}

TEST_CASE("a mirrored directory is never open to more people than its original") {
  const ScratchDirectory input;
  const ScratchDirectory root;
  std::filesystem::create_directories(input / "open/closed/inner");
  REQUIRE(::chmod((input / "open").c_str(), 0755) == 0);
  REQUIRE(::chmod((input / "open/closed").c_str(), 0700) == 0);
  REQUIRE(::chmod((input / "open/closed/inner").c_str(), 0755) == 0);
  const mode_t old = ::umask(022);
  Publisher publisher(root.path().string(), RunToken{7}, Publisher::Dates::now);
  const auto publish_mirrored = [&](const std::string& name) {
    Task task = task_to(name);
    task.input = input / name;
    publisher.publish(task, input_of_mode(0644), {bytes});
  };
  publish_mirrored("open/closed/inner/a.jpg");
  Task elsewhere = task_to("planned/a.jpg");
  elsewhere.input = input / "open/closed/inner/a.jpg";
  publisher.publish(elsewhere, input_of_mode(0644), {bytes});
  publish_mirrored("vanished/a.jpg");
  ::umask(old);
  CHECK(mode_of(root / "open") == 0755);
  CHECK(mode_of(root / "open/closed") == 0700);
  CHECK(mode_of(root / "open/closed/inner") == 0755);
  CHECK(mode_of(root / "planned") == 0755);
  CHECK(mode_of(root / "vanished") == 0700);
}

TEST_CASE("directories are made as needed, with the umask's mode") {
  const ScratchDirectory root;
  const mode_t old = ::umask(027);
  const auto failure = publish(root, "a/b/c.jpg", input_of_mode(0644));
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
