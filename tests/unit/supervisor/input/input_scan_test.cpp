#include "supervisor/input/input_scan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <climits>

#include "common/os/event_fd.h"
#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/current_directory.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using namespace std::string_literals;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

/// A scan's results: what was given, by the name that the user knows.
struct Found {
  std::vector<InputFile> files;
  Names remarks;
  ScanTotals totals;

  [[nodiscard]] Names shown() const {
    Names names;
    for (const InputFile& file : files) names.push_back(file.path.substr(file.shown_from));
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] Names outputs() const {
    Names names;
    for (const InputFile& file : files) names.push_back(file.output);
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] const InputFile& file(const std::string& name) const {
    for (const InputFile& candidate : files) {
      if (candidate.path.substr(candidate.shown_from) == name) return candidate;
    }
    FAIL("not found: " << name);
    return files.front();
  }
};

/// A tree with the current directory in it; output directory "out".
struct Scene {
  TempDir tree;
  CurrentDirectory here{tree.path()};

  [[nodiscard]] static InputScan scan(InputSettings input, OutputFormat format = OutputFormat::keep) {
    return InputScan({.input = std::move(input),
                      .output_directory = "out",
                      .job_directory = "out/.wm-supervisor",
                      .format = format});
  }

  [[nodiscard]] static Found run(InputSettings input, OutputFormat format = OutputFormat::keep) {
    InputScan scanner = scan(std::move(input), format);
    Found found;
    found.totals =
        scanner.run({.on_file =
                         [&](InputFile file) {
                           found.files.push_back(std::move(file));
                           return true;
                         },
                     .on_problem = [&](const std::string& text) { found.remarks.push_back(text); }});
    CHECK(found.totals.found == found.files.size());
    for (const InputFile& file : found.files) {
      CHECK(file.path.starts_with("/"));
      CHECK(file.shown_from <= file.path.size());
    }
    return found;
  }

