#pragma once

// Makes worker/container's names for bytes and parts of files available here.

#include "worker/container/bytes.h"

namespace wm::metadata {

using namespace container;

}  // namespace wm::metadata
