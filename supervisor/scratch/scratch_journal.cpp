#include "supervisor/scratch/scratch_journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/journal/evidence_log.h"
#include "supervisor/journal/journal_copy.h"
#include "supervisor/journal/journal_database.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/ownership/machine_start.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

constexpr mode_t mode_in_scratch = 0600;
constexpr const char* origin_file = "origin";
constexpr const char* log_copied_file = "log-copied";
constexpr std::size_t largest_small_file = 4096;

void write_small(const JobDirectory& directory, const char* name, std::string_view text) {
  AtomicFile file(directory, name, mode_in_scratch);
  file.write(text);
  file.commit();
}

std::string origin_text(RunToken run) {
  return fmt::format("{:016x}\n", static_cast<std::uint64_t>(run));
}

bool has_log_files(const JobDirectory& directory) {
  return directory.has("job.db-wal") || directory.has("job.db-journal");
}

std::uint64_t size_of(int file, const std::string& path) {
  struct ::stat status {};
  check_errno(::fstat(file, &status), "cannot look at " + shown_path(path));
  return static_cast<std::uint64_t>(status.st_size);
}

/// A full disk leaves no part of it, which the next attempt would repeat.
void append_whole(int file, std::string_view text, const std::string& path) {
  const std::uint64_t size = size_of(file, path);
  try {
    write_all(file, text, path);
  } catch (const std::system_error&) {
    if (::ftruncate(file, static_cast<off_t>(size)) != 0) errno = 0;  // then some lines will be there twice
    throw;
  }
}

constexpr std::size_t most_log_bytes = std::size_t{1} << 20;  // at once

/// What follows the first `at` bytes, up to most_log_bytes.
std::string read_at(int file, std::uint64_t at, const std::string& path) {
  std::string bytes(most_log_bytes, '\0');
  const ssize_t got = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
  if (got < 0) throw_errno("cannot read " + shown_path(path));
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

/// How many bytes of the log in the scratch directory have been copied, and the size of the job's log then.
struct LogCopied {
  std::uint64_t from = 0, size = 0;
};

std::optional<LogCopied> read_log_copied(const JobDirectory& scratch) {
  const auto text = scratch.read_file(log_copied_file, largest_small_file);
  if (!text) return std::nullopt;
  LogCopied copied;
  const char* const end = text->data() + text->size();
  const auto first = std::from_chars(text->data(), end, copied.from);
  if (first.ec != std::errc{} || first.ptr == end) return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, copied.size);
  return second.ec == std::errc{} ? std::optional(copied) : std::nullopt;
}

void note_log_copied(const JobDirectory& scratch, const LogCopied& copied) {
  write_small(scratch, log_copied_file, fmt::format("{} {}\n", copied.from, copied.size));
}

constexpr const char* from_outputs =
    "what it did after its last copy of the journal is found out from the outputs";

/// A reader of the copy leaves a log without contents; that goes. Anything else would count for the journal
/// that comes to lie beside it.
void make_way(const JobDirectory& job, const ScratchNote& note) {
  struct Log {
    const char* name;
    off_t empty;  // the size of its header
  };
  for (const Log& log : {Log{"job.db-wal", 32}, Log{"job.db-journal", 0}}) {
    struct ::stat status {};
    const UniqueFd file = job.open_file(log.name, O_RDONLY);
    if (!file) continue;
    check_errno(::fstat(file.get(), &status), "cannot look at " + shown_path(job.path_of(log.name)));
    if (status.st_size > log.empty) {
      throw UsageError(
          fmt::format("{} is in the way of the last run's journal, which is in {}; another program "
                      "has made it: move it away and run the same command again",
                      shown_path(job.path_of(log.name)), shown_path(note.directory)));
    }
  }
  for (const char* const name : {"job.db-wal", "job.db-journal", "job.db-shm"}) {
    if (!job.remove(name) && errno != ENOENT) throw_errno("cannot remove " + shown_path(job.path_of(name)));
  }
}

/// Copies journal and log into the job directory, or sets a damaged journal aside.
LeftScratch take(const JobDirectory& job, RunToken run, const ScratchDirectory& scratch,
                 const ScratchNote& note) {
  std::optional<sqlite::Database> journal;
  try {
    journal = open_journal(scratch.directory(), Durability::batch);
  } catch (const Unreadable&) {
    throw;
  } catch (const UsageError& error) {
    return {.fate = LeftScratch::Fate::damaged,
            .words =
                fmt::format("the last run's journal cannot be used ({}); its directory is kept as {}, and {}",
                            error.what(), shown_path(scratch.set_aside()), from_outputs)};
  }
  make_way(job, note);
  JournalCopy copy(job, run, mode_in_job);
  static_cast<void>(copy.write(*journal));
  copy.publish();
  copy_log(scratch.directory(), job);
  remove_evidence_of(job, note.run);
  return {
      .fate = LeftScratch::Fate::taken,
      .words = fmt::format("the last run died; its journal was taken from {}", shown_path(note.directory))};
}

