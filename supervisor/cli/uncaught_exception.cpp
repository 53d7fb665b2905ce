#include "supervisor/cli/uncaught_exception.h"

#include <exception>

#include "supervisor/cli/exit_code.h"
#include "supervisor/text/console.h"
#include "supervisor/text/usage_error.h"

namespace wm {

int complain_of_exception() noexcept {
  try {
    throw;
  } catch (const UsageError& error) {
    complain(error.what());
    return exit_usage;
  } catch (const JobHeld& error) {
    complain(error.what());
    return exit_try_again;
  } catch (const std::exception& error) {
    complain(error.what());
    return exit_halted;
  }
}

}  // namespace wm
