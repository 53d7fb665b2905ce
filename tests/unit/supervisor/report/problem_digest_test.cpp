#include "supervisor/report/problem_digest.h"

#include <algorithm>
#include <string>

#include "tests/support/catch.h"

namespace wm {
namespace {

Problem problem(const std::string& input, FailureKind kind, const std::string& message) {
  return {
      .input = input, .state = FinalState::failed, .failure = {kind, message}, .attempts = 1, .crash = {}};
}

Published with_notes(const std::string& notes) {
  Published published;
  published.notes = notes;
  return published;
}

TEST_CASE("a run without problems has nothing to say") {
  ProblemDigest digest;
  digest.add(Published{});
  CHECK(problem_text(digest, "command") == "");
}

TEST_CASE("the first ten failures, the totals of each kind and the command that shows all are told") {
  ProblemDigest digest;
  digest.add(problem("a\n.jpg", FailureKind::corrupt, "the file ends before\x1b[2J the picture does"));
  digest.add(problem("b.jpg", FailureKind::unreadable, "Permission denied"));
  CHECK(problem_text(digest, "wm-supervisor report out") ==
        "Failures:\n"
        "  a\\n.jpg: corrupt: the file ends before\\e[2J the picture does\n"
        "  b.jpg: unreadable: Permission denied\n"
        "1 unreadable, 1 corrupt; more about them: wm-supervisor report out\n");
  for (int i = 0; i < 20; ++i) digest.add(problem("c" + std::to_string(i), FailureKind::corrupt, "is empty"));
  const std::string text = problem_text(digest, "wm-supervisor report out");
  CHECK(text.starts_with("The first 10 of 22 failures:\n  a\\n.jpg"));
  CHECK(text.find("  c7: ") != std::string::npos);
  CHECK(text.find("  c8: ") == std::string::npos);
  CHECK(text.ends_with(
      "\n21 corrupt, 1 unreadable; all of them: wm-supervisor report out --failed0 | tr '\\0' '\\n'\n"));
  digest.add(problem("d", FailureKind::crash, std::string(100'000, 'x')));
  CHECK(problem_text(digest, "").size() < 5'000);
}

TEST_CASE("warnings are grouped, the most frequent first, and each counts the pictures") {
  ProblemDigest digest;
  for (int i = 0; i < 3; ++i) digest.add(with_notes("the palette became RGB; 16 bits a sample became 8"));
  digest.add(with_notes("the palette became RGB"));
  digest.add(with_notes("12 bytes after the GIF picture; 7 bytes after the GIF picture"));
  digest.add(with_notes("13 bytes after the GIF picture"));
  Published left_out;
  left_out.left_out = "mark 1 (logo.png): it lies outside of the picture";
  digest.add(left_out);
  left_out.result = Result::copied;
  digest.add(left_out);
  Published damaged = with_notes("the file ends after 99 rows; transparency became white");
  damaged.damaged = true;
  digest.add(damaged);
  CHECK(problem_text(digest, "") ==
        "Warnings:\n"
        "  4 pictures: not kept: the palette became RGB\n"
        "  3 pictures: not kept: 16 bits a sample became 8\n"
        "  2 pictures, such as: not kept: 12 bytes after the GIF picture\n"
        "  1 picture: not kept: transparency became white\n"
        "  1 picture: not put on it: mark 1 (logo.png): it lies outside of the picture\n"
        "  1 picture: what can be read is marked: the file ends after 99 rows\n"
        "  1 picture: without a mark: mark 1 (logo.png): it lies outside of the picture\n");
}

TEST_CASE("the number of a mark and the size of a picture stay numbers that a user can look up") {
  ProblemDigest digest;
  Published left_out;
  for (const std::string size : {"30x20", "30x20", "31x20"}) {
    left_out.left_out = "mark 2 (logo.png): larger than the " + size + " pixels of the picture";
    digest.add(left_out);
  }
  CHECK(problem_text(digest, "") ==
        "Warnings:\n"
        "  3 pictures, such as: not put on it: mark 2 (logo.png): larger than the 30x20 pixels of the "
        "picture\n");
}

TEST_CASE("a picture with several warnings beyond the bound is one picture") {
  ProblemDigest digest;
  for (std::size_t i = 0; i < ProblemDigest::most_groups; ++i)
    digest.add(with_notes(std::string(i + 1, 'x')));
  for (int i = 0; i < 3; ++i) digest.add(with_notes("one; two; three"));
  CHECK(digest.warnings().back().text == "other warnings");
  CHECK(digest.warnings().back().pictures == 3);
}

TEST_CASE("hostile warnings, each of them different, take bounded memory and a bounded number of lines") {
  ProblemDigest digest;
  for (std::size_t i = 0; i < 100'000; ++i) {
    std::string text(1 + i % 900, static_cast<char>('a' + i % 26));
    text += "\xff\n\x1b[2J";
    digest.add(with_notes(text + ";" + text + "; " + text + "!; ; \xc3"));
  }
  const auto warnings = digest.warnings();
  CHECK(warnings.size() == ProblemDigest::most_groups + 1);
  CHECK(warnings.back().text == "other warnings");
  for (const auto& warning : warnings) {
    CHECK(warning.text.size() < 400);
    CHECK(std::ranges::none_of(warning.text, [](char byte) { return byte == '\n' || byte == '\x1b'; }));
  }
  const std::string text = problem_text(digest, "");
  CHECK(std::ranges::count(text, '\n') == 12);
  CHECK(text.ends_with("\n  41 further warnings: see the log\n"));
}

}  // namespace
}  // namespace wm
