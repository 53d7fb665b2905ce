#include "supervisor/journal/evidence_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <exception>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::string_view prefix = "evidence-";
constexpr std::string_view heading{"wm-evidence 1\0", 14};
constexpr char handed_out_record = 'h';
constexpr char found_record = 'f';
constexpr char taken_record = 't';
constexpr char published_record = 'p';
constexpr std::size_t longest_record = 8192;  // the longest path, and numbers
constexpr std::size_t evidence_piece_bytes = std::size_t{1} << 16;
constexpr std::uint64_t taken_over = 0;  // the file of what runs before have left

std::string name_of(RunToken run, std::uint64_t number) {
  return fmt::format("{}{:016x}-{}", prefix, static_cast<std::uint64_t>(run), number);
}

struct FileOfRun {
  RunToken run{};
  std::uint64_t number = 0;
};

/// None if it is not exactly a name from name_of().
std::optional<FileOfRun> file_of(std::string_view name) {
  constexpr std::size_t number_at = prefix.size() + 16 + 1;
  if (!name.starts_with(prefix) || name.size() <= number_at) return std::nullopt;
  std::uint64_t run = 0;
  std::uint64_t number = 0;
  std::from_chars(name.data() + prefix.size(), name.data() + number_at - 1, run, 16);
  std::from_chars(name.data() + number_at, name.data() + name.size(), number);
  const FileOfRun file{.run = static_cast<RunToken>(run), .number = number};
  return name == name_of(file.run, file.number) ? std::optional(file) : std::nullopt;
}

/// A number and the space after it.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

/// Leaves the path.
std::optional<OutputIdentity> take_identity(std::string_view& record) {
  OutputIdentity identity;
  const bool is_whole = take_number(record, identity.inode) && take_number(record, identity.size) &&
                        take_number(record, identity.mtime_ns) && !record.empty();
  return is_whole && identity.inode != 0 ? std::optional(identity) : std::nullopt;
}

void add_record(std::string_view record, RunEvidence& evidence) {
  if (record.size() < 2) return;
  auto& [outputs, taken] = evidence;
  const char kind = record.front();
  record.remove_prefix(1);
  if (kind == handed_out_record) outputs.in_doubt[std::string(record)].was_free = true;
  if (kind == taken_record) taken.emplace_back(record);
  if (kind != found_record && kind != published_record) return;
  const auto identity = take_identity(record);
  if (!identity) return;
  const std::string output(record);
  if (kind == found_record) {
    outputs.in_doubt[output].found.push_back(*identity);
  } else if (identity->size > 0) {
    outputs.in_doubt[output].published.push_back(*identity);
    outputs.published.push_back({output, *identity});
  }
}

std::string text_of(char kind, std::string_view output, const OutputIdentity& identity) {
  std::string record = fmt::format("{}{} {} {} ", kind, identity.inode, identity.size, identity.mtime_ns);
  record.append(output).append(1, '\0');
  return record;
}

void remove_if(const JobDirectory& directory, const auto& is_unwanted) {
  for (const std::string& name : directory.names()) {
    if (const auto file = file_of(name); file && is_unwanted(*file)) directory.remove(name);
  }
}

void read_in_pieces(const JobDirectory& directory, const std::string& name, RunEvidence& evidence) {
  const UniqueFd file = directory.open_file(name, O_RDONLY);
  if (!file) return;
  EvidenceReader reader(evidence);
  std::string piece(evidence_piece_bytes, '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got == 0) return;
    if (got > 0) reader.add(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
    if (got < 0 && errno != EINTR) throw_errno("cannot read " + shown_path(directory.path_of(name)));
  }
}

}  // namespace

EvidenceLog::EvidenceLog(JobDirectory directory, RunToken run, Sync sync)
    : directory_(std::move(directory)), run_(run), sync_(sync), file_(create(number_)) {}

bool EvidenceError::out_of_space() const noexcept {
  return code().value() == ENOSPC || code().value() == EDQUOT;
}

UniqueFd EvidenceLog::create(std::uint64_t number) const {
  const std::string name = name_of(run_, number);
  UniqueFd file = directory_.create_anew(name, 0644, O_WRONLY);
  write_all(file.get(), heading, directory_.path_of(name));
  return file;
}

/// An empty record comes first: the one before it may have been cut off by a full disk. Synced, because the
/// pages of a machine that is lost do not reach a file server.
void EvidenceLog::append(std::string_view records) {
  std::string bytes(1, '\0');
  bytes += records;
  write_all(file_.get(), bytes, directory_.path_of(name_of(run_, number_)));
  if (sync_ == Sync::yes) check_errno(::fdatasync(file_.get()), "cannot sync it");
}

