#include "supervisor/cli/preview_line.h"

#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

std::variant<PreviewLine, PrintedText> parsed(const Words& words) {
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  return parse_preview_line(arguments);
}

PreviewLine preview_line(const Words& words) {
  return std::get<PreviewLine>(parsed(words));
}

const Words least_job{"-o", "out", "--text", "x", "in"};

std::string preview_refusal(const Words& words) {
  try {
    static_cast<void>(parsed(words));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("the picture of a preview is named after the input, in the current directory") {
  CHECK(default_comparison_file("photo.jpg") == "photo-preview.png");
  CHECK(default_comparison_file("/a/b.c/photo.old.JPEG") == "photo.old-preview.png");
  CHECK(default_comparison_file("a/plain") == "plain-preview.png");
  CHECK(default_comparison_file(".jpg") == ".jpg-preview.png");
  CHECK(default_comparison_file("a/-x.png") == "-x-preview.png");
}

TEST_CASE("a preview takes marks from the command line, and -o names its picture") {
  const Shell shell;
  const PreviewLine plain = preview_line({"a/in.jpg", "--text", "x", "--opacity", "0.5"});
  CHECK(plain.input == "a/in.jpg");
  CHECK(plain.file == "in-preview.png");
  REQUIRE(plain.job.recipe.marks.size() == 1);
  CHECK(plain.job.recipe.marks[0].opacity == 0.5);
  CHECK(preview_line({"in.jpg", "--text", "x", "-o", "there.png"}).file == "there.png");
  CHECK(preview_line({"in.jpg", "--text", "x", "--output", "a", "--output=b"}).file == "b");
}

TEST_CASE("a preview takes marks from a configuration file, but not its inputs and output") {
  const Shell shell;
  shell.tree.file("wm-supervisor.toml",
                  "output = 'marked'\ninput = ['photos', 'more']\nfiles-from = ['list']\npreview = 9\n"
                  "preview-file = 'sheet.png'\ntimeout = '7s'\n[[mark]]\ntext = 'of the file'\n");
  const PreviewLine of_file = preview_line({"in.jpg"});
  CHECK(of_file.input == "in.jpg");
  CHECK(of_file.file == "in-preview.png");
  CHECK(of_file.job.input.lists.empty());
  CHECK(of_file.job.preview.pictures == 0);
  CHECK(of_file.job.run.timeout.time == std::chrono::seconds(7));
  REQUIRE(of_file.job.recipe.marks.size() == 1);
  CHECK(std::get<Text>(of_file.job.recipe.marks[0].source).text == "of the file");
  const PreviewLine replaced = preview_line({"in.jpg", "--text", "mine"});
  REQUIRE(replaced.job.recipe.marks.size() == 1);
  CHECK(std::get<Text>(replaced.job.recipe.marks[0].source).text == "mine");
}

TEST_CASE("a preview is of one picture that is named") {
  const Shell shell;
  CHECK(preview_refusal({"--text", "x"}) == "missing: an INPUT; see wm-supervisor preview --help");
  CHECK(preview_refusal({"a.jpg", "b.jpg", "--text", "x"}) ==
        "the command preview takes one INPUT; wm-supervisor --preview N shows several pictures");
  CHECK(preview_refusal({"a.jpg", "--text", "x", "--files-from", "list"}) ==
        "--files-from list: is for a job; the command preview takes one INPUT");
  CHECK(preview_refusal({"a.jpg", "--text", "x", "--preview", "3"}) ==
        "--preview 3: is for a job; the command preview takes one INPUT");
  CHECK(preview_refusal({"a.jpg", "--text", "x", "-o", ""}) == "--output \"\": must not be empty");
  CHECK(preview_refusal({"", "--text", "x"}) == "INPUT must not be empty");
  CHECK(preview_refusal({"a.jpg"}) ==
        "missing: a mark (--logo FILE or --text STRING); see wm-supervisor --help");
}

TEST_CASE("a preview is not written to a file that is named like another kind of picture") {
  const Shell shell;
  for (const std::string name : {"x.jpg", "a.png/x.JPEG", "x.png.webp", ".avif"}) {
    CAPTURE(name);
    const std::string told = ": a preview is a PNG file; give a name that ends in .png";
    CHECK(preview_refusal({"a.jpg", "--text", "x", "-o", name}) == "--output " + name + told);
    CHECK(refusal(least_job + Words{"--preview-file", name}) == "--preview-file " + name + told);
  }
  for (const std::string name : {"x.PNG", "a.jpg/x", "jpg", "x.preview", "x."}) {
    CAPTURE(name);
    CHECK(preview_line({"a.jpg", "--text", "x", "-o", name}).file == name);
    CHECK(settings(least_job + Words{"--preview", "1", "--preview-file", name}).preview.file == name);
  }
}

TEST_CASE("a dry run and a preview are not done at once") {
  const Shell shell;
  CHECK(refusal(least_job + Words{"--dry-run", "--preview", "3"}) ==
        "give --dry-run or --preview N, not both; --preview 0 takes back that of a configuration file");
  shell.tree.file("wm-supervisor.toml", "preview = 3\n");
  const Words with_file{"--config", "wm-supervisor.toml"};
  CHECK(refusal(least_job + with_file + Words{"--dry-run"})
            .starts_with("give --dry-run or --preview N, not both"));
  CHECK(settings(least_job + with_file + Words{"--dry-run", "--preview", "0"}).dry_run);
}

TEST_CASE("the help of a preview says where its picture goes") {
  const auto text = std::get<PrintedText>(parsed({"--help"})).text;
  CHECK(text.starts_with("Usage: wm-supervisor preview INPUT"));
  CHECK(text.find("-preview.png in place of") != std::string::npos);
}

TEST_CASE("--preview takes a number of pictures that a sheet can hold") {
  const Shell shell;
  CHECK(settings(least_job).preview == PreviewSettings{});
  CHECK(settings(least_job + Words{"--preview", "100", "--preview-file", "s.png"}).preview ==
        PreviewSettings{.pictures = 100, .file = "s.png"});
  CHECK(refusal(least_job + Words{"--preview-file", "s.png"}) ==
        "--preview-file s.png: is the sheet of --preview N; give that, too, or leave this out");
  shell.tree.file("sheet.toml", "preview-file = 's.png'\n");
  CHECK(settings(least_job + Words{"--config", "sheet.toml"}).preview.pictures == 0);
  for (const std::string wrong : {"101", "-1", "x", "1.5"}) {
    CHECK(refusal(least_job + Words{"--preview=" + wrong}) ==
          "--preview " + wrong + ": expected a whole number from 0 to 100");
  }
}

}  // namespace
}  // namespace wm