/// The directory that the note names, if its journal descends from the one in the job directory; otherwise
/// why it is not taken. `open` opens a directory, like ScratchDirectory::find. Throws Unreadable.
std::variant<LeftScratch, ScratchDirectory> find_left(const auto& open, const ScratchNote& note) {
  using Fate = LeftScratch::Fate;
  if (note.boot_id != machine_start().boot_id) {
    return LeftScratch{.fate = Fate::elsewhere,
                       .words = fmt::format("the last run died on {}, or this machine was restarted: {}",
                                            one_line(note.host), from_outputs)};
  }
  const auto gone = [&](const std::string& why) {
    return LeftScratch{
        .fate = Fate::gone,
        .words = fmt::format("the last run died, and its journal is gone: {}; {}", why, from_outputs)};
  };
  std::optional<ScratchDirectory> found;
  try {
    found = open(note.directory);
  } catch (const JobHeld& error) {
    return LeftScratch{
        .fate = Fate::in_use,
        .words = fmt::format("the last run's journal is not taken: {}; {}", error.what(), from_outputs)};
  } catch (const Unreadable&) {
    throw;
  } catch (const UsageError& error) {  // it is not what the note means
    return gone(one_line(error.what()));
  } catch (const std::system_error& error) {
    throw Unreadable(
        fmt::format("the last run's journal is in {}, which cannot be read ({}); see to its disk, or remove "
                    "that directory "
                    "to go on without what is in it",
                    shown_path(note.directory), one_line(error.what())));
  }
  if (!found || !found->directory().has(journal_file))
    return gone(fmt::format("there is none in {}", shown_path(note.directory)));
  if (found->directory().read_file(origin_file, largest_small_file) != origin_text(note.run))
    return gone(fmt::format("the one in {} is of another run", shown_path(note.directory)));
  return *std::move(found);
}

LeftScratch take_if_there(const JobDirectory& job, RunToken run, const ScratchDirectory* held,
                          const ScratchNote& note) {
  const auto open = [held](const std::string& path) {
    return held != nullptr && held->is_at(path) ? *held : ScratchDirectory::find(path);
  };
  const auto found = find_left(open, note);
  if (const auto* const not_taken = std::get_if<LeftScratch>(&found)) return *not_taken;
  const auto& scratch = std::get<ScratchDirectory>(found);
  LeftScratch left = take(job, run, scratch, note);
  if (left.fate != LeftScratch::Fate::taken) return left;
  if (held != nullptr && held->is_at(note.directory))
    scratch.empty();
  else
    scratch.remove();
  return left;
}

}  // namespace

LeftScratch take_left_scratch(const JobDirectory& job, RunToken run, const ScratchDirectory* held) {
  remove_unfinished_copies(job);
  LeftScratch left;
  if (const auto note = read_scratch_note(job)) left = take_if_there(job, run, held, *note);
  remove_scratch_note(job);  // also one that cannot be read
  return left;
}

std::optional<JobDirectory> left_scratch(const JobDirectory& job) {
  const auto note = read_scratch_note(job);
  if (!note) return std::nullopt;
  const auto found = find_left(ScratchDirectory::look_at, *note);
  const auto* const scratch = std::get_if<ScratchDirectory>(&found);
  return scratch != nullptr ? std::optional(scratch->directory()) : std::nullopt;
}

void begin_scratch(const JobDirectory& job, const ScratchDirectory& scratch, RunToken run,
                   Durability durability) {
  const JobDirectory& directory = scratch.directory();
  scratch.empty();
  write_small(directory, origin_file, origin_text(run));
  // SQLite gives its other files the mode of this one.
  if (job.has(journal_file)) {
    {
      const sqlite::Database journal = open_journal(job, durability);
      JournalCopy copy(directory, run, mode_in_scratch);
      static_cast<void>(copy.write(journal));
      copy.publish();
    }
    // A log next to the first copy would be taken for that one's.
    if (has_log_files(job))
      throw UsageError(fmt::format("the log of the journal {} could not be merged into it; see to its disk",
                                   shown_path(job.path_of(journal_file))));
  } else {
    static_cast<void>(directory.create_anew(journal_file, mode_in_scratch, O_WRONLY));
  }
  static_cast<void>(directory.create_anew(scratch_log_file, mode_in_scratch, O_WRONLY));
  write_scratch_note(job, scratch_note_here(run, directory.path()));
}

void copy_log(const JobDirectory& scratch, const JobDirectory& job) {
  const UniqueFd from = scratch.open_file(scratch_log_file, O_RDONLY);
  if (!from) return;
  const std::string source = scratch.path_of(scratch_log_file);
  const std::string target = job.path_of(scratch_log_file);
  const auto noted = read_log_copied(scratch);
  LogCopied copied = noted.value_or(LogCopied{});
  UniqueFd to;
  for (;;) {
    std::string bytes = read_at(from.get(), copied.from, source);
    bytes.resize(bytes.rfind('\n') + 1);  // 0 if there is no whole line
    if (bytes.empty()) return;
    if (!to) {
      to = job.open_or_create(scratch_log_file, O_RDWR | O_APPEND, mode_in_job);
      // Appended by a call that was killed before it could note that.
      const std::string more = noted ? read_at(to.get(), noted->size, target) : "";
      if (bytes.starts_with(more)) copied.from += more.size();
      copied.size = size_of(to.get(), target);
      note_log_copied(scratch, copied);
      continue;
    }
    job.require_may_change();
    append_whole(to.get(), bytes, target);
    copied.from += bytes.size();
    copied.size += bytes.size();
    note_log_copied(scratch, copied);
  }
}

}  // namespace wm
