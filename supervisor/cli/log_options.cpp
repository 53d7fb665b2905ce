#include "supervisor/cli/option_value.h"

namespace wm {
namespace {

LogLevel parse_stderr_level(std::string_view value) {
  return value == "true" ? LogLevel::info : static_cast<LogLevel>(parse_choice(value, log_level_words));
}

/// The default depends on the shard, so a file for all shards must not name it.
OptionValue log_file() {
  OptionValue value = option_value::path(&LogSettings::file);
  value.values = [](const JobSettings& job, const Mark*) {
    const bool is_default = job.input.shard && job.log.file == default_log_file(job);
    return option_value::Texts{is_default ? std::string() : job.log.file};
  };
  return value;
}

}  // namespace

std::vector<Option> log_options() {
  using namespace option_value;
  return {
      {"log-file", 0, "FILE",
       "default JOB_DIR/wm-supervisor.log; - is stderr; only a log is written to if FILE exists", log_file()},
      {"log-level", 0, "LEVEL", "debug, info (default), warning, error or critical",
       choice(&LogSettings::level, log_level_words)},
      {"log-stderr", 'v', "LEVEL",
       "log to stderr as well, from LEVEL on; alone means info, =off takes it back",
       value_or("off", ValueKind::optional_word, &LogSettings::standard_error, parse_stderr_level,
                Words(log_level_words.begin(), log_level_words.end()))},
      {"log-format", 0, "FORMAT", "text (default) or json", choice(&LogSettings::format, log_format_words)},
      {"log-rotate", 0, "SIZE:N", "begin a new file at SIZE, keep N old ones: 100M:10; default off",
       value_or("off", ValueKind::string, &LogSettings::rotation, parse_log_rotation)},
      {"progress", 0, "HOW",
       "auto (default), always (also with --quiet), never, or json: an object a second on stderr",
       choice(&JobSettings::progress, progress_words)},
      {"metrics-file", 0, "FILE",
       "write metrics to FILE (NAME.prom) every 15 seconds, for Prometheus' node_exporter",
       path(&JobSettings::metrics_file)},
      {"stats", 0, "", "show the times of phases and stages before the summary", flag(&JobSettings::stats)},
      {"quiet", 0, "", "neither progress nor failures nor summary", flag(&JobSettings::quiet)},
      {"keep-crash-data", 0, "", "crash reports keep the bytes of the stacks that they were made from",
       flag(&JobSettings::keep_crash_data)},
      {"redact-paths", 0, "", "crash reports show hashes in place of file names",
       flag(&JobSettings::redact_paths)},
  };
}

std::vector<Option> debug_options() {
  using namespace option_value;
  return {
      {"debug", 0, "", "one worker, no deadline, everything logged to stderr, core dumps allowed",
       flag(&DebugSettings::foreground)},
      {"gdb", 0, "W", "run worker W (1 is the first) under gdb, without a terminal under gdbserver",
       value(
           ValueKind::number, &DebugSettings::tool_worker,
           [](std::string_view text) { return static_cast<unsigned>(parse_whole(text, 1, most_workers)); })},
      {"wait-on-crash", 0, "", "a worker that crashes waits, and how to attach a debugger is printed",
       flag(&DebugSettings::wait_on_crash)},
  };
}

std::vector<Option> other_options() {
  using namespace option_value;
  return {
      {"help", 'h', "", "print this text, and exit", {}},
      {"version", 'V', "", "print the versions of the program and its libraries, and exit", {}},
      {"worker-program", 0, "FILE", "for development: run FILE as the workers",
       path(&JobSettings::worker_program), OptionPlace::command_line},
      {"restart-pause", 0, "TIME",
       "for development: the first pause before a worker that keeps dying is started again; the job "
       "stops when it is 300 times as long; default 100ms",
       value(ValueKind::number, &JobSettings::restart_pause, parse_duration)},
  };
}

}  // namespace wm
