#include "supervisor/cli/option_table.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "common/preview/preview_request.h"
#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/mark_values.h"
#include "supervisor/cli/presets.h"
#include "supervisor/cli/value_parsers.h"
#include "supervisor/cli/value_words.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr unsigned most_workers = 1024;
constexpr std::uint64_t smallest_memory_limit = 16U << 20U;
constexpr std::uint64_t smallest_max_output = 64U << 20U;  // a crash record must fit, too
constexpr unsigned most_pages = 1'000'000;

template <typename Enum>
Enum choice(std::string_view value, std::span<const std::string_view> names) {
  return static_cast<Enum>(parse_choice(value, names));
}

unsigned small_number(std::string_view value, unsigned lowest, unsigned highest) {
  return static_cast<unsigned>(parse_whole(value, lowest, highest));
}

unsigned parse_workers(std::string_view value) {
  try {
    return small_number(value, 1, most_workers);
  } catch (const BadValue&) {
    throw BadValue(fmt::format("expected a whole number from 1 to {}, or auto", most_workers));
  }
}

OutputFormat parse_format(std::string_view value) {
  if (value == "jpg") return OutputFormat::jpeg;
  if (value == "tif") return OutputFormat::tiff;
  return choice<OutputFormat>(value, output_format_names);
}

int parse_quality(std::string_view value) {
  try {
    return static_cast<int>(small_number(value, 1, 100));
  } catch (const BadValue&) {
    throw BadValue("expected a whole number from 1 to 100, or keep");
  }
}

/// A text for the metadata, with variables.
std::string parse_credit(std::string_view value) {
  constexpr std::size_t longest = 2000;
  const bool fits =
      is_utf8(value) && value.size() <= longest && std::none_of(value.begin(), value.end(), [](char letter) {
        return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
      });
  if (!fits) throw BadValue(fmt::format("expected one line of UTF-8, at most {} bytes", longest));
  check_variables(value);
  return std::string(value);
}

std::string parse_backup_suffix(std::string_view value) {
  constexpr std::size_t longest = 64;
  const bool fits = value.size() <= longest && std::none_of(value.begin(), value.end(), [](char letter) {
                      return letter == '/' || static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
                    });
  if (!fits) {
    throw BadValue(
        fmt::format("expected the end of a file name without /, such as .orig, at most {} bytes", longest));
  }
  return std::string(value);
}

KeepOr parse_keep_or(std::string_view value) {
  return choice<KeepOr>(value, keep_or_names);
}

MemoryLimit parse_memory_limit(std::string_view value) {
  if (value == "auto") return {};
  if (value == "none") return MemoryLimit::of(std::nullopt);
  const std::uint64_t bytes = parse_size(value);
  if (bytes < smallest_memory_limit) throw BadValue("expected at least 16M for one worker, auto or none");
  return MemoryLimit::of(bytes);
}

std::optional<std::uint64_t> parse_max_output(std::string_view value) {
  if (value == "none") return std::nullopt;
  const std::uint64_t bytes = parse_size(value);
  if (bytes < smallest_max_output) throw BadValue("expected at least 64M, or none");
  return bytes;
}

std::uint64_t parse_limit_size(std::string_view value) {
  const std::uint64_t bytes = parse_size(value);
  if (bytes == 0) throw BadValue("expected a size of at least 1 byte, such as 512M or 2G");
  return bytes;
}

std::optional<LogLevel> parse_stderr_level(std::string_view value) {
  if (value == "off" || value == "false") return std::nullopt;
  if (value == "true") return LogLevel::info;
  return choice<LogLevel>(value, log_level_words);
}

using Draft = SettingsDraft;
using Use = OptionUse;
using enum OptionGroup;
using enum ValueKind;

