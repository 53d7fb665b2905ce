#pragma once

// The file JOB_DIR/scratch.json: while it is there, the journal in JOB_DIR is a copy, and the one that a run
// writes, or wrote before it died, is on a disk of some machine. It is written before that run hands out its
// first file, and removed after its last copy, or by the next run. docs/journal.md lists its members.

#include <optional>
#include <string>
#include <string_view>

#include "common/job/temporary_name.h"
#include "supervisor/job_directory/job_directory.h"

namespace wm {

struct ScratchNote {
  RunToken run{};
  std::string host;       // for people
  std::string boot_id;    // of the kernel on which the run is
  std::string directory;  // absolute
  bool operator==(const ScratchNote&) const = default;
};

inline constexpr const char* scratch_note_file = "scratch.json";

/// With the name and the boot of this machine.
[[nodiscard]] ScratchNote scratch_note_here(RunToken run, std::string directory);

[[nodiscard]] std::string to_text(const ScratchNote& note);
/// None when the text is no such note.
[[nodiscard]] std::optional<ScratchNote> scratch_note_from(std::string_view text);

/// None when there is none, or none that can be read. Throws UsageError, std::system_error.
[[nodiscard]] std::optional<ScratchNote> read_scratch_note(const JobDirectory& directory);
/// Both are on the disk when they return. Throw std::system_error.
void write_scratch_note(const JobDirectory& directory, const ScratchNote& note);
void remove_scratch_note(const JobDirectory& directory);

/// What somebody must know who reads the journal in the job directory: "the journal is a copy, 95 s old: …";
/// none when it is no copy, "" when there is no copy yet.
[[nodiscard]] std::optional<std::string> words_on_copy(const JobDirectory& directory);

}  // namespace wm
