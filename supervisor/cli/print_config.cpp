#include "supervisor/cli/print_config.h"

#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/number_with_unit.h"
#include "supervisor/cli/value_words.h"
#include "supervisor/text/absolute_path.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// A TOML basic string.
std::string toml_string(std::string_view text) {
  if (!is_utf8(text)) {
    throw UsageError(
        fmt::format("{} is not UTF-8 and cannot be written into a configuration file", shown_path(text)));
  }
  std::string result = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      result += '\\';
      result += letter;
    } else if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\u{:04X}", byte);
    } else {
      result += letter;
    }
  }
  return result + '"';
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> elements;
  elements.reserve(texts.size());
  for (const std::string& text : texts) elements.push_back(toml_string(text));
  return fmt::format("[{}]", fmt::join(elements, ", "));
}

std::string duration_text(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? fmt::format("{}s", count / 1000) : fmt::format("{}ms", count);
}

std::string timeout_text(const Timeout& timeout) {
  return timeout.percent ? to_text(*timeout.percent) + "%" : duration_text(timeout.time);
}

std::string length_text(Length length) {
  return to_text(length.value) + (length.unit == Length::Unit::percent ? "%" : "px");
}

std::string halt_text(const Halt& halt) {
  if (halt.when == Halt::When::never) return "never";
  return fmt::format("{},fail={}{}", word(halt.when, halt_words), to_text(halt.fail),
                     halt.percent ? "%" : "");
}

std::string colour_text(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue, colour.alpha);
}

class ConfigWriter {
 public:
  explicit ConfigWriter(std::string_view current_directory) : current_directory_(current_directory) {}

  void section(std::string_view title) { text_ += fmt::format("\n# {}\n", title); }
  void literal(std::string_view key, std::string_view value) {
    text_ += fmt::format("{} = {}\n", key, value);
  }
  void string(std::string_view key, std::string_view value) { literal(key, toml_string(value)); }
  void flag(std::string_view key, bool value) { literal(key, value ? "true" : "false"); }
  void number(std::string_view key, std::uint64_t value) { literal(key, std::to_string(value)); }
  void optional_number(std::string_view key, std::optional<int> value) {
    value ? literal(key, std::to_string(*value)) : string(key, "auto");
  }
  void path(std::string_view key, std::string_view value) { string(key, absolute(value)); }
  void header(std::string_view line) { text_ += fmt::format("{}\n", line); }