  static std::string refusal(InputSettings input) {
    try {
      (void)scan(std::move(input));
    } catch (const UsageError& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_CASE("a file goes to its name in the output directory") {
  const Scene scene;
  scene.tree.file("a/b/c.jpg", "12345");
  const Found found = scene.run({.operands = {"./a//b/c.jpg", scene.tree / "a/b/c.jpg"}});
  REQUIRE(found.files.size() == 2);
  CHECK(found.files[0].path == scene.tree / "a/b/c.jpg");
  CHECK(found.files[0].path.substr(found.files[0].shown_from) == "a/b/c.jpg");
  CHECK(found.files[0].output == "c.jpg");
  CHECK(found.files[0].size == 5);
  CHECK(found.files[0].problem.empty());
  CHECK(found.files[1].shown_from == 0);
  CHECK(found.files[1].output == "c.jpg");
}

TEST_CASE("modification times are exact") {
  const Scene scene;
  const std::string path = scene.tree.file("a.jpg");
  const std::array<::timespec, 2> times{{{1, 2}, {1'700'000'000, 123'456'789}}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
  CHECK(scene.run({.operands = {"a.jpg"}}).files[0].mtime_ns == 1'700'000'000'123'456'789);
  struct stat status {};
  REQUIRE(::stat("a.jpg", &status) == 0);
  CHECK(scene.run({.operands = {"a.jpg"}}).files[0].stamp == stamp_of(status));
}

TEST_CASE("a directory gives its own files, with recursion its tree") {
  const Scene scene;
  for (const auto name : {"in/a.jpg", "in/b.txt", "in/sub/c.png", "in/sub/deep/d.JPEG", "in/sub/e"}) {
    scene.tree.file(name);
  }
  const Found flat = scene.run({.operands = {"in"}});
  CHECK(flat.shown() == Names{"in/a.jpg"});
  CHECK(flat.outputs() == Names{"a.jpg"});
  CHECK(flat.totals.ignored == 1);

  const Found deep = scene.run({.operands = {"in/"}, .recursive = true});
  CHECK(deep.shown() == Names{"in/a.jpg", "in/sub/c.png", "in/sub/deep/d.JPEG"});
  CHECK(deep.outputs() == Names{"a.jpg", "sub/c.png", "sub/deep/d.JPEG"});
  CHECK(deep.totals.ignored == 2);
}

TEST_CASE("the current directory is shown without a prefix") {
  const Scene scene;
  scene.tree.file("sub/a.jpg");
  const Found found = scene.run({.operands = {"."}, .recursive = true});
  CHECK(found.shown() == Names{"sub/a.jpg"});
  CHECK(found.outputs() == Names{"sub/a.jpg"});
  CHECK(found.files[0].path == scene.tree / "sub/a.jpg");
}

TEST_CASE("names are bytes") {
  const Scene scene;
  const Names names{"-x.jpg",        ".hidden.jpg",  "a[1].jpg",
                    "new\nline.jpg", "\xFF\xFE.jpg", std::string(251, 'n') + ".jpg"};
  Names sorted = names;
  for (const std::string& name : names) scene.tree.file("in/" + name);
  std::sort(sorted.begin(), sorted.end());
  CHECK(scene.run({.operands = {"in"}}).outputs() == sorted);
  Names operands;
  for (const std::string& name : names) operands.push_back("in/" + name);
  CHECK(scene.run({.operands = operands}).outputs() == sorted);
  const CurrentDirectory below(scene.tree / "in");
  CHECK(scene.run({.operands = names}).outputs() == sorted);
}

TEST_CASE("the format changes the names of the outputs") {
  const Scene scene;
  scene.tree.file("in/sub/a.png");
  scene.tree.file("in/b.JPEG");
  CHECK(scene.run({.operands = {"in"}, .recursive = true}, OutputFormat::jpeg).outputs() ==
        Names{"b.JPEG", "sub/a.jpg"});
  CHECK(scene.run({.operands = {"in/sub/a.png"}}, OutputFormat::webp).outputs() == Names{"a.webp"});
}

TEST_CASE("a file that is named is an input whatever its extension, one in a list is not") {
  const Scene scene;
  scene.tree.file("a.txt");
  scene.tree.file("none");
  scene.tree.file("in/b.TXT");
  scene.tree.file("list", "a.txt\nnone\n");
  const Found named = scene.run({.operands = {"a.txt", "none"}});
  CHECK(named.shown() == Names{"a.txt", "none"});
  const Found found = scene.run({.operands = {"in"}, .lists = {{"list"}}});
  CHECK(found.files.empty());
  CHECK(found.totals.ignored == 3);
  CHECK(found.totals.extensions == std::map<std::string, std::uint64_t>{{"txt", 2}, {"", 1}});
  const Found excluded = scene.run({.operands = {"a.txt"}, .exclude = {"a.*"}});
  CHECK(excluded.files.empty());
  CHECK(excluded.totals.excluded == 1);
}

TEST_CASE("globs choose files and prune directories") {
  const Scene scene;
  for (const auto name :
       {"in/a.jpg", "in/keep/b.jpg", "in/tmp/c.jpg", "in/keep/tmp/d.jpg", "in/keep/secret.jpg"}) {
    scene.tree.file(name);
  }
  const Found pruned = scene.run({.operands = {"in"}, .exclude = {"tmp", "secret*"}, .recursive = true});
  CHECK(pruned.outputs() == Names{"a.jpg", "keep/b.jpg"});
  CHECK(pruned.totals.ignored == 1);
  CHECK(scene.run({.operands = {"in"}, .include = {"keep/*"}, .exclude = {"keep/tmp"}, .recursive = true})
            .outputs() == Names{"keep/b.jpg", "keep/secret.jpg"});
}

TEST_CASE("links to files and directories are followed, loops are not") {
  const Scene scene;
  scene.tree.file("elsewhere/real.jpg", "123");
  scene.tree.file("elsewhere/more/b.jpg");
  scene.tree.directory("in/sub");
  fs::create_symlink("../elsewhere/real.jpg", "in/link.jpg");
  fs::create_directory_symlink("../elsewhere", "in/linked");
  fs::create_directory_symlink("..", "in/sub/up");
  fs::create_directory_symlink(".", "in/self");
  const Found found = scene.run({.operands = {"in"}, .recursive = true});
  CHECK(found.outputs() == Names{"link.jpg", "linked/more/b.jpg", "linked/real.jpg"});
  CHECK(found.file("in/link.jpg").size == 3);
  CHECK(found.remarks.size() == 2);  // up and self
  CHECK(found.totals.unreadable_directories == 0);
  const Found flat = scene.run({.operands = {"in"}});
  CHECK(flat.outputs() == Names{"link.jpg"});
}

/// Makes `link` belong to somebody else than what it leads to: by giving it away, or by letting it lead to
/// what is root's.
void make_foreign_link(const std::string& own_target, const std::string& roots_target,
                       const std::string& link) {
  constexpr uid_t nobody = 65534;
  const bool root = ::geteuid() == 0;
  fs::create_symlink(root ? own_target : roots_target, link);
  if (root) REQUIRE(::lchown(link.c_str(), nobody, nobody) == 0);
}

TEST_CASE("a link of somebody else is not followed, and what is not followed is counted and reported") {
  const Scene scene;
  scene.tree.file("private/secret.jpg");
  scene.tree.file("in/a.jpg");
  make_foreign_link("../private/secret.jpg", "/etc/passwd", "in/f.jpg");
  make_foreign_link("../private", "/etc", "in/d");
  make_foreign_link("../private/secret.jpg", "/etc/passwd", "in/f.txt");
  const InputSettings input{.operands = {"in"}, .extensions = {"jpg", "conf"}, .recursive = true};
  const Found found = scene.run(input);
  CHECK(found.shown() == Names{"in/a.jpg"});
  CHECK(found.totals.links_not_followed == 2);
  CHECK(found.totals.ignored == 1);
  REQUIRE(found.remarks.size() == 2);
  CHECK(found.remarks[0].starts_with("in/d: this link is not followed"));
  CHECK(found.remarks[0].find("--links follow") != std::string::npos);
  CHECK(found.remarks[1].starts_with("in/f.jpg: "));

  InputSettings follow = input;
  follow.links = LinkPolicy::follow;
  const Found all = scene.run(follow);
  CHECK(all.totals.links_not_followed == 0);
  CHECK(std::ranges::count(all.shown(), "in/f.jpg") == 1);
}

TEST_CASE("each link of a chain is judged, also one in the middle of a path") {
  const Scene scene;
  scene.tree.file("private/secret.jpg");
  scene.tree.directory("in");
  scene.tree.directory("away");
  make_foreign_link("../private/secret.jpg", "/etc/passwd", "away/middle.jpg");
  fs::create_symlink("../away/middle.jpg", "in/chain.jpg");
  make_foreign_link("../private", "/etc", "away/directory");
  fs::create_symlink("../away/directory/" + std::string(::geteuid() == 0 ? "secret.jpg" : "passwd"),
                     "in/path.jpg");
  fs::create_symlink("../away/../away/directory", "in/linked");
  const Found found = scene.run({.operands = {"in"}, .recursive = true});
  CHECK(found.files.empty());
  CHECK(found.totals.links_not_followed == 3);
}

TEST_CASE("a link that the user names is followed, in every way of naming it") {
  const Scene scene;
  scene.tree.file("private/secret.jpg");
  make_foreign_link("private/secret.jpg", "/etc/passwd", "f.jpg");
  make_foreign_link("private", "/etc/ssl", "d");
  scene.tree.file("list", "f.jpg\n");
  CHECK(scene.run({.operands = {"f.jpg"}}).shown() == Names{"f.jpg"});
  CHECK(scene.run({.lists = {{"list"}}}).shown() == Names{"f.jpg"});
  const Found found = scene.run({.operands = {"d"}});
  CHECK(found.totals.unreadable_directories == 0);
  if (::geteuid() == 0) CHECK(found.shown() == Names{"d/secret.jpg"});
}

TEST_CASE("with --links never no link is followed, not even one that is named") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  scene.tree.file("far/b.jpg");
  fs::create_symlink("a.jpg", "in/link.jpg");
  fs::create_symlink("nowhere.jpg", "in/dangling.jpg");
  fs::create_symlink("a.jpg", "in/link.txt");
  fs::create_directory_symlink("../far", "in/linked");
  fs::create_symlink("in/a.jpg", "named.jpg");
  scene.tree.file("list", "named.jpg\n");
  const Found found = scene.run(
      {.operands = {"in", "named.jpg"}, .lists = {{"list"}}, .recursive = true, .links = LinkPolicy::never});
  CHECK(found.shown() == Names{"in/a.jpg"});
  CHECK(found.totals.links_not_followed == 5);
  CHECK(found.totals.ignored == 1);
}

TEST_CASE("many links that are not followed are reported in a few lines") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  for (int i = 0; i < 40; ++i) fs::create_symlink("a.jpg", "in/link" + std::to_string(i) + ".jpg");
  const Found found = scene.run({.operands = {"in"}, .links = LinkPolicy::never});
  CHECK(found.totals.links_not_followed == 40);
  REQUIRE(found.remarks.size() == 11);
  CHECK(found.remarks.back() == "40 links were not followed; the first 10 are named above");
}

TEST_CASE("two links in each directory do not multiply the inputs") {
  const Scene scene;
  constexpr int directories = 40;
  for (int i = 0; i <= directories; ++i) scene.tree.directory("in/d" + std::to_string(i));
  for (int i = 0; i < directories; ++i) {
    const std::string next = "../d" + std::to_string(i + 1);
    for (const auto name : {"/a", "/b"}) {
      fs::create_directory_symlink(next, "in/d" + std::to_string(i) + name);
    }
  }
  scene.tree.file("in/d" + std::to_string(directories) + "/x.jpg");
  for (const LinkPolicy links : {LinkPolicy::owner, LinkPolicy::follow}) {
    CHECK(scene.run({.operands = {"in/d0"}, .recursive = true, .links = links}).files.size() == 1);
    CHECK(scene.run({.operands = {"in"}, .recursive = true, .links = links}).shown() ==
          Names{"in/d" + std::to_string(directories) + "/x.jpg"});
  }
  CHECK(scene.run({.operands = {"in", "in/d39"}, .recursive = true}).files.size() == 2);  // once per operand
}

TEST_CASE("a link takes nothing away from the directory that it leads to") {
  const Scene scene;
  scene.tree.file("in/z/x.jpg");
  scene.tree.file("far/y.jpg");
  fs::create_directory_symlink("z", "in/a");
  fs::create_directory_symlink("../far", "in/b");
  fs::create_directory_symlink("../far", "in/c");
  const Found found = scene.run({.operands = {"in"}, .recursive = true});
  CHECK(found.shown() == Names{"in/b/y.jpg", "in/z/x.jpg"});
  CHECK(found.remarks.size() == 2);
  const Found excluded = scene.run({.operands = {"in"}, .exclude = {"z", "b"}, .recursive = true});
  CHECK(excluded.shown() == Names{"in/a/x.jpg", "in/c/y.jpg"});
}

TEST_CASE("inputs come in natural order of their names, operands as they are given") {
  const Scene scene;
  for (const auto name : {"in/img10.jpg", "in/img2.jpg", "in/img1.jpg", "in/d10/a.jpg", "in/d9/b2.jpg",
                          "in/d9/b10.jpg", "z.jpg", "b.jpg"}) {
    scene.tree.file(name);
  }
  const Found found = scene.run({.operands = {"z.jpg", "in", "b.jpg"}, .recursive = true});
  Names order;
  for (const InputFile& file : found.files) order.push_back(file.path.substr(file.shown_from));
  CHECK(order == Names{"z.jpg", "in/d9/b2.jpg", "in/d9/b10.jpg", "in/d10/a.jpg", "in/img1.jpg", "in/img2.jpg",
                       "in/img10.jpg", "b.jpg"});
}

TEST_CASE("a file is known by its identity, also one that a link leads to") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  fs::create_symlink("a.jpg", "in/link.jpg");
  struct ::stat status {};
  REQUIRE(::stat("in/a.jpg", &status) == 0);
  for (const InputFile& file : scene.run({.operands = {"in", "in/link.jpg"}}).files) {
    CHECK(is_same_file(file.stamp, stamp_of(status)));
  }
}

TEST_CASE("excluded directories are not entered, and those without --recursive are counted") {
  const Scene scene;
  for (const auto name : {"in/a.jpg", "in/sub/b.jpg", "in/x/sub/c.jpg", "in/x/d.jpg"}) scene.tree.file(name);
  fs::create_directory_symlink("x", "in/link");
  CHECK(scene.run({.operands = {"in"}, .exclude = {"**/sub/**"}, .recursive = true}).outputs() ==
        Names{"a.jpg", "x/d.jpg"});
  CHECK(scene.run({.operands = {"in"}, .include = {"sub/"}, .recursive = true}).outputs() ==
        Names{"sub/b.jpg", "x/sub/c.jpg"});
  CHECK(scene.run({.operands = {"in"}}).totals.directories_not_entered == 3);
  CHECK(scene.run({.operands = {"in"}, .exclude = {"x"}}).totals.directories_not_entered == 2);
}

TEST_CASE("a glob that matches nothing is named at the end") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  scene.tree.file("in/b.txt");
  scene.tree.file("in/c.jpg");
  const Found found = scene.run({.operands = {"in"},
                                 .include = {"*.jpg", "*.{gif,jpg}", "*.jgp"},
                                 .exclude = {"b*", "*.txt", "c.*", "d.*"}});
  CHECK(found.outputs() == Names{"a.jpg"});
  CHECK(found.remarks == Names{"--include '*.jgp' matched nothing", "--exclude 'd.*' matched nothing"});
}

TEST_CASE("the same file given twice is passed on twice") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  CHECK(scene.run({.operands = {"in/a.jpg", "in", "in/a.jpg"}}).files.size() == 3);
}

TEST_CASE("the output and job directories are never entered, under no name") {
  const Scene scene;
  scene.tree.file("a.jpg");
  scene.tree.file("out/old.jpg");
  scene.tree.file("out/sub/old.jpg");
  scene.tree.file("out/.wm-supervisor/x.jpg");
  fs::create_directory_symlink("out", "alias");
  fs::create_directory_symlink("out/sub", "inside");
  CHECK(scene.run({.operands = {"."}, .recursive = true}).shown() == Names{"a.jpg"});
}

TEST_CASE("the quarantine directory is not entered, and nothing in it is an input") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  scene.tree.file("in/kept/b-1.jpg");
  const auto options = [](std::vector<std::string> operands) {
    return InputScan::Options{.input = {.operands = std::move(operands), .recursive = true},
                              .output_directory = "out",
                              .job_directory = "job",
                              .quarantine_directory = "in/kept"};
  };
  Names names;
  const auto on_file = [&](InputFile file) {
    names.push_back(file.output);
    return true;
  };
  InputScan(options({"in"})).run({.on_file = on_file, .on_problem = [](const std::string&) {}});
  CHECK(names == Names{"a.jpg"});
  CHECK_THROWS_AS(InputScan(options({"in/kept"})), UsageError);
  CHECK_THROWS_AS(InputScan(options({"in/kept/b-1.jpg"})), UsageError);
}

