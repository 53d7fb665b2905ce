#include "supervisor/input/nothing_found.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t most_named = 5;

/// The most frequent first; ties are in the order of their names.
std::vector<std::pair<std::string, std::uint64_t>> by_frequency(const ScanTotals& totals) {
  std::vector<std::pair<std::string, std::uint64_t>> kinds(totals.extensions.begin(),
                                                           totals.extensions.end());
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  return kinds;
}

std::string skipped_text(const ScanTotals& totals) {
  const std::uint64_t skipped = totals.ignored - totals.excluded - totals.off_limits;
  const auto kinds = by_frequency(totals);
  std::vector<std::string> named;
  std::vector<std::string> wanted;
  std::uint64_t named_files = 0;
  for (const auto& [extension, count] : kinds) {
    if (named.size() == most_named) break;
    const std::string word = one_line(extension);
    named.push_back(word.empty() ? fmt::format("without an extension ({})", count)
                                 : fmt::format(".{} ({})", word, count));
    named_files += count;
    if (!word.empty()) wanted.push_back(word);
  }
  if (named_files < skipped) named.push_back(fmt::format("others ({})", skipped - named_files));
  return fmt::format("{} skipped: {}; {}", counted(skipped, "file", "files"), fmt::join(named, ", "),
                     wanted.empty() ? "name them one by one to try them"
                                    : fmt::format("use --ext {} to try them", fmt::join(wanted, ",")));
}

}  // namespace

std::string nothing_found_text(const ScanTotals& totals) {
  std::vector<std::string> reasons;
  if (totals.ignored > totals.excluded + totals.off_limits) reasons.push_back(skipped_text(totals));
  if (totals.directories_not_entered > 0) {
    reasons.push_back(counted(totals.directories_not_entered, "directory", "directories") +
                      " not entered; use -r");
  }
  if (totals.excluded > 0) {
    reasons.push_back(counted(totals.excluded, "file", "files") + " left out by --include and --exclude");
  }
  if (totals.links_not_followed > 0) {
    reasons.push_back(counted(totals.links_not_followed, "link", "links") +
                      " not followed; see --links and the log");
  }
  if (totals.off_limits > 0) {
    reasons.push_back(counted(totals.off_limits, "name lies", "names lie") +
                      " in the output, job or quarantine directory");
  }
  if (totals.unreadable_directories > 0) {
    reasons.push_back(counted(totals.unreadable_directories, "directory", "directories") +
                      " could not be read; see the log");
  }
  if (!totals.empty_lists.empty()) {
    const bool one = totals.empty_lists.size() == 1;
    reasons.push_back(fmt::format("the list{} {} name{} no file", one ? "" : "s",
                                  fmt::join(totals.empty_lists, ", "), one ? "s" : ""));
  }
  if (reasons.empty()) reasons.emplace_back("there are no files in the inputs");
  return fmt::format("nothing to do: {}", fmt::join(reasons, "; "));
}

}  // namespace wm
