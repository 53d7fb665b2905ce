#include "common/job/job_description.h"

#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "common/job/recipe_text.h"
#include "common/json/json_text.h"
#include "common/os/memory_file.h"

namespace wm {
namespace {

constexpr std::size_t length_field = sizeof(std::uint64_t);

void append(std::vector<std::byte>& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// A path need not be UTF-8.
Json bytes_of(const std::string& path) {
  return Json::binary_t(std::vector<std::uint8_t>(path.begin(), path.end()));
}

std::string string_from(const Json& bytes) {
  const auto& binary = bytes.get_binary();
  return {binary.begin(), binary.end()};
}

}  // namespace

UniqueFd to_sealed_file(const JobDescription& job) {
  Json json;
  json["recipe"] = to_json(job.recipe);
  json["output_directory"] = bytes_of(job.output_directory);
  json["damaged"] = static_cast<int>(job.damaged);
  json["limits"] = {job.limits.file_bytes, job.limits.pixels, job.limits.pages, job.limits.parts,
                    job.limits.metadata_bytes};
  json["memory"] = {job.memory.allowance, job.memory.most};
  json["keep_dates"] = job.keep_dates;
  json["run"] = static_cast<std::uint64_t>(job.run);
  json["log_level"] = static_cast<int>(job.log_level);
  json["started"] = job.started;
  json["verify"] = job.verify;
  json["if_unmarked"] = static_cast<int>(job.policy.if_unmarked);
  json["foreign"] = static_cast<int>(job.policy.foreign);
  json["backup_suffix"] = bytes_of(job.policy.backup_suffix);
  json["attachment_bytes"] = Json::array();
  for (const auto* attachment : attachments(job.recipe))
    json["attachment_bytes"].push_back(attachment->size());
  const std::vector<std::uint8_t> text = to_cbor(json);

  std::vector<std::byte> bytes(length_field);
  for (std::size_t i = 0; i < length_field; ++i) bytes[i] = static_cast<std::byte>(text.size() >> (8 * i));
  append(bytes, std::as_bytes(std::span(text)));
  for (const auto* attachment : attachments(job.recipe)) append(bytes, *attachment);
  return create_sealed_file("wm-job", bytes);
}

JobDescription job_description_from(int fd) {
  const auto bytes = read_whole_file(fd, std::numeric_limits<std::size_t>::max());
  const std::span<const std::byte> all(bytes);
  const auto broken = [] { return std::runtime_error("the job description is damaged"); };
  if (all.size() < length_field) throw broken();
  std::uint64_t text_length = 0;
  for (std::size_t i = 0; i < length_field; ++i)
    text_length |= std::to_integer<std::uint64_t>(all[i]) << (8 * i);
  auto rest = all.subspan(length_field);
  if (text_length > rest.size()) throw broken();
  const auto text = rest.first(text_length);
  rest = rest.subspan(text_length);

  const Json json = json_from_cbor(text);
  JobDescription job;
  job.recipe = recipe_from_json(json.at("recipe"));
  job.output_directory = string_from(json.at("output_directory"));
  job.damaged = static_cast<DamagedPictures>(json.at("damaged").get<int>());
  const Json& limits = json.at("limits");
  job.limits = {.file_bytes = limits.at(0).get<std::uint64_t>(),
                .pixels = limits.at(1).get<std::uint64_t>(),
                .pages = limits.at(2).get<std::uint64_t>(),
                .parts = limits.at(3).get<std::uint64_t>(),
                .metadata_bytes = limits.at(4).get<std::uint64_t>()};
  const Json& memory = json.at("memory");
  job.memory = {.allowance = memory.at(0).get<std::uint64_t>(), .most = memory.at(1).get<std::uint64_t>()};
  job.keep_dates = json.at("keep_dates").get<bool>();
  job.run = static_cast<RunToken>(json.at("run").get<std::uint64_t>());
  job.log_level = static_cast<LogLevel>(json.at("log_level").get<int>());
  job.started = json.at("started").get<std::int64_t>();
  job.verify = json.at("verify").get<bool>();
  // Crash reports keep job descriptions, including those of versions without a policy.
  if (json.contains("backup_suffix")) {
    job.policy = {.if_unmarked = static_cast<IfUnmarked>(json.at("if_unmarked").get<int>()),
                  .foreign = static_cast<ForeignFile>(json.at("foreign").get<int>()),
                  .backup_suffix = string_from(json.at("backup_suffix"))};
  }

  const auto files = attachments(job.recipe);
  const auto& sizes = json.at("attachment_bytes");
  if (sizes.size() != files.size()) throw broken();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto size = sizes.at(i).get<std::size_t>();
    if (size > rest.size()) throw broken();
    files[i]->assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    rest = rest.subspan(size);
  }
  return job;
}

}  // namespace wm
