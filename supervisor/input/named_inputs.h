#pragma once

// Handles the inputs that are named one by one, as operands or in lists: files are passed on to the job,
// directories are walked.

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
  void scan_operand(const std::string& name) { scan(name, NameFilter::Extension::any); }

  /// Files in a list need a wanted extension, since lists tend to name everything that exists. Names in the
  /// output, job or quarantine directory are left out: a list made with find may well contain the outputs of
  /// an earlier run. `shown_list` is for messages.
  void scan_list(FileListReader& reader, const std::string& shown_list);

  /// Call last: reports globs that have matched nothing, and finishes the sink.
  void finish();

 private:
  void scan(const std::string& name, NameFilter::Extension extension);
  void scan_file(const AbsolutePath& path, const struct ::stat& status, NameFilter::Extension extension);
  void scan_entry(const FileListReader::Entry& entry, const std::string& shown_list);
  void give_problem(InputFile file, const std::string& problem);
  [[nodiscard]] InputFile input_file(const AbsolutePath& path) const;

  const InputScan::Options& options_;
  std::string current_directory_;
  NameFilter filter_;
  OffLimits off_limits_;
  ScanSink& sink_;
};

}  // namespace wm
