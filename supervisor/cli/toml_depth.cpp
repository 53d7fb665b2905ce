#include "supervisor/cli/toml_depth.h"

#include <algorithm>

namespace wm {
namespace {

/// Scans a text and skips comments and strings, in which dots and brackets have no meaning.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<TooDeep> run() {
    while (at_ < text_.size()) {
      const char letter = text_[at_];
      if (letter == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      if (letter == '"' || letter == '\'') {
        pass_string(letter);
        continue;
      }
      if (letter == '\n') ++line_;
      if (letter == '.') {
        if (++parts_ > most_key_parts) return TooDeep{TooDeep::What::key, line_};
      } else if (std::string_view("\n=,[]{}").find(letter) != std::string_view::npos) {
        parts_ = 1;
      }
      if (letter == '[' || letter == '{') {
        if (++depth_ > most_nested_values) return TooDeep{TooDeep::What::value, line_};
      } else if ((letter == ']' || letter == '}') && depth_ > 0) {
        --depth_;
      }
      ++at_;
    }
    return std::nullopt;
  }

 private:
  void pass_string(char quote) {
    const std::string_view three = quote == '"' ? R"(""")" : "'''";
    const bool many_lines = text_.substr(at_).starts_with(three);
    at_ += many_lines ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      const char letter = text_[at_];
      if (letter == '\n') {
        if (!many_lines) return;  // an error, which the parser reports
        ++line_;
      } else if (letter == '\\' && quote == '"') {
        ++at_;
        if (at_ < text_.size() && text_[at_] == '\n') ++line_;
      } else if (letter == quote && (!many_lines || text_.substr(at_).starts_with(three))) {
        at_ += many_lines ? 3 : 1;
        // Up to two quotes before the three that end it belong to the string.
        for (int more = 0; many_lines && more < 2 && text_.substr(at_).starts_with(quote); ++more) ++at_;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t parts_ = 1;
  std::size_t depth_ = 0;
};

}  // namespace

std::optional<TooDeep> too_deep(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace wm
