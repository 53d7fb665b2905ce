#include "supervisor/doctor/about_worker.h"

#include <unistd.h>

#include <chrono>
#include <system_error>

#include <nlohmann/json.hpp>

#include "supervisor/process/run_program.h"

namespace wm {

Json about_worker(const std::string& worker) {
  try {
    const ProgramRun run = run_program({.program = worker, .arguments = {worker, "--about"}}, STDOUT_FILENO,
                                       {.time = std::chrono::seconds(30)});
    const bool fine =
        run.result == ProgramRun::Result::ended && run.end.signal == 0 && run.end.exit_code == 0;
    if (fine) return json_from_text(run.output);
  } catch (const std::system_error&) {  // as below
  }
  return nullptr;
}

std::string about_text(const Json& about, const std::string& name) {
  const auto text = about.find(name);
  return text != about.end() && text->is_string() ? text->get<std::string>() : "?";
}

}  // namespace wm