void EvidenceLog::note_handed_out(const std::vector<HandedOut>& outputs) {
  noted_.clear();
  std::string records;
  for (const auto& [output, found] : outputs) {
    noted_.insert(output);
    if (found) {
      records += text_of(found_record, output, *found);
    } else {
      records.append(1, handed_out_record).append(output).append(1, '\0');
    }
  }
  try {
    append(records);
  } catch (const std::system_error& error) {
    noted_.clear();
    throw EvidenceError(error.code(),
                        "cannot write " + shown_path(directory_.path_of(name_of(run_, number_))));
  }
}

void EvidenceLog::note_published(std::string_view output, const OutputIdentity& identity) {
  pending_ += text_of(published_record, output, identity);
}

void EvidenceLog::note_taken(std::string_view output) {
  pending_.append(1, taken_record).append(output).append(1, '\0');
}

void EvidenceLog::flush() noexcept {
  if (pending_.empty()) return;
  try {
    append(pending_);
  } catch (const std::exception&) {
    // The same disk stops the run when the next outputs are handed out.
  }
  pending_.clear();
}

std::uint64_t EvidenceLog::begin_next() {
  std::uint64_t next = 0;
  {
    const auto held = hold();
    next = number_ + 1;
  }
  UniqueFd file = create(next);  // while the journal may go on
  const auto held = hold();
  file_ = std::move(file);
  number_ = next;
  noted_.clear();
  return next;
}

void EvidenceLog::remove_before(std::uint64_t number) noexcept {
  for (; removed_ + 1 < number; ++removed_) directory_.remove(name_of(run_, removed_ + 1));
}

void EvidenceReader::add(std::string_view bytes) {
  if (place_ == Place::elsewhere) return;
  rest_ += bytes;
  std::string_view left = rest_;
  if (place_ == Place::heading) {
    if (left.size() < heading.size()) return;
    place_ = left.starts_with(heading) ? Place::records : Place::elsewhere;  // of another version
    left.remove_prefix(heading.size());
  }
  if (place_ == Place::records) {
    for (std::size_t end = 0; (end = left.find('\0')) != std::string_view::npos;
         left.remove_prefix(end + 1)) {
      if (end <= longest_record) add_record(left.substr(0, end), evidence_);
    }
  }
  rest_.erase(0, rest_.size() - left.size());
  rest_.resize(std::min(rest_.size(), longest_record + 1));  // it stays too long
}

/// A run meets an output once. If its path was taken then, that run has published nothing there; another one
/// may have.
void add_run(RunEvidence run, UnrecordedOutputs& outputs) {
  for (const std::string& output : run.taken) run.outputs.in_doubt[output].was_free = false;
  for (auto& [output, of_run] : run.outputs.in_doubt) {
    UnrecordedOutputs::Doubt& doubt = outputs.in_doubt[output];
    doubt.was_free = doubt.was_free || of_run.was_free;
    std::ranges::move(of_run.found, std::back_inserter(doubt.found));
    std::ranges::move(of_run.published, std::back_inserter(doubt.published));
    doubt.runs.insert(run.outputs.runs.begin(), run.outputs.runs.end());
  }
  std::ranges::move(run.outputs.published, std::back_inserter(outputs.published));
  outputs.runs.merge(run.outputs.runs);
}

std::string evidence_text(const UnrecordedOutputs::InDoubt& in_doubt) {
  std::string text(heading);
  for (const auto& [output, doubt] : in_doubt) {
    if (doubt.was_free) text.append(1, handed_out_record).append(output).append(1, '\0');
    for (const OutputIdentity& identity : doubt.found) text += text_of(found_record, output, identity);
    for (const OutputIdentity& identity : doubt.published)
      text += text_of(published_record, output, identity);
  }
  return text;
}

UnrecordedOutputs left_unrecorded(const JobDirectory& directory) {
  std::map<RunToken, RunEvidence> runs;
  for (const std::string& name : directory.names()) {
    const auto file = file_of(name);
    if (!file) continue;
    RunEvidence& evidence = runs[file->run];
    evidence.outputs.runs.insert(file->run);
    read_in_pieces(directory, name, evidence);
  }
  UnrecordedOutputs outputs;
  for (auto& [run, evidence] : runs) add_run(std::move(evidence), outputs);
  return outputs;
}

void keep_in_doubt(const JobDirectory& directory, RunToken own, const UnrecordedOutputs::InDoubt& in_doubt) {
  if (!in_doubt.empty()) {
    AtomicFile file(directory, name_of(own, taken_over), 0644);
    file.write(evidence_text(in_doubt));
    file.sync();
    file.commit();
  }
  remove_if(directory, [&](const FileOfRun& found) {
    return found.run != own || (found.number == taken_over && in_doubt.empty());
  });
}

void remove_evidence_of(const JobDirectory& directory, RunToken run) {
  remove_if(directory,
            [run](const FileOfRun& found) { return found.run == run && found.number != taken_over; });
}

}  // namespace wm