constexpr std::
    array
        options{
            // What to do.
            Option{"input", 0, input, paths, "INPUT", "files and directories",
                   [](Draft& d, const Use& u) { d.settings.input.operands.push_back(u.value); }, true},
            Option{"output", 'o', job, path, "DIR", "put the marked pictures here; created if need be",
                   [](Draft& d, const Use& u) { d.settings.output = u.value; }},
            Option{"workers", 0, job, number, "N",
                   "worker processes, 1 to 1024, or auto: one for each usable CPU",
                   [](Draft& d, const Use& u) {
                     d.settings.run.workers.reset();
                     if (u.value != "auto") d.settings.run.workers = parse_workers(u.value);
                   }},
            Option{"job-dir", 0, job, path, "DIR", "journal, report and log; default OUTPUT/.wm-supervisor",
                   [](Draft& d, const Use& u) { d.settings.job_directory = u.value; }},
            Option{"config", 0, job, path, "FILE",
                   "read settings from FILE; the command line wins. Without it, and without an INPUT or a list, "
                   "./wm-supervisor.toml is read, if nobody else can have written it",
                   nullptr},
            Option{"print-config", 0, job, flag, "",
                   "print a configuration file that reproduces this run, and exit", nullptr},
            Option{"dry-run", 'n', job, flag, "", "say what would be done with each file, and do nothing",
                   [](Draft& d, const Use& u) { d.settings.dry_run = parse_switch(u.value); }},

            Option{"preview", 0, job, number, "N",
                   "put N pictures of the job, 1 to 100, with their marks on one sheet, and run nothing",
                   [](Draft& d, const Use& u) {
                     d.settings.preview.pictures = small_number(u.value, 0, most_previewed);
                   }},
            Option{"preview-file", 0, job, path, "FILE",
                   "the sheet of --preview, a PNG file; default wm-supervisor-preview.png in the current "
                   "directory. Only an earlier preview is replaced",
                   [](Draft& d, const Use& u) { d.settings.preview.file = parse_preview_path(u.value); }},
            Option{"list-presets", 0, job, flag, "", "say what the presets of marks are, and exit", nullptr},

            Option{"recursive", 'r', input, flag, "",
                   "enter directories; their tree is mirrored under the output",
                   [](Draft& d, const Use& u) { d.settings.input.recursive = parse_switch(u.value); }},
            Option{"files-from", 0, input, paths, "FILE",
                   "read names of inputs from FILE, one a line; - is stdin",
                   [](Draft& d, const Use& u) {
                     d.settings.input.lists.push_back(
                         {.path = u.value, .separator = FileList::Separator::newline});
                   }},
            Option{
                "files-from0", 0, input, paths, "FILE", "the same, each name ended by a NUL (find -print0)",
                [](Draft& d, const Use& u) {
                  d.settings.input.lists.push_back({.path = u.value, .separator = FileList::Separator::nul});
                }},
            Option{"include", 0, input, strings, "GLOB",
                   "only files that match; a GLOB with / is for the path below INPUT, else for the name; "
                   "{jpg,png} is one of them, **/ any directories or none",
                   [](Draft& d, const Use& u) { d.settings.input.include.push_back(parse_glob(u.value)); }},
            Option{"exclude", 0, input, strings, "GLOB", "neither files nor directories that match",
                   [](Draft& d, const Use& u) { d.settings.input.exclude.push_back(parse_glob(u.value)); }},
            Option{"ext", 0, input, strings, "LIST",
                   "only files with these extensions, in any case; default "
                   "jpg,jpeg,jpe,jfif,png,webp,tif,tiff,gif,avif. A file named as INPUT is tried whatever its "
                   "extension",
                   [](Draft& d, const Use& u) { d.add_extensions(parse_extensions(u.value)); }},
            Option{"links", 0, input, string, "WHICH",
                   "symbolic links in directories that are followed: owner (default; those that belong to the "
                   "owner of what they lead to), follow (all) or never",
                   [](Draft& d, const Use& u) {
                     d.settings.input.links = choice<LinkPolicy>(u.value, link_policy_words);
                   }},

            Option{"logo", 0, mark, path, "FILE", "open a mark: a picture",
                   [](Draft& d, const Use& u) { d.open_logo(u.value, said(u)); }},
            Option{"text", 0, mark, string, "STRING", "open a mark: a text",
                   [](Draft& d, const Use& u) { d.open_text(parse_mark_text(u.value), said(u)); }},
            Option{"gravity", 0, mark, string, "PLACE",
                   "northwest, north, northeast, west, center, east, southwest, south or southeast (default)",
                   [](Draft& d, const Use& u) {
                     d.mark(said(u)).gravity = choice<Gravity>(u.value, gravity_names);
                   }},
            Option{"offset", 0, mark, pair, "X,Y", "inwards from that place, in pixels or % of the picture",
                   [](Draft& d, const Use& u) {
                     Mark& m = d.mark(said(u));
                     const Offset offset = parse_offset(u.value);
                     m.offset_x = offset.x;
                     m.offset_y = offset.y;
                   }},
            Option{"scale", 0, mark, number, "PART",
                   "size as a part of the picture's, such as 15% or 0.15; or none",
                   [](Draft& d, const Use& u) {
                     Mark& m = d.mark(said(u));
                     m.scale.reset();
                     if (u.value != "none") m.scale = parse_scale(u.value);
                   }},
            Option{"scale-of", 0, mark, string, "SIDE",
                   "the side that --scale is of: width (default), height, short, long",
                   [](Draft& d, const Use& u) {
                     d.mark(said(u)).scale_of = choice<ScaleOf>(u.value, scale_of_names);
                   }},
            Option{"rotate", 0, mark, number, "DEG", "degrees clockwise",
                   [](Draft& d, const Use& u) { d.mark(said(u)).rotate = parse_rotation(u.value); }},
            Option{"opacity", 0, mark, number, "N", "0 (invisible) to 1 (opaque, default)",
                   [](Draft& d, const Use& u) { d.mark(said(u)).opacity = parse_opacity(u.value); }},
            Option{"blend", 0, mark, string, "MODE",
                   "over (default), multiply, screen, overlay, darken, lighten, color-dodge, color-burn, "
                   "hard-light, soft-light, difference or exclusion",
                   [](Draft& d, const Use& u) {
                     d.mark(said(u)).blend = choice<BlendMode>(u.value, blend_mode_names);
                   }},
            Option{"tile", 0, mark, optional_word, "PATTERN",
                   "copies all over the picture: grid (default of the option) or brick",
                   [](Draft& d, const Use& u) { d.mark(said(u)).tile = parse_tile(u.value); }},
            Option{"gap", 0, mark, pair, "X,Y", "between copies, in pixels or % of the mark",
                   [](Draft& d, const Use& u) {
                     Mark& m = d.mark(said(u));
                     const Offset gap = parse_gap(u.value);
                     m.gap_x = gap.x;
                     m.gap_y = gap.y;
                   }},
            Option{"if-too-big", 0, mark, string, "WHAT",
                   "of a mark that is larger than the picture: shrink it (default), clip it, skip it, or fail",
                   [](Draft& d, const Use& u) {
                     d.mark(said(u)).if_too_big = choice<IfTooBig>(u.value, if_too_big_names);
                   }},
            Option{"contrast", 0, mark, string, "HOW",
                   "none (default), or auto: inverts the mark's lightness where that is easier to see",
                   [](Draft& d, const Use& u) {
                     d.mark(said(u)).contrast = choice<Contrast>(u.value, contrast_names);
                   }},
            Option{"preset", 0, mark, string, "NAME",
                   "corner-logo, copyright-line or proof-tiles; see --list-presets",
                   [](Draft& d, const Use& u) { apply_preset(u.value, d.mark(said(u))); }},
            Option{"key", 0, mark, string, "COLOUR",
                   "of a logo: this colour becomes transparent; white,15% with a tolerance (10%)",
                   [](Draft& d, const Use& u) { d.logo(said(u)).key = parse_colour_key(u.value); }},
            Option{"font", 0, mark, string, "NAME", "of a text, such as \"DejaVu Sans Bold\"; default sans",
                   [](Draft& d, const Use& u) { d.text(said(u)).font = parse_font(u.value); }},
            Option{"fontfile", 0, mark, path, "FILE", "of a text: a font that need not be installed",
                   [](Draft& d, const Use& u) {
                     d.text(said(u)).font_file = FontFile{.path = u.value, .bytes = {}};
                   }},
            Option{"size", 0, mark, number, "SIZE",
                   "of a text, in pixels or % of the picture's shorter side; default 5%",
                   [](Draft& d, const Use& u) { d.text(said(u)).size = parse_font_size(u.value); }},
            Option{"fill", 0, mark, string, "COLOUR",
                   "of a text: #rgb, #rrggbb, #rrggbbaa or a name; default white",
                   [](Draft& d, const Use& u) { d.text(said(u)).fill = parse_colour(u.value); }},
            Option{"stroke", 0, mark, string, "WIDTH,COLOUR",
                   "of a text: an outline, such as 2px,black or 4%,#00000080 (% of the font size)",
                   [](Draft& d, const Use& u) {
                     Text& text = d.text(said(u));
                     text.stroke.reset();
                     if (u.value != "none") text.stroke = parse_stroke(u.value);
                   }},
            Option{"shadow", 0, mark, optional_word, "X,Y,BLUR,COLOUR",
                   "of a text, such as 2px,2px,3px,#000000a0 (% are of the font size)",
                   [](Draft& d, const Use& u) {
                     Text& text = d.text(said(u));
                     text.shadow.reset();
                     if (u.value != "none" && u.value != "false") text.shadow = parse_shadow(u.value);
                   }},
            Option{"align", 0, mark, string, "SIDE", "of a text with line breaks: left (default), center, right",
                   [](Draft& d, const Use& u) {
                     d.text(said(u)).align = choice<TextAlign>(u.value, text_align_names);
                   }},

            Option{"format", 0, encode, string, "FORMAT", "keep (default), jpeg, png, webp, tiff or avif",
                   [](Draft& d, const Use& u) { d.settings.recipe.encoding.format = parse_format(u.value); }},
            Option{"quality", 'q', encode, number, "N",
                   "1 to 100, or keep (default): as near to the input's as possible",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.quality.reset();
                     if (u.value != "keep") d.settings.recipe.encoding.quality = parse_quality(u.value);
                   }},
            Option{"subsample", 0, encode, string, "RATIO", "of JPEG and AVIF colours: keep (default), 444, 422, 420",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.subsampling = choice<Subsampling>(u.value, subsampling_names);
                   }},
            Option{"progressive", 0, encode, optional_word, "WHETHER",
                   "progressive JPEG, interlaced PNG: true, false or keep (default)",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.progressive = parse_keep_or(u.value);
                   }},
            Option{"png-compression", 0, encode, number, "N", "0 (fast) to 9 (small); default 4, for few colours 6",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.png_compression.reset();
                     if (u.value != "auto") {
                       d.settings.recipe.encoding.png_compression = static_cast<int>(small_number(u.value, 0, 9));
                     }
                   }},
            Option{"lossless", 0, encode, optional_word, "WHETHER", "WebP: true, false or keep (default)",
                   [](Draft& d, const Use& u) { d.settings.recipe.encoding.lossless = parse_keep_or(u.value); }},
            Option{"avif-speed", 0, encode, number, "N", "0 (slow, small) to 9 (fast); default 6",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.avif_speed.reset();
                     if (u.value != "auto") {
                       d.settings.recipe.encoding.avif_speed = static_cast<int>(small_number(u.value, 0, 9));
                     }
                   }},
            Option{"jpeg-path", 0, encode, string, "PATH",
                   "from JPEG to JPEG: auto (default), dct (in place, or the picture fails), pixel",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.jpeg_path = choice<JpegPathChoice>(u.value, jpeg_path_names);
                   }},
            Option{"damaged", 0, encode, string, "WHAT",
                   "a damaged picture: fail (default), or mark what can be read of it",
                   [](Draft& d, const Use& u) {
                     d.settings.damaged = choice<DamagedPictures>(u.value, damaged_pictures_names);
                   }},
            Option{"autorotate", 0, encode, flag, "", "turn pixels the way that the orientation tag says",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.autorotate = parse_switch(u.value);
                   }},
            Option{"thumbnail", 0, encode, string, "WHAT",
                   "of a thumbnail in the metadata, which shows no mark: remake (default), strip, keep",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.thumbnail =
                         choice<ThumbnailPolicy>(u.value, thumbnail_policy_names);
                   }},
            Option{"copyright", 0, encode, string, "TEXT",
                   "write it into the metadata; may have {variables} as the text of a mark",
                   [](Draft& d, const Use& u) { d.settings.recipe.encoding.copyright = parse_credit(u.value); }},
            Option{"artist", 0, encode, string, "TEXT", "likewise, as its author",
                   [](Draft& d, const Use& u) { d.settings.recipe.encoding.artist = parse_credit(u.value); }},
            Option{"verify", 0, encode, flag, "", "decode and compare each output before it is published; costs time and memory of a second picture",
                   [](Draft& d, const Use& u) { d.settings.verify = parse_switch(u.value); }},
            Option{"metadata", 0, encode, string, "WHAT", "keep (default), copyright (author and rights) or none",
                   [](Draft& d, const Use& u) {
                     d.settings.recipe.encoding.metadata = choice<MetadataPolicy>(u.value, metadata_policy_names);
                   }},
            Option{"keep-dates", 0, encode, flag, "", "outputs take the modification time of their input",
                   [](Draft& d, const Use& u) { d.settings.keep_dates = parse_switch(u.value); }},

            Option{"retries", 0, run, number, "N",
                   "further attempts after a crash, a time-out or running out of memory; default 1",
                   [](Draft& d, const Use& u) { d.settings.run.retries = small_number(u.value, 0, 100); }},
            Option{"timeout", 0, run, number, "TIME",
                   "for one picture: 500ms, 60s (default), 5m; 500% is of the running median; 0 is none",
                   [](Draft& d, const Use& u) { d.settings.run.timeout = parse_timeout(u.value); }},
            Option{"memory-limit", 0, run, number, "SIZE", "for one worker: 512M, 2G, none, or auto (default): 80 % of the memory, divided among the workers",
                   [](Draft& d, const Use& u) { d.settings.run.memory_limit = parse_memory_limit(u.value); }},
            Option{"recycle", 0, run, number, "N", "replace a worker after N pictures; 0 (default) is never",
                   [](Draft& d, const Use& u) {
                     d.settings.run.recycle = small_number(u.value, 0, std::numeric_limits<unsigned>::max());
                   }},
            Option{"recycle-growth", 0, run, number, "SIZE",
                   "replace a worker that holds so much more than at first; default 512M, 0 is never",
                   [](Draft& d, const Use& u) { d.settings.run.recycle_growth = parse_size(u.value); }},
            Option{"max-pixels", 0, run, number, "N",
                   "refuse larger pictures: 500M (default), 1G; all frames and pages count",
                   [](Draft& d, const Use& u) { d.settings.limits.pixels = parse_pixel_count(u.value); }},
            Option{"max-pages", 0, run, number, "N", "refuse pictures with more pages or frames; default 4096",
                   [](Draft& d, const Use& u) {
                     d.settings.limits.pages = small_number(u.value, 1, most_pages);
                   }},
            Option{"max-input", 0, run, number, "SIZE", "refuse larger files; default 1G",
                   [](Draft& d, const Use& u) { d.settings.limits.file_bytes = parse_limit_size(u.value); }},
            Option{"max-metadata", 0, run, number, "SIZE",
                   "refuse files with more metadata, counted unpacked; default 64M",
                   [](Draft& d, const Use& u) {
                     d.settings.limits.metadata_bytes = parse_limit_size(u.value);
                   }},
            Option{"max-parts", 0, run, number, "N",
                   "refuse files of more chunks, segments, blocks, tags or boxes; default 100000",
                   [](Draft& d, const Use& u) {
                     d.settings.limits.parts = small_number(u.value, 1, std::numeric_limits<unsigned>::max());
                   }},
            Option{"max-output", 0, run, number, "SIZE",
                   "fail pictures whose output would be larger: 4G (default), none",
                   [](Draft& d, const Use& u) { d.settings.run.max_output = parse_max_output(u.value); }},
            Option{"halt", 0, run, string, "WHEN",
                   "stop the job on failures: never (default), soon,fail=1% or now,fail=1 (soon lets the "
                   "pictures in "
                   "work finish)",
                   [](Draft& d, const Use& u) { d.settings.run.halt = parse_halt(u.value); }},
            Option{"durability", 0, run, string, "LEVEL",
                   "against a power failure: none, batch (default) or full",
                   [](Draft& d, const Use& u) {
                     d.settings.run.durability = choice<Durability>(u.value, durability_words);
                   }},
            Option{"overwrite", 0, run, string, "WHICH",
                   "outputs that exist: changed (default: those of this job whose input or recipe changed; files "
                   "of others are left alone), never, or all, also files of others",
                   [](Draft& d, const Use& u) {
                     d.settings.run.overwrite = choice<Overwrite>(u.value, overwrite_words);
                   }},
            Option{"backup", 0, run, string, "SUFFIX",
                   "replace files of others, too, but keep each under its name and SUFFIX, such as .orig",
                   [](Draft& d, const Use& u) { d.settings.run.backup_suffix = parse_backup_suffix(u.value); }},
            Option{"if-unmarked", 0, run, string, "WHAT",
                   "of a picture that no mark would be seen on: fail (default), copy it, or skip it",
                   [](Draft& d, const Use& u) {
                     d.settings.run.if_unmarked = choice<IfUnmarked>(u.value, if_unmarked_names);
                   }},
            Option{"retry-quarantined", 0, run, flag, "",
                   "try pictures again that an earlier run had to give up",
                   [](Draft& d, const Use& u) { d.settings.run.retry_quarantined = parse_switch(u.value); }},
            Option{"quarantine", 0, run, path, "DIR",
                   "put a link to, or a copy of, each picture that had to be given up into DIR as well",
                   [](Draft& d, const Use& u) { d.settings.quarantine_directory = u.value; }},
            Option{"rebuild-journal", 0, run, flag, "",
                   "after job.db was damaged or lost: keep it aside and begin a new one. Outputs newer than "
                   "their "
                   "input count "
                   "as done, whatever recipe made them",
                   [](Draft& d, const Use& u) { d.settings.run.rebuild_journal = parse_switch(u.value); }},
            Option{"grace", 0, run, number, "TIME",
                   "for the pictures in work after Ctrl-C or SIGTERM; default 10s",
                   [](Draft& d, const Use& u) { d.settings.run.grace = parse_duration(u.value); }},

            Option{"log-file", 0, log, path, "FILE", "default JOB_DIR/wm-supervisor.log",
                   [](Draft& d, const Use& u) { d.settings.log.file = u.value; }},
            Option{"log-level", 0, log, string, "LEVEL", "debug, info (default), warning, error or critical",
                   [](Draft& d, const Use& u) {
                     d.settings.log.level = choice<LogLevel>(u.value, log_level_words);
                   }},
            Option{
                "log-stderr", 0, log, optional_word, "LEVEL",
                "log to stderr as well, from LEVEL on; alone means info, =off takes it back",
                [](Draft& d, const Use& u) { d.settings.log.standard_error = parse_stderr_level(u.value); }},
            Option{"log-format", 0, log, string, "FORMAT", "text (default) or json",
                   [](Draft& d, const Use& u) {
                     d.settings.log.format = choice<LogFormat>(u.value, log_format_words);
                   }},
            Option{"log-rotate", 0, log, string, "SIZE:N",
                   "begin a new file at SIZE, keep N old ones: 100M:10; default off",
                   [](Draft& d, const Use& u) {
                     d.settings.log.rotation.reset();
                     if (u.value != "off") d.settings.log.rotation = parse_log_rotation(u.value);
                   }},
            Option{"progress", 0, log, string, "WHEN", "auto (default), always or never",
                   [](Draft& d, const Use& u) {
                     d.settings.progress = choice<ProgressMode>(u.value, progress_words);
                   }},
            Option{"quiet", 0, log, flag, "", "neither progress nor summary",
                   [](Draft& d, const Use& u) { d.settings.quiet = parse_switch(u.value); }},

            Option{"keep-crash-data", 0, log, flag, "",
                   "crash reports keep the bytes of the stacks that they were made from",
                   [](Draft& d, const Use& u) { d.settings.keep_crash_data = parse_switch(u.value); }},
            Option{"redact-paths", 0, log, flag, "", "crash reports show hashes in place of file names",
                   [](Draft& d, const Use& u) { d.settings.redact_paths = parse_switch(u.value); }},

            Option{"debug", 0, debug, flag, "",
                   "one worker, no deadline, everything logged to stderr, core dumps allowed",
                   [](Draft& d, const Use& u) { d.settings.debug.foreground = parse_switch(u.value); }},
            Option{"gdb", 0, debug, number, "W",
                   "run worker W (1 is the first) under gdb, without a terminal under gdbserver",
                   [](Draft& d, const Use& u) {
                     d.settings.debug.tool = DebugSettings::Tool::gdb;
                     d.settings.debug.tool_worker = small_number(u.value, 1, most_workers);
                   }},
            Option{"wait-on-crash", 0, debug, flag, "",
                   "a worker that crashes waits, and how to attach a debugger is printed",
                   [](Draft& d, const Use& u) { d.settings.debug.wait_on_crash = parse_switch(u.value); }},

            Option{"help", 'h', other, flag, "", "print this text, and exit", nullptr},
            Option{"version", 0, other, flag, "", "print the version, and exit", nullptr},
            Option{"worker-program", 0, other, path, "FILE", "for development: run FILE as the workers",
                   [](Draft& d, const Use& u) { d.settings.worker_program = u.value; },
                   false,
                   true},
            Option{"restart-pause", 0, other, number, "TIME",
                   "for development: the first pause before a worker that keeps dying is started again; the "
                   "job stops when it is 300 times as long; default 100ms",
                   [](Draft& d, const Use& u) { d.settings.restart_pause = parse_duration(u.value); }},
        };

