#include "supervisor/text/absolute_path.h"

#include "tests/support/catch.h"

namespace wm {
namespace {

TEST_CASE("a relative path is prefixed, and shown as it was written") {
  struct Row {
    const char* directory;
    const char* given;
    const char* path;
    unsigned shown_from;
  };
  for (const Row& row : {
           Row{"/cwd", "a.jpg", "/cwd/a.jpg", 5},
           Row{"/cwd", "./a//b/./c.jpg", "/cwd/a/b/c.jpg", 5},
           Row{"/cwd", "../a.jpg", "/cwd/../a.jpg", 5},
           Row{"/cwd", "a/../b/", "/cwd/a/../b", 5},
           Row{"/cwd", ".", "/cwd", 5},
           Row{"/cwd", "./", "/cwd", 5},
           Row{"/cwd", "-x.jpg", "/cwd/-x.jpg", 5},
           Row{"/cwd", "...", "/cwd/...", 5},
           Row{"/", "a", "/a", 1},
           Row{"/", ".", "/", 1},
           Row{"/cwd", "/a//b/.", "/a/b", 0},
           Row{"/cwd", "//", "/", 0},
           Row{"/cwd", "/..", "/..", 0},
       }) {
    CAPTURE(row.directory, row.given);
    const AbsolutePath result = absolute_path(row.directory, row.given);
    CHECK(result.path == row.path);
    CHECK(result.shown_from == row.shown_from);
  }
}

TEST_CASE("the last component is what follows the last slash") {
  CHECK(last_component("/a/b.jpg") == "b.jpg");
  CHECK(last_component("b.jpg") == "b.jpg");
  CHECK(last_component("/").empty());
}

}  // namespace
}  // namespace wm
