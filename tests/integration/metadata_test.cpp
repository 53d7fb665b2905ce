// Metadata through the real programs, compared by exiftool, which also writes them into the inputs. It is
// started for many files at once: its start takes longer than its work.

#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/journal_rows.h"
#include "tests/support/sample_pictures.h"
#include "tests/support/skip.h"
#include "tests/support/source_directory.h"
#include "tests/support/temp_dir.h"

namespace wm::test {
namespace {

using Json = nlohmann::json;

ProgramResult exiftool(Words words) {
  words.insert(words.begin(), "exiftool");
  words.insert(words.begin(), "/usr/bin/env");
  return run_program(words);
}

/// By name.
using Files = std::map<std::string, std::string>;
using Tags = std::map<std::string, Json>;

/// All tags of files but those of the file system, as group and name lead to them. Where parts of a file lie
/// is no metadata, nor is the thumbnail: other tests look at it.
Tags tags_in(const std::string& directory, const std::vector<std::string>& names) {
  Words words{"-a", "-G1", "-json"};
  for (const char* const left_out :
       {"SourceFile", "System:all", "ExifTool:all", "StripOffsets", "StripByteCounts", "RowsPerStrip",
        "ThumbnailOffset", "ThumbnailLength", "ThumbnailImage", "MediaDataOffset", "MediaDataSize"}) {
    words.insert(words.end(), {"-x", left_out});
  }
  for (const std::string& name : names) words.push_back(directory + "/" + name);
  const ProgramResult result = exiftool(words);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  const Json files = Json::parse(result.out);
  REQUIRE(files.size() == names.size());
  Tags tags;
  for (std::size_t i = 0; i < names.size(); ++i) tags[names[i]] = files[i];
  return tags;
}

/// Tags that were lost, changed or added, one a line. The marks' colours come to a palette, and a still GIF
/// has nothing to repeat.
std::string differences(const Json& before, const Json& after, std::set<std::string> asked = {}) {
  if (before.value("PNG:ColorType", "") == "Palette") asked.insert({"PNG:Palette", "PNG:BitDepth"});
  asked.insert("GIF:AnimationIterations");
  std::string text;
  const auto tell = [&](const Json& from, const Json& to, const std::string& what) {
    for (const auto& [tag, value] : from.items()) {
      if (tag == "SourceFile" || asked.contains(tag)) continue;
      if (!to.contains(tag)) {
        text += what + " " + tag + " " + value.dump() + "\n";
      } else if (what == "lost" && to[tag] != value) {
        text += tag + " " + value.dump() + " became " + to[tag].dump() + "\n";
      }
    }
  };
  tell(before, after, "lost");
  tell(after, before, "new");
  return text;
}

/// Writes the tags that photographers and agencies use.
ProgramResult write_tags(const std::string& directory, const Files& files) {
  const std::string thumbnail = directory + "/thumbnail.jpg";
  write_file(thumbnail, sample_picture(160, 120, ".jpg"));
  Words words{"-q",
              "-m",
              "-overwrite_original",
              "-codedcharacterset=utf8",
              "-EXIF:Make=Maker",
              "-EXIF:Model=Model 1",
              "-EXIF:Artist=Jane",
              "-EXIF:Copyright=(c) Jane",
              "-EXIF:DateTimeOriginal=2024:05:06 07:08:09",
              "-EXIF:ExposureTime=1/250",
              "-EXIF:FNumber=2.8",
              "-EXIF:UserComment=unlike others",
              "-EXIF:LensModel=35 mm",
              "-GPSLatitude=47.5",
              "-GPSLatitudeRef=N",
              "-GPSLongitude=8.25",
              "-GPSLongitudeRef=E",
              "-XMP-dc:Title=Ein schöner Titel",
              "-XMP-dc:Subject=lake",
              "-XMP-dc:Subject=boat",
              "-XMP-dc:Rights=(c) Jane",
              "-XMP-xmp:Rating=4",
              "-XMP-photoshop:Credit=Agency",
              "-IPTC:Keywords=lake",
              "-IPTC:Keywords=boat",
              "-IPTC:By-line=Jane",
              "-IPTC:Caption-Abstract=Ein Boot auf dem See",
              "-ThumbnailImage<=" + thumbnail};
  for (const auto& [name, bytes] : files) words.push_back(directory + "/" + name);
  return exiftool(words);
}

struct Kind {
  const char* file;
  const char* ending;
};
const std::vector<Kind> kinds{{"baseline.jpg", ".jpg[Q=80]"},
                              {"progressive.jpg", ".jpg[Q=80,interlace]"},
                              {"x.png", ".png"},
                              {"interlaced.png", ".png[interlace]"},
                              {"palette.png", ".png[palette,bitdepth=4]"},
                              {"x.tif", ".tif[compression=lzw]"},
                              {"x.webp", ".webp[lossless]"},
                              {"x.gif", ".gif"},
                              {"x.avif", ".avif"}};

struct Inputs {
  Files files;
  Tags tags;
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files) names.push_back(name);
    return names;
  }
};

