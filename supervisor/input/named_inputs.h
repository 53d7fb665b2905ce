#pragma once

// The inputs that are named one by one, as operands or in lists: files go on to the job, directories are
// walked.

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

  void scan(const std::string& name);

  /// Names below the output and job directories are left out: a list made with find may well contain the
  /// outputs of an earlier run. `shown_list` is for messages.
  void scan_list(FileListReader& reader, const std::string& shown_list);

 private:
  void scan_entry(const FileListReader::Entry& entry, const std::string& shown_list);
  void give_problem(InputFile file, const std::string& problem);
  [[nodiscard]] InputFile input_file(const AbsolutePath& path) const;

  const InputScan::Options& options_;
  std::string current_directory_;
  NameFilter filter_;
  OffLimits off_limits_;
  ScanSink& sink_;
  bool remarked_off_limits_ = false;
};

}  // namespace wm
