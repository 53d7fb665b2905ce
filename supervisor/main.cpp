#include <exception>
#include <span>

#include "supervisor/cli/exit_code.h"
#include "supervisor/cli/usage_error.h"
#include "supervisor/commands/run.h"
#include "supervisor/text/console.h"

int main(int argc, char* argv[]) {
  wm::secure_standard_descriptors();
  try {
    return wm::run_command(std::span<const char* const>(argv, static_cast<std::size_t>(argc)));
  } catch (const wm::UsageError& error) {
    wm::complain(error.what());
    return wm::exit_usage;
  } catch (const std::exception& error) {
    wm::complain(error.what());
    return wm::exit_halted;
  }
}