TEST_CASE("an output directory that comes to exist during the scan is not entered") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  scene.tree.file("in/later/z.jpg");
  InputScan scanner({.input = {.operands = {"in/a.jpg", "in"}, .recursive = true},
                     .output_directory = "in/out",
                     .job_directory = "in/job"});
  Names names;
  scanner.run({.on_file =
                   [&](InputFile file) {
                     scene.tree.file("in/out/made.jpg");
                     scene.tree.file("in/job/made.jpg");
                     names.push_back(file.output);
                     return true;
                   },
               .on_problem = [](const std::string&) {}});
  std::sort(names.begin(), names.end());
  CHECK(names == Names{"a.jpg", "a.jpg", "later/z.jpg"});
}

TEST_CASE("an operand in the output directory is refused, its originals could be overwritten") {
  const Scene scene;
  scene.tree.file("out/sub/a.jpg");
  fs::create_directory_symlink("out", "alias");
  for (const auto name : {"out", "./out/", "alias"}) {
    CAPTURE(name);
    CHECK(scene.refusal({.operands = {name}}).find("originals would be overwritten") != std::string::npos);
  }
  for (const auto name : {"out/sub", "out/sub/a.jpg", "alias/sub"}) {
    CAPTURE(name);
    CHECK(scene.refusal({.operands = {name}}).find("could be overwritten") != std::string::npos);
  }
}

