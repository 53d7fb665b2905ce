#include "worker/avif/libavif.h"

#include <dlfcn.h>

#include <string>
#include <string_view>

namespace wm::avif {
namespace {

AvifProblem problem_of(avifResult result, std::string_view words) {
  switch (result) {
    case AVIF_RESULT_OUT_OF_MEMORY:
      return AvifProblem::out_of_memory;
    case AVIF_RESULT_NO_CODEC_AVAILABLE:
    case AVIF_RESULT_NOT_IMPLEMENTED:
    case AVIF_RESULT_REFORMAT_FAILED:
    case AVIF_RESULT_UNSUPPORTED_DEPTH:
      return AvifProblem::unsupported;
    case AVIF_RESULT_TRUNCATED_DATA:
    case AVIF_RESULT_IO_ERROR:
      return AvifProblem::truncated;
    case AVIF_RESULT_ENCODE_COLOR_FAILED:
    case AVIF_RESULT_ENCODE_ALPHA_FAILED:
      return AvifProblem::not_encoded;
    default:
      break;
  }
  if (words.find("runcated") != std::string_view::npos) return AvifProblem::truncated;
  for (const std::string_view limit : {"too large", "exceed", "Exceed", "imageSizeLimit", "DimensionLimit"}) {
    if (words.find(limit) != std::string_view::npos) return AvifProblem::too_large;
  }
  return AvifProblem::damaged;
}

LibavifFunctions loaded() {
  void* const library = ::dlopen(WM_LIBAVIF, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const auto function = [&](const char* name) {
    void* const found = library == nullptr ? nullptr : ::dlsym(library, name);
    if (found == nullptr) {
      throw AvifError(AvifProblem::unsupported,
                      std::string(WM_LIBAVIF " cannot be loaded, which reads and writes AVIF"));
    }
    return found;
  };
  LibavifFunctions functions;
#define WM_LIBAVIF_LOAD(name) functions.name = reinterpret_cast<decltype(functions.name)>(function(#name));
  WM_LIBAVIF_FUNCTIONS(WM_LIBAVIF_LOAD)
#undef WM_LIBAVIF_LOAD
  return functions;
}

}  // namespace

const LibavifFunctions& libavif() {
  static const LibavifFunctions functions = loaded();
  return functions;
}

void check(avifResult result, const avifDiagnostics* diagnostics) {
  if (result == AVIF_RESULT_OK) return;
  const std::string_view words = diagnostics == nullptr ? "" : diagnostics->error;
  std::string text = libavif().avifResultToString(result);
  const bool of_its_code = words.find("->") != std::string_view::npos;  // code, meaningless to users
  if (!words.empty() && !of_its_code) text += ": " + std::string(words);
  throw AvifError(problem_of(result, words), text);
}

}  // namespace wm::avif
