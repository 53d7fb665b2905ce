#include "supervisor/journal/name_folding.h"

#include <fcntl.h>

#include <filesystem>

#include "common/os/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

using Case = NameFolding::Case;

const std::string composed = "\u00c9t\u00e9.jpg";
const std::string decomposed = "E\u0301te\u0301.jpg";
const std::string no_utf8 = "\xc9T\xe9.JPG";

TEST_CASE("where all names are told apart, a name stays what it is") {
  for (const std::string& name : {composed, decomposed, no_utf8, std::string(), std::string("A/b.JPG")}) {
    CHECK(folded(name, {}) == name);
  }
}

TEST_CASE("letters are folded as far as the file system does") {
  CHECK(folded("DIR/IMG_1.JPG", {.letters = Case::ascii}) == "dir/img_1.jpg");
  CHECK(folded(composed, {.letters = Case::ascii}) == "\u00c9t\u00e9.jpg");
  CHECK(folded(composed, {.letters = Case::simple}) == "\u00e9t\u00e9.jpg");
  CHECK(folded("\u00c9T\u00c9.JPG", {.letters = Case::simple}) == "\u00e9t\u00e9.jpg");
  CHECK(folded("stra\u00dfe", {.letters = Case::simple}) == "stra\u00dfe");
  CHECK(folded("STRASSE", {.letters = Case::full}) == folded("stra\u00dfe", {.letters = Case::full}));
  CHECK(folded("STRASSE", {.letters = Case::simple}) != folded("stra\u00dfe", {.letters = Case::simple}));
  // Sigma in the middle and at the end of a word.
  CHECK(folded("\u03a3\u03c2", {.letters = Case::simple}) ==
        folded("\u03c3\u03c3", {.letters = Case::simple}));
}

TEST_CASE("letters with accents are one, however they are composed, where the file system says so") {
  const NameFolding normalising{.normalises = true};
  CHECK(folded(composed, normalising) == folded(decomposed, normalising));
  CHECK(folded(composed, normalising) != folded("e\u0301te\u0301.jpg", normalising));
  for (const Case letters : {Case::simple, Case::full}) {
    const NameFolding both{.letters = letters, .normalises = true};
    CHECK(folded(composed, both) == folded("e\u0301TE\u0301.JPG", both));
  }
  CHECK(folded(composed, {.letters = Case::full}) != folded(decomposed, {.letters = Case::full}));
}

TEST_CASE("bytes that are no text keep what is not ASCII") {
  for (const Case letters : {Case::ascii, Case::simple, Case::full}) {
    CHECK(folded(no_utf8, {.letters = letters, .normalises = true}) == "\xc9t\xe9.jpg");
  }
  CHECK(folded(no_utf8, {.normalises = true}) == no_utf8);
}

TEST_CASE("a probe of an ordinary directory finds that all names are told apart, and leaves nothing") {
  const TempDir dir;
  const UniqueFd directory(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(probe_name_folding(directory.get(), RunToken{1}).tells_all_apart());
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("what a probe leaves when its process dies is known by its name, and removed") {
  const TempDir dir;
  const UniqueFd directory(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const std::string_view word : probe_words) {
    const std::string name = probe_name(RunToken{0xabc}, word);
    CHECK(run_of_temporary(name) == RunToken{0xabc});
    CHECK_FALSE(run_of_temporary(name + "x"));
    const UniqueFd file(::openat(directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  }
  remove_probe(directory.get(), RunToken{0xabd});
  CHECK_FALSE(std::filesystem::is_empty(dir.path()));
  remove_probe(directory.get(), RunToken{0xabc});
  CHECK(std::filesystem::is_empty(dir.path()));
}

}  // namespace
}  // namespace wm
