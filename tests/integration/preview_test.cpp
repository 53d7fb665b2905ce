// Previews by the real programs. What is expected of pixels is computed here from the mark's definition.

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/own_shared_memory.h"
#include "tests/support/processes.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::array<int, 3> mark_colour{200, 40, 90};
constexpr std::array<int, 3> black{0, 0, 0};

/// As Job::command(), for one picture.
Words preview_words(const Job& job, const std::string& input, const Words& extra = {}) {
  Words words = job.command(extra);
  words.insert(words.begin() + 1, "preview");
  const auto output = std::ranges::find(words, "--output");
  words.erase(output, output + 2);
  words.push_back(input);
  return words;
}

std::array<int, 3> pixel(const Pixels& picture, int x, int y) {
  return {picture.at(x, y, 0), picture.at(x, y, 1), picture.at(x, y, 2)};
}

bool is_nearly(const std::array<int, 3>& one, const std::array<int, 3>& other) {
  constexpr int far = 30;
  return std::ranges::equal(one, other, [](int a, int b) { return std::abs(a - b) <= far; });
}

bool in_mark(int x, int y) {
  return x >= mark_left && x < mark_left + mark_width && y >= mark_top && y < mark_top + mark_height;
}

/// Where `part` stands in `whole`: its pixels in `rows` rows from its top are the same. {-1, -1} if nowhere.
std::array<int, 2> find_in(const Pixels& whole, const Pixels& part, int from_x, int from_y, int rows) {
  for (int top = from_y; top + part.height <= whole.height; ++top) {
    for (int left = from_x; left + part.width <= whole.width; ++left) {
      bool same = true;
      for (int y = 0; same && y < rows; ++y) {
        for (int x = 0; same && x < part.width; ++x)
          same = pixel(whole, left + x, top + y) == pixel(part, x, y);
      }
      if (same) return {left, top};
    }
  }
  return {-1, -1};
}

/// All names below the job's directory.
std::vector<std::string> everything(const Job& job) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(job.directory())) names.push_back(entry.path());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("a preview shows the picture before, and after with its mark and a line around it") {
  const Job job;
  job.add_picture("photo.jpg");
  const auto before_files = everything(job);
  const ProgramResult result = job.run_command(preview_words(job, job.in("photo.jpg")));
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out == "photo-preview.png is made\n");
  CHECK(result.err.empty());

  const Pixels original = decoded(read_file(job.in("photo.jpg")));
  const Pixels sheet = decoded(read_file(job.directory() + "/photo-preview.png"));
  REQUIRE(sheet.bands == 3);
  // The rows above the mark and its line are as they were in both halves.
  const auto before = find_in(sheet, original, 0, 0, original.height);
  REQUIRE(before[0] >= 0);
  const auto after = find_in(sheet, original, before[0] + original.width, before[1], mark_top - 2);
  REQUIRE(after[0] >= 0);
  CHECK(after[1] == before[1]);

  int worst = 0, changed_outside = 0;
  for (int y = 0; y < original.height; ++y) {
    for (int x = 0; x < original.width; ++x) {
      const auto is = pixel(sheet, after[0] + x, after[1] + y);
      const auto was = pixel(original, x, y);
      const bool near_mark = x >= mark_left - 2 && x < mark_left + mark_width + 2 && y >= mark_top - 2 &&
                             y < mark_top + mark_height + 2;
      for (std::size_t band = 0; band < 3; ++band) {
        const double expected = was[band] * (1 - mark_opacity) + mark_colour[band] * mark_opacity;
        if (in_mark(x, y)) worst = std::max(worst, static_cast<int>(std::abs(is[band] - expected)));
        if (!near_mark && is[band] != was[band]) ++changed_outside;
      }
    }
  }
  CHECK(worst <= 1);
  CHECK(changed_outside == 0);
  // The line: two pixels wide, right outside of the box, black or yellow and both of them on each side.
  int dark = 0, bright = 0, other = 0;
  for (int x = mark_left; x < mark_left + mark_width; ++x) {
    for (const int y : {mark_top - 2, mark_top - 1, mark_top + mark_height, mark_top + mark_height + 1}) {
      const auto is = pixel(sheet, after[0] + x, after[1] + y);
      if (is == black) {
        ++dark;
      } else if (is[0] == 255 && is[2] == 0) {
        ++bright;
      } else {
        ++other;
      }
    }
  }
  CHECK(dark >= mark_width);
  CHECK(bright >= mark_width);
  CHECK(other <= mark_width);  // where dashes begin inside of a pixel

  auto after_files = everything(job);
  std::erase(after_files, job.directory() + "/photo-preview.png");
  CHECK(after_files == before_files);
}

