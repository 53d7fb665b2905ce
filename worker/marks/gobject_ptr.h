#pragma once

// Owners of the objects returned by GLib, Cairo and Fontconfig.

#include <cairo.h>
#include <fontconfig/fontconfig.h>

#include <memory>

#include <glib-object.h>

namespace wm {

template <auto release>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};

template <class Object>
using GObjectPtr = std::unique_ptr<Object, Release<g_object_unref>>;
using CairoPtr = std::unique_ptr<cairo_t, Release<cairo_destroy>>;
using CairoPathPtr = std::unique_ptr<cairo_path_t, Release<cairo_path_destroy>>;
using CairoSurfacePtr = std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>>;
using FcConfigPtr = std::unique_ptr<FcConfig, Release<FcConfigDestroy>>;

}  // namespace wm
