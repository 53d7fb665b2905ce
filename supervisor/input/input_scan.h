#pragma once

// Finds the inputs of a job: operands, directories and file lists, filtered and with their output paths, in a
// certain order: operands and lists as given, what is in a directory in natural order. Streaming: of files,
// only the names in one directory, and in those above it, are held at a time.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/input/input_file.h"

namespace wm {

/// What a scan found, and why the rest is no input.
struct ScanTotals {
  std::uint64_t found = 0;                          // files given to the sink
  std::uint64_t ignored = 0;                        // files left out: the sum of the next three
  std::map<std::string, std::uint64_t> extensions;  // by extensions that are not wanted, lower case; "" is
                                                    // none. The first hundred kinds are counted separately
  std::uint64_t excluded = 0;                       // by a glob
  std::uint64_t off_limits = 0;                     // in the output, job or quarantine directory
  std::uint64_t links_not_followed = 0;             // to files and directories, because of --links
  std::uint64_t directories_not_entered = 0;        // without --recursive
  std::vector<std::string> empty_lists;             // that name nothing; as shown, the first ten
  std::uint64_t unreadable_directories = 0;  // reported to on_problem, the scan went on; lists that broke
                                             // off count here too
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

  /// Checks that every operand exists and lies outside of the output and job directories, and opens every
  /// list, so that a typing error is found before anything starts. Throws UsageError.
  explicit InputScan(Options options);

  /// Runs the whole scan on the calling thread, once: lists may be pipes.
  ScanTotals run(const Callbacks& callbacks);

 private:
  struct OpenList {
    UniqueFd fd;
    FileList list;
  };

  Options options_;  // the output and job directories made absolute
  std::string current_directory_;
  std::vector<OpenList> lists_;
};

}  // namespace wm