  [[nodiscard]] std::string absolute(std::string_view path) const {
    return absolute_path(current_directory_, path).path;
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string_view current_directory_;
  std::string text_;
};

void write_job(ConfigWriter& out, const JobSettings& settings) {
  out.path("output", settings.output);
  out.path("job-dir", settings.job_directory);
  if (settings.run.workers) {
    out.number("workers", *settings.run.workers);
  } else {
    out.string("workers", "auto");
  }
  out.flag("dry-run", settings.dry_run);
  out.number("preview", settings.preview.pictures);
  if (!settings.preview.file.empty()) out.path("preview-file", settings.preview.file);
  if (settings.restart_pause != JobSettings{}.restart_pause)
    out.string("restart-pause", duration_text(settings.restart_pause));
}

void write_input(ConfigWriter& out, const InputSettings& input) {
  out.section("input");
  std::vector<std::string> operands;
  for (const std::string& operand : input.operands) operands.push_back(out.absolute(operand));
  out.literal("input", quoted_list(operands));
  std::vector<std::string> lines;
  std::vector<std::string> nuls;
  for (const FileList& list : input.lists) {
    auto& target = list.separator == FileList::Separator::nul ? nuls : lines;
    target.push_back(list.path == "-" ? list.path : out.absolute(list.path));
  }
  out.literal("files-from", quoted_list(lines));
  out.literal("files-from0", quoted_list(nuls));
  out.flag("recursive", input.recursive);
  out.literal("include", quoted_list(input.include));
  out.literal("exclude", quoted_list(input.exclude));
  out.literal("ext", quoted_list(input.extensions));
  out.string("links", word(input.links, link_policy_words));
}

void write_encoding(ConfigWriter& out, const JobSettings& settings) {
  const Encoding& encoding = settings.recipe.encoding;
  out.section("encoding");
  out.string("format", word(encoding.format, output_format_names));
  if (encoding.quality) {
    out.number("quality", static_cast<std::uint64_t>(*encoding.quality));
  } else {
    out.string("quality", "keep");
  }
  out.string("subsample", word(encoding.subsampling, subsampling_names));
  out.string("progressive", word(encoding.progressive, keep_or_names));
  out.optional_number("png-compression", encoding.png_compression);
  out.string("lossless", word(encoding.lossless, keep_or_names));
  out.optional_number("avif-speed", encoding.avif_speed);
  out.string("jpeg-path", word(encoding.jpeg_path, jpeg_path_names));
  out.string("damaged", word(settings.damaged, damaged_pictures_names));
  out.flag("autorotate", encoding.autorotate);
  out.string("metadata", word(encoding.metadata, metadata_policy_names));
  out.string("thumbnail", word(encoding.thumbnail, thumbnail_policy_names));
  if (!encoding.copyright.empty()) out.string("copyright", encoding.copyright);
  if (!encoding.artist.empty()) out.string("artist", encoding.artist);
  out.flag("verify", settings.verify);
  out.flag("keep-dates", settings.keep_dates);
}

void write_run(ConfigWriter& out, const JobSettings& settings) {
  const RunSettings& run = settings.run;
  out.section("run");
  out.number("retries", run.retries);
  out.string("timeout", timeout_text(run.timeout));
  switch (run.memory_limit.kind) {
    case MemoryLimit::Kind::bytes:
      out.number("memory-limit", run.memory_limit.bytes);
      break;
    case MemoryLimit::Kind::none:
      out.string("memory-limit", "none");
      break;
    case MemoryLimit::Kind::automatic:
      out.string("memory-limit", "auto");
      break;
  }
  if (run.max_output) {
    out.number("max-output", *run.max_output);
  } else {
    out.string("max-output", "none");
  }
  out.number("recycle", run.recycle);
  out.number("recycle-growth", run.recycle_growth);
  out.number("max-pixels", settings.limits.pixels);
  out.number("max-pages", settings.limits.pages);
  out.number("max-input", settings.limits.file_bytes);
  out.number("max-metadata", settings.limits.metadata_bytes);
  out.number("max-parts", settings.limits.parts);
  out.string("halt", halt_text(run.halt));
  out.string("durability", word(run.durability, durability_words));
  out.string("overwrite", word(run.overwrite, overwrite_words));
  if (!run.backup_suffix.empty()) out.string("backup", run.backup_suffix);
  out.string("if-unmarked", word(run.if_unmarked, if_unmarked_names));
  out.flag("retry-quarantined", run.retry_quarantined);
  out.flag("rebuild-journal", run.rebuild_journal);
  if (!settings.quarantine_directory.empty()) out.path("quarantine", settings.quarantine_directory);
  out.string("grace", duration_text(run.grace));
}

void write_log(ConfigWriter& out, const JobSettings& settings) {
  const LogSettings& log = settings.log;
  out.section("log");
  out.path("log-file", log.file);
  out.string("log-level", word(log.level, log_level_words));
  out.string("log-stderr", log.standard_error ? word(*log.standard_error, log_level_words) : "off");
  out.string("log-format", word(log.format, log_format_words));
  out.string("log-rotate",
             log.rotation ? fmt::format("{}:{}", log.rotation->bytes, log.rotation->files) : "off");
  out.string("progress", word(settings.progress, progress_words));
  out.flag("quiet", settings.quiet);
  out.flag("keep-crash-data", settings.keep_crash_data);
  out.flag("redact-paths", settings.redact_paths);
}

void write_mark(ConfigWriter& out, const Mark& mark) {
  out.header("\n[[mark]]");
  if (const Logo* const logo = std::get_if<Logo>(&mark.source)) {
    out.path("logo", logo->path);
    if (logo->key) {
      out.string("key",
                 fmt::format("{},{}%", colour_text(logo->key->colour), to_text(logo->key->tolerance * 100)));
    }
  } else {
    const Text& text = std::get<Text>(mark.source);
    out.string("text", text.text);
    out.string("font", text.font);
    if (text.font_file) out.path("fontfile", text.font_file->path);
    out.string("size", length_text(text.size));
    out.string("fill", colour_text(text.fill));
    out.string("stroke", text.stroke ? fmt::format("{},{}", length_text(text.stroke->width),
                                                   colour_text(text.stroke->colour))
                                     : "none");
    out.string("shadow",
               text.shadow
                   ? fmt::format("{},{},{},{}", length_text(text.shadow->x), length_text(text.shadow->y),
                                 length_text(text.shadow->blur), colour_text(text.shadow->colour))
                   : "none");
    out.string("align", word(text.align, text_align_names));
  }
  out.string("gravity", word(mark.gravity, gravity_names));
  out.string("offset", length_text(mark.offset_x) + "," + length_text(mark.offset_y));
  if (mark.scale) {
    out.literal("scale", to_text(*mark.scale));
  } else {
    out.string("scale", "none");
  }
  out.string("scale-of", word(mark.scale_of, scale_of_names));
  out.literal("rotate", to_text(mark.rotate));
  out.literal("opacity", to_text(mark.opacity));
  out.string("blend", word(mark.blend, blend_mode_names));
  out.string("tile", word(mark.tile, tile_names));
  out.string("gap", length_text(mark.gap_x) + "," + length_text(mark.gap_y));
  out.string("if-too-big", word(mark.if_too_big, if_too_big_names));
  out.string("contrast", word(mark.contrast, contrast_names));
}

}  // namespace

std::string config_text(const JobSettings& settings, std::string_view current_directory) {
  ConfigWriter out(current_directory);
  out.header("# wm-supervisor --config THIS_FILE runs this job again.");
  write_job(out, settings);
  write_input(out, settings.input);
  write_encoding(out, settings);
  write_run(out, settings);
  write_log(out, settings);
  for (const Mark& mark : settings.recipe.marks) write_mark(out, mark);
  return std::move(out).text();
}

}  // namespace wm
