#include "tests/support/own_shared_memory.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <stdexcept>

#include "common/os/errno_error.h"

namespace wm::test {

OwnSharedMemory::OwnSharedMemory()
    : watch_(check_errno(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify_init1")) {
  check_errno(::inotify_add_watch(watch_.get(), directory_.path().c_str(), IN_CREATE | IN_MOVED_TO),
              "inotify_add_watch");
  const ProgramResult probe =
      run_program(around({"/bin/sh", "-c", ": > /dev/shm/probe && rm /dev/shm/probe"}));
  if (probe.exit_code != 0) {
    obstacle_ = "no /dev/shm of its own can be mounted here: " + probe.err.substr(0, probe.err.find('\n'));
  } else if (names_made() != std::vector<std::string>{"probe"}) {
    throw std::runtime_error("a name in " + directory_.path() + " was not noticed");
  }
}

Words OwnSharedMemory::around(const Words& command) const {
  if (!obstacle_.empty()) return command;
  Words words{"/usr/bin/env", "unshare", "--mount"};
  if (::geteuid() != 0) words.emplace_back("--map-root-user");  // only root may mount
  for (const char* const word :
       {"--", "/bin/sh", "-c", R"(mount --bind "$0" /dev/shm && exec "$@")", directory_.path().c_str()})
    words.emplace_back(word);
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

std::vector<std::string> OwnSharedMemory::names_made() const {
  std::vector<std::string> names;
  alignas(inotify_event) char events[4096];
  for (ssize_t got = 0; (got = ::read(watch_.get(), events, sizeof events)) > 0;) {
    for (const char* at = events; at < events + got;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(at);
      names.emplace_back(event->len > 0 ? event->name : "(too many to be counted)");
      at += sizeof *event + event->len;
    }
  }
  return names;
}

}  // namespace wm::test
