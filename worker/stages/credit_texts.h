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
  /// `started` is when the run began. Throws MarkError when a text asks for an EXIF tag
  /// that does not exist.
  CreditTexts(const Encoding& encoding, std::int64_t started);

  /// The encoding with the texts as they are for this picture, of which the header must have been read. A
  /// text that comes out empty leaves what the input has. Valid until the next call.
  [[nodiscard]] const Encoding& encoding_for(const Picture& picture, const Task& task);

 private:
  std::tm started_;
  TextTemplate copyright_, artist_;
  bool vary_;  // from picture to picture
  Encoding expanded_;
};

}  // namespace wm
