#pragma once

// Goes over one directory operand, entry by entry as the kernel gives them: nothing is sorted or collected,
// so memory grows with the depth of the tree only, and so do open descriptors, one a level. Names are looked
// up relative to the descriptor of their directory. Symbolic links are followed, but never into a directory
// that the walk is in already.

#include <dirent.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/input/file_identity.h"
#include "supervisor/input/name_filter.h"
#include "supervisor/input/off_limits.h"
#include "supervisor/input/scan_sink.h"
#include "supervisor/text/absolute_path.h"

namespace wm {

class DirectoryWalk {
 public:
  struct Options {
    const NameFilter& filter;
    const OffLimits& off_limits;
    OutputFormat format;
    bool recursive;
  };

  DirectoryWalk(const Options& options, ScanSink& sink) : options_(options), sink_(sink) {}

  /// A directory that cannot be opened or read is counted and reported, and the walk goes on behind it.
  void run(const AbsolutePath& directory);

 private:
  struct CloseStream {
    void operator()(::DIR* stream) const { ::closedir(stream); }
  };
  struct Level {
    std::unique_ptr<::DIR, CloseStream> stream;
    FileIdentity identity;
    std::size_t path_size = 0;  // of path_ with this directory at its end
  };

  void visit(const ::dirent& entry);
  void visit_file(const std::string& name, const struct ::stat& status);
  void give_problem(const std::string& name, const std::string& problem);
  void enter(int parent_fd, const std::string& name, bool through_link);
  [[nodiscard]] InputFile input_file(const std::string& name) const;
  [[nodiscard]] std::string relative(const std::string& name) const;
  [[nodiscard]] std::string shown(const std::string& name) const;

  Options options_;
  ScanSink& sink_;
  std::vector<Level> levels_;
  std::string path_;              // of the innermost directory, with a slash at its end
  std::size_t operand_size_ = 0;  // of the part of path_ that is the operand
  std::uint32_t shown_from_ = 0;
};

}  // namespace wm