TEST_CASE("listed names in the output directory are left out with one remark") {
  const Scene scene;
  scene.tree.file("a.jpg");
  scene.tree.file("out/a.jpg");
  scene.tree.file("out/sub/b.jpg");
  scene.tree.file("list", "./a.jpg\n./out/a.jpg\n./out/sub/b.jpg\n./out\n");
  const Found found = scene.run({.lists = {{"list"}}});
  CHECK(found.shown() == Names{"a.jpg"});
  CHECK(found.totals.ignored == 3);
  CHECK(found.remarks.size() == 1);
}

TEST_CASE("a link to a file in the output directory is no input: an output could replace what it leads to") {
  const Scene scene;
  scene.tree.file("in/a.jpg");
  scene.tree.file("out/sub/b.jpg");
  fs::create_symlink("../out/sub/b.jpg", "in/b.jpg");
  fs::create_symlink("b.jpg", "in/c.jpg");
  fs::create_directory_symlink("out/sub", "way");
  fs::create_symlink("../way/b.jpg", "in/d.jpg");
  for (const LinkPolicy links : {LinkPolicy::owner, LinkPolicy::follow}) {
    const Found found = scene.run({.operands = {"in"}, .links = links});
    CHECK(found.shown() == Names{"in/a.jpg"});
    CHECK(found.totals.off_limits == 3);
    CHECK(found.remarks.size() == 1);
  }
  scene.tree.file("list", "in/a.jpg\nin/b.jpg\nin/c.jpg\n");
  const Found listed = scene.run({.lists = {{"list"}}});
  CHECK(listed.shown() == Names{"in/a.jpg"});
  CHECK(listed.totals.off_limits == 2);
  for (const auto name : {"in/b.jpg", "in/c.jpg", "in/d.jpg"}) {
    CAPTURE(name);
    CHECK(scene.refusal({.operands = {name}}).find("is a link to a file in the output") != std::string::npos);
  }
}

