#pragma once

// The settings while options are applied to them one after another. Marks are drafts until finish(): options
// that follow a mark change it, and its logo is read only when it is certain to be used.

#include <string>
#include <vector>

#include "supervisor/cli/job_settings.h"

namespace wm {

class SettingsDraft {
 public:
  JobSettings settings;  // everything but the marks

  void add_extensions(std::vector<std::string> extensions);  // the first call replaces the defaults

  /// Open a mark, to which the next options bind. `said` is how an error names the option and its place.
  void open_logo(const std::string& path, const std::string& said);
  void open_text(const std::string& text, const std::string& said);

  /// The mark that was opened last. Throws UsageError when there is none.
  [[nodiscard]] Mark& mark(const std::string& said);
  /// Likewise its text. Throws UsageError when it is a logo.
  [[nodiscard]] Text& text(const std::string& said);
  /// Likewise its logo. Throws UsageError when it is a text.
  [[nodiscard]] Logo& logo(const std::string& said);

  /// Checks what only the whole can tell, fills in defaults that depend on other options and reads the
  /// logos. Throws UsageError.
  [[nodiscard]] JobSettings finish();

 private:
  struct MarkDraft {
    Mark mark;
    std::string said;
  };
  void check_completeness() const;
  void check_visibility() const;
  static void prepare_for_debugging(JobSettings& settings);

  std::vector<MarkDraft> marks_;
  bool extensions_given_ = false;
};

}  // namespace wm
