#include "supervisor/report/html/html_report.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "supervisor/report/html/page_parts.h"
#include "supervisor/report/html/report_data.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    switch (byte) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += byte;
    }
  }
  return escaped;
}

/// With commas in the numbers at the end of the sentence: before the last colon is a reason, which may
/// contain numbers that count nothing.
std::string with_commas(const std::string& sentence) {
  const std::size_t colon = sentence.rfind(": ");
  const std::size_t counts = colon == std::string::npos ? 0 : colon;
  const auto is_digit = [&](std::size_t at) {
    return at < sentence.size() && sentence[at] >= '0' && sentence[at] <= '9';
  };
  std::string text;
  for (std::size_t at = 0; at < sentence.size(); ++at) {
    text += sentence[at];
    std::size_t left = 0;
    while (is_digit(at + 1 + left)) ++left;
    if (at >= counts && is_digit(at) && left > 0 && left % 3 == 0) text += ',';
  }
  return text;
}

/// Nothing is fetched, not even from this machine; only the page's own style and script count.
std::string policy() {
  return fmt::format(
      "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action "
      "'none'",
      page_parts::script_hash, page_parts::style_hash);
}

using Value = std::pair<std::string_view, std::string_view>;

/// Each {{NAME}} becomes its value, which is not searched for further ones.
std::string filled(std::string_view page, const std::array<Value, 6>& values) {
  std::string text;
  for (std::size_t at = page.find("{{"); at != std::string_view::npos; at = page.find("{{")) {
    text += page.substr(0, at);
    const std::size_t end = page.find("}}", at);
    const std::string_view name = page.substr(at + 2, end - at - 2);
    for (const auto& [known, value] : values) {
      if (known == name) text += value;
    }
    page.remove_prefix(end + 2);
  }
  text += page;
  return text;
}

}  // namespace

std::string html_text(const HtmlReport& report) {
  const std::string outcome = html_escaped(with_commas(one_line(report.outcome)));
  const std::string csp = policy();
  const std::string data = report_data(report);
  return filled(page_parts::page, {{{"policy", csp},
                                    {"title", outcome},
                                    {"outcome", outcome},
                                    {"style", page_parts::style},
                                    {"data", data},
                                    {"script", page_parts::script}}});
}

}  // namespace wm
