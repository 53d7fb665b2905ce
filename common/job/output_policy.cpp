#include "common/job/output_policy.h"

#include <sys/stat.h>

#include <fmt/format.h>

namespace wm {
namespace {

std::string_view kind_of_file(::mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

std::string foreign_file_text(std::string_view output) {
  return fmt::format(
      "the output {} exists and is not as this job made it; move it away, or give --backup SUFFIX to keep it "
      "beside the new one, or --overwrite all to replace it",
      output);
}

std::string never_replaced_text(std::string_view output, ::mode_t mode) {
  return fmt::format("the output {} exists and is {}, which is never replaced; move it away", output,
                     kind_of_file(mode));
}

}  // namespace wm
