#include "supervisor/commands/input_feed.h"

#include <utility>

#include <fmt/format.h>

namespace wm {

InputFeed::InputFeed(InputScan scan, JournalThread& journal, LogCollector& log)
    : scan_(std::move(scan)), journal_(journal), log_(log) {
  thread_ = std::thread([this] {
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
  });
}

InputFeed::~InputFeed() {
  thread_.join();
}

std::optional<ScanTotals> InputFeed::totals() const {
  if (!finished_.load(std::memory_order_acquire)) return std::nullopt;
  return totals_;
}

}  // namespace wm
