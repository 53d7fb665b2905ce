#include "supervisor/run/input_feed.h"

#include <utility>

#include <fmt/format.h>

namespace wm {
namespace {

InputScan::Options stopped_by(InputScan::Options options, int stop_fd) {
  options.stop_fd = stop_fd;
  return options;
}

}  // namespace

InputFeed::InputFeed(InputScan::Options options, JournalThread& journal, LogCollector& log)
    : scan_(stopped_by(std::move(options), stop_.fd())), journal_(journal), log_(log) {}

InputFeed::~InputFeed() {
  end();
  if (thread_.joinable()) thread_.join();
}

void InputFeed::start() {
  thread_ = std::thread([this] { scan(); });
}

void InputFeed::end() {
  journal_.close();
  stop_.post();
}

bool InputFeed::wait(std::chrono::milliseconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!totals() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return totals().has_value();
}

void InputFeed::scan() {
  try {
    totals_ =
        scan_.run({.on_file =
                       [this](InputFile input) {
                         if (!journal_.push(std::move(input))) return false;
                         found_.fetch_add(1, std::memory_order_relaxed);
                         return true;
                       },
                   .on_problem = [this](const std::string& line) { log_.log(LogLevel::warning, line); }});
  } catch (const std::exception& error) {
    log_.log(LogLevel::error, fmt::format("the search for inputs ended early: {}", error.what()));
    ++totals_.unreadable_directories;
  }
  finished_.store(true, std::memory_order_release);
  journal_.scan_finished();
}

std::optional<ScanTotals> InputFeed::totals() const {
  if (!finished_.load(std::memory_order_acquire)) return std::nullopt;
  return totals_;
}

}  // namespace wm
