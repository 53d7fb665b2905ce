#include "supervisor/crash/crash_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/memory_file.h"
#include "common/os/unique_fd.h"
#include "supervisor/cli/usage_error.h"
#include "supervisor/crash/report_shape.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

constexpr mode_t directory_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr std::size_t most_job_bytes = std::size_t{1} << 30;

void write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("cannot write " + shown_path(path));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), directory_mode) == 0) return;
  if (errno != EEXIST) throw_errno("cannot make " + shown_path(path));
  // A link that somebody put there beforehand would lead reports and memory of workers to where he likes.
  struct ::stat status {};
  check_errno(::lstat(path.c_str(), &status), ("cannot look at " + shown_path(path)).c_str());
  if (!S_ISDIR(status.st_mode)) {
    errno = S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
    throw_errno(shown_path(path) + " is in the way");
  }
}

void replace_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".tmp";
  ::unlink(temporary.c_str());
  UniqueFd file(
      check_errno(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file_mode),
                  ("cannot write " + shown_path(path)).c_str()));
  try {
    write_all(file.get(), text, path);
    check_errno(::rename(temporary.c_str(), path.c_str()), ("cannot write " + shown_path(path)).c_str());
  } catch (const std::system_error&) {
    ::unlink(temporary.c_str());
    throw;
  }
}

bool ends_in_the_middle_of_a_line(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

std::string percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      const char letter = at < text.size() ? text[at] : 'x';
      if (letter >= '0' && letter <= '9') return letter - '0';
      if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
      if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
      return -1;
    };
    if (text[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0) {
      bytes += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

std::optional<CrashEntry> entry_of(const std::string& line) {
  const Json json = json_from_text(line);
  if (!json.is_object()) return std::nullopt;
  CrashEntry entry;
  entry.id = text_in(json, "id");
  if (entry.id.empty() || entry.id.find('/') != std::string::npos || entry.id.starts_with('.'))
    return std::nullopt;
  entry.time = text_in(json, "time");
  entry.kind = text_in(json, "kind");
  entry.word = text_in(json, "word");
  entry.stage = text_in(json, "stage");
  entry.sig8 = text_in(json, "sig8");
  entry.signature = text_in(json, "signature");
  entry.summary = text_in(json, "summary");
  entry.raw_key = text_in(json, "key");
  entry.same_as = text_in(json, "same_as");
  const auto worker = json.find("worker");
  if (worker != json.end() && worker->is_number_unsigned()) entry.worker = worker->get<unsigned>();
  const auto full = json.find("full");
  entry.full = full != json.end() && full->is_boolean() && full->get<bool>();
  entry.input = path_in(json, "input");
  return entry;
}

}  // namespace

void put_path(Json& json, const std::string& key, std::string_view path) {
  if (is_utf8(path)) {
    json[key] = path;
  } else {
    json[key] = percent_encoded(path);
    json[key + "_encoding"] = "percent";
  }
}

std::string text_in(const Json& json, const char* key) {
  if (!json.is_object()) return {};
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::string> path_in(const Json& json, const std::string& key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  const auto text = found->get<std::string>();
  return json.contains(key + "_encoding") ? percent_decoded(text) : text;
}

std::vector<CrashEntry> CrashDirectory::entries() const {
  std::vector<CrashEntry> result;
  std::unordered_map<std::string, std::size_t> places;  // in `result`, by ID
  std::ifstream file(path_ + "/index.jsonl");
  for (std::string line; std::getline(file, line);) {
    auto entry = entry_of(line);
    if (!entry) continue;
    const auto earlier = places.find(entry->id);
    if (earlier != places.end()) {
      result[earlier->second] = std::move(*entry);
      continue;
    }
    places.emplace(entry->id, result.size());
    result.push_back(std::move(*entry));
  }
  return result;
}

void CrashDirectory::create() const {
  const std::string parent = fs::path(path_).parent_path().string();
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) throw std::system_error(error, "cannot make " + shown_path(parent));
  make_directory(path_);
}

void CrashDirectory::add(const CrashEntry& entry) const {
  Json json;
  json["schema"] = crash_schema;
  json["id"] = entry.id;
  json["time"] = entry.time;
  json["worker"] = entry.worker;
  json["kind"] = entry.kind;
  json["word"] = entry.word;
  json["stage"] = entry.stage;
  json["sig8"] = entry.sig8;
  json["key"] = entry.raw_key;
  json["full"] = entry.full;
  if (entry.full) {
    json["signature"] = entry.signature;
    json["summary"] = entry.summary;
  }
  if (!entry.same_as.empty()) json["same_as"] = entry.same_as;
  if (entry.input) put_path(json, "input", *entry.input);
  const std::string path = path_ + "/index.jsonl";
  const UniqueFd file(
      check_errno(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode),
                  ("cannot write " + shown_path(path)).c_str()));
  // A line that a full disk has cut must not take this one with it.
  const char* const start = ends_in_the_middle_of_a_line(file.get()) ? "\n" : "";
  write_all(file.get(), start + to_text(json, -1, InvalidUtf8::replace) + "\n", path);
}

