#include <csignal>
#include <exception>
#include <span>

#include "common/os/errno_error.h"
#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/uncaught_exception.h"
#include "supervisor/commands/run.h"
#include "supervisor/text/console.h"

namespace {

/// What was asked for and did not arrive is a failure, however well the rest went.
int with_print_error(int exit_code) {
  const int error = wm::print_error();
  if (error == 0) return exit_code;
  wm::complain("standard output cannot be written: " + wm::errno_text(error));
  return exit_code == wm::exit_all_done ? wm::exit_some_failed : exit_code;
}

}  // namespace

int main(int argc, char* argv[]) {
  wm::secure_standard_descriptors();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error like a full disk
  try {
    return with_print_error(
        wm::run_command(std::span<const char* const>(argv, static_cast<std::size_t>(argc))));
  } catch (const std::exception&) {
    return wm::complain_of_exception();
  }
}
