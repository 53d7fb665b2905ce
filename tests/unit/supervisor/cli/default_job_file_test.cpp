// ./wm-supervisor.toml is read only when it is needed, and only when nobody else can have written it.

#include "supervisor/cli/default_job_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/skip.h"
#include "tests/support/special_files.h"
#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

constexpr std::string_view job_text = "output = 'of-file'\ninput = 'in.jpg'\ntext = 'x'\nquality = 80\n";
const Words complete{"-o", "out", "--text", "x"};

void set_mode(const std::string& path, mode_t mode) {
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

TEST_CASE("a command line that gives its inputs needs no file, so none is read") {
  const Shell shell;
  shell.tree.file("wm-supervisor.toml", job_text);
  for (const Words& inputs : {Words{"in.jpg"}, Words{"--files-from", "-"}, Words{"--files-from0", "list"}}) {
    CHECK(settings(complete + inputs).recipe.encoding.quality == std::nullopt);
    shell.tree.file("wm-supervisor.toml", "broken = [");
    CHECK(settings(complete + inputs).output == "out");
    shell.tree.file("wm-supervisor.toml", job_text);
  }
  CHECK(settings(complete).recipe.encoding.quality == 80);
  CHECK(settings({}).output == "of-file");
  CHECK(refusal({"in.jpg"}).starts_with("missing: --output DIR, a mark"));
}

TEST_CASE("a file that others can have written is refused unless it is named") {
  const Shell shell;
  const std::string file = shell.tree.file("wm-supervisor.toml", job_text);
  for (const mode_t mode : {0666U, 0664U, 0646U}) {
    set_mode(file, mode);
    const std::string said = refusal({});
    CHECK(said.starts_with("configuration file wm-supervisor.toml: may be written by others (mode 0"));
    CHECK(said.find("--config") != std::string::npos);
    CHECK(settings({"--config", "wm-supervisor.toml"}).output == "of-file");
    CHECK(settings(complete + Words{"in.jpg"}).output == "out");
  }
  set_mode(file, 0644);
  for (const mode_t mode : {01777U, 0777U, 0775U}) {
    set_mode(shell.tree.path(), mode);
    CHECK(refusal({}).starts_with(
        "configuration file wm-supervisor.toml: its directory may be written by others (mode "));
  }
  set_mode(shell.tree.path(), 0755);
  CHECK(settings({}).output == "of-file");
}

TEST_CASE("a file of somebody else is refused, and so is one in his directory") {
  if (::geteuid() != 0) test::skip("only root can give a file to another user");
  const Shell shell;
  const std::string file = shell.tree.file("wm-supervisor.toml", job_text);
  REQUIRE(::lchown(file.c_str(), test::stranger, test::stranger) == 0);
  CHECK(refusal({}).starts_with("configuration file wm-supervisor.toml: belongs to uid 54321; nobody"));
  REQUIRE(::lchown(file.c_str(), 0, 0) == 0);
  REQUIRE(::lchown(shell.tree.path().c_str(), test::stranger, test::stranger) == 0);
  CHECK(refusal({}).starts_with(
      "configuration file wm-supervisor.toml: its directory belongs to uid 54321; nobody"));
}

TEST_CASE("what is no regular file is refused, and never waited for") {
  const Shell shell;
  const std::string victim = shell.tree.file("elsewhere.toml", job_text);
  const std::string path = shell.tree / "wm-supervisor.toml";
  for (const test::SpecialFile& kind : test::special_files()) {
    if (kind.name == "a hard link" || kind.name == "a file of another user") continue;
    REQUIRE(kind.make(path, victim));
    INFO(kind.name);
    CHECK(refusal({}).starts_with("configuration file wm-supervisor.toml: is a"));
    CHECK(refusal({}).find(", not a regular file; ") != std::string::npos);
    std::filesystem::remove_all(path);
  }
}

}  // namespace
}  // namespace wm
