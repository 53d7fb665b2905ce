#include "worker/stages/failure.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <string_view>

#include <vips/vips.h>

#include "worker/vips/failure_text.h"

namespace wm {
namespace {

using Phrases = std::initializer_list<std::string_view>;

bool mentions(const std::string& text, Phrases phrases) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

TaskFailure decode_failure(const std::string& raw) {
  const std::string detail = " (" + failure_text(raw) + ")";
  if (mentions(raw, {"unix error"})) return {FailureKind::unreadable, "cannot be read" + detail};
  if (mentions(raw, {"not implemented", "unimplemented", "not supported", "unsupported", "cannot handle",
                     "not a whole number", "not configured", "is not a known"})) {
    return {FailureKind::unsupported, "is of a kind that libvips does not read" + detail};
  }
  if (mentions(raw, {"premature end", "truncated", "end of stream", "unexpected end", "unexpected eof", "eof",
                     "read error", "not enough data", "out of order read"})) {
    return {FailureKind::corrupt, "is truncated or damaged" + detail};
  }
  return {FailureKind::corrupt, "is damaged" + detail};
}

}  // namespace

TaskFailure as_task_failure(const std::exception& error, Stage stage) {
  if (const auto* failure = dynamic_cast<const TaskFailure*>(&error)) {
    vips_error_clear();
    return *failure;
  }
  const std::string raw = error.what();
  vips_error_clear();
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      mentions(raw, {"out of memory", "unable to allocate", "cannot allocate"})) {
    return {FailureKind::out_of_memory, "not enough memory for this picture"};
  }
  switch (stage) {
    case Stage::decode:
      return decode_failure(raw);
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
