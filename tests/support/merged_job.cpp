#include "tests/support/merged_job.h"

#include <memory>

#include <sqlite3.h>

#include "tests/support/catch.h"

namespace wm::test {

std::string shard_directory(const Job& job, unsigned index, unsigned count) {
  const auto digits = [](unsigned number) {
    const std::string text = std::to_string(number);
    return std::string(4 - text.size(), '0') + text;
  };
  return job.job_directory() + "/shard-" + digits(index) + "-of-" + digits(count);
}

Words shard_option(unsigned index, unsigned count, const Words& more) {
  Words words{"--shard", std::to_string(index) + "/" + std::to_string(count)};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words merge_command(const Job& job, const Words& options) {
  Words words{job.command().front(), "report", "merge", job.job_directory()};
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

ProgramResult merge(const Job& job, const Words& options) {
  return job.run_command(merge_command(job, options));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void change_journal(const std::string& shard_directory, const std::string& statements) {
  sqlite3* opened = nullptr;
  REQUIRE(::sqlite3_open((shard_directory + "/job.db").c_str(), &opened) == SQLITE_OK);
  const std::unique_ptr<sqlite3, decltype(&::sqlite3_close)> database(opened, &::sqlite3_close);
  REQUIRE(::sqlite3_exec(opened, statements.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
}

MergedJob::MergedJob(unsigned pictures) {
  for (unsigned i = 0; i < pictures; ++i) add_picture("picture-" + std::to_string(i) + ".jpg", i);
}

void MergedJob::run_shards(const Words& more) const {
  for (unsigned index = 1; index <= count; ++index) static_cast<void>(run(shard_option(index, count, more)));
}

}  // namespace wm::test
