#pragma once

// Lets a walk over many MCUs jump to the last place before its end that a survey of the window knows of. What
// it does to position and predictors is what the walk would have done. Borrows header and blocks. One thread.

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
  /// Has none where the processor or the MCUs are not made for them.
  Shortcuts(const Header& header, const std::vector<McuBlock>& mcu, const WalkOptions& options)
      : header_(header), mcu_(mcu), options_(options), has_any_(Survey::is_possible(mcu)) {}

  /// The window has moved: positions are others now.
  void forget() { start_.reset(); }

  /// From the start of MCU `first` at `position` to that of one that is nearer to `last`; returns which, and
  /// `first` when none is known. Throws DamagedJpeg as the walk does.
  [[nodiscard]] std::size_t jump(const ScanWindow& window, std::size_t first, std::size_t last,
                                 std::size_t& position, Predictors& predictors);

 private:
  /// Where the survey of the window begins.
  struct Start {
    std::size_t mcu = 0;
    Predictors predictors{};
  };

  void survey(const ScanWindow& window, std::size_t position);

  const Header& header_;
  const std::vector<McuBlock>& mcu_;
  WalkOptions options_;
  bool has_any_;
  std::optional<Survey> survey_;  // made with the first use, as its tables take time
  std::optional<Start> start_;
};

}  // namespace wm::jpeg
