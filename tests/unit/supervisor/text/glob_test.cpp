#include "supervisor/text/glob.h"

#include <stdexcept>

#include "tests/support/catch.h"

namespace wm {
namespace {

bool file(const char* pattern, const char* path) {
  return Glob(pattern).matches_file(path);
}

bool directory(const char* pattern, const char* path) {
  return Glob(pattern).matches_directory(path);
}

std::string refusal(std::string_view pattern) {
  try {
    (void)Glob(pattern);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("braces stand for each of their alternatives") {
  for (const auto name : {"a.jpg", "d/a.png", "a.jpeg"}) CHECK(file("*.{jpg,png,jp{e,}g}", name));
  CHECK_FALSE(file("*.{jpg,png}", "a.gif"));
  CHECK_FALSE(file("*.{jpg,png}", "a.jpgpng"));
  CHECK(file("{2023,2024}/*.{jpg,png}", "2024/x.png"));
  CHECK_FALSE(file("{2023,2024}/*.{jpg,png}", "2025/x.png"));
  CHECK(file("{a,b/c}.jpg", "b/c.jpg"));  // each is for names or for paths on its own
  CHECK(file("{a,b/c}.jpg", "x/a.jpg"));
  CHECK(file("a{,-small}.jpg", "a.jpg"));
  CHECK(file("a{,-small}.jpg", "a-small.jpg"));
}

TEST_CASE("braces without a comma, escaped ones and those in brackets mean themselves") {
  CHECK(file("{a}.jpg", "{a}.jpg"));
  CHECK(file("{}.jpg", "{}.jpg"));
  CHECK(file("a}.jpg", "a}.jpg"));
  CHECK(file("\\{a,b\\}.jpg", "{a,b}.jpg"));
  CHECK_FALSE(file("\\{a,b\\}.jpg", "a.jpg"));
  CHECK(file("[{,}].jpg", ",.jpg"));
  CHECK(file("{[,],b}.jpg", ",.jpg"));
  CHECK(file("{{a,b}}.jpg", "{b}.jpg"));
}

TEST_CASE("two stars and a slash are any number of directories, also none") {
  for (const auto path : {"sub/a.jpg", "x/sub/a.jpg", "x/y/sub/z/a.jpg"}) {
    CAPTURE(path);
    CHECK(file("**/sub/**", path));
  }
  CHECK_FALSE(file("**/sub/**", "subway/a.jpg"));
  CHECK_FALSE(file("**/sub/**", "sub.jpg"));
  CHECK(file("a/**/b.jpg", "a/b.jpg"));
  CHECK(file("a/**/b.jpg", "a/x/y/b.jpg"));
  CHECK(file("**/*.jpg", "a.jpg"));
  CHECK(file("**/a/**/b/**/c.jpg", "a/b/c.jpg"));
  CHECK_FALSE(file("x**/b.jpg", "b.jpg"));  // these stars belong to a name
}

TEST_CASE("a directory of which everything matches matches itself") {
  for (const auto pattern : {"**/sub/**", "sub/**", "sub/*", "/sub/**", "{other,sub}/**"}) {
    CAPTURE(pattern);
    CHECK(directory(pattern, "sub"));
    CHECK_FALSE(directory(pattern, "subway"));
  }
  CHECK(directory("**/sub/**", "x/sub"));
  CHECK_FALSE(directory("sub/**", "x/sub"));
  CHECK_FALSE(directory("sub/*.jpg", "sub"));
  CHECK_FALSE(file("sub/**", "sub"));  // of this name, a file is something else
  CHECK_FALSE(directory("*.jpg", "sub"));
  CHECK(directory("sub", "x/sub"));
}

TEST_CASE("a slash at the beginning is the INPUT itself, one at the end a directory") {
  CHECK(file("/a.jpg", "a.jpg"));
  CHECK_FALSE(file("/a.jpg", "x/a.jpg"));
  CHECK(directory("/tmp/", "tmp"));
  CHECK_FALSE(directory("/tmp/", "x/tmp"));
  CHECK(directory("tmp/", "x/tmp"));
  CHECK_FALSE(file("tmp/", "tmp"));
  CHECK(Glob("photos/").matches_above("photos/a.jpg"));
  CHECK(Glob("photos/").matches_above("x/photos/y/a.jpg"));
  CHECK_FALSE(Glob("photos/").matches_above("photos"));
  CHECK_FALSE(Glob("photos").matches_above("photos/a.jpg"));
}

TEST_CASE("paths in patterns are written in any way") {
  for (const auto pattern : {"./a/b.jpg", ".//a//b.jpg", "a/./b.jpg", "/a/b.jpg", "././a/././b.jpg"}) {
    CAPTURE(pattern);
    CHECK(file(pattern, "a/b.jpg"));
  }
}

TEST_CASE("what can match nothing is refused, with what to write instead") {
  CHECK(refusal("[").find("\\[") != std::string::npos);
  for (const auto pattern :
       {"[", "a[", "[]", "[!]", "[^]", "[]a", "[a", "*.[jp", "[a\\]", "[[:alpha:]", "x[a-"}) {
    CAPTURE(pattern);
    CHECK(refusal(pattern).find("[ without its ]") != std::string::npos);
  }
  CHECK(refusal("[[:alpha]").find("[: without its :]") != std::string::npos);
  CHECK(refusal("[[:letter:]]").find("alpha") != std::string::npos);
  CHECK(refusal("[z-a].jpg").find("a-z") != std::string::npos);
  for (const auto pattern : {"*.{jpg,png", "{", "{a,{b,c}", "{a,[}]"}) {
    CAPTURE(pattern);
    CHECK(refusal(pattern).find("{ without its }") != std::string::npos);
  }
  CHECK(refusal("a\\").find("backslash") != std::string::npos);
  for (const auto pattern : {"../a.jpg", "a/../b.jpg", "a/..", ".."}) {
    CAPTURE(pattern);
    CHECK(refusal(pattern).find("..") != std::string::npos);
  }
  for (const auto pattern : {"", "/", ".", "./", "{,a}"}) {
    CAPTURE(pattern);
    CHECK(refusal(pattern) != "accepted");
  }
  std::string many;
  for (int i = 0; i < 20; ++i) many += "{a,b}";
  CHECK(refusal(many).find("more than 1000") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "**/x" + std::to_string(i) + "/";
  CHECK(refusal(deep + "a") != "accepted");
}

TEST_CASE("brackets that are right are accepted") {
  CHECK(file("[]].jpg", "].jpg"));
  CHECK(file("[!]].jpg", "a.jpg"));
  CHECK(file("[a-].jpg", "-.jpg"));
  CHECK(file("[[:digit:]]*.jpg", "1.jpg"));
  CHECK(file("[\\]].jpg", "].jpg"));
  CHECK(file("[a-cx-z].jpg", "y.jpg"));
  CHECK(file("a\\[1].jpg", "a[1].jpg"));
}

}  // namespace
}  // namespace wm
