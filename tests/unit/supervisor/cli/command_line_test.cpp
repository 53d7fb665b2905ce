#include <sstream>

#include "supervisor/cli/help_text.h"
#include "tests/unit/supervisor/cli/cli_support.h"

namespace wm {
namespace {

using namespace std::chrono_literals;

const Words least{"-o", "out", "--text", "x", "in.jpg"};

JobSettings with(const Words& more) {
  return settings(least + more);
}

TEST_CASE("the shortest command line has the documented defaults") {
  const Shell shell;
  const JobSettings job = with({});
  CHECK(job.output == "out");
  CHECK(job.job_directory == "out/.wm-supervisor");
  CHECK(job.log.file == "out/.wm-supervisor/wm-supervisor.log");
  CHECK(job.input == InputSettings{.operands = {"in.jpg"}});
  CHECK(job.run == RunSettings{});
  CHECK(job.recipe.marks == std::vector{Mark{.source = Text{.text = "x"}}});
  CHECK(job.recipe.encoding == Encoding{});
  CHECK(job.limits.pixels == 500'000'000);
  CHECK_FALSE(job.dry_run);
}

TEST_CASE("every option sets its setting") {
  const Shell shell;
  CHECK(with({"--workers", "8"}).run.workers == 8U);
  CHECK(with({"--workers=auto"}).run.workers == std::nullopt);
  CHECK(with({"--workers=8", "--workers=auto"}).run.workers == std::nullopt);
  CHECK(with({"-j", "8"}).run.workers == 8U);
  CHECK(with({"-rj8"}).run.workers == 8U);
  CHECK(with({"-v"}).log.standard_error == LogLevel::info);
  CHECK(with({"--output", "elsewhere"}).output == "elsewhere");
  CHECK(with({"-oelsewhere"}).output == "elsewhere");
  CHECK(with({"--job-dir", "jobs"}).job_directory == "jobs");
  CHECK(with({"--job-dir", "jobs"}).log.file == "jobs/wm-supervisor.log");
  CHECK(with({"-n"}).dry_run);
  CHECK(with({"-r"}).input.recursive);
  CHECK(with({"-rn"}).input.recursive);
  CHECK_FALSE(with({"-r", "--recursive=false"}).input.recursive);
  CHECK(with({"--include", "*.jpg", "--include", "[a,b]"}).input.include == Words{"*.jpg", "[a,b]"});
  CHECK(with({"--exclude", "a", "--exclude", "b"}).input.exclude == Words{"a", "b"});
  CHECK(with({"--ext", "JPG,.png"}).input.extensions == Words{"jpg", "png"});
  CHECK(with({"--ext", "jpg", "--ext", "png,jpg"}).input.extensions == Words{"jpg", "png"});
  CHECK(with({"--links", "follow"}).input.links == LinkPolicy::follow);
  CHECK(with({"--links=never"}).input.links == LinkPolicy::never);
  CHECK(with({"--links=never", "--links", "OWNER"}).input.links == LinkPolicy::owner);
  CHECK(with({"--format", "avif"}).recipe.encoding.format == OutputFormat::avif);
  CHECK(with({"--format", "jpg"}).recipe.encoding.format == OutputFormat::jpeg);
  CHECK(with({"-q", "90"}).recipe.encoding.quality == 90);
  CHECK(with({"-q90", "--quality=keep"}).recipe.encoding.quality == std::nullopt);
  CHECK(with({"--metadata", "none"}).recipe.encoding.metadata == MetadataPolicy::none);
  CHECK(with({"--keep-dates"}).keep_dates);
  CHECK(with({"--retries", "0"}).run.retries == 0);
  CHECK(with({"--timeout", "5m"}).run.timeout.time == 5min);
  CHECK(with({"--timeout", "250%"}).run.timeout.percent == 250);
  CHECK(with({"--memory-limit", "1G"}).run.memory_limit == MemoryLimit::of(1ULL << 30U));
  CHECK(with({"--memory-limit=1G", "--memory-limit=none"}).run.memory_limit == MemoryLimit::of(std::nullopt));
  CHECK(with({"--memory-limit=1G", "--memory-limit=auto"}).run.memory_limit == MemoryLimit{});
  CHECK(with({"--max-output", "1G"}).run.max_output == 1ULL << 30U);
  CHECK(with({"--max-output", "none"}).run.max_output == std::nullopt);
  CHECK(with({"--recycle", "1000"}).run.recycle == 1000);
  CHECK(with({"--max-pixels", "1G"}).limits.pixels == 1'000'000'000);
  CHECK(with({"--max-pages", "12"}).limits.pages == 12);
  CHECK(with({"--max-input", "3G"}).limits.file_bytes == 3ULL << 30U);
  CHECK(with({"--max-metadata", "1M"}).limits.metadata_bytes == 1ULL << 20U);
  CHECK(with({"--max-parts", "77"}).limits.parts == 77);
  CHECK(with({"--halt", "soon,fail=1%"}).run.halt == Halt{Halt::When::soon, 1, true});
  CHECK(with({"--durability", "full"}).run.durability == Durability::full);
  CHECK(with({"--overwrite", "all"}).run.overwrite == Overwrite::all);
  CHECK(with({"--backup", ".orig"}).run.backup_suffix == ".orig");
  CHECK(with({"--if-unmarked", "skip"}).run.if_unmarked == IfUnmarked::skip);
  CHECK(with({"--retry-quarantined"}).run.retry_quarantined);
  CHECK(with({"--grace", "3"}).run.grace == 3s);
  CHECK(with({"--log-file", "l.log"}).log.file == "l.log");
  CHECK(with({"--log-level", "WARNING"}).log.level == LogLevel::warning);
  CHECK(with({"--log-stderr"}).log.standard_error == LogLevel::info);
  CHECK(with({"--log-stderr=error"}).log.standard_error == LogLevel::error);
  CHECK(with({"--log-stderr=error", "--log-stderr=off"}).log.standard_error == std::nullopt);
  CHECK(with({"--log-format", "json"}).log.format == LogFormat::json);
  CHECK(with({"--log-rotate", "100M:10"}).log.rotation == LogRotation{100U << 20U, 10});
  CHECK(with({"--progress", "never"}).progress == ProgressMode::never);
  CHECK(with({"--progress", "json"}).progress == ProgressMode::json);
  CHECK(with({"--stats"}).stats);
  CHECK(with({"--quiet"}).quiet);
  CHECK(with({"--worker-program", "/w"}).worker_program == "/w");
  CHECK(with({"--restart-pause", "2ms"}).restart_pause == 2ms);
}

TEST_CASE("the optional value of --log-stderr needs its equals sign") {
  const Shell shell;
  const JobSettings job = with({"--log-stderr", "error"});
  CHECK(job.log.standard_error == LogLevel::info);
  CHECK(job.input.operands == Words{"in.jpg", "error"});
}

TEST_CASE("a bad value is refused in one line that names option, value and what is accepted") {
  const Shell shell;
  struct Row {
    const char* option;
    const char* value;
  };
  for (const Row& row : {
           Row{"--workers", "0"},        Row{"--workers", "1025"},
           Row{"--workers", "-1"},       Row{"--workers", "8x"},
           Row{"--workers", "8.5"},      Row{"--workers", "99999999999999999999"},
           Row{"--quality", "0"},        Row{"--quality", "101"},
           Row{"--quality", "best"},     Row{"--format", "bmp"},
           Row{"--metadata", "all"},     Row{"--retries", "-1"},
           Row{"--retries", "101"},      Row{"--timeout", "soon"},
           Row{"--timeout", "-1s"},      Row{"--timeout", "99%"},
           Row{"--timeout", "nan%"},     Row{"--timeout", "%"},
           Row{"--memory-limit", "1M"},  Row{"--max-output", "63M"},
           Row{"--recycle", "x"},        Row{"--recycle", "4294967296"},
           Row{"--max-pages", "0"},      Row{"--max-input", "0"},
           Row{"--max-metadata", "x"},   Row{"--max-parts", "0"},
           Row{"--max-pages", "1.5"},    Row{"--max-input", "-1"},
           Row{"--max-pixels", "0"},     Row{"--halt", "maybe"},
           Row{"--durability", "very"},  Row{"--overwrite", "yes"},
           Row{"--backup", "/x"},        Row{"--backup", "a/b"},
           Row{"--if-unmarked", "mark"}, Row{"--grace", "nan"},
           Row{"--log-level", "loud"},   Row{"--log-format", "xml"},
           Row{"--log-rotate", "1"},     Row{"--progress", "some"},
           Row{"--ext", "*.jpg"},        Row{"--gravity", "up"},
           Row{"--offset", "1,2,3"},     Row{"--scale", "15"},
           Row{"--scale-of", "area"},    Row{"--opacity", "50"},
           Row{"--size", "0"},           Row{"--fill", "#12"},
       }) {
    CAPTURE(row.option, row.value);
    const std::string text = refusal(least + Words{row.option, row.value});
    CHECK(text.starts_with(std::string(row.option) + " " + row.value + ": expected "));
    CHECK(text.find('\n') == std::string::npos);
  }
  for (const char* const offset : {"1000001", "0,-101%"}) {
    CHECK(refusal(least + Words{"--offset", offset}).find("to 1000000 or from -100% to 100%") !=
          std::string::npos);
  }
  CHECK(refusal(least + Words{"--recursive=maybe"}) == "--recursive maybe: expected true or false");
  CHECK(refusal(least + Words{"--log-stderr=loud"}).starts_with("--log-stderr loud: expected one of debug"));
}

TEST_CASE("no option takes an empty value") {
  const Shell shell;
  for (const char* const option :
       {"--output", "--job-dir", "--config", "--workers", "--files-from", "--include", "--ext", "--logo",
        "--text", "--font", "--size", "--fill", "--offset", "--log-file", "--timeout", "--worker-program"}) {
    CAPTURE(option);
    const std::string expected = std::string(option) + " \"\": must not be empty";
    CHECK(refusal(least + Words{option, ""}) == expected);
    CHECK(refusal(least + Words{std::string(option) + "=", "eaten"}) == expected);
  }
  CHECK(refusal(least + Words{""}) == "\"\": must not be empty");
}

TEST_CASE("an error shows any value on one line of bounded length") {
  const Shell shell;
  CHECK(refusal(least + Words{"--workers", "1\n\x1B[31m\xFF"}) ==
        "--workers 1\\n\\e[31m\\xff: expected a whole number from 1 to 1024, or auto");
  CHECK(refusal(least + Words{"--workers", std::string(100'000, '9')}).size() < 250);
}

TEST_CASE("what is missing is named, all of it at once") {
  const Shell shell;
  CHECK(refusal({}) ==
        "missing: --output DIR, a mark (--logo FILE or --text STRING), "
        "an INPUT (files, directories or --files-from FILE); see wm-supervisor --help");
  CHECK(refusal({"--text", "x", "in.jpg"}) == "missing: --output DIR; see wm-supervisor --help");
  CHECK(refusal({"-o", "out", "in.jpg"}) ==
        "missing: a mark (--logo FILE or --text STRING); see wm-supervisor --help");
  CHECK(refusal({"-o", "out", "--text", "x"}).starts_with("missing: an INPUT"));
  CHECK(settings({"-o", "out", "--text", "x", "--files-from", "-"}).input.operands.empty());
}

TEST_CASE("an unknown option names the nearest one") {
  const Shell shell;
  CHECK(refusal({"--outptu", "x"}) == "unknown option --outptu; did you mean --output?");
  CHECK(refusal({"--log_level=info"}) == "unknown option --log_level; did you mean --log-level?");
  CHECK(refusal({"--zzzzzzzz"}) == "unknown option --zzzzzzzz; see wm-supervisor --help");
  CHECK(refusal({"-output", "x"}) == "unknown option -output; did you mean --output?");
  CHECK(refusal({"-x.jpg"}) == "unknown option -x.jpg; a file of such a name is written ./-x.jpg");
  CHECK(refusal({"-5.jpg"}) == "unknown option -5.jpg; a file of such a name is written ./-5.jpg");
  CHECK(refusal({"-rz"}).starts_with("unknown option -rz"));
  CHECK(refusal({"--input", "x"}).starts_with("unknown option --input"));
  CHECK(refusal({"--!x"}).starts_with("unknown option --!x"));
  CHECK(refusal({"--a\nb"}).starts_with("unknown option --a\\nb"));
}

TEST_CASE("an option at the end without its value says so") {
  const Shell shell;
  CHECK(refusal({"--output"}) == "--output needs a value");
  CHECK(refusal({"-ro"}) == "-ro needs a value");
  CHECK(refusal(least + Words{"--recursive="}) == "--recursive \"\": must not be empty");
}

TEST_CASE("--debug is one worker without a deadline that says everything") {
  const Shell shell;
  const JobSettings job =
      settings({"-o", "out", "--text", "x", "in", "--debug", "--workers", "8", "--timeout", "9s"});
  CHECK(job.run.workers == 1U);
  CHECK(job.run.timeout.time.count() == 0);
  CHECK(job.log.level == LogLevel::debug);
  CHECK(job.log.standard_error == LogLevel::debug);
}

TEST_CASE("--gdb names a worker that there is") {
  const Shell shell;
  CHECK(settings({"-o", "out", "--text", "x", "in", "--gdb", "2", "--workers", "2"}).debug.tool_worker == 2U);
  CHECK(refusal({"-o", "out", "--text", "x", "in", "--gdb", "3", "--workers", "2"}) ==
        "--gdb 3: there is no such worker; give --workers 3 or more, too");
}

TEST_CASE("what belongs to later versions is said to be missing") {
  const Shell shell;
  CHECK(refusal({"report"}).starts_with("the command report is not available in this version"));
  CHECK(settings({"./report", "-o", "out", "--text", "x"}).input.operands == Words{"./report"});
  CHECK(settings({"-o", "out", "--text", "x", "report"}).input.operands == Words{"report"});
}

TEST_CASE("each encoding option says what it says") {
  const Shell shell;
  const auto encoding = [](const Words& words) { return settings(least + words).recipe.encoding; };
  CHECK(encoding({"--subsample", "444"}).subsampling == Subsampling::s444);
  CHECK(encoding({"--progressive"}).progressive == KeepOr::yes);
  CHECK(encoding({"--progressive=false"}).progressive == KeepOr::no);
  CHECK(encoding({"--progressive=keep"}).progressive == KeepOr::keep);
  CHECK(encoding({"--png-compression", "9"}).png_compression == 9);
  CHECK(encoding({"--png-compression", "9", "--png-compression", "auto"}).png_compression == std::nullopt);
  CHECK(encoding({"--lossless"}).lossless == KeepOr::yes);
  CHECK(encoding({"--avif-speed", "0"}).avif_speed == 0);
  CHECK(encoding({"--metadata", "copyright"}).metadata == MetadataPolicy::copyright);
  CHECK(encoding({"--thumbnail", "strip"}).thumbnail == ThumbnailPolicy::strip);
  CHECK(encoding({"--copyright", "© Ada"}).copyright == "© Ada");
  CHECK(encoding({"--artist", "Ada"}).artist == "Ada");
  CHECK(encoding({"--autorotate"}).autorotate);
  CHECK(encoding({"--jpeg-path", "dct"}).jpeg_path == JpegPathChoice::dct);
  CHECK(settings(least + Words{"--verify"}).verify);
  CHECK(settings(least).damaged == DamagedPictures::fail);
  CHECK(settings(least + Words{"--damaged", "mark"}).damaged == DamagedPictures::mark);
  for (const Words& bad :
       {Words{"--subsample", "411"}, Words{"--progressive=maybe"}, Words{"--png-compression", "10"},
        Words{"--avif-speed", "-1"}, Words{"--metadata", "some"}, Words{"--artist", "a\nb"},
        Words{"--copyright", "\xFF"}, Words{"--copyright", "{artist}"}, Words{"--artist", "{exif:}"},
        Words{"--artist", "a}"}, Words{"--jpeg-path", "fast"}, Words{"--thumbnail", "new"},
        Words{"--damaged", "ignore"}}) {
    CAPTURE(bad[0]);
    CHECK(refusal(least + bad).starts_with(bad[0].substr(0, bad[0].find('='))));
  }
}

TEST_CASE("each mark option says what it says") {
  const Shell shell;
  const Words begin{"-o", "out", "in"};
  const auto text = [&](const Words& words) {
    return settings(begin + Words{"--text", "x"} + words).recipe.marks.at(0);
  };
  const auto logo = [&](const Words& words) {
    return settings(begin + Words{"--logo", "logo.png"} + words).recipe.marks.at(0);
  };
  CHECK(text({"--rotate", "-30"}).rotate == -30);
  CHECK(text({"--blend", "soft-light"}).blend == BlendMode::soft_light);
  CHECK(text({"--tile"}).tile == Tile::grid);
  CHECK(text({"--tile=brick"}).tile == Tile::brick);
  CHECK(text({"--tile", "--tile=none"}).tile == Tile::none);
  CHECK(text({"--gap", "4,50%"}).gap_x == Length{4, Length::Unit::pixels});
  CHECK(text({"--gap", "4,50%"}).gap_y == Length{50, Length::Unit::percent});
  CHECK(text({"--if-too-big", "skip"}).if_too_big == IfTooBig::skip);
  CHECK(text({"--contrast", "auto"}).contrast == Contrast::automatic);
  CHECK(std::get<Text>(text({"--align", "right"}).source).align == TextAlign::right);
  CHECK(std::get<Text>(text({"--stroke", "2,black"}).source).stroke.has_value());
  CHECK_FALSE(std::get<Text>(text({"--stroke", "2", "--stroke", "none"}).source).stroke.has_value());
  CHECK(std::get<Text>(text({"--shadow"}).source).shadow == Shadow{});
  CHECK_FALSE(std::get<Text>(text({"--shadow", "--shadow=false"}).source).shadow.has_value());
  CHECK(std::get<Logo>(logo({"--key", "white"}).source).key.has_value());

  CHECK(refusal(begin + Words{"--text", "x", "--key", "white"}).find("is a text") != std::string::npos);
  CHECK(refusal(begin + Words{"--logo", "logo.png", "--stroke", "2"}).find("is a logo") != std::string::npos);
  CHECK(refusal(begin + Words{"--text", "{stme}"}).find("{stme} is no variable") != std::string::npos);
}

TEST_CASE("a font file must be one, and its bytes are kept") {
  const Shell shell;
  const Words begin{"-o", "out", "in", "--text", "x", "--fontfile"};
  shell.tree.file("font.otf", "OTTO and so on");
  shell.tree.file("text.txt", "no font");
  const JobSettings job = settings(begin + Words{"font.otf"});
  CHECK(std::get<Text>(job.recipe.marks[0].source).font_file->bytes.size() == 14);
  CHECK(refusal(begin + Words{"text.txt"}) ==
        "--text x: its font file text.txt: is not a font (TrueType, OpenType or a collection of them)");
  CHECK(refusal(begin + Words{"none.ttf"}).find("none.ttf: No such file or directory") != std::string::npos);
}

TEST_CASE("a preset is a beginning that later options change") {
  const Shell shell;
  const Words begin{"-o", "out", "in"};
  const Mark tiles = settings(begin + Words{"--text", "PROOF", "--preset", "proof-tiles", "--rotate", "-45"})
                         .recipe.marks.at(0);
  CHECK(tiles.tile == Tile::brick);
  CHECK(tiles.rotate == -45);
  const std::string toml = shell.tree.file(
      "job.toml",
      "output = 'o'\ninput = 'i'\n[[mark]]\nrotate = -45\ntext = 'PROOF'\npreset = 'proof-tiles'\n");
  CHECK(settings({"--config", toml}).recipe.marks.at(0) == tiles);  // whatever the order in the file

  CHECK(refusal(begin + Words{"--preset", "proof-tiles"}).find("no mark yet") != std::string::npos);
  CHECK(refusal(begin + Words{"--logo", "logo.png", "--preset", "copyright-line"}).find("is for texts") !=
        std::string::npos);
  CHECK(refusal(begin + Words{"--text", "x", "--preset", "prof-tiles"}).find("did you mean proof-tiles") !=
        std::string::npos);
  const std::string list = printed({"--list-presets"});
  for (const auto* name : {"corner-logo", "copyright-line", "proof-tiles"}) {
    CHECK(list.find(name) != std::string::npos);
  }
}

TEST_CASE("a preset is what its options in the list say") {
  const Shell shell;
  const std::string list = printed({"--list-presets"});
  for (const std::string name : {"corner-logo", "copyright-line", "proof-tiles"}) {
    CAPTURE(name);
    const std::size_t options = list.find("    --", list.find("\n" + name + "\n"));
    REQUIRE(options != std::string::npos);
    std::istringstream words(list.substr(options, list.find('\n', options) - options));
    Words spelt{"-o", "out", "in", "--text", "x"};
    for (std::string word; words >> word;) spelt.push_back(word);
    CHECK(settings({"-o", "out", "in", "--text", "x", "--preset", name}).recipe.marks ==
          settings(spelt).recipe.marks);
  }
}

TEST_CASE("mark options bind to the mark before them") {
  const Shell shell;
  const JobSettings job =
      settings({"-o",     "out",      "--logo",     "logo.png", "--gravity", "north",  "--offset",
                "1,2%",   "--scale",  "15%",        "--text",   "A",         "--size", "48",
                "--fill", "#123456",  "--font",     "Serif",    "--opacity", ".5",     "in.jpg",
                "--logo", "logo.png", "--scale-of", "short",    "--text=B"});
  REQUIRE(job.recipe.marks.size() == 4);
  const auto& marks = job.recipe.marks;
  CHECK(std::get<Logo>(marks[0].source).path == "logo.png");
  CHECK(std::get<Logo>(marks[0].source).bytes.size() == tiny_png.size());
  CHECK(marks[0].gravity == Gravity::north);
  CHECK(marks[0].offset_x == Length{1, Length::Unit::pixels});
  CHECK(marks[0].offset_y == Length{2, Length::Unit::percent});
  CHECK(marks[0].scale == 0.15);
  CHECK(marks[0].opacity == 1);
  CHECK(std::get<Text>(marks[1].source) == Text{.text = "A",
                                                .font = "Serif",
                                                .size = {48, Length::Unit::pixels},
                                                .fill = {0x12, 0x34, 0x56, 255}});
  CHECK(marks[1].opacity == 0.5);
  CHECK(marks[1].gravity == Gravity::southeast);
  CHECK(marks[2].scale_of == ScaleOf::shorter);
  CHECK(marks[3] == Mark{.source = Text{.text = "B"}});
  CHECK(job.input.operands == Words{"in.jpg"});
}

TEST_CASE("marks that cannot be seen are refused, unless pictures without marks are allowed") {
  const Shell shell;
  CHECK(refusal(least + Words{"--opacity", "0"}) ==
        "--text x: cannot be seen at opacity 0, so no picture would be marked; give more --opacity, or "
        "--if-unmarked copy or skip");
  CHECK(refusal(least + Words{"--opacity", "0.001"}).find("opacity 0.001") != std::string::npos);
  CHECK(with({"--opacity", "0", "--if-unmarked", "copy"}).recipe.marks.size() == 1);
  CHECK(with({"--opacity", "0", "--text", "y"}).recipe.marks.size() == 2);
}

TEST_CASE("--backup has nothing to keep where nothing is replaced") {
  const Shell shell;
  CHECK(refusal(least + Words{"--overwrite", "never", "--backup", ".orig"}).starts_with("--overwrite never"));
}

TEST_CASE("a mark option without its mark says where it belongs") {
  const Shell shell;
  CHECK(refusal({"--opacity", "0.5", "--text", "x"}) ==
        "--opacity 0.5: there is no mark yet that it could belong to; put it after --logo FILE or --text "
        "STRING");
  for (const Words& words : {Words{"--font", "Serif"}, Words{"--size", "5%"}, Words{"--fill", "red"}}) {
    CHECK(refusal(Words{"--text", "x", "--logo", "logo.png"} + words) ==
          words[0] + " " + words[1] +
              ": the mark that it belongs to is a logo; put it after a --text STRING");
  }
}

TEST_CASE("values and inputs may begin with a dash") {
  const Shell shell;
  for (const Words& words : {Words{"--offset", "-10,-10"}, Words{"--offset=-10,-10"}}) {
    CHECK(with(words).recipe.marks.back().offset_x == Length{-10, Length::Unit::pixels});
  }
  for (const Words& words :
       {Words{"--text", "-hello"}, Words{"--text=-hello"}, Words{"--text", "--", "--text", "-hello"}}) {
    CHECK(std::get<Text>(with(words).recipe.marks.back().source).text == "-hello");
  }
  CHECK(std::get<Text>(with({"--text", "--output"}).recipe.marks.back().source).text == "--output");
  CHECK(std::get<Text>(with({"--text=a=b"}).recipe.marks.back().source).text == "a=b");
  CHECK(settings(least + Words{"--", "-x.jpg", "--workers", "--", "report"}).input.operands ==
        Words{"in.jpg", "-x.jpg", "--workers", "--", "report"});
  CHECK(with({"-"}).input.operands == Words{"in.jpg", "-"});
}

TEST_CASE("inputs are taken byte by byte") {
  const Shell shell;
  const Words names{"a[1].jpg", "[1,2]", "{}", "\"quoted\"", "new\nline", "\xFF\xFE", "++", "a=b", "%s", " "};
  CHECK(settings(Words{"-o", "out", "--text", "x"} + names).input.operands == names);
  CHECK(settings(Words{"-o", "[out]", "--text", "x", "y"}).output == "[out]");
  CHECK(settings(Words{"-o", "\"out\"", "--text", "x", "y"}).output == "\"out\"");
}

TEST_CASE("lists keep their order and their separators") {
  const Shell shell;
  const auto lists = with({"--files-from", "a", "--files-from0", "-", "--files-from", "b"}).input.lists;
  CHECK(lists == std::vector<FileList>{{"a", FileList::Separator::newline},
                                       {"-", FileList::Separator::nul},
                                       {"b", FileList::Separator::newline}});
  CHECK(refusal(least + Words{"--files-from", "-", "--files-from0", "-"})
            .starts_with("standard input can be read only once"));
}

TEST_CASE("help and version need nothing else") {
  const Shell shell;
  for (const char* const word : {"--version", "-V"})
    CHECK(std::get<VersionQuestion>(parse({word})).worker_program.empty());
  CHECK(std::get<VersionQuestion>(parse({"-V", "--worker-program", "w"})).worker_program == "w");
  CHECK(printed({"-h"}) == brief_help());
  CHECK(printed({"--workers", "0", "--help"}).starts_with("Usage: wm-supervisor"));
  shell.tree.file("wm-supervisor.toml", "broken = [");
  CHECK(printed({"--help"}).starts_with("Usage: wm-supervisor"));
}

TEST_CASE("a logo that is no picture is refused with its option") {
  const Shell shell;
  shell.tree.file("text.txt", "hello");
  CHECK(refusal({"-o", "out", "--logo", "text.txt", "in.jpg"}) ==
        "--logo text.txt: is not a picture (PNG, JPEG, WebP, GIF, TIFF, AVIF, HEIF or SVG)");
  CHECK(refusal({"-o", "out", "--logo", "no such.png", "in.jpg"}) ==
        "--logo \"no such.png\": No such file or directory");
}

}  // namespace
}  // namespace wm
