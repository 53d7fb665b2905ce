// Metadata through the real programs, compared by exiftool, which also writes them into the inputs.

#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/files.h"
#include "tests/support/job.h"
#include "tests/support/sample_pictures.h"

namespace wm::test {
namespace {

using Json = nlohmann::json;

ProgramResult exiftool(Words words) {
  words.insert(words.begin(), "exiftool");
  words.insert(words.begin(), "/usr/bin/env");
  return run_program(words);
}

/// All tags of a file but those of the file system, as group and name lead to them. Where parts of the file
/// lie is no metadata, nor is the thumbnail: other tests look at it.
Json tags_of(const std::string& path) {
  const ProgramResult result = exiftool({"-a",
                                         "-G1",
                                         "-json",
                                         "-x",
                                         "SourceFile",
                                         "-x",
                                         "System:all",
                                         "-x",
                                         "ExifTool:all",
                                         "-x",
                                         "StripOffsets",
                                         "-x",
                                         "StripByteCounts",
                                         "-x",
                                         "ThumbnailOffset",
                                         "-x",
                                         "ThumbnailLength",
                                         "-x",
                                         "ThumbnailImage",
                                         "-x",
                                         "MediaDataOffset",
                                         "-x",
                                         "MediaDataSize",
                                         path});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  return Json::parse(result.out).at(0);
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

/// Writes what photographers and agencies write. Returns whether this exiftool can write such a file.
bool write_tags(const Job& job, const std::string& path) {
  const std::string thumbnail = job.directory() + "/thumbnail.jpg";
  write_file(thumbnail, sample_picture(160, 120, ".jpg"));
  const ProgramResult result = exiftool({"-q",
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
                                         "-ThumbnailImage<=" + thumbnail,
                                         path});
  return result.exit_code == 0;
}

struct Kind {
  const char* file;
  const char* ending;
};
// AVIF is apart: not every libvips writes it.
const std::vector<Kind> kinds{{"baseline.jpg", ".jpg[Q=80]"},
                              {"progressive.jpg", ".jpg[Q=80,interlace]"},
                              {"x.png", ".png"},
                              {"interlaced.png", ".png[interlace]"},
                              {"palette.png", ".png[palette,bitdepth=4]"},
                              {"x.tif", ".tif[compression=lzw]"},
                              {"x.webp", ".webp[lossless]"},
                              {"x.gif", ".gif"}};

/// The kinds that exiftool has written tags into.
std::vector<std::string> tagged_inputs(const Job& job) {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) {
    write_file(job.in(kind.file), sample_picture(96, 64, kind.ending));
    if (write_tags(job, job.in(kind.file))) {
      names.emplace_back(kind.file);
    } else {
      WARN("this exiftool does not write " << kind.file);
      std::filesystem::remove(job.in(kind.file));
    }
  }
  return names;
}

}  // namespace

TEST_CASE("exiftool reads the same tags before and after, by every way that a picture takes") {
  for (const std::string way : {"auto", "pixel"}) {
    const Job job;
    const auto names = tagged_inputs(job);
    CHECK(names.size() >= 5);
    const ProgramResult result = job.run({"--jpeg-path", way, "--verify"});
    CAPTURE(way, result.err);
    CHECK(result.exit_code == 0);
    for (const std::string& name : names) {
      CAPTURE(name);
      const Json before = tags_of(job.in(name));
      const std::string format = name.substr(name.find('.'));
      if (format != ".gif") CHECK(before.contains("IFD0:Artist"));
      CHECK(before.contains("XMP-dc:Title"));
      CHECK(differences(before, tags_of(job.out(name))) == "");
    }
  }
}

TEST_CASE("what is asked for is written, and no other tag changes") {
  const std::set<std::string> texts{"IFD0:Artist",          "IFD0:Copyright",       "XMP-dc:Rights",
                                    "XMP-dc:Creator",       "IPTC:By-line",         "IPTC:CopyrightNotice",
                                    "XMP-xmpRights:Marked", "Photoshop:IPTCDigest", "File:CurrentIPTCDigest"};
  for (const std::string way : {"auto", "pixel"}) {
    const Job job;
    const auto names = tagged_inputs(job);
    const ProgramResult result =
        job.run({"--jpeg-path", way, "--artist", "Joe Ünal", "--copyright", "(c) 2026 Joe"});
    CAPTURE(way, result.err);
    CHECK(result.exit_code == 0);
    for (const std::string& name : names) {
      CAPTURE(name);
      const Json after = tags_of(job.out(name));
      if (name != "x.gif") CHECK(after.value("IFD0:Artist", "") == "Joe Ünal");
      if (name != "x.gif") CHECK(after.value("IFD0:Copyright", "") == "(c) 2026 Joe");
      CHECK(after.value("XMP-dc:Rights", "") == "(c) 2026 Joe");
      CHECK(differences(tags_of(job.in(name)), after, texts) == "");
    }
  }
}

TEST_CASE("only author and rights are left when asked, and nothing personal with none") {
  for (const std::string policy : {"copyright", "none"}) {
    const Job job;
    const auto names = tagged_inputs(job);
    CHECK(job.run({"--metadata", policy}).exit_code == 0);
    for (const std::string& name : names) {
      CAPTURE(policy, name);
      const Json after = tags_of(job.out(name));
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
  const Job job;
  try {
    write_file(job.in("x.avif"), sample_picture(96, 64, ".avif"));
  } catch (const std::exception&) {
    WARN("this libvips does not write AVIF");
    return;
  }
  if (!write_tags(job, job.in("x.avif"))) {
    WARN("this exiftool does not write AVIF");
    return;
  }
  const ProgramResult result = job.run();
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  Json before = tags_of(job.in("x.avif"));
  Json after = tags_of(job.out("x.avif"));
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

}  // namespace wm::test
