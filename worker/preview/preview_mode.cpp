#include "worker/preview/preview_mode.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <span>
#include <string_view>
#include <vector>

#include "common/job/job_description.h"
#include "common/job/outcome.h"
#include "common/preview/preview_request.h"
#include "common/segment/worker_exit.h"
#include "worker/preview/mark_preview.h"
#include "worker/preview/thumbnail.h"
#include "worker/stages/pipeline.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

class SilentLogger final : public Logger {
 public:
  void log(LogLevel, std::string_view) noexcept override {}
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return false; }
};

pid_t number_in(std::string_view text) {
  pid_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

/// Makes this process die with the thread that started it. False: that is already gone.
bool follow_into_death(pid_t supervisor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == supervisor;
}

/// The boundary at which exceptions become an answer.
PreviewAnswer answer_to(const PreviewRequest& request, const JobDescription& job,
                        const BeforePreview& before) {
  try {
    start_vips();
    if (request.kind == PreviewKind::sheet) {
      return {.kind = PreviewAnswer::Kind::picture, .bytes = contact_sheet(request), .text = {}};
    }
    SilentLogger log;
    if (request.kind == PreviewKind::thumbnail) {
      if (before) before(request.input);
      return {.kind = PreviewAnswer::Kind::picture, .bytes = thumbnail(request, job, log), .text = {}};
    }
    if (request.kind == PreviewKind::recipe) {
      const Pipeline accepted(job, log);
      return {.kind = PreviewAnswer::Kind::picture, .bytes = {}, .text = {}};
    }
    MarkPreview preview(job, log);
    if (before) before(request.input);
    return {.kind = PreviewAnswer::Kind::picture, .bytes = preview.draw(request), .text = {}};
  } catch (const RecipeError& error) {
    return {.kind = PreviewAnswer::Kind::recipe, .bytes = {}, .text = error.what()};
  } catch (const TaskFailure& failure) {
    return {.kind = PreviewAnswer::Kind::failed, .bytes = {}, .text = failure.what()};
  } catch (const std::exception& error) {
    return {.kind = PreviewAnswer::Kind::failed, .bytes = {}, .text = failure_text(error.what())};
  }
}

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

bool is_preview(int argc, char* argv[]) {
  return argc == 3 && std::string_view(argv[1]) == preview_worker_word;
}

int run_preview(int, char* argv[], const BeforePreview& before) {
  for (int fd = preview_fds::request; fd < preview_fds::end; ++fd) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return worker_exit_usage;
  }
  if (!follow_into_death(number_in(argv[2]))) return worker_exit_orphaned;
  const PreviewRequest request = preview_request_from(preview_fds::request);
  const JobDescription job = job_description_from(preview_fds::job);
  return write_all(preview_fds::answer, to_bytes(answer_to(request, job, before))) ? worker_exit_stopped
                                                                                   : worker_exit_orphaned;
}

}  // namespace wm
