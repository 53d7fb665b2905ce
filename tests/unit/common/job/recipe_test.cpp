#include "common/job/recipe.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "common/job/job_description.h"
#include "common/job/recipe_text.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

Recipe sample_recipe() {
  Recipe recipe;
  recipe.marks.push_back({.source = Logo{.path = "/logos/\xff.png", .bytes = {std::byte{1}, std::byte{2}}},
                          .gravity = Gravity::north,
                          .offset_x = {3, Length::Unit::percent},
                          .offset_y = {-4, Length::Unit::pixels},
                          .scale = 0.15,
                          .scale_of = ScaleOf::shorter,
                          .opacity = 0.5});
  std::get<Logo>(recipe.marks.back().source).key = ColourKey{.colour = {9, 8, 7, 255}, .tolerance = 0.25};
  recipe.marks.push_back(
      {.source = Text{.text = "© \"Ada\"",
                      .font = "DejaVu Sans Bold",
                      .font_file = FontFile{.path = "/fonts/a.ttf", .bytes = {std::byte{4}}},
                      .size = {48, Length::Unit::pixels},
                      .fill = {1, 2, 3, 4},
                      .stroke = Stroke{.width = {2, Length::Unit::pixels}, .colour = {5, 6, 7, 8}},
                      .shadow = Shadow{.x = {-1, Length::Unit::pixels},
                                       .y = {2, Length::Unit::percent},
                                       .blur = {3, Length::Unit::pixels},
                                       .colour = {1, 1, 1, 90}},
                      .align = TextAlign::right},
       .rotate = -30,
       .blend = BlendMode::soft_light,
       .tile = Tile::brick,
       .gap_x = {40, Length::Unit::percent},
       .gap_y = {7, Length::Unit::pixels},
       .if_too_big = IfTooBig::skip,
       .contrast = Contrast::automatic});
  recipe.encoding = {.format = OutputFormat::webp,
                     .quality = 77,
                     .subsampling = Subsampling::s422,
                     .progressive = KeepOr::yes,
                     .png_compression = 9,
                     .lossless = KeepOr::no,
                     .avif_speed = 3,
                     .metadata = MetadataPolicy::copyright,
                     .thumbnail = ThumbnailPolicy::strip,
                     .copyright = "© Ada",
                     .artist = "Ada",
                     .autorotate = true,
                     .jpeg_path = JpegPathChoice::pixel};
  return recipe;
}

TEST_CASE("a job description arrives in the worker as it was sent") {
  const JobDescription job{
      .recipe = sample_recipe(),
      .output_directory = "/out/\xc3\x28\n",
      .limits = {.file_bytes = 1, .pixels = 12345, .pages = 3, .parts = 4, .metadata_bytes = 5},
      .memory = {.allowance = 6, .most = 7},
      .damaged = DamagedPictures::mark,
      .keep_dates = true,
      .started = 1'700'000'000,
      .verify = true,
      .log_level = LogLevel::debug};
  const UniqueFd file = to_sealed_file(job);
  CHECK(job_description_from(file.get()) == job);
}

TEST_CASE("a sealed job description cannot be changed") {
  const UniqueFd file = to_sealed_file({.recipe = sample_recipe(), .output_directory = "/out"});
  CHECK(::pwrite(file.get(), "x", 1, 0) == -1);
  CHECK(::ftruncate(file.get(), 0) == -1);
}

TEST_CASE("the recipe hash changes with whatever changes a picture, and with nothing else") {
  const Recipe recipe = sample_recipe();
  const RecipeHash before = hash(recipe);
  CHECK(hash(sample_recipe()) == before);

  Recipe moved = recipe;
  std::get<Logo>(moved.marks[0].source).path = "/elsewhere/logo.png";
  CHECK(hash(moved) == before);

  Recipe redrawn = recipe;
  std::get<Logo>(redrawn.marks[0].source).bytes[1] = std::byte{3};
  CHECK(hash(redrawn) != before);

  Recipe other_font = recipe;
  std::get<Text>(other_font.marks[1].source).font_file->bytes[0] = std::byte{5};
  CHECK(hash(other_font) != before);

  Recipe turned = recipe;
  turned.marks[1].rotate = 30;
  CHECK(hash(turned) != before);

  Recipe fainter = recipe;
  fainter.marks[0].opacity = 0.49;
  CHECK(hash(fainter) != before);

  Recipe smaller = recipe;
  smaller.encoding.quality.reset();
  CHECK(hash(smaller) != before);

  Recipe swapped = recipe;
  std::swap(swapped.marks[0], swapped.marks[1]);
  CHECK(hash(swapped) != before);
}

TEST_CASE("a recipe survives its text form, but for the bytes of its files") {
  Recipe recipe = sample_recipe();
  const Recipe back = recipe_from_json(nlohmann::ordered_json::parse(to_json(recipe).dump()));
  for (auto* attachment : attachments(recipe)) attachment->clear();
  CHECK(back == recipe);
}

}  // namespace
}  // namespace wm
