#pragma once

// The settings while options are applied to them one by one. Marks are drafts until finish(): the options
// after a mark change it, and its logo is read only once it is certain to be used.

#include <string>
#include <vector>

#include "supervisor/cli/job_settings.h"

namespace wm {

/// The log of a job whose directory is known.
[[nodiscard]] std::string default_log_file(const JobSettings& job);

class SettingsDraft {
 public:
  JobSettings settings;  // everything but the marks

  void add_extensions(std::vector<std::string> extensions);  // the first call replaces the defaults

  /// Open a mark, to which the following options apply. `said` is how error messages name the option and its
  /// place.
  void open_logo(const std::string& path, const std::string& said);
  void open_text(const std::string& text, const std::string& said);

  /// The mark opened last. Throws UsageError when there is none.
  [[nodiscard]] Mark& mark(const std::string& said);
  /// Likewise its text. Throws UsageError when it is a logo.
  [[nodiscard]] Text& text(const std::string& said);
  /// Likewise its logo. Throws UsageError when it is a text.
  [[nodiscard]] Logo& logo(const std::string& said);

  /// Makes the checks that need all settings together, fills in defaults that depend on other options, and
  /// reads the logos and font files. Throws UsageError.
  [[nodiscard]] JobSettings finish();

 private:
  struct MarkDraft {
    Mark mark;
    std::string said;
  };
  void check_completeness() const;
  void check_visibility() const;
  void check_shard() const;
  static void prepare_for_debugging(JobSettings& settings);

  std::vector<MarkDraft> marks_;
  bool extensions_given_ = false;
};

}  // namespace wm
