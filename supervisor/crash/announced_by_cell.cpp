#include "supervisor/crash/announced_by_cell.h"

#include <fcntl.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "supervisor/crash/crash_directory.h"
#include "supervisor/pool/cell_file.h"

namespace wm {

void add_announced(const CrashCellHead& head, AnnouncedOutputs& announced) {
  const std::uint64_t end = head.outputs_announced.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < std::min<std::uint64_t>(end, cell_outputs); ++i) {
    const CellOutput& output = head.outputs[i];
    if (output.result > static_cast<std::uint64_t>(Result::copied)) continue;
    announced.add(static_cast<RunToken>(head.run), static_cast<TaskId>(output.task), output.identity,
                  static_cast<Result>(output.result));
  }
}

void add_announced(int cell, AnnouncedOutputs& announced) {
  try {
    const CellRecord record(UniqueFd(::fcntl(cell, F_DUPFD_CLOEXEC, 3)));
    add_announced(record.head(), announced);
  } catch (const std::exception&) {
    // Nothing can be said of it.
  }
}

LeftEvidence evidence_in_left_cells(const JobDirectory& job) {
  LeftEvidence evidence;
  const auto cells = CrashDirectory(job).cells();
  if (!cells) return evidence;
  for (const std::string& name : cells->names()) {
    if (!name.ends_with(".cell")) continue;
    try {
      UniqueFd file = cells->open_file(name, O_RDONLY);
      if (!file) continue;
      const CellRecord cell(std::move(file));
      add_announced(cell.head(), evidence.announced);
      evidence.in_progress.add(static_cast<RunToken>(cell.head().run), cell.head().worker,
                               static_cast<TaskId>(cell.head().task.load(std::memory_order_acquire)));
    } catch (const std::exception&) {
      // A link, or something else that no run has made.
    }
  }
  return evidence;
}

}  // namespace wm