TEST_CASE("what cannot be read is given with its problem") {
  const Scene scene;
  scene.tree.directory("in");
  fs::create_symlink("nowhere", "in/dangling.jpg");
  fs::create_symlink("nowhere", "in/dangling.txt");
  fs::create_symlink("round.jpg", "in/round.jpg");
  REQUIRE(::mkfifo("in/pipe.jpg", 0600) == 0);
  REQUIRE(::mkfifo("in/pipe.txt", 0600) == 0);
  REQUIRE(::mknod("in/socket.jpg", S_IFSOCK | 0600, 0) == 0);
  const Found found = scene.run({.operands = {"in", "in/pipe.jpg"}});
  CHECK(found.shown() ==
        Names{"in/dangling.jpg", "in/pipe.jpg", "in/pipe.jpg", "in/round.jpg", "in/socket.jpg"});
  CHECK(found.file("in/dangling.jpg").problem == "is a symbolic link to a file that does not exist");
  CHECK(found.file("in/round.jpg").problem == "Too many levels of symbolic links");
  CHECK(found.file("in/pipe.jpg").problem == "is a named pipe, not a regular file");
  CHECK(found.file("in/socket.jpg").problem == "is a socket, not a regular file");
  CHECK(found.totals.ignored == 2);
}

TEST_CASE("a directory that cannot be opened is counted and reported, and the scan goes on") {
  if (::geteuid() == 0) {
    // A directory that vanished fails in the same way.
    const Scene scene;
    scene.tree.file("in/a.jpg");
    scene.tree.directory("gone");
    InputScan scanner = scene.scan({.operands = {"gone", "in"}});
    fs::remove("gone");
    Names problems;
    const ScanTotals totals = scanner.run({.on_file =
                                               [&](const InputFile& file) {
                                                 problems.push_back(file.problem);
                                                 return true;
                                               },
                                           .on_problem = [](const std::string&) {}});
    CHECK(problems == Names{"No such file or directory", ""});
    CHECK(totals.found == 2);
    test::skip("root may open everything; only a directory that vanished was tried");
  }
  const Scene scene;
  scene.tree.file("in/a.jpg");
  scene.tree.file("in/closed/b.jpg");
  scene.tree.file("in/z.jpg");
  fs::permissions("in/closed", fs::perms::none);
  const Found found = scene.run({.operands = {"in"}, .recursive = true});
  fs::permissions("in/closed", fs::perms::owner_all);
  CHECK(found.outputs() == Names{"a.jpg", "z.jpg"});
  CHECK(found.totals.unreadable_directories == 1);
  CHECK(found.remarks == Names{"in/closed: Permission denied"});
}

