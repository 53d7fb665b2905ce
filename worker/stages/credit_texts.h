#pragma once

// The texts of --copyright and --artist, with their variables expanded for each picture. One thread.

#include <cstdint>
#include <ctime>

#include "common/job/encoding.h"
#include "common/job/task.h"
#include "common/job/text_template.h"
#include "worker/stages/picture.h"

namespace wm {

class CreditTexts {
 public:
  /// `started` is the start of the run. Throws MarkError when a text refers to an EXIF tag that does not
  /// exist.
  CreditTexts(const Encoding& encoding, std::int64_t started);

  /// The encoding with the texts expanded for this picture, whose header must have been read. Where a text
  /// expands to nothing, the input's value is kept. Valid until the next call.
  [[nodiscard]] const Encoding& encoding_for(const Picture& picture, const Task& task);

 private:
  std::tm started_;
  TextTemplate copyright_, artist_;
  bool vary_;  // whether the texts differ between pictures
  Encoding expanded_;
};

}  // namespace wm
