#include "supervisor/report/progress_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "supervisor/report/ledger_json.h"
#include "supervisor/text/utc_time.h"

namespace wm {

std::string progress_json(const JobStatus& status) {
  Json json;
  json["phase"] = job_phase_names[static_cast<std::size_t>(status.phase)];
  json["updated"] = utc_time(status.updated_ns);
  json["elapsed_s"] = status.elapsed_s;
  put_ledger(json, status.ledger);
  json["in_progress"] =
      std::ranges::count_if(status.workers, [](const WorkerView& worker) { return !worker.input.empty(); });
  json["scan_complete"] = status.scan_complete;
  json["files_per_s"] = status.files_per_s;
  json["mean_files_per_s"] = status.mean_files_per_s;
  json["eta_s"] = status.eta_s ? Json(*status.eta_s) : Json(nullptr);
  json["input_bytes"] = status.input_bytes;
  json["output_bytes"] = status.output_bytes;
  json["restarts"] = status.restarts;
  json["retries"] = status.retries;
  json["crashes"] = status.crashes;
  json["exit_code"] = status.exit_code ? Json(*status.exit_code) : Json(nullptr);
  json["reason"] = status.reason.empty() ? Json(nullptr) : Json(status.reason);
  return to_text(json, -1, InvalidUtf8::replace) + "\n";
}

}  // namespace wm
