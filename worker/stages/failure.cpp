#include "worker/stages/failure.h"

#include <algorithm>
#include <cctype>
#include <new>
#include <string>

#include <vips/vips.h>

#include "worker/vips/failure_text.h"

namespace wm {
namespace {

bool says_no_memory(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text.find("out of memory") != std::string::npos ||
         text.find("unable to allocate") != std::string::npos ||
         text.find("cannot allocate") != std::string::npos;
}

}  // namespace

TaskFailure as_task_failure(const std::exception& error, Stage stage) {
  if (const auto* failure = dynamic_cast<const TaskFailure*>(&error)) {
    vips_error_clear();
    return *failure;
  }
  const std::string raw = error.what();
  vips_error_clear();
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr || says_no_memory(raw)) {
    return {FailureKind::out_of_memory, "not enough memory for this picture"};
  }
  switch (stage) {
    case Stage::decode:
      return {FailureKind::corrupt, "is damaged (" + failure_text(raw) + ")"};
    case Stage::compose:
      return {FailureKind::unsupported, "the mark cannot be put on this picture (" + failure_text(raw) + ")"};
    case Stage::encode:
      return {FailureKind::unsupported, "the result cannot be encoded (" + failure_text(raw) + ")"};
    case Stage::publish:
      break;
  }
  return {FailureKind::write_error, "cannot write the output: " + failure_text(raw)};
}

}  // namespace wm
