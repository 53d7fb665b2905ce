#include "supervisor/shards/sharded_job.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "common/json/json_members.h"
#include "common/json/json_text.h"
#include "common/os/errno_error.h"
#include "common/os/random_number.h"
#include "common/os/rename_new.h"
#include "supervisor/cli/value_words.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

constexpr std::size_t largest_file = std::size_t{16} << 20;  // a command line has at most 2 MB of paths
constexpr int schema = 1;

std::string in_utf8(const std::string& bytes) {
  return is_utf8(bytes) ? bytes : percent_encoded(bytes);
}

std::vector<std::string> in_utf8(const std::vector<std::string>& all) {
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (const std::string& bytes : all) texts.push_back(in_utf8(bytes));
  return texts;
}

std::string hexadecimal(const RecipeHash& hash) {
  std::string text;
  for (const std::byte byte : hash) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

/// The same wherever the job begins: shards on machines that do not see each other's job.json must agree.
std::string id_of(const ShardedJob& job) {
  const std::string text = to_text(job);
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

bool is_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Machines may have mounted the output directory elsewhere. A job directory in its usual place proves that
/// it is the same one.
std::string output_of(const JobSettings& settings) {
  const auto normal = [](const std::filesystem::path& path) { return (path / "").lexically_normal(); };
  const bool is_usual = normal(settings.whole_job_directory) ==
                        normal(std::filesystem::path(settings.output) / ".wm-supervisor");
  return is_usual ? std::string{} : in_utf8(settings.output);
}

std::string output_words(const std::string& output) {
  return output.empty() ? "the directory that its job directory is in" : shell_word(output);
}

/// A few of them, for a message.
std::string some_of(const std::vector<std::string>& texts) {
  constexpr std::size_t most = 5;
  std::string line;
  for (std::size_t i = 0; i < texts.size() && i < most; ++i) {
    line += (i == 0 ? "" : " ") + shell_word(texts[i]);
  }
  if (texts.size() > most) line += fmt::format(" and {} more", texts.size() - most);
  return texts.empty() ? "none" : line;
}

std::string differs(std::string_view what, const std::vector<std::string>& then,
                    const std::vector<std::string>& now) {
  return fmt::format("{}: {}, not {}", what, some_of(then), some_of(now));
}

/// Under the temporary name; true: it has its name now. False: another shard was faster.
bool publish(const JobDirectory& directory, const std::string& text) {
  const std::string temporary = fmt::format("{}.{:016x}.tmp", sharded_job_file, random_number());
  UniqueFd file = directory.create_anew(temporary, 0644, O_WRONLY);
  try {
    write_all(file.get(), text, directory.path_of(temporary));
    check_errno(::fsync(file.get()), "cannot write " + shown_path(directory.path_of(temporary)));
    file.reset();
    if (rename_new(directory.fd(), temporary.c_str(), sharded_job_file)) return true;
  } catch (...) {
    directory.remove(temporary);
    throw;
  }
  directory.remove(temporary);
  return false;
}

/// Where rename_new() makes a link, the file has two names for a moment, and file systems that keep what they
/// know of a file show them a second longer.
void await_one_name(const JobDirectory& directory) {
  constexpr int most_tries = 50;
  struct stat status {};
  for (int tries = 0; tries < most_tries; ++tries) {
    const bool is_there = ::fstatat(directory.fd(), sharded_job_file, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!is_there || status.st_nlink < 2) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace

ShardedJob sharded_job(const JobSettings& settings) {
  const InputSettings& input = settings.input;
  return {.id = {},
          .shards = input.shard.value().count,
          .version = WM_VERSION,
          .recipe = hexadecimal(hash(settings.recipe)),
          .output = output_of(settings),
          .inputs = in_utf8(input.operands),
          .lists = input.lists.size(),
          .base = in_utf8(input.base),
          .recursive = input.recursive,
          .include = in_utf8(input.include),
          .exclude = in_utf8(input.exclude),
          .extensions = in_utf8(input.extensions),
          .links = std::string(word(input.links, link_policy_words))};
}

std::string to_text(const ShardedJob& job) {
  Json json;
  json["schema"] = schema;
  json["id"] = job.id;
  json["shards"] = job.shards;
  json["version"] = job.version;
  json["recipe"] = job.recipe;
  json["output"] = job.output;
  json["inputs"] = job.inputs;
  json["lists"] = job.lists;
  json["base"] = job.base;
  json["recursive"] = job.recursive;
  json["include"] = job.include;
  json["exclude"] = job.exclude;
  json["extensions"] = job.extensions;
  json["links"] = job.links;
  return to_text(json, 1) + "\n";
}

std::optional<ShardedJob> sharded_job_from(std::string_view text) {
  const Json json = json_from_text(text);
  ShardedJob job;
  int version = 0;
  JsonMembers members(json);
  members.integer("schema", version)
      .text("id", job.id)
      .integer("shards", job.shards)
      .text("version", job.version);
  members.text("recipe", job.recipe)
      .text("output", job.output)
      .texts("inputs", job.inputs)
      .integer("lists", job.lists);
  members.text("base", job.base).flag_or_null("recursive", job.recursive);
  members.texts("include", job.include).texts("exclude", job.exclude);
  members.texts("extensions", job.extensions).text("links", job.links);
  const bool good =
      members.good() && version == schema && is_id(job.id) && job.shards >= 1 && job.shards <= most_shards;
  return good ? std::optional(std::move(job)) : std::nullopt;
}

std::string difference(const ShardedJob& then, const ShardedJob& now) {
  if (then.shards != now.shards) {
    return fmt::format("it has {} shards, not {}; give --shard I/{}", then.shards, now.shards, then.shards);
  }
  if (then.version != now.version) {
    return fmt::format("it was begun by version {} of this program, not {}; go on with that one",
                       one_line(then.version), now.version);
  }
  if (then.recipe != now.recipe) {
    return fmt::format("its marks or the encoding of its outputs differ (recipe {}, not {})",
                       one_line(then.recipe), now.recipe);
  }
  if (then.output != now.output) {
    return fmt::format("its outputs are in {}, not in {}", output_words(then.output),
                       output_words(now.output));
  }
  if (then.inputs != now.inputs) return differs("its inputs are", then.inputs, now.inputs);
  if (then.lists != now.lists) return fmt::format("it has {} lists, not {}", then.lists, now.lists);
  if (then.base != now.base) return differs("its --base is", {then.base}, {now.base});
  if (then.recursive != now.recursive) {
    return then.recursive ? "it enters directories; give -r" : "it enters no directories; leave out -r";
  }
  if (then.include != now.include) return differs("its --include is", then.include, now.include);
  if (then.exclude != now.exclude) return differs("its --exclude is", then.exclude, now.exclude);
  if (then.extensions != now.extensions) return differs("its --ext is", then.extensions, now.extensions);
  if (then.links != now.links) return differs("its --links is", {then.links}, {now.links});
  return "";
}

std::optional<ShardedJob> read_sharded_job(const JobDirectory& directory) {
  await_one_name(directory);
  const auto text = directory.read_file(sharded_job_file, largest_file);
  if (!text) return std::nullopt;
  if (auto job = sharded_job_from(*text)) return job;
  throw UsageError(
      fmt::format("{} describes no job that this version knows: it is damaged, of another version, or not "
                  "this program's; move it away when no shard runs, or choose another --job-dir",
                  shown_path(directory.path_of(sharded_job_file))));
}

ShardedJob join_sharded_job(const JobDirectory& directory, const ShardedJob& job) {
  auto then = read_sharded_job(directory);
  if (!then) {
    ShardedJob begun = job;
    begun.id.clear();
    begun.id = id_of(begun);
    if (publish(directory, to_text(begun))) return begun;
  }
  if (!then) then = read_sharded_job(directory);
  if (!then)
    throw UsageError(
        fmt::format("{} was removed; try again", shown_path(directory.path_of(sharded_job_file))));
  const std::string words = difference(*then, job);
  if (words.empty()) return *std::move(then);
  throw UsageError(fmt::format(
      "the job in {} is another one: {}. All shards need the same options; for another job, choose another "
      "--output or --job-dir, or remove {} when no shard runs",
      shown_path(directory.path()), words, sharded_job_file));
}

}  // namespace wm