TEST_CASE("a preview of a large picture is shrunk, and the mark is where it will be") {
  const Job job;
  Pixels grey{3000, 2000, 3, {}};
  grey.samples.assign(std::size_t{3} * 3000 * 2000, 100);
  write_file(job.in("large.png"), encoded(grey, ".png"));
  const ProgramResult result = job.run_command(
      preview_words(job, job.in("large.png"),
                    {"--scale", "20%", "--gravity", "southeast", "--offset", "10%", "--opacity", "1"}));
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  const Pixels sheet = decoded(read_file(job.directory() + "/large-preview.png"));
  CHECK(sheet.width < 1700);
  CHECK(sheet.height < 1400);
  int left = sheet.width, right = 0, grey_left = sheet.width, grey_right = 0;
  for (int y = sheet.height / 2; y < sheet.height; ++y) {
    for (int x = 0; x < sheet.width; ++x) {
      if (pixel(sheet, x, y) == std::array{100, 100, 100}) {
        grey_left = std::min(grey_left, x);
        grey_right = std::max(grey_right, x);
      }
      if (is_nearly(pixel(sheet, x, y), mark_colour)) {  // its edges are blurred
        left = std::min(left, x);
        right = std::max(right, x);
      }
    }
  }
  const double shown = grey_right - grey_left + 1;
  CHECK(shown > 700);
  CHECK(std::abs((left - grey_left) / shown - 0.7) < 0.005);  // 100 % - 10 % - 20 %
  CHECK(std::abs((right - left + 1) / shown - 0.2) < 0.005);
}

TEST_CASE("a turned and tiled mark has a line around each copy") {
  const Job job;
  Pixels grey{400, 300, 3, {}};
  grey.samples.assign(std::size_t{3} * 400 * 300, 100);
  write_file(job.in("grey.png"), encoded(grey, ".png"));
  const ProgramResult result = job.run_command(preview_words(
      job, job.in("grey.png"), {"--opacity", "0.002", "--tile", "--gap", "60px,40px", "--rotate", "30"}));
  REQUIRE(result.exit_code == 0);
  const Pixels sheet = decoded(read_file(job.directory() + "/grey-preview.png"));
  // The mark is too faint to change anything. Count the boxes by their upper left corners: dark above and
  // left of grey.
  const auto is_grey = [&](int x, int y) { return pixel(sheet, x, y) == std::array{100, 100, 100}; };
  const auto line = [&](int x, int y) {
    const auto is = pixel(sheet, x, y);
    return is == black || (is[0] == 255 && is[2] == 0);
  };
  int corners = 0;
  for (int y = 2; y + 8 < sheet.height; ++y) {
    for (int x = 2; x + 8 < sheet.width; ++x) {
      if (is_grey(x, y) && line(x - 1, y - 1) && line(x - 1, y + 3) && line(x + 3, y - 1) &&
          is_grey(x + 3, y + 3))
        ++corners;
    }
  }
  // The box of 24x16 turned by 30 degrees is 29x26; steps are 89x66; copies begin at 8,6 and lie within
  // 400x300.
  CHECK(corners >= 4 * 4);
  CHECK(corners <= 5 * 6);
}

TEST_CASE("a picture that cannot be read has no preview, and the reason is said") {
  const Job job;
  write_file(job.in("broken.jpg"), sample_picture(64, 48, ".jpg").substr(0, 900));
  const ProgramResult broken = job.run_command(preview_words(job, job.in("broken.jpg")));
  CHECK(broken.exit_code == 1);
  CHECK(broken.err.find("broken.jpg cannot be shown: is truncated or damaged") != std::string::npos);
  for (const std::string name : {"abort", "exit", "babble", "endless"}) {
    CAPTURE(name);
    job.add_picture(name + ".jpg");
    const ProgramResult result =
        job.run_command(preview_words(job, job.in(name + ".jpg"), {"--worker-program", hazard_worker()}));
    CHECK(result.exit_code == 1);
    CHECK(result.err.find(name + ".jpg cannot be shown: ") != std::string::npos);
  }
  CHECK(files_below(job.directory()).size() == 6);  // the pictures and the logo
}

TEST_CASE("wrong use of a preview makes nothing") {
  const Job job;
  job.add_picture("a.jpg");
  const auto refused = [&](const Words& words) {
    const ProgramResult result = job.run_command(words);
    CAPTURE(result.err);
    CHECK(result.exit_code == 2);
    return result.err;
  };
  CHECK(refused(preview_words(job, job.in())).find("is a directory") != std::string::npos);
  CHECK(refused(preview_words(job, job.in("none.jpg"))).find("No such file") != std::string::npos);
  // The logo is no preview, so it stays.
  const std::string bytes = read_file(job.logo());
  CHECK(refused(preview_words(job, job.in("a.jpg"), {"-o", job.logo(), "--overwrite", "all"}))
            .find("exists and is no preview") != std::string::npos);
  CHECK(read_file(job.logo()) == bytes);
  CHECK(refused(preview_words(job, job.in("a.jpg"), {"-o", "none/p.png"})).find("cannot be opened") !=
        std::string::npos);
  CHECK(files_below(job.directory()).size() == 2);
}

