#pragma once

// Lets a walk over many MCUs jump to the last place before its end that is known from a survey of the window.
// Changes position and predictors exactly as the walk would. Borrows header and blocks. One thread.

#include <cstddef>
#include <optional>
#include <vector>

#include "worker/jpeg/entropy_walk.h"
#include "worker/jpeg/lanes/survey.h"
#include "worker/jpeg/scan_window.h"
#include "worker/jpeg/segments.h"
#include "worker/jpeg/walk_options.h"

namespace wm::jpeg {

class Shortcuts {
 public:
  /// Offers no shortcuts if the processor or the MCUs are not suited.
  Shortcuts(const Header& header, const std::vector<McuBlock>& mcu, const WalkOptions& options)
      : header_(header), mcu_(mcu), options_(options), has_any_(Survey::is_possible(mcu)) {}

  /// To be called when the window has moved, which invalidates positions.
  void forget() { start_.reset(); }

  /// Jumps from the start of MCU `first` at `position` to the start of one nearer to `last`; returns its
  /// number, or `first` if none is known. Throws DamagedJpeg as the walk does.
  [[nodiscard]] std::size_t jump(const ScanWindow& window, std::size_t first, std::size_t last,
                                 std::size_t& position, Predictors& predictors);

 private:
  /// The start of the window's survey.
  struct Start {
    std::size_t mcu = 0;
    Predictors predictors{};
  };

  void survey(const ScanWindow& window, std::size_t position);

  const Header& header_;
  const std::vector<McuBlock>& mcu_;
  WalkOptions options_;
  bool has_any_;
  std::optional<Survey> survey_;  // created on first use, as its tables take time
  std::optional<Start> start_;
};

}  // namespace wm::jpeg
