#include "worker/about.h"

#include <array>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <vips/vips8>

#include "common/json/json_text.h"
#include "common/segment/worker_exit.h"
#include "worker/avif/avif_writer.h"
#include "worker/vips/load.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

constexpr std::array<std::pair<PictureFormat, const char*>, 7> formats_of_libvips{{
    {PictureFormat::jpeg, "jpegsave_target"},
    {PictureFormat::png, "pngsave_target"},
    {PictureFormat::webp, "webpsave_target"},
    {PictureFormat::tiff, "tiffsave_target"},
    {PictureFormat::gif, "gifsave_target"},
    {PictureFormat::heif, "heifsave_target"},
    {PictureFormat::svg, nullptr},
}};

/// The reason why text cannot be drawn; "" when it can.
std::string text_problem() {
  try {
    const vips::VImage text = vips::VImage::text("Wm", vips::VImage::option()->set("font", "sans 40"));
    return text.max() > 0 ? "" : "no font draws the letters of a test";
  } catch (const vips::VError& error) {
    return error.what();
  }
}

}  // namespace

int print_about() {
  try {
    start_vips();
  } catch (const std::exception& error) {
    fmt::print(stderr, "wm-worker: {}\n", error.what());
    return worker_exit_boot_failed;
  }
  Json about;
  about["version"] = WM_VERSION;
  about["libvips"] = vips_version_string();
  about["formats"] = Json::object();
  about["formats"][std::string(name(PictureFormat::avif))] = {{"reads", avif::can_decode()},
                                                              {"writes", avif::can_encode()}};
  for (const auto& [format, saver] : formats_of_libvips) {
    const bool reads = can_load(format);
    const bool writes = saver != nullptr && vips_type_find("VipsOperation", saver) != 0;
    about["formats"][std::string(name(format))] = {{"reads", reads}, {"writes", writes}};
  }
  about["text_problem"] = text_problem();
  fmt::print("{}\n", to_text(about, -1, InvalidUtf8::replace));
  return worker_exit_stopped;
}

}  // namespace wm
