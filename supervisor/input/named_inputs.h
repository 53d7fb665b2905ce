#pragma once

// Handles the inputs that are named one by one, as operands or in lists: files are passed on to the job,
// directories are walked.

#include <optional>
#include <string>

#include "supervisor/input/directory_walk.h"
#include "supervisor/input/file_list.h"
#include "supervisor/input/name_filter.h"
#include "supervisor/input/off_limits.h"
#include "supervisor/input/scan_sink.h"

namespace wm {

class NamedInputs {
 public:
  NamedInputs(const InputScan::Options& options, std::string current_directory, ScanSink& sink);

  /// A name on the command line: a file is an input whatever its extension.
  void scan_operand(const std::string& name);

  /// Files in a list need a wanted extension, since lists tend to name everything that exists. Names in the
  /// output, job or quarantine directory are left out: a list made with find may well contain the outputs of
  /// an earlier run. With a base directory, outputs have the paths of their inputs below it. With shards, a
  /// name with a wanted extension is that of a file, so that files of other shards are not looked at; a
  /// directory of such a name fails. `shown_list` is for messages.
  void scan_list(FileListReader& reader, const std::string& shown_list);

  /// Call last: reports globs that have matched nothing, and finishes the sink.
  void finish();

 private:
  /// What is known of a name before the file is looked at.
  struct Named {
    AbsolutePath path;
    std::string given;                      // for globs: as the user wrote it, without a leading slash
    bool says_directory = false;            // it ends with a slash
    std::optional<std::string> below_base;  // the path below the base directory; none: it lies outside
    std::string output;                     // "" outside the base directory
    NameFilter::Extension extension = NameFilter::Extension::must_be_wanted;  // that is: it was in a list
  };
  [[nodiscard]] Named resolve(const std::string& name, NameFilter::Extension extension) const;
  [[nodiscard]] std::optional<std::string> below_base(const std::string& path) const;
  void scan(const Named& named);
  void scan_directory(const Named& named);
  void scan_file(const Named& named, const struct ::stat& status);
  /// Whether that is clear without a look at the file.
  [[nodiscard]] bool is_left_to_other_shard(const Named& named);
  void note_left_out(const Named& named);
  void give_problem(const Named& named, const std::string& problem);
  [[nodiscard]] static InputFile input_file(const Named& named);
  [[nodiscard]] static std::string shown(const Named& named);
  void scan_entry(const FileListReader::Entry& entry, const std::string& shown_list);

  const InputScan::Options& options_;
  std::string current_directory_;
  NameFilter filter_;
  OffLimits off_limits_;
  ScanSink& sink_;
};

}  // namespace wm
