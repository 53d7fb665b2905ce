#include "supervisor/text/escape.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "tests/support/catch.h"

namespace wm {
namespace {

using namespace std::string_view_literals;

TEST_CASE("only well-formed UTF-8 passes for UTF-8") {
  for (const std::string_view good :
       {""sv, "plain"sv, "\0"sv, "\x7F"sv, "\u00e9"sv, "\u20ac"sv, "\U0001F600"sv, "\xED\x9F\xBF"sv,
        "\xF4\x8F\xBF\xBF"sv, "\xC2\x80"sv, "\xE0\xA0\x80"sv, "\xF0\x90\x80\x80"sv}) {
    CAPTURE(percent_encoded(good));
    CHECK(is_utf8(good));
  }
  for (const std::string_view bad :
       {"\x80"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC3"sv, "\xC3("sv, "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv,
        "\xE2\x82"sv, "\xE2\x28\xA1"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv,
        "\xFF"sv, "\xF0\x9F\x98"sv}) {
    CAPTURE(percent_encoded(bad));
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("a shell reads a word as it was") {
  for (const std::string_view word : {"plain/name-1.jpg"sv, ""sv, "two words"sv, "it's"sv, "$(touch x)`id`"sv,
                                      "-dash"sv, "a\\b"sv, "line\nfeed's"sv,
                                      "\xFF\x01"
                                      "7\t"sv,
                                      "\u00e9 *?[!]~#"sv}) {
    const std::string quoted = shell_word(word);
    CAPTURE(quoted);
    CHECK(one_line(quoted) == quoted);
    ::setenv("WM_TEST_COMMAND", ("printf %s. " + quoted).c_str(), 1);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
        ::popen("bash -c \"$WM_TEST_COMMAND\"", "r"),
        [](std::FILE* open) { return open != nullptr ? ::pclose(open) : 0; });
    REQUIRE(pipe);
    std::string bytes(1000, '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), pipe.get()));
    CHECK(bytes == std::string(word) + ".");
  }
  CHECK(shell_word("plain/name-1.jpg") == "plain/name-1.jpg");
}

TEST_CASE("whatever is shown stays on one line and cannot control a terminal") {
  CHECK(one_line("a\nb\rc\td\x1B[31m") == "a\\nb\\rc\\td\\e[31m");
  CHECK(one_line("\x01\x7F\0"sv) == "\\x01\\x7f\\x00");
  CHECK(one_line("\xC2\x85") == "\\xc2\\x85");
  CHECK(one_line("\xC2\xA0\u00e9\U0001F600") == "\xC2\xA0\u00e9\U0001F600");
  CHECK(one_line("\xFF\xC3(") == "\\xff\\xc3(");
  CHECK(one_line("a\\b") == "a\\b");
}

TEST_CASE("a name can neither end its line nor turn the direction of what follows it") {
  CHECK(one_line("a\u2028b\u2029") == "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9");
  CHECK(one_line("\u202Egpj.exe\u202A") == "\\xe2\\x80\\xaegpj.exe\\xe2\\x80\\xaa");
  CHECK(one_line("\u2066\u2069") == "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
  CHECK(shell_word("\u202E") == "$'\\342\\200\\256'");
  CHECK(one_line("\u2027\u202F\u2065\u206A") == "\u2027\u202F\u2065\u206A");
}

TEST_CASE("invisible characters that mislead are shown as bytes, their neighbours as they are") {
  for (const std::string_view hidden :
       {"\u061C"sv, "\u180E"sv, "\u200E"sv, "\u200F"sv, "\u2028"sv, "\u2029"sv, "\u202A"sv, "\u202E"sv,
        "\u2066"sv, "\u2069"sv, "\uFEFF"sv, "\uFFF9"sv, "\uFFFA"sv, "\uFFFB"sv, "\U000E0000"sv,
        "\U000E0001"sv, "\U000E0041"sv, "\U000E007F"sv}) {
    std::string bytes;
    for (const char byte : hidden) {
      char text[5];
      std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
      bytes += text;
    }
    CHECK(one_line("a" + std::string(hidden) + "b") == "a" + bytes + "b");
    CHECK(shown_path(hidden) == bytes);
  }
  // Letters of the same scripts, joiners of emoji and Persian, and the characters beside the ranges.
  for (const std::string_view shown :
       {"\u061B\u061D"sv, "\u180D\u180F"sv, "\u200C\u200D\u2010"sv, "\u202F"sv, "\u2065\u206A"sv,
        "\uFEFE\uFF00"sv, "\uFFF8\uFFFC\uFFFD"sv, "\U000DFFFF\U000E0080\U000E0100"sv, "\u0634\u064F"sv,
        "\U0001F468\u200D\U0001F469"sv}) {
    CHECK(one_line(shown) == shown);
  }
}

TEST_CASE("two paths never look alike") {
  CHECK(shown_path("a\nb") == "a\\nb");
  CHECK(shown_path("a\\nb") == "a\\\\nb");
}

TEST_CASE("percent encoding keeps printable ASCII but for the percent sign") {
  CHECK(percent_encoded("/a b/~[1].jpg") == "/a b/~[1].jpg");
  CHECK(percent_encoded("100%\n\xFF\xC3\xA9") == "100%25%0A%FF%C3%A9");
}

}  // namespace
}  // namespace wm
