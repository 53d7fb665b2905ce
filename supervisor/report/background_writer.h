#pragma once

// Writes a file again and again on a thread of its own: a slow or dead file system must not hold up the main
// thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace wm {

class BackgroundWriter {
 public:
  /// Writes the file; returns why it could not, "" when it did. Called on the writer's thread; must own what
  /// it uses, because a thread that hangs in a file system is left behind.
  using Write = std::function<std::string()>;
  /// The file cannot be written. Called once on the writer's thread, again only after it could be written
  /// meanwhile, and for the last version. At the end also when that takes too long, by end().
  using OnProblem = std::function<void(const std::string& problem, bool at_the_end)>;

  using Clock = std::chrono::steady_clock;
  /// How long the end of a run waits for all of its files together.
  static constexpr std::chrono::seconds patience{10};

  /// `file`: its displayable name. Throws std::system_error when no thread can be started.
  BackgroundWriter(std::string file, OnProblem on_problem);
  /// Calls end(), unless it was called.
  ~BackgroundWriter() { end(Clock::now() + patience); }
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  /// Replaces a version that has not been written yet. Any thread; never blocks.
  void submit(Write write) { submit(std::move(write), false); }
  void submit_last(Write write) { submit(std::move(write), true); }
  /// Waits until the last version is written, at most until `deadline`. Nothing may be submitted afterwards.
  void end(Clock::time_point deadline);

 private:
  struct Shared;
  void submit(Write write, bool is_last);
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // also the thread's
  std::string file_;
  std::thread thread_;
};

}  // namespace wm
