// How deep a TOML text nests, before a parser that recurses sees it.

#include "supervisor/cli/toml_depth.h"

#include <string>

#include "supervisor/cli/job_file.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string toml_refusal(const std::string& text) {
  try {
    (void)parse_job_file("job.toml", text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a key or a value that nests too deeply is found, with its line") {
  constexpr std::size_t many = 400'000;
  const std::string key = repeated("a.", many) + "a";
  const std::string quoted = repeated("\"a\".'b' . ", many) + "a";
  for (const std::string& text :
       {"\n" + key + " = 1\n", "\n[" + key + "]\n", "\n[[" + key + "]]\n", "\n" + quoted + " = 1\n",
        "\nx = {" + key + " = 1}\n", "\n\"\".''." + key + " = 1", "\nx = ['''a''''', \"b\\\"\"]." + key}) {
    const auto found = too_deep(text);
    REQUIRE(found);
    CHECK(found->what == TooDeep::What::key);
    CHECK(found->line == 2);
    CHECK(toml_refusal(text).starts_with("job.toml:2: a key has more than 16 parts"));
  }
  for (const std::string& text : {"\n\nx = " + repeated("[", many), "\n\nx = " + repeated("{a = ", many),
                                  "\n\nx = " + repeated("[{a = ", many)}) {
    const auto found = too_deep(text);
    REQUIRE(found);
    CHECK(found->what == TooDeep::What::value);
    CHECK(found->line == 3);
    CHECK(toml_refusal(text).starts_with("job.toml:3: arrays and tables are nested more than 16 deep"));
  }
}

TEST_CASE("dots and brackets in texts, comments and numbers nest nothing") {
  const std::string dots = repeated(".", 1000) + repeated("[{", 1000);
  for (const std::string& text :
       {"text = \"" + dots + "\"", "text = '" + dots + "'", "# " + dots + "\nx = 1",
        "text = \"\"\"\n" + dots + "\n\"\" \\\"\"\"" + dots + "\"\"\"\"\"",
        "text = '''\n" + dots + "''" + dots + "'''''", "text = \"\\\\\" # " + dots,
        "x = [" + repeated("1.5, ", 1000) + "]", "x = [\n" + repeated("1.5,\n", 1000) + "]",
        repeated("a.b = [[1.5]]\n", 1000), repeated("[a.b.c]\n", 1000),
        "t = \"\"\n" + repeated("x = ''\n", 50)}) {
    CHECK_FALSE(too_deep(text));
  }
}

TEST_CASE("what is just deep enough is left to the parser") {
  CHECK_FALSE(too_deep(repeated("a.", most_key_parts - 1) + "a = 1"));
  CHECK(too_deep(repeated("a.", most_key_parts) + "a = 1"));
  CHECK_FALSE(too_deep("x = " + repeated("[", most_nested_values) + repeated("]", most_nested_values)));
  CHECK(too_deep("x = " + repeated("[", most_nested_values + 1)));
}

}  // namespace
}  // namespace wm
