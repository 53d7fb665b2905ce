#include "worker/metadata/losses.h"

#include <algorithm>

namespace wm::metadata {

void Losses::add(std::string_view phrase) {
  std::string clean(phrase.substr(0, max_length));
  for (char& c : clean) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (std::find(phrases_.begin(), phrases_.end(), clean) != phrases_.end()) return;
  if (phrases_.size() == max_phrases) {
    ++more_;
  } else {
    phrases_.push_back(std::move(clean));
  }
}

void Losses::add(std::size_t count, std::string_view singular, std::string_view where) {
  if (count == 0) return;
  std::string phrase = std::to_string(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
  if (!where.empty()) phrase += " " + std::string(where);
  add(phrase);
}

std::vector<std::string> Losses::phrases() const {
  std::vector<std::string> all = phrases_;
  if (more_ > 0) all.push_back("and " + std::to_string(more_) + " more");
  return all;
}

}  // namespace wm::metadata