TEST_CASE("typing errors are found before anything starts") {
  const Scene scene;
  scene.tree.directory("dir");
  CHECK(scene.refusal({.operands = {"no\nsuch.jpg"}}) == "input no\\nsuch.jpg: No such file or directory");
  fs::create_symlink("nowhere", "dangling.jpg");
  CHECK(scene.refusal({.operands = {"dangling.jpg"}}) ==
        "input dangling.jpg: is a symbolic link to a file that does not exist");
  CHECK(scene.refusal({.operands = {"-"}}).find("--files-from -") != std::string::npos);
  CHECK(scene.refusal({.lists = {{"none"}}}) == "list none: No such file or directory");
  CHECK(scene.refusal({.lists = {{"dir"}}}) == "list dir: is a directory; give it as an INPUT instead");
}

TEST_CASE("lists name files and directories, relative to the current directory") {
  const Scene scene;
  scene.tree.file("a.jpg");
  scene.tree.file("in/sub/b.jpg");
  scene.tree.file("in/new\nline.jpg");
  scene.tree.file("lists/lines", "a.jpg\r\n\nin\ngone.jpg\n../gone.jpg\ngone/..\ndangling.jpg\n");
  fs::create_symlink("gone.jpg", "dangling.jpg");
  scene.tree.file("lists/nuls", "in/new\nline.jpg\0"s + scene.tree / "a.jpg" + "\0"s);
  const Found found =
      scene.run({.lists = {{"lists/lines"}, {"lists/nuls", FileList::Separator::nul}}, .recursive = true});
  CHECK(found.shown() == Names{"../gone.jpg", scene.tree / "a.jpg", "a.jpg", "dangling.jpg", "gone.jpg",
                               "gone/..", "in/new\nline.jpg", "in/new\nline.jpg", "in/sub/b.jpg"});
  CHECK(found.file("dangling.jpg").problem == "is a symbolic link to a file that does not exist");
  CHECK(found.file("in/sub/b.jpg").output == "sub/b.jpg");
  CHECK(found.file("gone.jpg").problem == "No such file or directory");
  CHECK(found.file("gone.jpg").output == "gone.jpg");
  CHECK(found.file("../gone.jpg").path == scene.tree / "../gone.jpg");
  CHECK(found.file("gone/..").problem == "No such file or directory");
  CHECK(found.file("gone/..").output.empty());
}