/// A value as an error shows it: on one line, not endless, in quotes when its ends could not be seen.
std::string shown_value(std::string_view value) {
  constexpr std::size_t shown = 100;
  std::string text = one_line(value.substr(0, shown));
  if (value.size() > shown) text += "...";
  const bool plain = !text.empty() && text.find(' ') == std::string::npos;
  return plain ? text : "\"" + text + "\"";
}

}  // namespace

std::span<const Option> option_table() {
  return options;
}

const Option* find_option(std::string_view name) {
  const auto* const found =
      std::find_if(options.begin(), options.end(), [&](const Option& row) { return row.name == name; });
  return found == options.end() ? nullptr : found;
}

const Option* find_option(char letter) {
  const auto* const found = std::find_if(options.begin(), options.end(), [&](const Option& row) {
    return row.letter != 0 && row.letter == letter;
  });
  return found == options.end() ? nullptr : found;
}

const Option& input_option() {
  return options.front();
}

bool takes_value(const Option& option) {
  return option.kind != ValueKind::flag && option.kind != ValueKind::optional_word;
}

bool repeatable(const Option& option) {
  return option.kind == ValueKind::strings || option.kind == ValueKind::paths;
}

std::string said(const OptionUse& use) {
  const Option& option = *use.option;
  if (!use.place.empty()) return fmt::format("{}: {} = {}", use.place, option.name, shown_value(use.value));
  if (option.operand) return shown_value(use.value);
  return fmt::format("--{} {}", option.name, shown_value(use.value));
}

void apply(SettingsDraft& draft, const OptionUse& use) {
  try {
    if (use.value.find('\0') != std::string::npos) throw BadValue("must not contain a NUL character");
    if (use.value.empty()) throw BadValue("must not be empty");
    if (use.option->apply != nullptr) use.option->apply(draft, use);
  } catch (const BadValue& error) {
    throw UsageError(fmt::format("{}: {}", said(use), error.what()));
  }
}

}  // namespace wm
