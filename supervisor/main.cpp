#include <cstdio>
#include <exception>
#include <span>

#include <fmt/format.h>

#include "supervisor/cli/usage_error.h"
#include "supervisor/commands/exit_code.h"
#include "supervisor/commands/run.h"

int main(int argc, char* argv[]) {
  try {
    return wm::run_command(std::span<const char* const>(argv, static_cast<std::size_t>(argc)));
  } catch (const wm::UsageError& error) {
    fmt::print(stderr, "wm-supervisor: {}\n", error.what());
    return wm::exit_usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "wm-supervisor: {}\n", error.what());
    return wm::exit_halted;
  }
}
