#pragma once

// libjpeg's header needs declarations of size_t and FILE before it.

// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
// clang-format on
