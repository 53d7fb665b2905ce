#include "tests/support/disk_error.h"

#include <filesystem>

#include "tests/support/skip.h"

namespace wm::test {

ProgramResult run_with_error(const Job& job, const Words& command, const std::string& path,
                             const std::string& injection) {
  Words words{"/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", "inject=" + injection};
  if (!std::filesystem::exists(words.front())) skip("strace is missing");
  words.insert(words.end(), command.begin(), command.end());
  ProgramOptions options = job.options();
  options.environment.emplace_back("ASAN_OPTIONS=detect_leaks=0");  // impossible under ptrace
  ProgramResult result = run_program(words, options);
  if (result.err.find("ptrace") != std::string::npos) skip("strace may not trace here");
  return result;
}

}  // namespace wm::test
