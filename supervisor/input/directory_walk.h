#pragma once

// Goes over one directory operand in natural order of the names in each directory. Memory grows with the
// names in one directory, and in those above it, and by a few words with each directory; open descriptors
// are one a level. Names are looked up relative to the descriptor of their directory.
//
// Every directory is entered once, whatever ways lead to it: real ones where they are, then those that only
// links lead to, in the order in which these were met. So links neither multiply inputs nor go round, and a
// link beside a tree takes nothing away from it.

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/input/directory_listing.h"
#include "supervisor/input/file_identity.h"
#include "supervisor/input/followed_link.h"
#include "supervisor/input/name_filter.h"
#include "supervisor/input/off_limits.h"
#include "supervisor/input/scan_sink.h"
#include "supervisor/text/absolute_path.h"

namespace wm {

class DirectoryWalk {
 public:
  struct Options {
    NameFilter& filter;
    const OffLimits& off_limits;
    OutputFormat format;
    bool recursive;
    LinkPolicy links;
  };

  DirectoryWalk(const Options& options, ScanSink& sink) : options_(options), sink_(sink) {}

  /// A directory that cannot be opened or read is counted and reported, and the walk goes on after it.
  void run(const AbsolutePath& directory);

 private:
  struct Level {
    UniqueFd fd;
    DirectoryListing listing;
    std::size_t path_size = 0;  // of path_ with this directory at its end
  };
  /// A directory that a link leads to, which nothing else has led to so far.
  struct LinkedDirectory {
    std::string path;  // below the operand
    FileIdentity identity;
  };
  using Identities = std::unordered_set<FileIdentity, FileIdentityHash>;

  void walk_levels();
  void enter_linked(const LinkedDirectory& linked);
  void visit(const std::string& name, unsigned char type);
  void visit_link(const std::string& name, NameFilter::Verdict verdict);
  void visit_linked_directory(const std::string& name, const FollowedLink& link);
  void visit_file(const std::string& name, const struct ::stat& status);
  void ignore(const std::string& name, NameFilter::Verdict verdict);
  void refuse_link(const std::string& name, const FollowedLink& link);
  void give_problem(const std::string& name, const std::string& problem);
  void enter(const std::string& name);
  /// Reads the directory and makes it the innermost level. `name` is "" for the operand.
  void add_level(UniqueFd fd, const std::string& name);
  [[nodiscard]] InputFile input_file(const std::string& name) const;
  [[nodiscard]] std::string relative(const std::string& name) const;
  [[nodiscard]] std::string shown(const std::string& name) const;

  Options options_;
  ScanSink& sink_;
  std::vector<Level> levels_;
  Identities entered_;
  std::deque<LinkedDirectory> linked_;  // still to be entered
  Identities linked_identities_;        // of all that were ever in it
  std::string path_;                    // of the innermost directory, with a slash at its end
  std::size_t operand_size_ = 0;        // of the part of path_ that is the operand
  std::uint32_t shown_from_ = 0;
};

}  // namespace wm
