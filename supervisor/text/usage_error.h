#pragma once

// Why a command cannot do its work: one line with the problem and what to do. Nothing was changed.

#include <stdexcept>

namespace wm {

/// A mistake of the user. Exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The disk does not give something of a job: nothing says that it is missing or damaged. Exit code 2, of
/// `report merge` 75.
class Unreadable : public UsageError {
 public:
  using UsageError::UsageError;
};

/// The job is held by another supervisor, so the same command may succeed later. Exit code 75.
class JobHeld : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Another supervisor has taken the job over from this one, which must not change anything of it any more.
/// Exit code 75.
class OwnershipLost : public JobHeld {
 public:
  using JobHeld::JobHeld;
};

}  // namespace wm