TEST_CASE("marks that cannot be drawn at all stop a preview") {
  const Job job;
  job.add_picture("a.jpg");
  write_file(job.directory() + "/bad.png", read_file(job.logo()).substr(0, 60));
  const ProgramResult one = job.run_command(preview_words(job, job.in("a.jpg"), {"--logo", "bad.png"}));
  CHECK(one.exit_code == 3);
  CHECK(one.err.find("bad.png") != std::string::npos);
  const ProgramResult sheet = job.run({"--logo", "bad.png", "--preview", "3"});
  CHECK(sheet.exit_code == 3);
  CHECK(sheet.err.find("bad.png") != std::string::npos);
  CHECK(files_below(job.directory()).size() == 3);
}

TEST_CASE("a contact sheet shows marked pictures and says what cannot be read, and no job is run") {
  const Job job;
  job.add_picture("good-1.jpg", 1);
  job.add_picture("good-2.jpg", 2);
  job.add_picture("abort.jpg");
  job.add_picture("greedy.jpg");
  job.add_picture("forged.jpg");  // its process lies, and only the sheet tells
  write_file(job.in("broken.jpg"), sample_picture(64, 48, ".jpg").substr(0, 900));
  const std::string turn = std::string("\xE2") + "\x80\xAE";  // what follows runs from right to left
  write_file(job.in("we\n\x1B[31mird <b>&amp;\xFF" + turn + ".jpg"), sample_picture(64, 48, ".jpg", 3));
  const auto before_files = everything(job);
  const OwnSharedMemory shared_memory;
  if (!shared_memory.obstacle().empty()) skip_part(shared_memory.obstacle());
  Words words = job.command({"--preview", "50", "--preview-file", "sheet.png", "--worker-program",
                             hazard_worker(), "--timeout", "0", "--memory-limit", "400M"});
  words.push_back(job.in());
  const ProgramResult result = job.run_command(shared_memory.around(words));
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out == "sheet.png is made: 7 of 7 pictures, 3 of them cannot be read\n");
  CHECK(result.err.find("abort.jpg cannot be read: its process was killed by SIGABRT\n") !=
        std::string::npos);
  CHECK(result.err.find("greedy.jpg cannot be read: needs more memory than is allowed\n") !=
        std::string::npos);
  CHECK(result.err.find("broken.jpg cannot be read: is truncated or damaged") != std::string::npos);
  CHECK(std::ranges::count(result.err, '\n') == 3);

  // Two pictures for two names, with marks: each is there once above its caption.
  const Pixels sheet = decoded(read_file(job.directory() + "/sheet.png"));
  for (const std::string name : {"good-1.jpg", "good-2.jpg"}) {
    Pixels expected = decoded(read_file(job.in(name)));
    expected.height = mark_top;
    const auto at = find_in(sheet, expected, 0, 0, mark_top);
    CAPTURE(name);
    REQUIRE(at[0] >= 0);
    const Pixels original = decoded(read_file(job.in(name)));
    const auto is = pixel(sheet, at[0] + mark_left + 5, at[1] + mark_top + 5);
    const auto was = pixel(original, mark_left + 5, mark_top + 5);
    for (std::size_t band = 0; band < 3; ++band) {
      CHECK(std::abs(is[band] - (was[band] * (1 - mark_opacity) + mark_colour[band] * mark_opacity)) <= 1);
    }
  }
  auto after_files = everything(job);
  std::erase(after_files, job.directory() + "/sheet.png");
  CHECK(after_files == before_files);
  CHECK(shared_memory.names_made() == std::vector<std::string>{});
  CHECK(job.workers("").empty());
}

