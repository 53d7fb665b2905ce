#include "tests/torture/ordeal.h"

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "tests/support/wait_until.h"

namespace wm::test {

namespace fs = std::filesystem;

Ordeal::Ordeal(unsigned files, Flood flood) : options_{"--jpeg-path", "pixel"} {
  for (unsigned i = flood == Flood::yes ? 2 : 1; i < files; ++i)
    job_.add_picture("picture-" + std::to_string(i) + ".jpg", i);
  job_.add_picture("asks-300.jpg");  // for more memory than any worker's allowance
  if (flood == Flood::yes) job_.add_picture("flood.jpg");
  run_undisturbed();
}

Ordeal::Ordeal(unsigned files, const std::string& pictures) {
  if (pictures.empty()) job_.add_pictures(files, 300, 200);
  for (const auto& entry : pictures.empty() ? fs::directory_iterator() : fs::directory_iterator(pictures)) {
    if (!entry.is_regular_file() || files == 0) continue;
    fs::copy_file(entry.path(), job_.in(entry.path().filename().string()));
    --files;
  }
  run_undisturbed();
}

void Ordeal::run_undisturbed() {
  clear();
  const ProgramResult result = start({})->wait(stall * slowness);
  expected_ = outputs_of(job_);
  if (result.exit_code != 0 || expected_.empty())
    throw std::runtime_error("the job fails undisturbed: " + result.err);
  if (const auto fault = fault_of_run(job_, result, expected_, {}); !fault.empty())
    throw std::runtime_error("the job is wrong undisturbed: " + fault);
}

void Ordeal::clear() const {
  fs::remove_all(job_.out());
  fs::remove_all(kill_directory());
  fs::create_directory(kill_directory());
}

std::unique_ptr<RunningProgram> Ordeal::start(const Words& environment, const Words& options) const {
  Words words = job_.command({"--worker-program", hazard_worker(), "--retries", "100", "--log-level", "debug",
                              "--log-format", "json", "--timeout", std::to_string(400 * slowness) + "ms"});
  words.insert(words.end(), options_.begin(), options_.end());
  words.insert(words.end(), options.begin(), options.end());
  words.push_back(job_.in());
  ProgramOptions program = job_.options();
  program.environment.insert(program.environment.end(), environment.begin(), environment.end());
  return std::make_unique<RunningProgram>(words, program);
}

Words Ordeal::plan(const std::string& entries, bool together) const {
  Words environment{"WM_KILL_DIR=" + kill_directory(), "WM_KILL_PLAN=" + entries};
  if (together) environment.push_back("WM_KILL_TOGETHER=1");
  return environment;
}

}  // namespace wm::test
