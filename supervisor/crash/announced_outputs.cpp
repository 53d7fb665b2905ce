#include "supervisor/crash/announced_outputs.h"

#include <fcntl.h>

#include <algorithm>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "supervisor/crash/crash_directory.h"
#include "supervisor/pool/crash_record_file.h"

namespace wm {

void add_announced(const CrashRecordHead& head, AnnouncedOutputs& announced) {
  const std::uint64_t end = head.outputs_announced.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < std::min<std::uint64_t>(end, recorded_outputs); ++i) {
    const RecordedOutput& output = head.outputs[i];
    if (output.result > static_cast<std::uint64_t>(Result::copied)) continue;
    announced.add(static_cast<RunToken>(head.run), static_cast<TaskId>(output.task), output.identity,
                  static_cast<Result>(output.result));
  }
}

void add_announced(int crash_record, AnnouncedOutputs& announced) {
  try {
    const CrashRecord record(UniqueFd(::fcntl(crash_record, F_DUPFD_CLOEXEC, 3)));
    add_announced(record.head(), announced);
  } catch (const std::exception&) {
    // An invalid crash record announces nothing.
  }
}

LeftEvidence evidence_in_left_records(const JobDirectory& job) {
  LeftEvidence evidence;
  const auto crash_records = CrashDirectory(job).crash_records();
  if (!crash_records) return evidence;
  for (const std::string& name : crash_records->names()) {
    if (!name.ends_with(".cell")) continue;
    try {
      UniqueFd file = crash_records->open_file(name, O_RDONLY);
      if (!file) continue;
      const CrashRecord crash_record(std::move(file));
      add_announced(crash_record.head(), evidence.announced);
      evidence.in_progress.add(static_cast<RunToken>(crash_record.head().run), crash_record.head().worker,
                               static_cast<TaskId>(crash_record.head().task.load(std::memory_order_acquire)));
    } catch (const std::system_error&) {
      throw;  // what it announces is not known
    } catch (const std::exception&) {
      // A link, or something else that was not made by a run.
    }
  }
  return evidence;
}

}  // namespace wm
