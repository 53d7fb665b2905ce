#include "supervisor/crash/crash_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/memory_file.h"
#include "common/os/unique_fd.h"
#include "supervisor/crash/report_json.h"
#include "supervisor/crash/report_text.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/path_json.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

constexpr mode_t file_mode = 0600;
constexpr std::size_t most_job_bytes = std::size_t{1} << 30;
constexpr std::size_t most_index_bytes = std::size_t{1} << 30;
constexpr std::size_t most_report_bytes = std::size_t{256} << 20;
constexpr const char* index_file = "index.jsonl";

void replace_file(const JobDirectory& directory, const std::string& name, std::string_view text) {
  AtomicFile file(directory, name, file_mode);
  file.write(text);
  file.commit();
}

bool ends_in_the_middle_of_a_line(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
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

std::string text_in(const Json& json, const char* key) {
  if (!json.is_object()) return {};
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void put_stamp(Json& json, const std::string& key, const FileStamp& stamp) {
  const auto put = [&](const char* name, auto value) {
    json[key + name] = stamp.is_known() ? Json(value) : Json(nullptr);
  };
  put("_bytes", stamp.size);
  put("_mtime_ns", stamp.mtime_ns);
  put("_ctime_ns", stamp.ctime_ns);
  put("_device", stamp.device);
  put("_inode", stamp.inode);
  put("_owner", stamp.owner);
}

FileStamp stamp_in(const Json& json, const std::string& key) {
  bool whole = true;
  const auto take = [&](const char* name, auto& value) {
    const auto found = json.find(key + name);
    if (found != json.end() && found->is_number_integer()) {
      found->get_to(value);
    } else {
      whole = false;
    }
  };
  FileStamp stamp;
  take("_bytes", stamp.size);
  take("_mtime_ns", stamp.mtime_ns);
  take("_ctime_ns", stamp.ctime_ns);
  take("_device", stamp.device);
  take("_inode", stamp.inode);
  take("_owner", stamp.owner);
  return whole ? stamp : FileStamp{};
}

std::optional<JobDirectory> CrashDirectory::find(const std::string& name) const {
  const auto crashes = job_.find_subdirectory("crashes");
  return crashes ? crashes->find_subdirectory(name) : std::nullopt;
}

std::vector<CrashEntry> CrashDirectory::entries() const {
  std::vector<CrashEntry> result;
  std::unordered_map<std::string, std::size_t> places;  // in `result`, by ID
  const auto crashes = job_.find_subdirectory("crashes");
  std::istringstream file(crashes ? crashes->read_file(index_file, most_index_bytes).value_or("") : "");
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
  const JobDirectory crashes = create();
  const UniqueFd file = crashes.open_or_create(index_file, O_RDWR | O_APPEND, file_mode);
  // A line that was cut off on a full disk must not spoil this one.
  const char* const start = ends_in_the_middle_of_a_line(file.get()) ? "\n" : "";
  write_all(file.get(), start + to_text(json, -1, InvalidUtf8::replace) + "\n", crashes.path_of(index_file));
}

std::string CrashDirectory::create_crash(const std::string& wanted) const {
  const JobDirectory crashes = create();
  for (unsigned number = 1;; ++number) {
    std::string id = number == 1 ? wanted : fmt::format("{}-{}", wanted, number);
    if (crashes.make_new_subdirectory(id)) return id;
  }
}

void CrashDirectory::write(const std::string& id, const std::string& name, std::string_view text) const {
  replace_file(create().make_subdirectory(id), name, text);
}

std::string CrashDirectory::keep_job(JobDescription job) const {
  job.run = {};  // so that all runs of a job share one description
  const auto bytes = read_whole_file(to_sealed_file(job).get(), most_job_bytes);
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  const std::string name = fmt::format("{:016x}{:016x}.job", hash.high64, hash.low64);
  const JobDirectory kept = create().make_subdirectory("jobs");
  if (!kept.check_file(name))
    replace_file(kept, name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return "jobs/" + name;
}

std::string CrashDirectory::newest_job() const {
  const auto kept = jobs();
  if (!kept) return "";
  std::string newest;
  timespec at{};
  for (const std::string& name : kept->names()) {
    struct ::stat status {};
    if (!name.ends_with(".job") || ::fstatat(kept->fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
      continue;
    const auto time = std::pair(status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    if (!newest.empty() && time <= std::pair(at.tv_sec, at.tv_nsec)) continue;
    newest = "jobs/" + name;
    at = status.st_mtim;
  }
  return newest;
}

FoundCrash find_crash(const std::string& name, const std::function<JobDirectory()>& job_directory) {
  struct ::stat status {};
  if (name.find('/') != std::string::npos || ::stat((name + "/report.json").c_str(), &status) == 0) {
    const fs::path directory = fs::path(name + "/.").lexically_normal().parent_path();
    if (::stat((directory.string() + "/report.json").c_str(), &status) != 0) {
      throw UsageError(fmt::format("{} is no crash: it has no report.json", shown_path(name)));
    }
    std::string job = directory.parent_path().parent_path().string();
    if (job.empty())
      job = directory.is_absolute() ? "/" : fs::absolute(directory).parent_path().parent_path().string();
    auto found = JobDirectory::find(job);
    if (!found) throw UsageError(fmt::format("there is no job in {}", shown_path(job)));
    return {CrashDirectory(*std::move(found)), directory.filename().string()};
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
  // All crashes of one signature look the same, so the first one will do.
  const bool by_signature = !found.empty() && std::ranges::all_of(found, [&](const std::string& id) {
    return id.find("-" + name) != std::string::npos;
  });
  if (found.size() > 1 && !by_signature) {
    throw UsageError(fmt::format("{} is the beginning of {} crashes: {}", one_line(name), found.size(),
                                 fmt::join(found, ", ")));
  }
  if (found.empty()) {
    const std::string job = crashes.path().substr(0, crashes.path().rfind('/'));
    throw UsageError(fmt::format("there is no crash {} in {}; to see what there is: wm-supervisor crashes {}",
                                 one_line(name), shown_path(crashes.path()), shell_word(job)));
  }
  return {crashes, found.front()};
}

std::string read_crash_file(const FoundCrash& crash, const std::string& name) {
  const auto directory = crash.crashes.crash(crash.id);
  auto text = directory ? directory->read_file(name, most_report_bytes) : std::nullopt;
  if (!text) throw UsageError(fmt::format("{} is missing", shown_path(crash.directory() + "/" + name)));
  return *std::move(text);
}

CrashReport read_report(const FoundCrash& crash) {
  auto report = report_from(json_from_text(read_crash_file(crash, "report.json")));
  if (!report) {
    throw UsageError(
        fmt::format("{} is damaged or of another version", shown_path(crash.directory() + "/report.json")));
  }
  return *std::move(report);
}

void write_report(const CrashDirectory& crashes, const CrashReport& report) {
  crashes.write(report.id, "report.json", to_text(report_json(report), 1, InvalidUtf8::replace) + "\n");
  crashes.write(report.id, "report.txt", report_text(report));
}

}  // namespace wm
