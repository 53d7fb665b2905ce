#include "supervisor/journal/name_folding.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include <glib.h>

#include "common/kill_point/kill_point.h"
#include "common/os/unique_fd.h"
#include "supervisor/text/ascii_case.h"

namespace wm {
namespace {

struct FreeByGlib {
  void operator()(gchar* text) const noexcept { ::g_free(text); }
};
using OwnedText = std::unique_ptr<gchar, FreeByGlib>;

std::string in_one_case(std::string_view text) {
  std::string result;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end; at = g_utf8_next_char(at)) {
    char letter[6];
    const gunichar folded = ::g_unichar_tolower(::g_unichar_toupper(::g_utf8_get_char(at)));
    result.append(letter, static_cast<std::size_t>(::g_unichar_to_utf8(folded, letter)));
  }
  return result;
}

std::string decomposed(const std::string& text) {
  const OwnedText result(
      ::g_utf8_normalize(text.data(), static_cast<gssize>(text.size()), G_NORMALIZE_DEFAULT));
  return result ? result.get() : text;
}

/// A file that exists for a moment. Its name is random, so whatever is found under a variant of it is this
/// file, even with another inode number (FUSE).
class Probe {
 public:
  Probe(int directory, std::string name) : directory_(directory), name_(std::move(name)) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const UniqueFd file(::openat(directory_, name_.c_str(), flags, 0600));
    made_ = static_cast<bool>(file);
    if (made_) kill_point(KillPoint::probe_made);
  }
  ~Probe() {
    if (made_) ::unlinkat(directory_, name_.c_str(), 0);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  [[nodiscard]] bool made() const noexcept { return made_; }
  [[nodiscard]] bool has(const std::string& name) const noexcept {
    struct ::stat found {};
    return ::fstatat(directory_, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
  }

 private:
  int directory_;
  std::string name_;
  bool made_ = false;
};

}  // namespace

std::string folded(std::string_view path, const NameFolding& folding) {
  using Case = NameFolding::Case;
  if (folding.tells_all_apart()) return std::string(path);
  if (::g_utf8_validate(path.data(), static_cast<gssize>(path.size()), nullptr) == FALSE) {
    return folding.letters == Case::kept ? std::string(path) : ascii_lower(path);
  }
  std::string name(path);
  if (folding.normalises) name = decomposed(name);
  if (folding.letters == Case::ascii) name = ascii_lower(name);
  if (folding.letters == Case::simple) name = in_one_case(name);
  if (folding.letters == Case::full) {
    name = OwnedText(::g_utf8_casefold(name.data(), static_cast<gssize>(name.size()))).get();
  }
  // Folding may have composed letters.
  return folding.normalises ? decomposed(name) : name;
}

NameFolding probe_name_folding(int directory, RunToken run) {
  using Case = NameFolding::Case;
  NameFolding found;
  {
    const Probe probe(directory, probe_name(run, probe_words[0]));
    const auto is_found_as = [&](std::string_view word) { return probe.has(probe_name(run, word)); };
    if (probe.made()) {
      if (is_found_as("a\u00e9ss")) {
        found.letters = Case::full;
      } else if (is_found_as("a\u00e9\u00df")) {
        found.letters = Case::simple;
      } else if (is_found_as("A\u00c9\u00df")) {
        found.letters = Case::ascii;
      }
      found.normalises = is_found_as("aE\u0301\u00df");
      return found;
    }
  }
  const Probe probe(directory, probe_name(run, probe_words[1]));
  if (probe.made() && probe.has(probe_name(run, "A"))) found.letters = Case::ascii;
  return found;
}

void remove_probe(int directory, RunToken run) {
  for (const std::string_view word : probe_words) ::unlinkat(directory, probe_name(run, word).c_str(), 0);
}

}  // namespace wm