/// A file of each kind that this libvips writes and that exiftool has written tags into.
Inputs make_inputs() {
  const TempDir directory;
  Files plain;
  for (const Kind& kind : kinds) {
    try {
      plain[kind.file] = sample_picture(96, 64, kind.ending);
      write_file(directory.path() + "/" + kind.file, plain[kind.file]);
    } catch (const std::exception&) {
      plain.erase(kind.file);
    }
  }
  const ProgramResult result = write_tags(directory.path(), plain);
  Inputs inputs;
  for (const auto& [name, bytes] : plain) {
    std::string tagged = read_file(directory.path() + "/" + name);
    if (tagged != bytes) {
      inputs.files[name] = std::move(tagged);
    } else {
      skip_part("this exiftool does not write " + name);
    }
  }
  CAPTURE(result.err);
  REQUIRE((result.exit_code == 0) == (inputs.files.size() == plain.size()));
  inputs.tags = tags_in(directory.path(), inputs.names());
  return inputs;
}

const Inputs& all_inputs() {
  static const Inputs inputs = make_inputs();
  return inputs;
}

/// All of them but AVIF, which not every libvips writes, and of which only parts are kept.
const Inputs& usual_inputs() {
  static const Inputs inputs = [] {
    Inputs usual = all_inputs();
    usual.files.erase("x.avif");
    usual.tags.erase("x.avif");
    return usual;
  }();
  return inputs;
}

/// What the journal says of an output.
std::string note_of(const Job& job, const std::string& output) {
  const auto rows =
      journal_rows(job.job_directory(),
                   "SELECT ifnull(notes, '') FROM file WHERE output = CAST('" + output + "' AS BLOB)");
  return rows.empty() ? "no row" : rows.front().front();
}

void add_to(const Job& job, const Files& files) {
  for (const auto& [name, bytes] : files) write_file(job.in(name), bytes);
}

}  // namespace

TEST_CASE("exiftool reads the same tags before and after, by every way that a picture takes") {
  const Inputs& inputs = usual_inputs();
  CHECK(inputs.files.size() >= 5);
  for (const std::string way : {"auto", "pixel"}) {
    const Job job;
    add_to(job, inputs.files);
    const ProgramResult result = job.run({"--jpeg-path", way, "--verify"});
    CAPTURE(way, result.err);
    REQUIRE(result.exit_code == 0);
    for (const auto& [name, after] : tags_in(job.out(), inputs.names())) {
      CAPTURE(name);
      const Json& before = inputs.tags.at(name);
      const std::string format = name.substr(name.find('.'));
      if (format != ".gif") CHECK(before.contains("IFD0:Artist"));
      CHECK(before.contains("XMP-dc:Title"));
      CHECK(differences(before, after) == "");
    }
  }
}

