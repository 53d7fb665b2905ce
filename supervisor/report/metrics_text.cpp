#include "supervisor/report/metrics_text.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

/// Upper bounds of the buckets of stages, in seconds: from a stage of a small picture to the default
/// deadline.
constexpr std::array stage_bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                  0.25,   0.5,   1.0,    2.5,   5.0,  10.0,  30.0, 60.0};
/// The states of WorkerView, as values of a label.
constexpr std::array<std::string_view, 5> worker_states{"starting", "idle", "busy", "waiting for memory",
                                                        "none"};

/// As the format asks for: backslash, quote and newline are escaped, everything is UTF-8.
std::string label_value(std::string_view bytes) {
  const std::string text = is_utf8(bytes) ? std::string(bytes) : percent_encoded(bytes);
  std::string value;
  for (const char letter : text) {
    if (letter == '\n') {
      value += "\\n";
    } else {
      if (letter == '\\' || letter == '"') value += '\\';
      value += letter;
    }
  }
  return value;
}

double in_seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

class MetricsText {
 public:
  /// `labels` are those of every sample: job_labels().
  explicit MetricsText(std::string labels) : labels_(std::move(labels)) {}

  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP wm_supervisor_{0} {1}\n# TYPE wm_supervisor_{0} {2}\n", name, help, type);
  }
  /// `more`: further labels, `,result="marked"`. `suffix` belongs to the name: "_bucket".
  template <class Value>
  void sample(Value value, std::string_view more = {}, std::string_view suffix = {}) {
    text_ += fmt::format("wm_supervisor_{}{}{{{}{}}} {}\n", name_, suffix, labels_, more, value);
  }
  template <class Value>
  void counter(std::string_view name, std::string_view help, Value value) {
    begin(name, "counter", help);
    sample(value);
  }
  template <class Value>
  void gauge(std::string_view name, std::string_view help, Value value) {
    begin(name, "gauge", help);
    sample(value);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string labels_, name_, text_;
};

void put_counters(MetricsText& text, const JobMetrics& metrics) {
  const JobStatus& status = metrics.status;
  const Ledger& ledger = status.ledger;
  text.begin("pictures_total", "counter", "Inputs that this run is done with, by result.");
  text.sample(ledger.marked, R"(,result="marked")");
  text.sample(ledger.unmarked, R"(,result="unmarked")");
  text.sample(ledger.up_to_date, R"(,result="up_to_date")");
  text.sample(ledger.failed, R"(,result="failed")");
  text.sample(ledger.quarantined, R"(,result="quarantined")");
  text.begin("failures_total", "counter", "Inputs that failed or were quarantined, by kind.");
  for (std::size_t i = 0; i < failure_kind_count; ++i)
    text.sample(metrics.failures[i], fmt::format(",kind=\"{}\"", failure_kind_names[i]));
  text.counter("input_bytes_total", "Sizes of the inputs of published pictures.", status.input_bytes);
  text.counter("output_bytes_total", "Sizes of published pictures.", status.output_bytes);
  text.counter("retries_total", "Attempts at pictures beyond the first.", status.retries);
  text.counter("worker_restarts_total", "Workers that were started again after they died.", status.restarts);
  text.counter("worker_crashes_total", "Deaths of workers that have a crash report.", status.crashes);
  text.counter("log_records_written_total", "Records that went into the log.", status.log_written);
  text.counter("log_records_dropped_total", "Records that were lost to the log.", status.log_dropped);
}

void put_workers(MetricsText& text, const JobStatus& status) {
  text.begin("workers", "gauge", "Worker processes by state; none means that one is to be started again.");
  for (const std::string_view state : worker_states) {
    std::string label(state);
    std::ranges::replace(label, ' ', '_');
    text.sample(std::ranges::count(status.workers, state, &WorkerView::state),
                fmt::format(",state=\"{}\"", label));
  }
  std::uint64_t resident = 0;
  for (const WorkerView& worker : status.workers) resident += worker.resident_bytes;
  text.gauge("workers_resident_memory_bytes", "Memory of all workers, without files that they have mapped.",
             resident);
}

void put_gauges(MetricsText& text, const JobStatus& status) {
  text.gauge("pictures_found", "Inputs found so far.", status.ledger.inputs);
  text.gauge("pictures_pending", "Inputs found so far that have no result yet.", status.ledger.pending());
  text.gauge("scan_complete", "1 when all inputs are known.", status.scan_complete ? 1 : 0);
  text.gauge("pictures_per_second", "Pictures a second, over the last seconds.", status.files_per_s);
  text.gauge("mean_pictures_per_second", "Pictures a second, of the whole run.", status.mean_files_per_s);
  if (status.eta_s) text.gauge("remaining_seconds", "Time until the end at the present rate.", *status.eta_s);
  put_workers(text, status);
  if (status.output_free_bytes)
    text.gauge("output_free_bytes", "Free space where the outputs are.", *status.output_free_bytes);
  text.begin("phase", "gauge", "1 for the phase that the run is in.");
  for (std::size_t i = 0; i < job_phase_names.size(); ++i) {
    text.sample(static_cast<std::size_t>(status.phase) == i ? 1 : 0,
                fmt::format(",phase=\"{}\"", job_phase_names[i]));
  }
}

void put_times(MetricsText& text, const JobMetrics& metrics) {
  const JobStatus& status = metrics.status;
  text.gauge("start_time_seconds", "When the run began, since the epoch.",
             fmt::format("{:.3f}", in_seconds(status.started_ns)));
  text.gauge("first_start_time_seconds", "When the first run of the job began, since the epoch.",
             metrics.first_start_s);
  text.gauge("updated_timestamp_seconds", "When this was written, since the epoch.",
             fmt::format("{:.3f}", in_seconds(status.updated_ns)));
  text.gauge("elapsed_seconds", "Duration of the run, without the time for which it was suspended.",
             status.elapsed_s);
  text.gauge("last_success_timestamp_seconds",
             "When a run of the job last ended with exit code 0, since the epoch; 0 if none has.",
             metrics.last_success_s);
  if (status.exit_code) text.gauge("exit_code", "How the run ended.", *status.exit_code);
}

void put_stages(MetricsText& text, const JobMetrics& metrics) {
  text.begin("stage_duration_seconds", "histogram", "Time of pictures in each stage.");
  for (std::size_t i = 0; i < stage_count; ++i) {
    const LatencyHistogram& times = metrics.stages[i];
    const std::string stage = fmt::format(",stage=\"{}\"", stage_names[i]);
    for (const double bound : stage_bounds)
      text.sample(times.count_up_to_s(bound), fmt::format("{},le=\"{}\"", stage, bound), "_bucket");
    text.sample(times.count(), fmt::format("{},le=\"+Inf\"", stage), "_bucket");
    text.sample(times.total_s(), stage, "_sum");
    text.sample(times.count(), stage, "_count");
  }
}

}  // namespace

std::string job_labels(const MeasuredJob& job) {
  const std::string label = fmt::format("job=\"{}\"", label_value(job.directory));
  return job.shard ? fmt::format("{},shard=\"{}\"", label, job.shard->index) : label;
}

std::string metrics_text(const JobMetrics& metrics) {
  MetricsText text(job_labels(metrics.job));
  if (metrics.job.shard)
    text.gauge("shards", "Into how many shards the job is divided.", metrics.job.shard->count);
  put_counters(text, metrics);
  put_gauges(text, metrics.status);
  put_times(text, metrics);
  put_stages(text, metrics);
  return text.take();
}

}  // namespace wm
