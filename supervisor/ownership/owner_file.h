#pragma once

// JOB_DIR/owner as a file: read, made, touched, taken over, removed, so that of many processes on many
// machines at most one has it. Does not decide who may. May be called from any thread.
//
// The file is never written in place: it appears whole under its name. Whose it is shows in its contents,
// which are compared byte by byte. It is opened anew for each question: only that makes an NFS client ask its
// server.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "supervisor/job_directory/job_directory.h"

namespace wm {

/// What an owner's file contains, and when it was last touched by the file server's clock.
struct SeenOwner {
  std::string text;  // may be anything
  std::int64_t touched_ns = 0;
};

class OwnerFile {
 public:
  /// `text` is this process's own, different from everybody else's. Asks nobody for permission to change the
  /// directory.
  OwnerFile(JobDirectory directory, std::string text);

  /// None when there is no such file. Throws UsageError when it is no regular file, system_error.
  [[nodiscard]] static std::optional<SeenOwner> read(const JobDirectory& directory,
                                                     const std::string& name = "owner");
  [[nodiscard]] bool is_own() const;

  /// Makes the file. False: there is one already. Throws std::system_error.
  [[nodiscard]] bool create();
  /// Replaces the file that `judged` describes by its own, unless it was touched or replaced since. Of all
  /// that try at the same time exactly one succeeds, and none removes another one's file. `may_take` decides
  /// about a process that died, or stands still, while it did the same. Throws std::system_error.
  using MayTake = std::function<bool(const SeenOwner&)>;
  [[nodiscard]] bool take_over(const SeenOwner& judged, const MayTake& may_take);
  /// Shows that the owner is alive. False: the file is another one's, or gone. Throws std::system_error.
  [[nodiscard]] bool touch() const;
  /// Removes the file if it is its own.
  void remove() const noexcept;
  /// Leaves it, if it is its own, as if it had been touched at that time.
  void leave(std::int64_t touched_ns) const noexcept;

  /// The file that a process has while it takes over from the owner whose file has this text. Its name
  /// depends on the text, so that all who try meet there, and those who come too late find the owner's file
  /// changed.
  [[nodiscard]] static std::string claim_on(std::string_view text);

  /// The file server's time. Throws std::system_error.
  [[nodiscard]] std::int64_t server_time() const;
  /// Removes what others left when they died while they tried to take the job. What is no file stays. Throws
  /// std::system_error.
  void remove_leftovers(const MayTake& is_left) const;

 private:
  [[nodiscard]] std::string proposal() const;
  void write_proposal() const;
  [[nodiscard]] bool replace(const std::string& name, const SeenOwner& judged, const MayTake& may_take,
                             int depth);

  JobDirectory directory_;
  std::string text_;
};

}  // namespace wm
