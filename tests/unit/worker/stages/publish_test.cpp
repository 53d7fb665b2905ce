#include "worker/stages/publish.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "common/job/outcome.h"
#include "common/job/temporary_name.h"
#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "worker/stages/temporary_file.h"

using namespace wm;
using namespace wm::test;

namespace {

const std::string contents = "contents";
const auto contents_bytes = std::as_bytes(std::span(contents));

Task task_to(const std::string& output) {
  return {.id = TaskId{12}, .attempt = 1, .input = "", .output = output};
}

std::optional<Failure> publish(const TempDir& root, const Task& task, const OutputPolicy& policy,
                               struct stat input = {}, Publisher::Dates dates = Publisher::Dates::now) {
  try {
    const OutputIdentity output =
        Publisher(root.path(), RunToken{7}, dates, policy).publish(task, input, {contents_bytes});
    struct stat status {};
    REQUIRE(::stat((root / task.output).c_str(), &status) == 0);
    CHECK(output == output_identity(status));
  } catch (const TaskFailure& failure) {
    return Failure{failure.kind(), failure.what()};
  }
  return std::nullopt;
}

std::optional<Failure> publish(const TempDir& root, const std::string& output, struct stat input = {},
                               Publisher::Dates dates = Publisher::Dates::now) {
  return publish(root, task_to(output), {}, input, dates);
}

OutputIdentity identity_at(const TempDir& root, const std::string& name) {
  struct stat status {};
  REQUIRE(::lstat((root / name).c_str(), &status) == 0);
  return output_identity(status);
}

void check_exists(const std::optional<Failure>& failure, const std::string& words) {
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::exists);
  INFO(failure->message);
  CHECK(failure->message.find(words) != std::string::npos);
}

const OutputPolicy refuse{};
const OutputPolicy replace{.foreign = ForeignFile::replace};
const OutputPolicy back_up{.foreign = ForeignFile::back_up, .backup_suffix = ".orig"};