TEST_CASE("what is asked for is written, and no other tag changes") {
  const std::set<std::string> texts{"IFD0:Artist",          "IFD0:Copyright",       "XMP-dc:Rights",
                                    "XMP-dc:Creator",       "IPTC:By-line",         "IPTC:CopyrightNotice",
                                    "XMP-xmpRights:Marked", "Photoshop:IPTCDigest", "File:CurrentIPTCDigest"};
  const Inputs& inputs = usual_inputs();
  for (const std::string way : {"auto", "pixel"}) {
    const Job job;
    add_to(job, inputs.files);
    const ProgramResult result =
        job.run({"--jpeg-path", way, "--artist", "Joe Ünal", "--copyright", "(c) 2026 Joe"});
    CAPTURE(way, result.err);
    REQUIRE(result.exit_code == 0);
    for (const auto& [name, after] : tags_in(job.out(), inputs.names())) {
      CAPTURE(name);
      if (name != "x.gif") CHECK(after.value("IFD0:Artist", "") == "Joe Ünal");
      if (name != "x.gif") CHECK(after.value("IFD0:Copyright", "") == "(c) 2026 Joe");
      CHECK(after.value("XMP-dc:Rights", "") == "(c) 2026 Joe");
      CHECK(differences(inputs.tags.at(name), after, texts) == "");
    }
  }
}

TEST_CASE("only author and rights are left when asked, and nothing personal with none") {
  const Inputs& inputs = usual_inputs();
  for (const std::string policy : {"copyright", "none"}) {
    const Job job;
    add_to(job, inputs.files);
    REQUIRE(job.run({"--metadata", policy}).exit_code == 0);
    for (const auto& [name, after] : tags_in(job.out(), inputs.names())) {
      CAPTURE(policy, name);
      for (const char* gone : {"GPS:GPSLatitude", "IFD0:Model", "XMP-dc:Title", "IPTC:Keywords",
                               "ExifIFD:UserComment", "ExifIFD:DateTimeOriginal"}) {
        CAPTURE(gone);
        CHECK_FALSE(after.contains(gone));
      }
      if (name != "x.gif") CHECK(after.value("IFD0:Artist", "") == (policy == "none" ? "" : "Jane"));
      CHECK(after.value("XMP-dc:Rights", "") == (policy == "none" ? "" : "(c) Jane"));
    }
  }
}

TEST_CASE("AVIF keeps its tags") {
  const std::string name = "x.avif";
  const Inputs& inputs = all_inputs();
  if (!inputs.files.contains(name)) skip("this libvips or this exiftool does not write AVIF");
  const Job job;
  add_to(job, {{name, inputs.files.at(name)}});
  const ProgramResult result = job.run();
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  Json before = inputs.tags.at(name);
  Json after = tags_in(job.out(), {name}).at(name);
  // Only blocks of EXIF and XMP go through the encoder; boxes are its own.
  for (Json* tags : {&before, &after}) {
    for (auto tag = tags->begin(); tag != tags->end();) {
      const bool container = !tag.key().starts_with("IFD0:") && !tag.key().starts_with("ExifIFD:") &&
                             !tag.key().starts_with("GPS:") && !tag.key().starts_with("XMP-");
      tag = container ? tags->erase(tag) : std::next(tag);
    }
  }
  CHECK(before.contains("IFD0:Artist"));
  CHECK(before.contains("XMP-dc:Title"));
  CHECK(differences(before, after) == "");
}

