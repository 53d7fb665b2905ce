#pragma once

// Walks one directory operand, in the natural order of the names in each directory. Memory grows with the
// names in the current directory and those above it, and by a few words per directory entered; one descriptor
// is open per level. Names are looked up relative to the descriptor of their directory.
//
// Every directory is entered once, however many paths lead to it: first the real directories in their places,
// then those reachable only through links, in the order in which the links were met. So links neither
// duplicate inputs nor form loops, and a link next to a tree takes nothing away from it.

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>
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
    std::string output_prefix;  // of all outputs; empty or with a slash at its end
  };

  DirectoryWalk(Options options, ScanSink& sink) : options_(std::move(options)), sink_(sink) {}

  /// A directory that cannot be opened or read is counted and reported, and the walk continues.
  void run(const AbsolutePath& directory);

 private:
  struct Level {
    UniqueFd fd;
    DirectoryListing listing;
    std::size_t path_size = 0;  // of path_ up to and including this directory
  };
  /// A directory that has been reached only through a link so far.
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
  void ignore_unseen(const std::string& name, NameFilter::Verdict verdict, int error);
  void refuse_link(const std::string& name, const FollowedLink& link);
  void give_problem(const std::string& name, const std::string& problem);
  void enter(const std::string& name);
  /// Reads the directory and makes it the innermost level. `name` is "" for the operand.
  void add_level(UniqueFd fd, const std::string& name);
  [[nodiscard]] InputFile input_file(const std::string& name) const;
  [[nodiscard]] bool is_left_to_other_shard(const std::string& name);
  [[nodiscard]] std::string output_of(const std::string& name) const;
  [[nodiscard]] std::string relative(const std::string& name) const;
  [[nodiscard]] std::string shown(const std::string& name) const;

  Options options_;
  ScanSink& sink_;
  std::vector<Level> levels_;
  Identities entered_;
  std::deque<LinkedDirectory> linked_;  // still to be entered
  Identities linked_identities_;        // of everything that was ever in linked_
  std::string path_;                    // of the innermost directory, with a slash at its end
  std::size_t operand_size_ = 0;        // of the part of path_ that is the operand
  std::uint32_t shown_from_ = 0;
};

}  // namespace wm
