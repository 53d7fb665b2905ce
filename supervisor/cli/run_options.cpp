#include "supervisor/cli/option_value.h"

namespace wm {
namespace {

std::string parse_backup_suffix(std::string_view value) {
  constexpr std::size_t longest = 64;
  if (value.size() > longest || has_control(value) || value.find('/') != std::string_view::npos) {
    throw BadValue(
        fmt::format("expected the end of a file name without /, such as .orig, at most {} bytes", longest));
  }
  return std::string(value);
}

MemoryLimit parse_memory_limit(std::string_view value) {
  constexpr std::uint64_t smallest = 16U << 20U;
  if (value == "auto") return {};
  if (value == "none") return MemoryLimit::of(std::nullopt);
  const std::uint64_t bytes = parse_size(value);
  if (bytes < smallest) throw BadValue("expected at least 16M for one worker, auto or none");
  return MemoryLimit::of(bytes);
}

std::uint64_t parse_max_output(std::string_view value) {
  constexpr std::uint64_t smallest = 64U << 20U;  // a crash record must fit, too
  const std::uint64_t bytes = parse_size(value);
  if (bytes < smallest) throw BadValue("expected at least 64M, or none");
  return bytes;
}

std::uint64_t parse_limit_size(std::string_view value) {
  const std::uint64_t bytes = parse_size(value);
  if (bytes == 0) throw BadValue("expected a size of at least 1 byte, such as 512M or 2G");
  return bytes;
}

}  // namespace

std::vector<Option> run_options() {
  using namespace option_value;
  return {
      {"retries", 0, "N", "further attempts after a crash, a time-out or running out of memory; default 1",
       whole(&RunSettings::retries, 0, 100)},
      {"timeout", 0, "TIME",
       "for one picture: 500ms, 60s (default), 5m; 500% is of the running median; 0 is none",
       value(ValueKind::number, &RunSettings::timeout, parse_timeout)},
      {"memory-limit", 0, "SIZE",
       "for one worker: 512M, 2G, none, or auto (default): 80 % of the memory, divided among the workers",
       value(ValueKind::number, &RunSettings::memory_limit, parse_memory_limit, {"auto", "none"})},
      {"recycle", 0, "N", "replace a worker after N pictures; 0 (default) is never",
       whole(&RunSettings::recycle, 0)},
      {"recycle-growth", 0, "SIZE",
       "replace a worker that holds so much more than at first; default 512M, 0 is never",
       value(ValueKind::number, &RunSettings::recycle_growth, parse_size)},
      {"max-pixels", 0, "N", "refuse larger pictures: 500M (default), 1G; all frames and pages count",
       value(ValueKind::number, &InputLimits::pixels, parse_pixel_count)},
      {"max-pages", 0, "N", "refuse pictures with more pages or frames; default 4096",
       whole(&InputLimits::pages, 1, 1'000'000)},
      {"max-input", 0, "SIZE", "refuse larger files; default 1G",
       value(ValueKind::number, &InputLimits::file_bytes, parse_limit_size)},
      {"max-metadata", 0, "SIZE", "refuse files with more metadata, counted unpacked; default 64M",
       value(ValueKind::number, &InputLimits::metadata_bytes, parse_limit_size)},
      {"max-parts", 0, "N", "refuse files of more chunks, segments, blocks, tags or boxes; default 100000",
       whole(&InputLimits::parts, 1)},
      {"max-output", 0, "SIZE", "fail pictures whose output would be larger: 4G (default), none",
       value_or("none", ValueKind::number, &RunSettings::max_output, parse_max_output)},
      {"halt", 0, "WHEN",
       "stop the job on failures: never (default), soon,fail=1% or now,fail=1 (soon lets the pictures in "
       "progress finish)",
       value(ValueKind::string, &RunSettings::halt, parse_halt, {"never", "soon,fail=1%", "now,fail=1"})},
      {"durability", 0, "LEVEL", "against a power failure: none, batch (default) or full",
       choice(&RunSettings::durability, durability_words)},
      {"overwrite", 0, "WHICH",
       "outputs that exist: changed (default: those of this job whose input or recipe changed; files of "
       "others are left alone), never, or all, also files of others",
       choice(&RunSettings::overwrite, overwrite_words)},
      {"backup", 0, "SUFFIX",
       "replace files of others, too, but keep each under its name and SUFFIX, such as .orig",
       text(&RunSettings::backup_suffix, parse_backup_suffix)},
      {"if-unmarked", 0, "WHAT",
       "of a picture that no mark would be seen on: fail (default), copy it, or skip it",
       choice(&RunSettings::if_unmarked, if_unmarked_names)},
      {"retry-quarantined", 0, "", "try pictures again that an earlier run had to give up",
       flag(&RunSettings::retry_quarantined)},
      {"quarantine", 0, "DIR",
       "put a link to, or a copy of, each picture that had to be given up into DIR as well",
       path(&JobSettings::quarantine_directory)},
      {"rebuild-journal", 0, "",
       "after job.db was damaged or lost: keep it aside and begin a new one. Outputs newer than their "
       "input count as done, whatever recipe made them",
       flag(&RunSettings::rebuild_journal)},
      {"failures-ok", 0, "", "exit with 0 when everything was tried and only pictures failed",
       flag(&RunSettings::failures_ok)},
      {"grace", 0, "TIME", "for the pictures in progress after Ctrl-C or SIGTERM; default 10s",
       value(ValueKind::number, &RunSettings::grace, parse_duration)},
  };
}

}  // namespace wm
