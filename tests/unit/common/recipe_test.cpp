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
  recipe.marks.push_back({.source = Text{.text = "© \"Ada\"",
                                         .font = "DejaVu Sans Bold",
                                         .size = {48, Length::Unit::pixels},
                                         .fill = {1, 2, 3, 4}}});
  recipe.encoding = {.format = OutputFormat::webp, .quality = 77, .metadata = MetadataPolicy::none};
  return recipe;
}

TEST_CASE("a job description arrives in the worker as it was sent") {
  const JobDescription job{.recipe = sample_recipe(),
                           .output_directory = "/out/\xc3\x28\n",
                           .max_pixels = 12345,
                           .keep_dates = true,
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

TEST_CASE("a recipe survives its text form, but for the logos' bytes") {
  Recipe recipe = sample_recipe();
  const Recipe back = recipe_from_json(nlohmann::ordered_json::parse(to_json(recipe).dump()));
  std::get<Logo>(recipe.marks[0].source).bytes.clear();
  CHECK(back == recipe);
}

}  // namespace
}  // namespace wm
