#pragma once

// Finds the inputs of a job: operands, directories and file lists, filtered and with their output paths. The
// order is fixed: operands and lists as given, the contents of a directory in natural order. Streaming: only
// the names in the current directory and those above it are in memory.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/input/input_file.h"

namespace wm {

/// How many inputs a scan found, and why the other files are not inputs.
struct ScanTotals {
  std::uint64_t found = 0;                          // files given to the sink
  std::uint64_t ignored = 0;                        // files left out: the sum of the next three
  std::map<std::string, std::uint64_t> extensions;  // by unwanted extension, in lower case; "" is none. The
                                                    // first hundred kinds are counted separately
  std::uint64_t excluded = 0;                       // by a glob
  std::uint64_t off_limits = 0;                     // in the output, job or quarantine directory
  std::uint64_t other_shards = 0;                   // files of other shards, judged by their names
  std::uint64_t left_out = 0;                       // so judged files of this shard that were not given
  // With a shard, sums of name_digest() modulo 2^64: of the files of this one, and of those of the others.
  std::uint64_t own_digest = 0;
  std::uint64_t other_digest = 0;
  std::uint64_t links_not_followed = 0;       // to files and directories, because of --links
  std::uint64_t directories_not_entered = 0;  // without --recursive
  std::vector<std::string> empty_lists;       // lists that name nothing, as shown; the first ten
  std::uint64_t unreadable_directories = 0;   // reported to on_problem, the scan went on; lists that broke
                                              // off count here too

  /// The files of all shards, judged by their names: the same in each shard once the scan is complete. Sums
  /// of whole() - other_shards over all shards equal it, too.
  [[nodiscard]] std::uint64_t whole() const noexcept { return found + left_out + other_shards; }
  /// Likewise, of the names: equal digests are those of the same files.
  [[nodiscard]] std::uint64_t whole_digest() const noexcept { return own_digest + other_digest; }
};

class InputScan {
 public:
  struct Options {
    InputSettings input;
    std::string output_directory;              // never scanned, may not exist yet
    std::string job_directory;                 // never scanned, may not exist yet
    std::string quarantine_directory;          // never scanned, may not exist yet; "" is none
    OutputFormat format = OutputFormat::keep;  // decides the extension of the outputs
    int stop_fd = -1;  // borrowed; once readable, the scan ends even while it waits for a list or
    // finds nothing to give
  };
  struct Callbacks {
    std::function<bool(InputFile)> on_file;              // may block; false ends the scan
    std::function<void(const std::string&)> on_problem;  // one line for the log: an unreadable directory,
                                                         // a loop of links
  };

  /// Checks that every operand exists and lies outside the output, job and quarantine directories, and opens
  /// every list, so that typing errors are found before anything starts. Throws UsageError.
  explicit InputScan(Options options);

  /// Runs the whole scan on the calling thread, once: lists may be pipes.
  ScanTotals run(const Callbacks& callbacks);

 private:
  struct OpenList {
    UniqueFd fd;
    FileList list;
  };

  Options options_;  // output, job, quarantine and base directories made absolute
  std::string current_directory_;
  std::vector<OpenList> lists_;
};

}  // namespace wm
