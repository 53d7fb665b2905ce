#include "supervisor/crash/redaction.h"

#include <algorithm>

#include "supervisor/crash/signature.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::string with_redacted(std::string text, const std::string& path) {
  for (std::string rest = path; !rest.empty();) {
    for (const std::string& form : {rest, shown_path(rest)}) {
      for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos;) {
        const std::string hash = redacted(rest);
        text.replace(at, form.size(), hash);
        at += hash.size();
      }
    }
    const std::size_t slash = rest.find('/', 1);
    rest = slash == std::string::npos ? "" : rest.substr(rest.front() == '/' ? 1 : slash + 1);
  }
  return text;
}

}  // namespace

std::string redacted(const std::string& path) {
  std::string result;
  std::size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '/') {
      result += path[at++];
      continue;
    }
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, end - at);
    const std::size_t dot = name.rfind('.');
    const bool keeps_ending =
        end == path.size() && dot != std::string::npos && dot > 0 && name.size() - dot <= 6;
    result += hash8(name) + (keeps_ending ? name.substr(dot) : "");
    at = end;
  }
  return result;
}

std::string redacted_word(const std::string& word) {
  const std::size_t equals = word.find('=');
  std::size_t kept = 0;
  if (word.starts_with("--")) {
    kept = equals == std::string::npos ? word.size() : equals + 1;
  } else if (word.starts_with('-')) {
    kept = std::min<std::size_t>(word.size(), 2);  // its value may follow directly
  }
  const std::string rest = word.substr(kept);
  const bool is_number = rest.find_first_not_of("0123456789.,%") == std::string::npos;
  return word.substr(0, kept) + (is_number ? rest : redacted(rest));
}

std::string NameHider::operator()(std::string text) const {
  for (const std::string& path : paths_) text = with_redacted(std::move(text), path);
  return text;
}

}  // namespace wm
