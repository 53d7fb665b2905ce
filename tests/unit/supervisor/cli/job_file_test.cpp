#include "supervisor/cli/job_file.h"

#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view least_file = "output = 'out'\ninput = 'in.jpg'\ntext = 'x'\n";

/// The settings of a ./wm-supervisor.toml that has the least a job needs, and `more`.
JobSettings settings_with(std::string_view more, const Words& words = {}) {
  const Shell shell;
  shell.tree.file("wm-supervisor.toml", std::string(least_file) + std::string(more));
  return settings(words);
}

std::string refusal_of(std::string_view text) {
  const Shell shell;
  shell.tree.file("wm-supervisor.toml", text);
  return refusal({});
}

TEST_CASE("./wm-supervisor.toml is the job of the current directory") {
  const JobSettings job = settings_with("workers = 3\n", {"--workers", "8"});
  CHECK(job.output == "out");
  CHECK(job.input.operands == Words{"in.jpg"});
  CHECK(job.run.workers == 8U);
}

TEST_CASE("values are native TOML or what the command line takes") {
  CHECK(settings_with("workers = 8").run.workers == 8U);
  CHECK(settings_with("workers = '8'").run.workers == 8U);
  CHECK(settings_with("workers = 'auto'").run.workers == std::nullopt);
  CHECK(settings_with("offset = [16, '2%']").recipe.marks[0].offset_y == Length{2, Length::Unit::percent});
  CHECK(settings_with("offset = [-16, 1.5]").recipe.marks[0].offset_y == Length{1.5, Length::Unit::pixels});
  CHECK(settings_with("offset = '16,-2%'").recipe.marks[0].offset_y == Length{-2, Length::Unit::percent});
  CHECK(settings_with("offset = 7").recipe.marks[0].offset_y == Length{7, Length::Unit::pixels});
  CHECK(settings_with("scale = 0.15").recipe.marks[0].scale == 0.15);
  CHECK(settings_with("scale = '15%'").recipe.marks[0].scale == 0.15);
  CHECK(settings_with("opacity = 1").recipe.marks[0].opacity == 1);
  CHECK(settings_with("opacity = 5e-3").recipe.marks[0].opacity == 5e-3);
  CHECK(settings_with("ext = ['JPG', 'png']").input.extensions == Words{"jpg", "png"});
  CHECK(settings_with("ext = 'jpg,png'").input.extensions == Words{"jpg", "png"});
  CHECK(settings_with("include = '*.jpg'").input.include == Words{"*.jpg"});
  CHECK(settings_with("exclude = ['a', 'b,c']").input.exclude == Words{"a", "b,c"});
  CHECK(settings_with("recursive = true").input.recursive);
  CHECK(settings_with("timeout = 90").run.timeout.time == 90s);
  CHECK(settings_with("timeout = 1.5").run.timeout.time == 1500ms);
  CHECK(settings_with("timeout = '500ms'").run.timeout.time == 500ms);
  CHECK(settings_with("memory-limit = 536870912").run.memory_limit == MemoryLimit::of(512ULL << 20U));
  CHECK(settings_with("quality = 80").recipe.encoding.quality == 80);
  CHECK(settings_with("quality = 'keep'").recipe.encoding.quality == std::nullopt);
  CHECK(settings_with("log-stderr = true").log.standard_error == LogLevel::info);
  CHECK(settings_with("log-stderr = false").log.standard_error == std::nullopt);
  CHECK(settings_with("log-stderr = 'error'").log.standard_error == LogLevel::error);
  CHECK(settings_with("max-pixels = '1G'").limits.pixels == 1'000'000'000);
}

TEST_CASE("keys are written with dashes or underscores, inputs in the singular or the plural") {
  CHECK(settings_with("log_level = 'debug'\nkeep_dates = true").log.level == LogLevel::debug);
  const Shell shell;
  shell.tree.file("wm-supervisor.toml", "output = 'out'\ninputs = ['a.jpg', 'b']\ntext = 'x'\n");
  CHECK(settings({}).input.operands == Words{"a.jpg", "b"});
}

TEST_CASE("an empty array means nothing") {
  CHECK(settings_with("include = []\nfiles-from = []").input.include.empty());
}

TEST_CASE("marks are tables in their order, or one mark at the top") {
  const Shell shell;
  const std::string_view head = "output = 'out'\ninput = 'in.jpg'\n";
  for (const std::string key : {"mark", "marks"}) {
    shell.tree.file("wm-supervisor.toml", std::string(head) + "[[" + key +
                                              "]]\ngravity = 'north'\nlogo = 'logo.png'\n[[" + key +
                                              "]]\ntext = 'B'\nfill = 'red'\n");
    const auto marks = settings({}).recipe.marks;
    REQUIRE(marks.size() == 2);
    CHECK(marks[0].gravity == Gravity::north);
    CHECK(std::get<Logo>(marks[0].source).bytes.size() == tiny_png.size());
    CHECK(std::get<Text>(marks[1].source).fill == Colour{255, 0, 0, 255});
  }
  shell.tree.file("wm-supervisor.toml", std::string(head) + "[mark]\ntext = 'B'\n");
  CHECK(settings({}).recipe.marks.size() == 1);
  shell.tree.file("wm-supervisor.toml",
                  std::string(head) + "opacity = 0.5\nmark = [{text='A'}, {text='B'}]\n");
  CHECK(refusal({}).starts_with("wm-supervisor.toml:3: opacity belongs to a mark"));
}

TEST_CASE("mistakes are told with file and line") {
  const std::string head(least_file);
  struct Row {
    const char* more;
    const char* message;
  };
  for (const Row& row : {
           Row{"workers = 0", "4: workers = 0: expected a whole number from 1 to 1024, or auto"},
           Row{"\nworkers = 8.5", "5: workers = 8.5: expected a whole number from 1 to 1024, or auto"},
           Row{"workers = true", "4: workers must be a number or a string"},
           Row{"workers = [1]", "4: workers must be a number or a string"},
           Row{"recursive = 'yes'", "4: recursive must be true or false"},
           Row{"recursive = 1", "4: recursive must be true or false"},
           Row{"log-stderr = 1", "4: log-stderr must be true, false or a string"},
           Row{"job-dir = 5", "4: job-dir must be a string"},
           Row{"font = {a = 1}", "4: font must be a string"},
           Row{"include = [\n'a',\n1]", "6: include must be a string or an array of strings"},
           Row{"include = [['a']]", "4: include must be a string or an array of strings"},
           Row{"offset = [1]", "4: offset must be a string, a number or an array of two"},
           Row{"offset = [1, 2, 3]", "4: offset must be a string, a number or an array of two"},
           Row{"offset = [1, true]", "4: offset must be a string, a number or an array of two"},
           Row{"opacity = nan", "4: opacity = nan: expected a number from 0 (invisible) to 1 (opaque)"},
           Row{"opacity = inf", "4: opacity = inf: expected a number from 0 (invisible) to 1 (opaque)"},
           Row{"timeout = 1979-05-27", "4: timeout must be a number or a string"},
           Row{"job-dir = ''", "4: job-dir = \"\": must not be empty"},
           Row{"job-dir = \"a\\u0000b\"", "4: job-dir = a\\x00b: must not contain a NUL character"},
           Row{"worker = 8", "4: unknown key worker; did you mean workers?"},
           Row{"zzzzzzzz = 8", "4: unknown key zzzzzzzz"},
           Row{"[run]\nworkers = 8", "4: unknown key run; options stand at the top of the file, in no table"},
           Row{"preview = 101", "4: preview = 101: expected a whole number from 0 to 100"},
           Row{"if_too_big = 'skp'",
               "4: if-too-big = skp: expected one of shrink, clip, skip, fail; did you mean"},
           Row{"config = 'x'", "4: unknown key config"},
           Row{"help = true", "4: unknown key help"},
           Row{"shard = '1/2'",
               "4: shard differs on each machine, so no file may set it; give --shard on the command line"},
           Row{"log_level = 'info'\nlog-level = 'info'", "5: log-level is given twice"},
           Row{"text = 'y'", "4: "},
           Row{"logo = 'logo.png'", "one mark cannot be a logo and a text; write two [[mark]] tables"},
           Row{"[[mark]]\ntext = 'y'",
               "the file has [[mark]] tables and text outside of them; put it into a table"},
           Row{"broken = [", ":4: Error while parsing array"},
           Row{"text\xFF = 1", "4: "},
       }) {
    CAPTURE(row.more);
    const std::string text = refusal_of(head + row.more + "\n");
    CHECK(text.starts_with("wm-supervisor.toml:"));
    CHECK(text.find(row.message) != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("mistakes in marks are told with file and line") {
  const std::string head = "output = 'out'\ninput = 'in.jpg'\n";
  CHECK(refusal_of(head + "gravity = 'north'\n") ==
        "wm-supervisor.toml:3: gravity belongs to a mark; give it logo = ... or text = ...");
  CHECK(refusal_of(head + "[[mark]]\ngravity = 'north'\n") ==
        "wm-supervisor.toml:4: gravity belongs to a mark; give it logo = ... or text = ...");
  CHECK(refusal_of(head + "[[mark]]\n") ==
        "wm-supervisor.toml:3: this mark is empty; give it logo = ... or text = ...");
  CHECK(refusal_of(head + "mark = 'x'\n") == "wm-supervisor.toml:3: marks must be [[mark]] tables");
  CHECK(refusal_of(head + "mark = ['x']\n") == "wm-supervisor.toml:3: marks must be [[mark]] tables");
  CHECK(refusal_of(head + "[[mark]]\ntext = 'x'\nopacty = 1\n") ==
        "wm-supervisor.toml:5: unknown key opacty; did you mean opacity?");
  CHECK(refusal_of(head + "[[mark]]\ntext = 'x'\njob_dir = 'y'\n") ==
        "wm-supervisor.toml:5: job-dir is not a key of a mark; put it above the first [[mark]]");
  CHECK(refusal_of(head + "[[mark]]\nlogo = 'none.png'\n") ==
        "wm-supervisor.toml:4: logo = none.png: No such file or directory");
  CHECK(
      refusal_of(head + "[[mark]]\nlogo = 'logo.png'\nfont = 'x'\n") ==
      "wm-supervisor.toml:5: font = x: the mark that it belongs to is a logo; put it after a --text STRING");
}

TEST_CASE("paths in a file are relative to the file's directory") {
  const Shell shell;
  shell.tree.file("jobs/logo.png", tiny_png);
  shell.tree.file("jobs/job.toml",
                  "output = 'out'\ninputs = ['in', '/abs']\nfiles-from = ['list', '-']\nlogo = 'logo.png'\n"
                  "job-dir = '../j'\nlog-file = './l.log'\n");
  const JobSettings job = settings({"--config", "jobs/job.toml"});
  CHECK(job.output == "jobs/out");
  CHECK(job.input.operands == Words{"jobs/in", "/abs"});
  CHECK(job.input.lists[0].path == "jobs/list");
  CHECK(job.input.lists[1].path == "-");
  CHECK(std::get<Logo>(job.recipe.marks[0].source).path == "jobs/logo.png");
  CHECK(job.job_directory == "jobs/../j");
  CHECK(job.log.file == "jobs/./l.log");
}

TEST_CASE("a path in a file may begin with the home directory, which no shell puts in its place") {
  const Shell shell;
  shell.tree.file("home/logo.png", tiny_png);
  ::setenv("HOME", (shell.tree.path() + "/home").c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread
  shell.tree.file("jobs/job.toml",
                  "output = '~/marked'\ninputs = ['~', '~/in', 'a~/b', '~other']\nlogo = '~/logo.png'\n");
  const JobSettings job = settings({"--config", "jobs/job.toml"});
  const std::string home = shell.tree.path() + "/home";
  CHECK(job.output == home + "/marked");
  CHECK(job.input.operands == Words{home, home + "/in", "jobs/a~/b", "jobs/~other"});
  CHECK(std::get<Logo>(job.recipe.marks[0].source).path == home + "/logo.png");
  ::unsetenv("HOME");  // NOLINT(concurrency-mt-unsafe): one thread
  CHECK(refusal({"--config", "jobs/job.toml"}) ==
        "jobs/job.toml:1: HOME is not set, so ~ means no directory");
}

TEST_CASE("the command line wins over the file") {
  CHECK(settings_with("quality = 80", {"-q", "90"}).recipe.encoding.quality == 90);
  CHECK(settings_with("quality = 80", {"-q", "keep"}).recipe.encoding.quality == std::nullopt);
  CHECK_FALSE(settings_with("recursive = true", {"--recursive=false"}).input.recursive);
  CHECK(settings_with("log-stderr = 'error'", {"--log-stderr=off"}).log.standard_error == std::nullopt);
  CHECK(settings_with("include = ['a', 'b']", {"--include", "c"}).input.include == Words{"c"});
  CHECK(settings_with("ext = ['jpg']", {"--ext", "png"}).input.extensions == Words{"png"});
}

TEST_CASE("inputs on the command line replace those of the file, lists and all") {
  const Words with_file{"--config", "wm-supervisor.toml"};
  const JobSettings job = settings_with("files-from = 'list'", with_file + Words{"other.jpg"});
  CHECK(job.input.operands == Words{"other.jpg"});
  CHECK(job.input.lists.empty());
  const JobSettings listed = settings_with("", with_file + Words{"--files-from", "-"});
  CHECK(listed.input.operands.empty());
  CHECK(listed.input.lists.size() == 1);
}

TEST_CASE("marks on the command line replace those of the file") {
  const JobSettings job = settings_with("opacity = 0.5", {"--text", "y"});
  CHECK(job.recipe.marks == std::vector{Mark{.source = Text{.text = "y"}}});
  const Shell shell;
  shell.tree.file("wm-supervisor.toml", least_file);
  CHECK(refusal({"--opacity", "0.5"}).starts_with("--opacity 0.5: there is no mark yet"));
  shell.tree.file("wm-supervisor.toml", "output = 'out'\ninput = 'in.jpg'\nlogo = 'gone.png'\n");
  CHECK(settings({"--text", "y"}).recipe.marks.size() == 1);
}

TEST_CASE("a configuration file that cannot be read is a usage error") {
  const Shell shell;
  CHECK(refusal({"--config", "none.toml"}) == "configuration file none.toml: No such file or directory");
  CHECK(refusal({"--config", "."}) == "configuration file .: Is a directory");
  shell.tree.file("large.toml", std::string((1U << 20U) + 1, '#'));
  CHECK(refusal({"--config", "large.toml"}) == "configuration file large.toml: is larger than 1 MiB");
  CHECK(refusal({"--config", "/dev/null"}).starts_with("missing: "));
}

TEST_CASE("a file that is given replaces the default one") {
  const Shell shell;
  shell.tree.file("wm-supervisor.toml", std::string(least_file) + "workers = 3\n");
  shell.tree.file("other.toml", least_file);
  CHECK(settings({"--config=other.toml"}).run.workers == std::nullopt);
}

TEST_CASE("no file names the program that runs as worker") {
  for (const std::string key : {"worker-program", "worker_program"}) {
    const Shell shell;
    const std::string text = std::string(least_file) + key + " = '/w'\n";
    shell.tree.file("wm-supervisor.toml", text);
    shell.tree.file("other.toml", text);
    const std::string told =
        "worker-program names a program that is run, so no file may set it; give "
        "--worker-program on the command line";
    CHECK(refusal({}) == "wm-supervisor.toml:4: " + told);
    CHECK(refusal({"--config", "other.toml"}) == "other.toml:4: " + told);
  }
}

}  // namespace
}  // namespace wm
