#include "worker/about.h"

#include <lcms2.h>
#include <libdeflate.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdio>  // before jpeglib.h
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <jpeglib.h>
#include <libxml/xmlversion.h>
#include <nlohmann/json.hpp>
#include <vips/vips8>
#include <zlib.h>

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

/// Those that touch the bytes of pictures; as loaded, where the library says so, else as compiled against.
Json library_versions() {
  const std::string tiff = TIFFGetVersion();  // "LIBTIFF, Version 4.5.0\nCopyright ..."
  const std::size_t tiff_number = std::min(tiff.find_first_of("0123456789"), tiff.size());
  const int lcms = ::cmsGetEncodedCMMversion();
  constexpr int turbo = LIBJPEG_TURBO_VERSION_NUMBER;  // 2001005 is 2.1.5
  return {{"libvips", vips_version_string()},
          {"libjpeg-turbo", fmt::format("{}.{}.{}", turbo / 1'000'000, turbo / 1000 % 1000, turbo % 1000)},
          {"libtiff", tiff.substr(tiff_number, tiff.find('\n') - tiff_number)},
          {"libavif", avif::library_version()},
          {"lcms2", fmt::format("{}.{}", lcms / 1000, lcms / 10 % 100)},
          {"libdeflate", LIBDEFLATE_VERSION_STRING},
          {"zlib", ::zlibVersion()},
          {"libxml2", LIBXML_DOTTED_VERSION}};
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
  about["libraries"] = library_versions();
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
