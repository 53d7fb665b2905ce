#include "supervisor/text/nearest_word.h"

#include <vector>

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("a slip of the fingers finds the word that was meant") {
  const std::vector<std::string> words{"output", "overwrite", "opacity", "offset", "ext"};
  CHECK(nearest_word("outptu", words) == "output");
  CHECK(nearest_word("oputput", words) == "output");
  CHECK(nearest_word("outpu", words) == "output");
  CHECK(nearest_word("outputs", words) == "output");
  CHECK(nearest_word("opasity", words) == "opacity");
  CHECK(nearest_word("output", words) == "output");
}

TEST_CASE("swapped neighbours count as one mistake") {
  CHECK(nearest_word("etx", std::vector<std::string>{"ext"}) == "ext");
  CHECK_FALSE(nearest_word("txe", std::vector<std::string>{"ext"}));
}

TEST_CASE("no word is suggested for something else") {
  const std::vector<std::string> words{"output", "ext"};
  CHECK_FALSE(nearest_word("zzzzzz", words));
  CHECK_FALSE(nearest_word("", words));
  CHECK_FALSE(nearest_word(std::string(100'000, 'x'), words));
  CHECK_FALSE(nearest_word("output", {}));
}

TEST_CASE("the first of equally near words is taken") {
  CHECK(nearest_word("bat", std::vector<std::string>{"cat", "hat"}) == "cat");
}

}  // namespace
}  // namespace wm
