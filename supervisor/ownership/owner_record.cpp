#include "supervisor/ownership/owner_record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/json/json_members.h"
#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/ownership/machine_start.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr int schema = 1;
constexpr std::size_t longest_name = 256;

std::string host_name() {
  std::array<char, longest_name> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0;
  const std::string host = known ? name.data() : "";
  return is_utf8(host) ? host : percent_encoded(host);
}

struct ProcessStart {
  char state = 'X';
  std::uint64_t ticks = 0;
};

/// None when there is no such process. Throws std::system_error when /proc cannot be read.
std::optional<ProcessStart> start_of(pid_t pid) {
  const std::string path = fmt::format("/proc/{}/stat", pid);
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  const ssize_t bytes = file ? ::read(file.get(), text.data(), text.size() - 1) : -1;
  if (bytes < 0 && errno != ENOENT && errno != ESRCH) throw_errno("cannot read " + path);
  if (bytes <= 0) return std::nullopt;
  const std::string_view line(text.data(), static_cast<std::size_t>(bytes));
  // The program's name, in parentheses, may contain anything.
  std::size_t at = line.rfind(") ");
  if (at == std::string::npos) return std::nullopt;
  at += 2;
  ProcessStart start{.state = line[at]};
  for (int field = 3; field < 22; ++field) {  // proc(5): the state is field 3, the start field 22
    at = line.find(' ', at);
    if (at == std::string::npos) return std::nullopt;
    ++at;
  }
  std::from_chars(line.data() + at, line.data() + line.size(), start.ticks);
  return start;
}

/// 0 if that is unknown.
std::uint64_t own_start() {
  try {
    const auto start = start_of(::getpid());
    return start ? start->ticks : 0;
  } catch (const std::system_error&) {
    return 0;
  }
}

bool is_token(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

OwnerRecord record_of_this_process(RunToken run, std::string disk) {
  struct stat space {};
  const bool space_is_known = ::stat("/proc/self/ns/pid", &space) == 0;
  return {.host = host_name(),
          .boot_id = machine_start().boot_id,
          .pid_namespace = space_is_known ? space.st_ino : 0,
          .pid = ::getpid(),
          .started = own_start(),
          .disk = std::move(disk),
          .token = run};
}

std::string to_text(const OwnerRecord& owner) {
  Json json;
  json["schema"] = schema;
  json["host"] = owner.host;
  json["boot_id"] = owner.boot_id;
  json["pid_namespace"] = owner.pid_namespace;
  json["pid"] = owner.pid;
  json["started"] = owner.started;
  json["disk"] = owner.disk;
  json["token"] = fmt::format("{:016x}", static_cast<std::uint64_t>(owner.token));
  json["former_may_live"] = owner.former_may_live;
  return to_text(json, 1) + "\n";
}

std::optional<OwnerRecord> owner_record_from(std::string_view text) {
  if (text.size() > largest_owner_file) return std::nullopt;
  const Json json = json_from_text(text);
  OwnerRecord owner;
  int version = 0;
  std::string token;
  JsonMembers members(json);
  members.integer("schema", version).text("host", owner.host).text("boot_id", owner.boot_id);
  members.integer("pid_namespace", owner.pid_namespace).integer("pid", owner.pid);
  members.integer("started", owner.started).text("disk", owner.disk).text("token", token);
  members.flag_or_null("former_may_live", owner.former_may_live);
  const bool good = members.good() && version == schema && owner.pid > 0 && is_token(token) &&
                    owner.host.size() <= longest_name && owner.boot_id.size() <= longest_name &&
                    owner.disk.size() <= longest_name;
  if (!good) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(token.data(), token.data() + token.size(), number, 16);
  owner.token = static_cast<RunToken>(number);
  return owner;
}

std::string owner_words(const std::optional<OwnerRecord>& owner) {
  if (!owner) return "of which nothing is known";
  return fmt::format("pid {} on {}", owner->pid,
                     owner->host.empty() ? "an unknown host" : one_line(owner->host));
}

OwnerProcess process_of(const OwnerRecord& owner, const OwnerRecord& here) {
  const bool same_kernel = !here.boot_id.empty() && owner.boot_id == here.boot_id;
  const bool same_pids = here.pid_namespace != 0 && owner.pid_namespace == here.pid_namespace;
  if (!same_kernel || !same_pids || owner.started == 0 || here.started == 0) return OwnerProcess::unknown;
  try {
    const auto start = start_of(owner.pid);
    const bool lives = start && start->ticks == owner.started && start->state != 'Z' && start->state != 'X';
    return lives ? OwnerProcess::alive : OwnerProcess::gone;
  } catch (const std::system_error&) {
    return OwnerProcess::unknown;
  }
}

bool share_locks(const OwnerRecord& owner, const OwnerRecord& here) {
  return !here.disk.empty() && owner.disk == here.disk;
}

}  // namespace wm