TEST_CASE("a picture that takes longer than the timeout is reported, and the sheet is made") {
  const Job job;
  // Nothing else is on the sheet: any other process could be as late on a busy machine.
  job.add_picture("hang.jpg");
  const ProgramResult result = job.run({"--preview", "1", "--preview-file", "sheet.png", "--worker-program",
                                        hazard_worker(), "--timeout", std::to_string(3 * slowness) + "s"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "sheet.png is made: 1 of 1 pictures, 1 of them cannot be read\n");
  CHECK(result.err.ends_with("hang.jpg cannot be read: takes longer than " + std::to_string(3 * slowness) +
                             " s\n"));
  CHECK(std::ranges::count(result.err, '\n') == 1);
  CHECK(job.workers("").empty());
}

TEST_CASE("a contact sheet takes pictures from all of the job, not its beginning") {
  const Job job;
  std::string list;
  for (unsigned i = 0; i < 41; ++i) {
    const std::string name = std::to_string(i) + ".png";
    Pixels plain{40, 30, 3, {}};
    for (int p = 0; p < 40 * 30; ++p)
      plain.samples.insert(plain.samples.end(), {static_cast<std::uint8_t>(50 + 3 * i), 7, 9});
    write_file(job.in(name), encoded(plain, ".png"));
    list += job.in(name) + "\n";
  }
  ProgramOptions options = job.options();
  options.standard_input = list;
  const ProgramResult result =
      run_program(job.command({"--preview", "3", "--preview-file", "s.png", "--files-from", "-"}), options);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out == "s.png is made: 3 of 41 pictures\n");
  const Pixels sheet = decoded(read_file(job.directory() + "/s.png"));
  std::vector<int> seen;
  for (int y = 0; y < sheet.height; ++y) {
    for (int x = 0; x < sheet.width; ++x) {
      const auto is = pixel(sheet, x, y);
      if (is[1] == 7 && is[2] == 9 && std::ranges::find(seen, is[0]) == seen.end()) seen.push_back(is[0]);
    }
  }
  CHECK(seen == std::vector{50, 50 + 3 * 20, 50 + 3 * 40});
}

TEST_CASE("a preview beside its picture is warned of, since a run would mark it") {
  const Job job;
  job.add_picture("a.png");
  const auto preview_in = [&](const std::string& file) {
    return run_program(preview_words(job, job.in("a.png"), {"--output", file}), job.options());
  };
  const ProgramResult beside = preview_in(job.in("b.png"));
  CAPTURE(beside.err);
  CHECK(beside.exit_code == 0);
  CHECK(beside.err.find("beside the picture") != std::string::npos);
  const ProgramResult elsewhere = preview_in(job.directory() + "/b.png");
  CHECK(elsewhere.exit_code == 0);
  CHECK(elsewhere.err.find("beside") == std::string::npos);
}

TEST_CASE("a sheet that lies among the inputs is not shown on itself, and a warning is given") {
  const Job job;
  job.add_picture("a.jpg");
  ProgramOptions options = job.options();
  options.directory = job.in();
  Words words = job.command({"--preview", "4", "."});
  const ProgramResult first = run_program(words, options);
  CHECK(first.exit_code == 0);
  CHECK(first.out == "wm-supervisor-preview.png is made: 1 of 1 pictures\n");
  CHECK(first.err.find("lies among the inputs") != std::string::npos);
  const ProgramResult again = run_program(words, options);
  CHECK(again.exit_code == 0);
  CHECK(again.out == "wm-supervisor-preview.png is made: 1 of 1 pictures\n");
}

TEST_CASE("a sheet of nothing, or to where nothing can be written, is wrong use") {
  const Job job;
  CHECK(job.run({"--preview", "4"}).exit_code == 2);
  job.add_picture("a.jpg");
  const ProgramResult nowhere = job.run({"--preview", "4", "--preview-file", "none/s.png"});
  CHECK(nowhere.exit_code == 2);
  CHECK(nowhere.err.find("--preview-file none/s.png: its directory cannot be opened") != std::string::npos);
  CHECK(job.run({"--preview", "4", "--preview-file", job.logo()}).exit_code == 2);
  CHECK(files_below(job.directory()).size() == 2);
}

TEST_CASE("a preview that is stopped leaves no process and no file behind") {
  const Job job;
  (void)job.add_gated(1);
  const OwnSharedMemory shared_memory;
  if (!shared_memory.obstacle().empty()) skip_part(shared_memory.obstacle());
  Words words = job.command({"--preview", "1", "--worker-program", hazard_worker(), "--timeout", "0"});
  words.insert(words.end(), {job.in(), job.gated()});
  RunningProgram program(shared_memory.around(words), job.options());
  REQUIRE(wait_until([&] { return job.at_gate() == 1; }));
  for (const pid_t pid : job.workers("")) CHECK(named_shared_memory_of(pid) == std::vector<std::string>{});
  program.send(SIGTERM);
  const ProgramResult result = program.wait();
  CHECK(result.signal == SIGTERM);
  CHECK(wait_until([&] { return job.workers("hazard-worker").empty(); }));
  CHECK(shared_memory.names_made() == std::vector<std::string>{});
  CHECK(files_below(job.directory()).size() == 3);  // the picture, the logo, and the record that it was begun
}

}  // namespace wm::test