TEST_CASE("with a base directory, what lists name keeps its tree, and nothing else does") {
  const Scene scene;
  for (const auto name : {"data/a/1.jpg", "data/b/1.jpg", "data/b/c/2.png", "other/3.jpg"})
    scene.tree.file(name);
  scene.tree.file("list", "data/a/1.jpg\ndata/./b\ndata/a/../b/1.jpg\nother/3.jpg\nother\n" +
                              scene.tree / "data/b/1.jpg" + "\n");
  for (const std::string& base : {"data"s, "./data/"s, scene.tree / "data"}) {
    CAPTURE(base);
    const Found found = scene.run(
        {.operands = {"data/a/1.jpg"}, .lists = {{.path = "list"}}, .base = base, .recursive = true},
        OutputFormat::jpeg);
    CHECK(found.outputs() == Names{"", "", "1.jpg", "a/1.jpg", "b/1.jpg", "b/1.jpg", "b/c/2.jpg"});
    CHECK(found.file("data/a/../b/1.jpg").problem == "lies outside the directory of --base");
    CHECK(found.file("other/3.jpg").problem == "lies outside the directory of --base");
    CHECK(found.totals.unreadable_directories == 1);
    CHECK(found.remarks == Names{"other: lies outside the directory of --base"});
  }
  const Found of_root = scene.run({.lists = {{.path = "list"}}, .base = "/", .recursive = true});
  CHECK(of_root.file("other/3.jpg").output == (scene.tree / "other/3.jpg").substr(1));
  scene.tree.file("itself", "data\n");
  const Found itself = scene.run({.lists = {{.path = "itself"}}, .base = "data", .recursive = true});
  CHECK(itself.outputs() == Names{"a/1.jpg", "b/1.jpg", "b/c/2.png"});
}

TEST_CASE("every shard sees the same whole, and the shards make it up") {
  constexpr std::uint32_t count = 4;
  const Scene scene;
  for (int i = 0; i < 20; ++i)
    scene.tree.file("in/" + std::to_string(i % 3) + "/" + std::to_string(i) + ".jpg");
  scene.tree.file("in/text.txt");
  scene.tree.file("out/old.jpg");
  std::string list = "gone.jpg\ngone\nin/0\nin/text.txt\nout/old.jpg\nin\0x.jpg\n"s;
  for (int i = 0; i < 8; ++i) {
    const std::string number = std::to_string(i);
    fs::create_symlink("out/old.jpg", scene.tree / "to-output-" + number + ".jpg");
    fs::create_symlink("in/0/0.jpg", scene.tree / "link-" + number + ".jpg");
    fs::create_symlink("nowhere", scene.tree / "in/broken-" + number + ".jpg");
    list += "to-output-" + number + ".jpg\nlink-" + number + ".jpg\n";
  }
  scene.tree.file("list", list);
  for (const LinkPolicy links : {LinkPolicy::owner, LinkPolicy::never}) {
    InputSettings input{
        .operands = {"in", "in/1/1.jpg"}, .lists = {{.path = "list"}}, .recursive = true, .links = links};
    const Found all = scene.run(input);
    CHECK(all.totals.other_shards == 0);
    Names found;
    std::uint64_t own = 0;
    std::optional<std::uint64_t> whole, whole_digest;
    std::uint64_t own_digest = 0;
    for (std::uint32_t index = 1; index <= count; ++index) {
      input.shard = Shard{.index = index, .count = count};
      const Found shard = scene.run(input);
      const ScanTotals& totals = shard.totals;
      CHECK(totals.whole() >= all.totals.found);
      CHECK(totals.whole() == whole.value_or(totals.whole()));
      whole = totals.whole();
      CHECK(totals.whole_digest() == whole_digest.value_or(totals.whole_digest()));
      whole_digest = totals.whole_digest();
      own_digest += totals.own_digest;
      if (index == count) CHECK(own_digest == whole_digest);
      own += totals.whole() - totals.other_shards;
      if (index == count) CHECK(own == totals.whole());
      for (const InputFile& file : shard.files) found.push_back(file.path.substr(file.shown_from));
    }
    std::sort(found.begin(), found.end());
    CHECK(found == all.shown());
  }
}

