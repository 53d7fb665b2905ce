#include "supervisor/cli/shard.h"

#include "supervisor/cli/bad_value.h"
#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

TEST_CASE("a shard is a number of a number") {
  CHECK(parse_shard("1/1") == Shard{1, 1});
  CHECK(parse_shard("3/64") == Shard{3, 64});
  CHECK(parse_shard("1000000/1000000") == Shard{most_shards, most_shards});
  CHECK(text_of(parse_shard("03/064")) == "3/64");
  for (const auto bad : {"", "/", "3", "3/", "/64", "0/4", "5/4", "1/0", "-1/4", "1/-4", "1/4/4", "1 / 4",
                         "1/1000001", "x/4", "1.0/4", "18446744073709551617/4"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_shard(bad), BadValue);
  }
}

TEST_CASE("directories of shards sort by their numbers") {
  CHECK(directory_name({3, 64}) == "shard-0003-of-0064");
  CHECK(directory_name({10, 9999}) == "shard-0010-of-9999");
  CHECK(directory_name({7, 20'000}) == "shard-00007-of-20000");
}

TEST_CASE("each shard has a job directory of its own, below the one of all shards") {
  const Shell shell;
  const Words words{"-o", "out", "--logo", "logo.png", "in"};
  const JobSettings whole = settings(words);
  CHECK(whole.job_directory == "out/.wm-supervisor");
  CHECK(whole.shared_job_directory() == "out/.wm-supervisor");
  const JobSettings shard = settings(words + Words{"--shard", "3/64"});
  CHECK(shard.job_directory == "out/.wm-supervisor/shard-0003-of-0064");
  CHECK(shard.shared_job_directory() == "out/.wm-supervisor");
  CHECK(shard.log.file == "out/.wm-supervisor/shard-0003-of-0064/wm-supervisor.log");
  const JobSettings elsewhere = settings(words + Words{"--shard", "3/64", "--job-dir", "/jobs/x"});
  CHECK(elsewhere.job_directory == "/jobs/x/shard-0003-of-0064");
  CHECK(elsewhere.shared_job_directory() == "/jobs/x");
}

TEST_CASE("the name of a shard's directory says which one it is") {
  for (const Shard shard : {Shard{.index = 3, .count = 64}, Shard{.index = 1, .count = 1},
                            Shard{.index = 9999, .count = 10'000}, Shard{.index = 7, .count = most_shards}}) {
    CHECK(shard_of_directory(directory_name(shard)) == shard);
  }
  for (const char* const name :
       {"", "shard-", "shard-0003-of-", "shard-3-of-64", "shard-0065-of-0064", "shard-0000-of-0064",
        "shard-0003-of-0064.old", "shard-0003-of-0064 ", "xshard-0003-of-0064", "shard-+003-of-0064",
        "shard-0003-of-1000001", "shard-0003-of-99999999999999999999"}) {
    CAPTURE(name);
    CHECK_FALSE(shard_of_directory(name));
  }
}

TEST_CASE("a shard belongs on the command line, since a file is for all of them") {
  const Shell shell;
  shell.tree.file("job.toml",
                  "output = \"out\"\ninput = [\"in\"]\nshard = \"1/2\"\n[[mark]]\nlogo = \"logo.png\"\n");
  CHECK(refusal({"--config", "job.toml"}).find("shard") != std::string::npos);
}

}  // namespace
}  // namespace wm
