#include "common/job/text_template.h"

#include <stdexcept>

#include "common/text/utf8.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

std::string expanded(std::string_view text, std::string_view path = "/srv/Summer 26/IMG_1.final.JPG") {
  TextFacts facts{.input_path = path, .counter = 42, .width = 640, .height = 480};
  facts.started.tm_year = 126;
  facts.started.tm_mon = 10;
  facts.started.tm_mday = 5;
  facts.exif = [](std::string_view name) -> std::optional<std::string> {
    if (name == "Artist") return "Ada";
    if (name == "Empty") return "";
    return std::nullopt;
  };
  return TextTemplate(text).expand(facts);
}

std::string refusal(std::string_view text) {
  try {
    (void)TextTemplate(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("each variable stands for what it is called") {
  CHECK(expanded("{filename}") == "IMG_1.final.JPG");
  CHECK(expanded("{stem}") == "IMG_1.final");
  CHECK(expanded("{dir}") == "Summer 26");
  CHECK(expanded("{date}") == "2026-11-05");
  CHECK(expanded("{date:%d.%m.%y}") == "05.11.26");
  CHECK(expanded("{counter}/{counter:05}") == "42/00042");
  CHECK(expanded("{width}x{height}") == "640x480");
  CHECK(expanded("by {exif:Artist}!") == "by Ada!");
}

TEST_CASE("a tag that is missing or empty gives what follows the bar, or nothing") {
  CHECK(expanded("<{exif:Model|unknown}>") == "<unknown>");
  CHECK(expanded("<{exif:Empty|none}>") == "<none>");
  CHECK(expanded("<{exif:Model}>") == "<>");
  CHECK(TextTemplate("{exif:Model|x} {stem} {exif:Artist}").exif_names() ==
        std::vector<std::string>{"Model", "Artist"});
  CHECK(TextTemplate("{{exif:Model}} {width}").exif_names().empty());
  CHECK(TextTemplate("no. {counter:05}").counts());
  CHECK_FALSE(TextTemplate("{{counter}} {width} {date}").counts());
}

TEST_CASE("doubled braces are braces") {
  CHECK(expanded("{{stem}} }}{{") == "{stem} }{");
}

TEST_CASE("names that are short of something") {
  CHECK(expanded("{stem}|{dir}", "picture") == "picture|");
  CHECK(expanded("{stem}|{dir}", "/.jpg") == ".jpg|");
}

TEST_CASE("bytes of a path that cannot be drawn are replaced, and long texts cut between letters") {
  CHECK(expanded("{filename}", "/a/x\xff\n\x1b.jpg") == "x\xEF\xBF\xBD\n .jpg");
  const std::string name = "/" + std::string(4095, 'a') + "\u00e9.jpg";
  const std::string cut = expanded("{filename}", name);
  CHECK(cut == std::string(4095, 'a'));
  CHECK(is_utf8(cut));
}

TEST_CASE("what is no variable is refused by name") {
  CHECK_THAT(refusal("{file}"), Catch::Matchers::Contains("{file} is no variable"));
  for (const auto* bad :
       {"{", "}", "a}b", "{stem", "{}", "{stem:3}", "{counter:x}", "{counter:21}", "{counter:}", "{date:}",
        "{date:%}", "{date:%Q}", "{exif}", "{exif:}", "{exif:a b}"}) {
    CAPTURE(bad);
    CHECK(refusal(bad) != "accepted");
  }
}

TEST_CASE("a text is constant when every picture of a run gets the same") {
  CHECK(TextTemplate("plain {{x}} {date}").constant());
  CHECK_FALSE(TextTemplate("{stem}").constant());
  CHECK_FALSE(TextTemplate("{width}").constant());
}

}  // namespace
}  // namespace wm
