#include "common/os/file_size_limit.h"

#include <sys/resource.h>

namespace wm {

std::string file_size_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "";
  constexpr rlim_t mebibyte = rlim_t{1} << 20;
  const bool whole = limit.rlim_cur >= mebibyte && limit.rlim_cur % mebibyte == 0;
  return whole ? std::to_string(limit.rlim_cur / mebibyte) + " MiB"
               : std::to_string(limit.rlim_cur) + " bytes";
}

std::string file_size_hint(int error) {
  const std::string limit = error == EFBIG ? file_size_limit() : "";
  return limit.empty() ? "" : " (the limit on file sizes is " + limit + "; raise it with ulimit -f)";
}

}  // namespace wm
