#include "supervisor/shards/sharded_job.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/text/usage_error.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"
#include "tests/support/temp_dir.h"

namespace wm {
namespace {

ShardedJob example() {
  return {.id = "0123456789abcdef0123456789abcdef",
          .shards = 64,
          .version = "0.1.0",
          .recipe = "00ff",
          .output = "marked",
          .inputs = {"photos", "more photos"},
          .lists = 1,
          .base = "/srv",
          .recursive = true,
          .include = {"*.jpg"},
          .exclude = {"drafts/"},
          .extensions = {"jpg"},
          .links = "owner"};
}

std::string refusal(const JobDirectory& directory, const ShardedJob& job) {
  try {
    join_sharded_job(directory, job);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "joined";
}

TEST_CASE("the description of a job survives its text form, and other texts are none") {
  const std::string text = to_text(example());
  CHECK(sharded_job_from(text) == example());
  for (const std::string bad : {"", "{}", "[]", "null", R"({"schema": 1})"}) CHECK(!sharded_job_from(bad));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return sharded_job_from(changed);
  };
  CHECK(!with("\"schema\": 1", "\"schema\": 2"));
  CHECK(!with("\"shards\": 64", "\"shards\": 0"));
  CHECK(!with("\"shards\": 64", "\"shards\": -1"));
  CHECK(!with("\"shards\": 64", "\"shards\": 99999999999"));
  CHECK(!with("\"id\": \"0", "\"id\": \""));
  CHECK(!with("\"id\": \"0", "\"id\": \"G"));
  CHECK(!with("\"id\"", "\"di\""));
  CHECK(!with("\"output\": \"marked\"", "\"output\": []"));
  CHECK(!with("\"recipe\": \"00ff\"", "\"recipe\": 3"));
  for (std::size_t size = 0; size + 2 < text.size(); ++size) CHECK(!sharded_job_from(text.substr(0, size)));
}

TEST_CASE("the description of a job takes paths and options from the settings as they were given") {
  JobSettings settings;
  settings.input.shard = Shard{.index = 3, .count = 64};
  settings.input.operands = {"./photos", "caf\xE9"};
  settings.input.lists = {{.path = "-"}, {.path = "x"}};
  settings.input.recursive = true;
  const ShardedJob job = sharded_job(settings);
  CHECK(job.shards == 64);
  CHECK(job.inputs == std::vector<std::string>{"./photos", "caf%E9"});
  CHECK(job.lists == 2);
  CHECK(job.recipe.size() == 32);
  CHECK(job.links == "owner");
  CHECK(!job.version.empty());
  settings.input.shard->index = 4;
  CHECK(sharded_job(settings) == job);
  settings.output = "./out/";
  settings.whole_job_directory = "out/.wm-supervisor";
  CHECK(sharded_job(settings).output.empty());
  settings.whole_job_directory = "jobs";
  CHECK(sharded_job(settings).output == "./out/");
  settings.recipe.encoding.quality = 50;
  CHECK(sharded_job(settings) != job);
}

TEST_CASE("a shard that differs in anything is refused, and told in what") {
  const TempDir dir;
  const JobDirectory directory = JobDirectory::create(dir.path());
  CHECK(!read_sharded_job(directory));
  CHECK(refusal(directory, example()) == "joined");
  CHECK(refusal(directory, example()) == "joined");
  const std::vector<std::pair<std::string, std::function<void(ShardedJob&)>>> changes{
      {"it has 64 shards, not 8; give --shard I/64", [](ShardedJob& job) { job.shards = 8; }},
      {"version 0.1.0 of this program, not 0.2.0", [](ShardedJob& job) { job.version = "0.2.0"; }},
      {"recipe 00ff, not 11", [](ShardedJob& job) { job.recipe = "11"; }},
      {"its outputs are in marked, not in elsewhere", [](ShardedJob& job) { job.output = "elsewhere"; }},
      {"not in the directory that its job directory is in", [](ShardedJob& job) { job.output.clear(); }},
      {"its inputs are: photos 'more photos', not photos", [](ShardedJob& job) { job.inputs.pop_back(); }},
      {"it has 1 lists, not 0", [](ShardedJob& job) { job.lists = 0; }},
      {"its --base is: /srv, not", [](ShardedJob& job) { job.base.clear(); }},
      {"give -r", [](ShardedJob& job) { job.recursive = false; }},
      {"its --include is: '*.jpg', not none", [](ShardedJob& job) { job.include.clear(); }},
      {"its --exclude is: drafts/, not none", [](ShardedJob& job) { job.exclude.clear(); }},
      {"its --ext is: jpg, not jpg png", [](ShardedJob& job) { job.extensions.emplace_back("png"); }},
      {"its --links is: owner, not never", [](ShardedJob& job) { job.links = "never"; }},
  };
  for (const auto& [words, change] : changes) {
    ShardedJob job = example();
    change(job);
    const std::string refused = refusal(directory, job);
    CAPTURE(words, refused);
    CHECK(refused.find(words) != std::string::npos);
  }
  ShardedJob begun = read_sharded_job(directory).value();
  CHECK(begun.id != example().id);  // it is computed
  CHECK(join_sharded_job(directory, example()).id == begun.id);
  begun.id = example().id;
  CHECK(begun == example());
  std::ofstream(dir / "job.json") << "{}";
  CHECK(refusal(directory, example()).find("job.json describes no job that this version knows") !=
        std::string::npos);
}

TEST_CASE("of many shards that begin at once, one describes the job, and no temporary file is left") {
  const TempDir dir;
  for (int round = 0; round < 20; ++round) {
    std::vector<::pid_t> children;
    for (std::uint32_t i = 0; i < 6; ++i) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      ShardedJob job = example();
      job.shards = 2 + i % 2;  // two jobs
      ::_exit(refusal(JobDirectory::create(dir.path()), job) == "joined" ? static_cast<int>(job.shards) : 0);
    }
    std::set<int> joined;
    for (const ::pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      REQUIRE(WIFEXITED(status));
      joined.insert(WEXITSTATUS(status));
    }
    joined.erase(0);
    const JobDirectory directory = JobDirectory::create(dir.path());
    CHECK(directory.names() == std::vector<std::string>{"job.json"});
    REQUIRE(joined.size() == 1);
    CHECK(static_cast<int>(read_sharded_job(directory).value().shards) == *joined.begin());
    CHECK(directory.remove("job.json"));
  }
}

TEST_CASE("the document has every field of job.json") {
  const std::string text = to_text(example());
  std::set<std::string> fields;
  for (std::size_t at = 0; (at = text.find("\n \"", at)) != std::string::npos;) {
    at += 3;
    fields.insert(text.substr(at, text.find('"', at) - at));
  }
  CHECK(fields.size() == 14);
  const std::string section = test::section(test::document("docs/clusters.md"), "## job.json");
  CHECK(fields == test::names_in_table(section.substr(section.find("| field"))));
}

}  // namespace
}  // namespace wm
