#pragma once

// What worker/container calls bytes and parts of files goes by the same names here.

#include "worker/container/bytes.h"

namespace wm::metadata {

using namespace container;

}  // namespace wm::metadata
