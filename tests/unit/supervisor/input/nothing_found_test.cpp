#include "supervisor/input/nothing_found.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("why there is nothing to do is said with counts and a remedy") {
  CHECK(nothing_found_text({}) == "nothing to do: there are no files in the inputs");
  CHECK(nothing_found_text({.directories_not_entered = 3}) ==
        "nothing to do: 3 directories not entered; use -r");
  CHECK(nothing_found_text({.directories_not_entered = 1}) ==
        "nothing to do: 1 directory not entered; use -r");
  CHECK(nothing_found_text({.ignored = 812, .extensions = {{"heic", 812}}}) ==
        "nothing to do: 812 files skipped: .heic (812); use --ext heic to try them");
  CHECK(
      nothing_found_text({.ignored = 7, .extensions = {{"", 1}, {"cr2", 2}, {"heic", 4}}}) ==
      "nothing to do: 7 files skipped: .heic (4), .cr2 (2), without an extension (1); use --ext heic,cr2 to "
      "try them");
  CHECK(nothing_found_text({.ignored = 1, .extensions = {{"", 1}}}) ==
        "nothing to do: 1 file skipped: without an extension (1); name them one by one to try them");
  CHECK(nothing_found_text(
            {.ignored = 9, .extensions = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}, {"f", 4}}}) ==
        "nothing to do: 9 files skipped: .f (4), .a (1), .b (1), .c (1), .d (1), others (1); use --ext "
        "f,a,b,c,d "
        "to try them");
}

TEST_CASE("several reasons stand beside each other") {
  CHECK(nothing_found_text({.ignored = 4,
                            .extensions = {{"txt", 1}},
                            .excluded = 1,
                            .off_limits = 2,
                            .links_not_followed = 1,
                            .directories_not_entered = 2,
                            .unreadable_directories = 1}) ==
        "nothing to do: 1 file skipped: .txt (1); use --ext txt to try them; 2 directories not entered; use "
        "-r; "
        "1 file left out by --include and --exclude; 1 link not followed; see --links and the log; "
        "2 names lie in the output, job or quarantine directory; 1 directory could not be read; see the log");
}

TEST_CASE("what an extension is made of cannot break the line") {
  CHECK(nothing_found_text({.ignored = 1, .extensions = {{"a\nb", 1}}}).find('\n') == std::string::npos);
}

}  // namespace
}  // namespace wm