struct stat input_of_mode(mode_t mode, gid_t group = ::getegid()) {
  struct stat input {};
  input.st_mode = S_IFREG | mode;
  input.st_gid = group;
  return input;
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
    const TempDir root;
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
  const TempDir root;
  const UniqueFd directory(::open(root.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const mode_t old = ::umask(0);
  const TemporaryFile file(directory.get(), "t", input_of_mode(0600), 0);
  ::umask(old);
  CHECK(mode_of(root / "t") == 0600);
}

TEST_CASE("a mirrored directory is never open to more people than its original") {
  const TempDir input;
  const TempDir root;
  std::filesystem::create_directories(input / "open/closed/inner");
  REQUIRE(::chmod((input / "open").c_str(), 0755) == 0);
  REQUIRE(::chmod((input / "open/closed").c_str(), 0700) == 0);
  REQUIRE(::chmod((input / "open/closed/inner").c_str(), 0755) == 0);
  const mode_t old = ::umask(022);
  Publisher publisher(root.path(), RunToken{7}, Publisher::Dates::now);
  const auto publish_mirrored = [&](const std::string& name) {
    Task task = task_to(name);
    task.input = input / name;
    publisher.publish(task, input_of_mode(0644), {contents_bytes});
  };
  publish_mirrored("open/closed/inner/a.jpg");
  Task elsewhere = task_to("planned/a.jpg");
  elsewhere.input = input / "open/closed/inner/a.jpg";
  publisher.publish(elsewhere, input_of_mode(0644), {contents_bytes});
  publish_mirrored("vanished/a.jpg");
  ::umask(old);
  CHECK(mode_of(root / "open") == 0755);
  CHECK(mode_of(root / "open/closed") == 0700);
  CHECK(mode_of(root / "open/closed/inner") == 0755);
  CHECK(mode_of(root / "planned") == 0755);
  CHECK(mode_of(root / "vanished") == 0700);
}

TEST_CASE("directories are made as needed, with the umask's mode") {
  const TempDir root;
  const mode_t old = ::umask(027);
  const auto failure = publish(root, "a/b/c.jpg", input_of_mode(0644));
  ::umask(old);
  REQUIRE_FALSE(failure);
  CHECK(read_file(root / "a/b/c.jpg") == contents);
  struct stat status {};
  REQUIRE(::stat((root / "a/b/c.jpg").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(root.names().size() == 3);
}

TEST_CASE("one publisher serves many directories and one that is removed meanwhile") {
  const TempDir root;
  Publisher publisher(root.path(), RunToken{7}, Publisher::Dates::now);
  for (const std::string name : {"a/1", "a/2", "b/1", "3", "a/c/4", "a/5"}) {
    publisher.publish(task_to(name), {}, {contents_bytes});
    CHECK(read_file(root / name) == contents);
  }
  std::filesystem::remove_all(root / "a");
  publisher.publish(task_to("a/6"), {}, {contents_bytes});
  CHECK(read_file(root / "a/6") == contents);
}

TEST_CASE("an output may come in pieces, some of them empty") {
  const TempDir root;
  Publisher publisher(root.path(), RunToken{7}, Publisher::Dates::now);
  publisher.publish(task_to("x"), {},
                    {contents_bytes.first(3), {}, contents_bytes.subspan(3), contents_bytes, {}});
  CHECK(read_file(root / "x") == contents + contents);
}

TEST_CASE("a symbolic link in the way is not followed") {
  const TempDir root;
  const TempDir outside;
  std::filesystem::create_directory_symlink(outside.path(), root / "link");
  const auto failure = publish(root, "link/x.jpg");
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::write_error);
  CHECK(failure->message.find("symbolic link") != std::string::npos);
  CHECK(outside.names().empty());
}

TEST_CASE("a file that the job did not publish is not replaced") {
  const TempDir root;
  write_file(root / "x.jpg", "somebody's");
  check_exists(publish(root, "x.jpg"), "the output x.jpg exists and is not as this job made it");
  CHECK(read_file(root / "x.jpg") == "somebody's");
  CHECK(root.names() == std::vector<std::string>{"x.jpg"});
}

TEST_CASE("what the job published itself is replaced, until somebody changes it") {
  const TempDir root;
  write_file(root / "x.jpg", "of an earlier run");
  Task task = task_to("x.jpg");
  task.own_output = identity_at(root, "x.jpg");
  SECTION("as it is") {
    CHECK_FALSE(publish(root, task, refuse));
    CHECK(read_file(root / "x.jpg") == contents);
    return;
  }
  SECTION("with another mode, and another name as well") {
    std::filesystem::permissions(root / "x.jpg", std::filesystem::perms::owner_all);
    std::filesystem::create_hard_link(root / "x.jpg", root / "kept");
    CHECK_FALSE(publish(root, task, refuse));
    CHECK(read_file(root / "x.jpg") == contents);
    CHECK(read_file(root / "kept") == "of an earlier run");
    return;
  }
  SECTION("edited in place") {
    std::ofstream(root / "x.jpg", std::ios::app) << ", edited";
  }
  SECTION("of the same size and time, but another file") {
    const auto time = std::filesystem::last_write_time(root / "x.jpg");
    write_file(root / "other", "by somebody else.");
    std::filesystem::last_write_time(root / "other", time);
    std::filesystem::rename(root / "other", root / "x.jpg");
  }
  SECTION("of the same size, touched") {
    std::filesystem::last_write_time(root / "x.jpg", std::filesystem::file_time_type{});
  }
  const std::string before = read_file(root / "x.jpg");
  check_exists(publish(root, task, refuse), "x.jpg");
  CHECK(read_file(root / "x.jpg") == before);
}

TEST_CASE("a file of somebody else is replaced when that is asked for") {
  const TempDir root;
  write_file(root / "x.jpg", "somebody's");
  CHECK_FALSE(publish(root, task_to("x.jpg"), replace));
  CHECK(read_file(root / "x.jpg") == contents);
}

TEST_CASE("a file of somebody else is kept beside the output, once") {
  const TempDir root;
  std::filesystem::create_directory(root / "a");
  write_file(root / "a/x.jpg", "somebody's");
  CHECK_FALSE(publish(root, task_to("a/x.jpg"), back_up));
  CHECK(read_file(root / "a/x.jpg") == contents);
  CHECK(read_file(root / "a/x.jpg.orig") == "somebody's");

  SECTION("the job's own output is replaced without a copy") {
    Task task = task_to("a/x.jpg");
    task.own_output = identity_at(root, "a/x.jpg");
    CHECK_FALSE(publish(root, task, back_up));
    CHECK(read_file(root / "a/x.jpg.orig") == "somebody's");
  }
  SECTION("another file of somebody else does not cost the first one") {
    write_file(root / "a/x.jpg", "somebody's second");
    check_exists(publish(root, task_to("a/x.jpg"), back_up), "a/x.jpg exists, and so does a/x.jpg.orig");
    CHECK(read_file(root / "a/x.jpg") == "somebody's second");
    CHECK(read_file(root / "a/x.jpg.orig") == "somebody's");
  }
}

TEST_CASE("an attempt that died after it had kept a file is gone on with") {
  const TempDir root;
  write_file(root / "x.jpg", "somebody's");
  std::filesystem::create_hard_link(root / "x.jpg", root / "x.jpg.orig");
  CHECK_FALSE(publish(root, task_to("x.jpg"), back_up));
  CHECK(read_file(root / "x.jpg") == contents);
  CHECK(read_file(root / "x.jpg.orig") == "somebody's");
}

TEST_CASE("links, directories and special files are never replaced, nor what links lead to") {
  const TempDir root;
  const TempDir outside;
  write_file(outside / "victim", "old");
  std::filesystem::create_symlink(outside / "victim", root / "link");
  std::filesystem::create_symlink("nowhere", root / "dangling");
  std::filesystem::create_directory(root / "directory");
  REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
  for (const OutputPolicy& policy : {refuse, replace, back_up}) {
    check_exists(publish(root, task_to("link"), policy), "the output link exists and is a symbolic link");
    check_exists(publish(root, task_to("dangling"), policy), "is a symbolic link");
    check_exists(publish(root, task_to("directory"), policy), "is a directory");
    check_exists(publish(root, task_to("pipe"), policy), "is a named pipe");
  }
  CHECK(read_file(outside / "victim") == "old");
  CHECK(root.names().size() == 4);
}

TEST_CASE("what an attempt that could not say so has published is known by its bytes") {
  const TempDir root;
  write_file(root / "x.jpg", contents);
  const OutputIdentity before = identity_at(root, "x.jpg");
  Task task = task_to("x.jpg");
  SECTION("after such an attempt") {
    task.may_be_own = MayBeOwn::whole;
    CHECK_FALSE(publish(root, task, refuse));
  }
  SECTION("not without one") {
    check_exists(publish(root, task, refuse), "x.jpg");
  }
  SECTION("other bytes are somebody's") {
    task.may_be_own = MayBeOwn::whole;
    write_file(root / "y.jpg", "Contents");
    task.output = "y.jpg";
    check_exists(publish(root, task, refuse), "y.jpg");
  }
  CHECK(identity_at(root, "x.jpg") == before);
}

TEST_CASE("what was cut off is replaced where the job knows its own, and nowhere else") {
  const TempDir root;
  const std::string left = GENERATE("", "con");
  write_file(root / "x.jpg", left);
  Task task = task_to("x.jpg");
  SECTION("the job's own") {
    task.may_be_own = MayBeOwn::cut_off;
    CHECK_FALSE(publish(root, task, GENERATE(refuse, back_up)));
    CHECK(read_file(root / "x.jpg") == contents);
    CHECK(root.names() == std::vector<std::string>{"x.jpg"});
  }
  SECTION("an attempt that died leaves its output whole") {
    task.may_be_own = MayBeOwn::whole;
    check_exists(publish(root, task, refuse), "x.jpg");
    CHECK(read_file(root / "x.jpg") == left);
    CHECK_FALSE(publish(root, task, back_up));
    CHECK(read_file(root / "x.jpg.orig") == left);
  }
}

TEST_CASE("nothing is written into another directory that has the root's name by now") {
  const TempDir root;
  const TempDir outside;
  struct stat status {};
  REQUIRE(::stat(root.path().c_str(), &status) == 0);
  Task task = task_to("a/x.jpg");
  task.output_root = output_root(status);
  CHECK_FALSE(publish(root, task, refuse));
  std::filesystem::rename(root.path(), root.path() + "-moved");
  std::filesystem::create_directory_symlink(outside.path(), root.path());
  const auto failure = publish(root, task, refuse);
  std::filesystem::remove(root.path());
  std::filesystem::rename(root.path() + "-moved", root.path());
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::write_error);
  CHECK(failure->message.find("was replaced by another one") != std::string::npos);
  CHECK(outside.names().empty());
}

TEST_CASE("a path out of the tree is refused") {
  const TempDir root;
  for (const std::string output : {"../x", "a/../x", "..", "a/", "", "./x"}) {
    const auto failure = publish(root, output);
    REQUIRE(failure);
    CHECK(failure->kind == FailureKind::write_error);
  }
}

TEST_CASE("a temporary file left by a killed worker is replaced, also when it is a link") {
  const TempDir root;
  const TempDir outside;
  Task again = task_to("x");
  const std::string left = root / temporary_name(RunToken{7}, TaskId{12});
  write_file(left, "half of it");
  CHECK_FALSE(publish(root, "x"));
  CHECK(read_file(root / "x") == contents);
  again.own_output = identity_at(root, "x");
  write_file(outside / "victim", "old");
  std::filesystem::create_symlink(outside / "victim", left);
  CHECK_FALSE(publish(root, again, refuse));
  CHECK(read_file(outside / "victim") == "old");
  CHECK(root.names() == std::vector<std::string>{"x"});
}

TEST_CASE("an output that is its own input is refused, but not another name of it") {
  const TempDir root;
  write_file(root / "x", "original");
  struct stat input {};
  REQUIRE(::stat((root / "x").c_str(), &input) == 0);
  const auto failure = publish(root, task_to("x"), GENERATE(refuse, replace, back_up), input);
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::collision);
  CHECK(read_file(root / "x") == "original");

  std::filesystem::create_hard_link(root / "x", root / "y");
  check_exists(publish(root, task_to("y"), refuse, input), "y");
  CHECK_FALSE(publish(root, task_to("y"), replace, input));
  CHECK(read_file(root / "x") == "original");
  CHECK(read_file(root / "y") == contents);
}

TEST_CASE("a directory without write permission fails") {
  if (::geteuid() == 0) skip("root may write everywhere");
  const TempDir root;
  std::filesystem::permissions(root.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const auto failure = publish(root, "x");
  std::filesystem::permissions(root.path(), std::filesystem::perms::owner_all);
  REQUIRE(failure);
  CHECK(failure->kind == FailureKind::write_error);
  CHECK(failure->message == "cannot write the output: Permission denied");
}

TEST_CASE("the input's dates are taken over when asked for") {
  const TempDir root;
  struct stat input {};
  input.st_mtim = {1'000'000'000, 123'456'789};
  CHECK_FALSE(publish(root, "x", input, Publisher::Dates::of_input));
  struct stat status {};
  REQUIRE(::stat((root / "x").c_str(), &status) == 0);
  CHECK(status.st_mtim.tv_sec == 1'000'000'000);
  CHECK(status.st_mtim.tv_nsec == 123'456'789);
}