TEST_CASE("a file that takes the place of another changes the digest in every shard") {
  const Scene scene;
  for (int i = 0; i < 6; ++i) scene.tree.file("in/" + std::to_string(i) + ".jpg");
  scene.tree.file("other/0.jpg");
  const auto digest = [&](std::uint32_t index, const Names& operands) {
    InputSettings input{.operands = operands, .recursive = true};
    input.shard = Shard{.index = index, .count = 2};
    return scene.run(input).totals.whole_digest();
  };
  const std::uint64_t before = digest(1, {"in"});
  CHECK(digest(2, {"in"}) == before);
  fs::rename(scene.tree / "in/0.jpg", scene.tree / "in/0.png");  // the same output but for its extension
  const std::uint64_t after = digest(1, {"in"});
  CHECK(after != before);
  CHECK(digest(2, {"in"}) == after);
  fs::rename(scene.tree / "in/0.png", scene.tree / "0.jpg");
  const std::uint64_t here = digest(1, {"in", "0.jpg"});
  CHECK(here != before);
  CHECK(digest(1, {"in", "other/0.jpg"}) != here);  // the same output
}

TEST_CASE("entries that are no file names are inputs with a problem, one each") {
  const Scene scene;
  const std::string longest(PATH_MAX - 1, 'x');
  scene.tree.file("list", longest + "x\n" + longest + "x\na\0b.jpg\n"s + longest + "\n");
  const Found found = scene.run({.lists = {{"list"}}});
  REQUIRE(found.files.size() == 4);
  CHECK(found.files[0].problem == "entry 1 of list is longer than 4095 bytes");
  CHECK(found.files[0].path != found.files[1].path);
  CHECK(found.files[2].problem ==
        "entry 3 of list contains a NUL; is the list one for --files-from0, or in "
        "UTF-16?");
  CHECK(found.files[3].problem == "File name too long");
}

TEST_CASE("standard input is a list") {
  const Scene scene;
  scene.tree.file("a.jpg");
  scene.tree.file("b.jpg");
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd before(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  REQUIRE(::dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
  ::close(ends[0]);
  REQUIRE(::write(ends[1], "a.jpg\0b.jpg", 11) == 11);
  ::close(ends[1]);
  const Found found = scene.run({.lists = {{"-", FileList::Separator::nul}}});
  if (before) {
    REQUIRE(::dup2(before.get(), STDIN_FILENO) == STDIN_FILENO);
  } else {
    ::close(STDIN_FILENO);
  }
  CHECK(found.shown() == Names{"a.jpg", "b.jpg"});
}

TEST_CASE("the job may end the scan at any file") {
  const Scene scene;
  for (int index = 0; index < 20; ++index) scene.tree.file("in/" + std::to_string(index) + ".jpg");
  scene.tree.file("list", "in/1.jpg\nin/2.jpg\n");
  InputScan scanner = scene.scan({.operands = {"in", "in/1.jpg"}, .lists = {{"list"}}});
  int seen = 0;
  const ScanTotals totals = scanner.run(
      {.on_file = [&](const InputFile&) { return ++seen < 3; }, .on_problem = [](const std::string&) {}});
  CHECK(seen == 3);
  CHECK(totals.found == 3);
}

TEST_CASE("a scan that finds nothing to give can be stopped") {
  const Scene scene;
  std::string list;
  for (int index = 0; index < 5000; ++index) list += "a.txt\n";
  scene.tree.file("a.txt");
  scene.tree.file("list", list);
  const EventFd stop = EventFd::create(EventFd::Kind::counter);
  InputScan scanner({.input = {.lists = {{"list"}}},
                     .output_directory = "out",
                     .job_directory = "out/.wm-supervisor",
                     .stop_fd = stop.fd()});
  stop.post();
  const ScanTotals totals = scanner.run({.on_file = [](const InputFile&) { return true; }, .on_problem = {}});
  CHECK(totals.ignored < 5000);
}

TEST_CASE("a tree deeper than a path can be long ends in problems, not in a failure") {
  const Scene scene;
  scene.tree.directory("in");
  UniqueFd directory(::open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name(200, 'd');
  for (int level = 0; level < 25; ++level) {
    REQUIRE(::mkdirat(directory.get(), name.c_str(), 0700) == 0);
    directory.reset(::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const UniqueFd file(::openat(directory.get(), "a.jpg", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    REQUIRE(file);
  }
  const Found found = scene.run({.operands = {"in"}, .recursive = true});
  CHECK(found.files.size() == 25);
  const auto is_fine = [](const InputFile& file) {
    return file.problem.empty() == (file.path.size() < PATH_MAX);
  };
  CHECK(std::all_of(found.files.begin(), found.files.end(), is_fine));
}

}  // namespace
}  // namespace wm
