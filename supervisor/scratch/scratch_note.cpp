#include "supervisor/scratch/scratch_note.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include <climits>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_members.h"
#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/realtime.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/ownership/machine_start.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/path_json.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 16;
constexpr int schema = 1;

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("unknown");
}

std::string in_utf8(const std::string& bytes) {
  return is_utf8(bytes) ? bytes : percent_encoded(bytes);
}

void sync_directory(const JobDirectory& directory) {
  check_errno(::fsync(directory.fd()), "cannot sync " + shown_path(directory.path()));
}

}  // namespace

ScratchNote scratch_note_here(RunToken run, std::string directory) {
  return {
      .run = run, .host = host_name(), .boot_id = machine_start().boot_id, .directory = std::move(directory)};
}

std::string to_text(const ScratchNote& note) {
  Json json;
  json["schema"] = schema;
  json["run"] = fmt::format("{:016x}", static_cast<std::uint64_t>(note.run));
  json["host"] = in_utf8(note.host);
  json["boot_id"] = in_utf8(note.boot_id);
  put_path(json, "directory", note.directory);
  return to_text(json, 1) + "\n";
}

std::optional<ScratchNote> scratch_note_from(std::string_view text) {
  const Json json = json_from_text(text);
  ScratchNote note;
  int version = 0;
  std::string run;
  JsonMembers members(json);
  members.integer("schema", version).text("run", run).text("host", note.host);
  members.text("boot_id", note.boot_id);
  if (members.good()) note.directory = path_in(json, "directory").value_or("");
  std::uint64_t token = 0;
  const auto [end, error] = std::from_chars(run.data(), run.data() + run.size(), token, 16);
  const bool good = members.good() && version == schema && error == std::errc{} &&
                    end == run.data() + run.size() && note.directory.starts_with('/');
  note.run = static_cast<RunToken>(token);
  return good ? std::optional(std::move(note)) : std::nullopt;
}

std::optional<ScratchNote> read_scratch_note(const JobDirectory& directory) {
  const auto text = directory.read_file(scratch_note_file, largest_file);
  return text ? scratch_note_from(*text) : std::nullopt;
}

void write_scratch_note(const JobDirectory& directory, const ScratchNote& note) {
  AtomicFile file(directory, scratch_note_file, 0644);
  file.write(to_text(note));
  file.sync();
  file.commit();
  sync_directory(directory);
}

void remove_scratch_note(const JobDirectory& directory) {
  if (!directory.remove(scratch_note_file)) {
    if (errno == ENOENT) return;
    throw_errno("cannot remove " + shown_path(directory.path_of(scratch_note_file)));
  }
  sync_directory(directory);
}

std::optional<std::string> words_on_copy(const JobDirectory& directory) {
  const auto note = read_scratch_note(directory);
  if (!note) return std::nullopt;
  struct ::stat status {};
  if (::fstatat(directory.fd(), journal_file, &status, AT_SYMLINK_NOFOLLOW) != 0) return "";
  const std::int64_t ns =
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  return fmt::format("the journal is a copy from {} ({} s old); the run keeps its own in {} on {}",
                     utc_time(ns), std::max<std::int64_t>(0, (realtime_ns() - ns) / 1'000'000'000),
                     shown_path(note->directory), one_line(note->host));
}

}  // namespace wm
