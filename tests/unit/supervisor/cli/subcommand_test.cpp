#include "supervisor/cli/subcommand.h"

#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

SubcommandLine subcommand_line(const std::vector<const char*>& words) {
  const Subcommand* const subcommand = subcommand_of(words);
  REQUIRE(subcommand != nullptr);
  return {*subcommand, words};
}

std::string mistake(const std::vector<const char*>& words) {
  try {
    (void)subcommand_line(words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

std::string_view name_of(const std::vector<const char*>& words) {
  const Subcommand* const subcommand = subcommand_of(words);
  return subcommand == nullptr ? "none" : subcommand->name;
}

TEST_CASE("the first words name a subcommand") {
  CHECK(name_of({}) == "none");
  CHECK(name_of({"photos"}) == "none");
  CHECK(name_of({"./crashes"}) == "none");
  CHECK(name_of({"--quiet", "crashes"}) == "none");
  CHECK(name_of({"crashes"}) == "crashes");
  CHECK(name_of({"crashes", "marked"}) == "crashes");
  CHECK(name_of({"crashes", "show", "1"}) == "crashes show");
  CHECK(name_of({"report", "marked"}) == "report");
  CHECK(name_of({"report", "merge", "marked"}) == "report merge");
  CHECK(name_of({"report", "./merge"}) == "report");
}

TEST_CASE("a subcommand takes its options and operands in any order") {
  const SubcommandLine replay =
      subcommand_line({"replay", "--gdb", "42", "--repeat=3", "--job-dir", "a", "--job-dir", "b"});
  CHECK(replay.operand() == "42");
  CHECK(replay.has("gdb"));
  CHECK_FALSE(replay.has("valgrind"));
  CHECK(replay.number("repeat") == 3U);
  CHECK(replay.value("job-dir") == "b");
  CHECK_FALSE(replay.value("worker-program"));
  CHECK_FALSE(subcommand_line({"replay", "x", "--gdb", "--gdb=false"}).has("gdb"));
  CHECK(subcommand_line({"crashes", "symbolise", "1", "--", "--2"}).operands() == Words{"1", "--2"});
  CHECK(subcommand_line({"crashes", "symbolise"}).operands().empty());
  CHECK(subcommand_line({"stacks", "job", "2"}).operands().size() == 2);
}

TEST_CASE("help is given whatever is missing") {
  CHECK(subcommand_line({"replay", "--help"}).wants_help());
  CHECK(subcommand_line({"crashes", "show", "-h"}).wants_help());
}

TEST_CASE("wrong use of a subcommand names it") {
  CHECK(mistake({"replay"}) == "something is missing; usage: wm-supervisor replay CRASH [OPTIONS]");
  CHECK(mistake({"replay", "1", "2"}) == "unexpected operand 2; usage: wm-supervisor replay CRASH [OPTIONS]");
  CHECK(mistake({"doctor", "extra"}) == "unexpected operand extra; usage: wm-supervisor doctor [OPTIONS]");
  CHECK(mistake({"stacks", "a", "1", "b"}) ==
        "unexpected operand b; usage: wm-supervisor stacks [JOB_DIR] [W]");
  CHECK(mistake({"completion", "bash"}) == "accepted");
  CHECK(mistake({"completion", "bash|zsh"}).starts_with("bash|zsh is none of them"));
  CHECK(mistake({"completion", "tcsh"}) ==
        "tcsh is none of them; usage: wm-supervisor completion bash|zsh|fish");
  CHECK(mistake({"doctor", "--wrker-program", "x"}) ==
        "unknown option --wrker-program; did you mean --worker-program?");
  CHECK(mistake({"crashes", "show", "--zzzzzz"}) ==
        "unknown option --zzzzzz; see wm-supervisor crashes show --help");
  CHECK(mistake({"replay", "1", "--repeat"}) == "--repeat needs a value");
  CHECK(mistake({"replay", "1", "--gdb=perhaps"}) == "--gdb perhaps: expected true or false");
  CHECK_THROWS_AS(subcommand_line({"replay", "1", "--repeat", "0"}).number("repeat"), UsageError);
}

}  // namespace
}  // namespace wm
