#include "supervisor/commands/report_output.h"

#include <unistd.h>

#include <cstddef>
#include <utility>

namespace wm {
namespace {

constexpr std::size_t enough_to_write = std::size_t{1} << 16;

/// Whether the file is empty, or one like those that are written.
std::string why_not_replaced(int fd, const std::string& mark) {
  std::string bytes(1024, '\0');
  const ssize_t got = fd < 0 ? -1 : ::pread(fd, bytes.data(), bytes.size(), 0);
  if (got >= 0) bytes.resize(static_cast<std::size_t>(got));
  if (got == 0 || (got > 0 && bytes.find(mark) != std::string::npos)) return {};
  return "exists and is no such report, which alone would be replaced; name another file";
}

}  // namespace

ReportOutput::ReportOutput(const std::string& where, const std::string& option, std::string mark) {
  if (where == "-") return;
  file_ = std::make_unique<UserFile>(where, option,
                                     [mark = std::move(mark)](int fd) { return why_not_replaced(fd, mark); });
}

bool ReportOutput::is_same_file(const ReportOutput& other) const {
  return file_ && other.file_ && file_->has_same_name(*other.file_);
}

void ReportOutput::write(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= enough_to_write) flush();
}

void ReportOutput::flush() {
  if (file_) {
    if (!std::exchange(begun_, true)) file_->begin(mode_);
    file_->write(pending_);
  } else {
    if (!spool_) spool_.emplace();
    spool_->add(pending_);
  }
  pending_.clear();
}

void ReportOutput::complete() {
  flush();
  if (file_) file_->complete();
}

bool ReportOutput::commit() {
  if (!file_) return spool_->print();
  file_->commit();
  return true;
}

}  // namespace wm
