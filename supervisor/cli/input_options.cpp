#include "supervisor/cli/option_value.h"

namespace wm {
namespace {

/// Both list options add to one member, so that the lists stay in order.
OptionValue file_lists(FileList::Separator separator) {
  return {.kind = ValueKind::paths,
          .words = {},
          .apply =
              [=](SettingsDraft& draft, const OptionUse& use) {
                draft.settings.input.lists.push_back({.path = use.value, .separator = separator});
              },
          .values =
              [=](const JobSettings& job, const Mark*) {
                std::vector<std::string> paths;
                for (const FileList& list : job.input.lists) {
                  if (list.separator == separator) paths.push_back(list.path);
                }
                return paths;
              }};
}

/// The first use replaces the default.
OptionValue extension_list() {
  OptionValue value =
      option_value::list(ValueKind::strings, &InputSettings::extensions, option_value::as_given);
  value.apply = [](SettingsDraft& draft, const OptionUse& use) {
    draft.add_extensions(parse_extensions(use.value));
  };
  return value;
}

}  // namespace

std::vector<Option> input_options() {
  using namespace option_value;
  return {
      {"input", 0, "INPUT", "files and directories",
       list(ValueKind::paths, &InputSettings::operands, as_given), OptionPlace::operand},
      {"recursive", 'r', "", "enter directories; their tree is mirrored under the output",
       flag(&InputSettings::recursive)},
      {"files-from", 0, "FILE", "read names of inputs from FILE, one a line; - is stdin",
       file_lists(FileList::Separator::newline)},
      {"files-from0", 0, "FILE", "the same, each name ended by a NUL (find -print0)",
       file_lists(FileList::Separator::nul)},
      {"base", 0, "DIR",
       "what the lists name lies below DIR, and its path below DIR is mirrored under the output; default: "
       "the output has its name only",
       path(&InputSettings::base)},
      {"include", 0, "GLOB",
       "only files that match; a GLOB with / is for the path below INPUT, else for the name; {jpg,png} "
       "is one of them, **/ any directories or none",
       list(ValueKind::strings, &InputSettings::include, parse_glob)},
      {"exclude", 0, "GLOB", "neither files nor directories that match",
       list(ValueKind::strings, &InputSettings::exclude, parse_glob)},
      {"ext", 0, "LIST",
       "only files with these extensions, in any case; default "
       "jpg,jpeg,jpe,jfif,png,webp,tif,tiff,gif,avif. A file named as INPUT is tried whatever its "
       "extension",
       extension_list()},
      {"links", 0, "WHICH",
       "symbolic links in directories that are followed: owner (default; those that belong to the owner "
       "of what they lead to), follow (all) or never",
       choice(&InputSettings::links, link_policy_words)},
  };
}

}  // namespace wm
