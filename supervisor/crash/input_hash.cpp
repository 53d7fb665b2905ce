#include "supervisor/crash/input_hash.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <xxhash.h>

#include "common/os/errno_error.h"
#include "supervisor/input/reopened_input.h"

namespace wm {
namespace {

constexpr const char* no_time = "was not hashed: there was no time for it";

}  // namespace

InputHash hash_of(const std::string& path, const FileStamp& found, const std::stop_token& stop) {
  const auto none = [](std::string problem) { return InputHash{"", std::move(problem)}; };
  if (found.size > most_hashed_bytes)
    return none(fmt::format("is larger than {} MB and not hashed", most_hashed_bytes >> 20));
  const ReopenedInput input = reopen_input(path, found);
  if (!input.problem.empty()) return none(input.problem);
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              &XXH3_freeState);
  if (!state) return none("cannot be hashed: no memory");
  XXH3_128bits_reset(state.get());
  std::vector<char> block(std::size_t{1} << 20);
  for (std::int64_t left = found.size; left > 0;) {
    if (stop.stop_requested()) return none(no_time);
    const std::size_t wanted = std::min<std::size_t>(block.size(), static_cast<std::size_t>(left));
    const ssize_t got = ::read(input.file.get(), block.data(), wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return none(fmt::format("cannot be read any more: {}", errno_text()));
    if (got == 0) break;
    XXH3_128bits_update(state.get(), block.data(), static_cast<std::size_t>(got));
    left -= got;
  }
  // A file that was written to meanwhile is neither the old file nor the new one.
  struct ::stat status {};
  if (::fstat(input.file.get(), &status) != 0 || !is_unchanged(found, stamp_of(status)))
    return none("has been changed since");
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return {fmt::format("{:016x}{:016x}", hash.high64, hash.low64), ""};
}

InputHash hash_until_stopped(const std::string& path, const FileStamp& found, const std::stop_token& stop) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<InputHash> hash;
  };
  const auto shared = std::make_shared<Shared>();
  std::thread([shared, path, found, stop] {
    InputHash hash;
    try {
      hash = hash_of(path, found, stop);
    } catch (const std::exception& error) {
      hash.problem = fmt::format("cannot be hashed: {}", error.what());
    }
    const std::lock_guard lock(shared->mutex);
    shared->hash = std::move(hash);
    shared->changed.notify_all();
  }).detach();
  std::unique_lock lock(shared->mutex);
  if (shared->changed.wait(lock, stop, [&] { return shared->hash.has_value(); })) return *shared->hash;
  return {"", no_time};
}

}  // namespace wm
