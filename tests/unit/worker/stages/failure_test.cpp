#include "worker/stages/failure.h"

#include <new>

#include "tests/support/catch.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/runtime.h"

using namespace wm;

TEST_CASE("an error of libvips becomes one readable line") {
  CHECK(failure_text("VipsJpeg: Premature end of JPEG file\nVipsJpeg: more\n") ==
        "Premature end of JPEG file");
  CHECK(failure_text("\n\n  pngload: bad\tcrc \n") == "bad crc");
  CHECK(failure_text("") == "no reason given");
  CHECK(failure_text("a sentence: with a colon") == "a sentence: with a colon");
  CHECK(failure_text(std::string(5000, 'x')).size() == 200);
}

TEST_CASE("what a stage throws decides the kind of failure") {
  start_vips();  // its error buffer is cleared
  const auto kind = [](const std::string& message, Stage stage) {
    return as_task_failure(std::runtime_error(message), stage).kind();
  };
  CHECK(as_task_failure(std::bad_alloc(), Stage::encode).kind() == FailureKind::out_of_memory);
  CHECK(kind("vips: out of memory -- size == 7MB", Stage::decode) == FailureKind::out_of_memory);
  CHECK(kind("VipsJpeg: Premature end of JPEG file", Stage::decode) == FailureKind::corrupt);
  CHECK(kind("webpsave: picture too large", Stage::encode) == FailureKind::unsupported);
  CHECK(as_task_failure(TaskFailure(FailureKind::collision, "own"), Stage::decode).kind() ==
        FailureKind::collision);
}
