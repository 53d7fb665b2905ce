#include "supervisor/pool/crash_cells.h"

#include <sys/mman.h>
#include <time.h>

#include <utility>

#include "common/os/errno_error.h"

namespace wm {

const MappedCell& CrashCells::begin_life(WorkerIndex worker) {
  auto& place = cells_.at(number(worker));
  UniqueFd file(check_errno(::memfd_create("wm-cell", MFD_CLOEXEC), "memfd_create"));
  place.emplace(MappedCell::create(std::move(file)));
  CrashCellHead& head = place->head();
  head.worker = number(worker);
  head.incarnation = ++incarnations_[number(worker)];
  head.park = park_ ? 1 : 0;
  head.run = static_cast<std::uint64_t>(run_);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  head.started_ns =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  return *place;
}

std::optional<MappedCell> CrashCells::take(WorkerIndex worker) noexcept {
  return std::exchange(cells_[number(worker)], std::nullopt);
}

}  // namespace wm