TEST_CASE("a picture of which no thumbnail can be made is marked without one") {
  const Job job;
  write_file(job.in("strip.tif"), sample_picture(60'000, 40, ".tif[compression=deflate]"));
  write_file(job.in("column.png"), sample_picture(40, 60'000, ".png"));
  const ProgramResult tagged =
      exiftool({"-q", "-overwrite_original", "-EXIF:Artist=Jane", job.in("column.png")});
  REQUIRE(tagged.exit_code == 0);
  const ProgramResult result = job.run();
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  CHECK(is_whole_picture(read_file(job.out("strip.tif"))));
  CHECK(tags_in(job.out(), {"column.png"}).at("column.png").value("IFD0:Artist", "") == "Jane");
}

TEST_CASE("a preview after a JPEG without any metadata goes, too") {
  const Job job;
  const std::string preview = sample_picture(160, 120, ".jpg[strip]", 7);
  write_file(job.in("a.jpg"), sample_picture(96, 64, ".jpg[Q=80,strip]") + preview);
  REQUIRE(job.run().exit_code == 0);
  CHECK(read_file(job.out("a.jpg")).find(preview) == std::string::npos);
  CHECK(is_whole_picture(read_file(job.out("a.jpg"))));
  CHECK(note_of(job, "a.jpg") == "1 picture after the JPEG picture");
}

TEST_CASE("the script that compares metadata finds losses that nobody reports, and only these") {
  const Job job;
  add_to(job, usual_inputs().files);
  REQUIRE(job.run().exit_code == 0);
  const auto compare = [&job] {
    return run_program(
        {"/usr/bin/env", source_directory() + "/scripts/compare_metadata.sh", job.in(), job.out()});
  };
  const ProgramResult clean = compare();
  if (clean.exit_code == 2) skip("scripts/compare_metadata.sh cannot run here: " + clean.err);
  CHECK(clean.out == std::to_string(usual_inputs().files.size()) +
                         " files, 0 unexpected differences, 0 of them losses that no note reports\n");
  CHECK(clean.exit_code == 0);

  const ProgramResult changed = exiftool(
      {"-q", "-overwrite_original", "-XMP-dc:Title=", "-IFD0:Model=Model 2", job.out("baseline.jpg")});
  REQUIRE(changed.exit_code == 0);
  const ProgramResult found = compare();
  CHECK(found.exit_code == 1);
  CHECK(found.out.find("baseline.jpg: lost XMP-dc:Title \"Ein schöner Titel\"\n") != std::string::npos);
  CHECK(found.out.find("baseline.jpg: changed IFD0:Model \"Model 1\" -> \"Model 2\"\n") != std::string::npos);
  CHECK(found.out.find("x.png") == std::string::npos);
  CHECK(run_program({"/usr/bin/env", source_directory() + "/scripts/compare_metadata.sh", job.in()})
            .exit_code == 2);
}

namespace {

/// A little-endian TIFF whose first directory has one more entry, after all others.
std::string with_private_tag(std::string tiff) {
  const auto little = [&tiff](std::size_t at, int size) {
    std::uint64_t value = 0;
    for (int i = size; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(tiff.at(at + static_cast<std::size_t>(i)));
    return static_cast<std::size_t>(value);
  };
  const auto bytes = [](std::size_t value, int size) {
    std::string text;
    for (int i = 0; i < size; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
  };
  const std::size_t old = little(4, 4);
  const std::size_t entries = little(old, 2);
  tiff += std::string(tiff.size() % 2, '\0');
  const std::string pointer = bytes(tiff.size(), 4);
  tiff += bytes(entries + 1, 2) + tiff.substr(old + 2, 12 * entries) + bytes(60'000, 2) + bytes(3, 2) +
          bytes(1, 4) + bytes(1234, 4) + bytes(0, 4);
  return tiff.replace(4, 4, pointer);
}

}  // namespace

TEST_CASE("a private TIFF tag is carried, and what libtiff says of it again and again is one line") {
  const Job job;
  write_file(job.in("a.tif"), with_private_tag(sample_picture(96, 64, ".tif")));
  REQUIRE(job.run().exit_code == 0);
  CHECK(exiftool({"-u", "-json", job.out("a.tif")}).out.find("\"Exif_0xea60\": 1234") != std::string::npos);
  std::vector<std::string> lines;
  for (const LogLine& line : job.log()) {
    if (line.message.find("Unknown field with tag 60000") != std::string::npos) lines.push_back(line.message);
  }
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().ends_with(" times)"));
}

}  // namespace wm::test