std::string CrashDirectory::create_crash(const std::string& wanted) const {
  for (unsigned number = 1;; ++number) {
    std::string id = number == 1 ? wanted : fmt::format("{}-{}", wanted, number);
    if (::mkdir(directory_of(id).c_str(), directory_mode) == 0) return id;
    if (errno != EEXIST) throw_errno("cannot make " + shown_path(directory_of(id)));
  }
}

void CrashDirectory::write(const std::string& id, const std::string& name, std::string_view text) const {
  replace_file(directory_of(id) + "/" + name, text);
}

std::string CrashDirectory::keep_job(JobDescription job) const {
  job.run = {};  // so that all runs of a job have the same
  const auto bytes = read_whole_file(to_sealed_file(job).get(), most_job_bytes);
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  std::string name = fmt::format("jobs/{:016x}{:016x}.job", hash.high64, hash.low64);
  const std::string path = path_ + "/" + name;
  if (::access(path.c_str(), F_OK) == 0) return name;
  make_directory(path_ + "/jobs");
  replace_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return name;
}

std::string CrashDirectory::newest_job() const {
  std::string newest;
  std::filesystem::file_time_type at{};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_ + "/jobs", error)) {
    const auto time = entry.last_write_time(error);
    if (error || entry.path().extension() != ".job" || (!newest.empty() && time <= at)) continue;
    newest = "jobs/" + entry.path().filename().string();
    at = time;
  }
  return newest;
}

FoundCrash find_crash(const std::string& name, const std::function<std::string()>& job_directory) {
  struct ::stat status {};
  if (name.find('/') != std::string::npos || ::stat((name + "/report.json").c_str(), &status) == 0) {
    const fs::path directory = fs::path(name + "/.").lexically_normal().parent_path();
    if (::stat((directory.string() + "/report.json").c_str(), &status) != 0) {
      throw UsageError(fmt::format("{} is no crash: it has no report.json", shown_path(name)));
    }
    std::string job = directory.parent_path().parent_path().string();
    if (job.empty())
      job = directory.is_absolute() ? "/" : fs::absolute(directory).parent_path().parent_path().string();
    return {CrashDirectory(job), directory.filename().string()};
  }
  CrashDirectory crashes(job_directory());
  std::vector<std::string> found;
  for (const CrashEntry& entry : crashes.entries()) {
    if (entry.id == name) {
      found = {entry.full || entry.same_as.empty() ? entry.id : entry.same_as};
      break;
    }
    if (entry.full && (entry.id.starts_with(name) || entry.sig8 == name)) found.push_back(entry.id);
  }
  // Those of one signature show the same.
  const bool by_signature = !found.empty() && std::ranges::all_of(found, [&](const std::string& id) {
    return id.find("-" + name) != std::string::npos;
  });
  if (found.size() > 1 && !by_signature) {
    throw UsageError(fmt::format("{} is the beginning of {} crashes: {}", one_line(name), found.size(),
                                 fmt::join(found, ", ")));
  }
  if (found.empty()) {
    throw UsageError(fmt::format("there is no crash {} in {}; see wm-supervisor crashes", one_line(name),
                                 shown_path(crashes.path())));
  }
  return {crashes, found.front()};
}

Json read_report(const FoundCrash& crash) {
  const std::string path = crash.directory() + "/report.json";
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  Json report = json_from_text(text.str());
  if (!file.is_open() || !is_report(report)) {
    throw UsageError(fmt::format("{} is missing, damaged or of another version", shown_path(path)));
  }
  return report;
}

}  // namespace wm
