#include "supervisor/cli/job_file.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/cli/number_with_unit.h"
#include "supervisor/cli/toml_depth.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/nearest_word.h"

namespace wm {
namespace {

constexpr std::size_t largest_job_file = 1U << 20U;

/// The text of a number, boolean or string; nothing for other types.
std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* const text = node.as_string()) return text->get();
  if (const auto* const number = node.as_integer()) return std::to_string(number->get());
  if (const auto* const number = node.as_floating_point()) return to_text(number->get());
  if (const auto* const truth = node.as_boolean()) return truth->get() ? "true" : "false";
  return std::nullopt;
}

/// The TOML types that a value may have.
struct TomlType {
  std::string_view wanted;
  bool boolean, number, string;
};

constexpr std::array<TomlType, 8> toml_types{{
    {"true or false", true, false, false},                         // flag
    {"true, false or a string", true, false, true},                // optional_word
    {"a number or a string", false, true, true},                   // number
    {"a string", false, false, true},                              // string
    {"a string", false, false, true},                              // path
    {"a string or an array of strings", false, false, true},       // strings
    {"a string or an array of strings", false, false, true},       // paths
    {"a string, a number or an array of two", false, true, true},  // pair
}};

const TomlType& toml_type(const Option& option) {
  return toml_types[static_cast<std::size_t>(option.value.kind)];
}

class JobFile {
 public:
  explicit JobFile(std::string path) : path_(std::move(path)) {
    const std::size_t slash = path_.rfind('/');
    // A file in the current directory leaves paths as they are written.
    if (slash != std::string::npos && path_.substr(0, slash) != ".") directory_ = path_.substr(0, slash + 1);
  }

  std::vector<OptionUse> uses(const toml::table& root) {
    const toml::node* tables = nullptr;
    for (const auto& [key, node] : in_file_order(root)) {
      if (key == "mark" || key == "marks") {
        if (tables != nullptr) refuse(*node, "marks are given twice, as mark and as marks");
        tables = node;
      } else {
        add_key(Table::root, key, *node);
      }
    }
    open_marks(root, flat_mark_);
    if (tables != nullptr) {
      if (!flat_mark_.empty()) {
        refuse(*tables,
               fmt::format("the file has [[mark]] tables and {} outside of them; put it into a table",
                           flat_mark_.front().option->name));
      }
      add_mark_tables(*tables);
    }
    return std::move(uses_);
  }

 private:
  enum class Table : std::uint8_t { root, mark };
  using Entry = std::pair<std::string_view, const toml::node*>;

  [[nodiscard]] std::string place(const toml::node& node) const {
    return fmt::format("{}:{}", one_line(path_), node.source().begin.line);
  }

  [[noreturn]] void refuse(const toml::node& node, std::string_view text) const {
    throw UsageError(fmt::format("{}: {}", place(node), text));
  }

  /// toml++ sorts a table by its keys; errors should come in the order of the lines.
  static std::vector<Entry> in_file_order(const toml::table& table) {
    std::vector<Entry> entries;
    for (const auto& [key, node] : table) entries.emplace_back(key.str(), &node);
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& left, const Entry& right) {
      const auto position = [](const Entry& entry) {
        const auto begin = entry.second->source().begin;
        return std::pair(begin.line, begin.column);
      };
      return position(left) < position(right);
    });
    return entries;
  }

  static bool is_key(const Option& option, Table table) {
    return table == Table::mark ? option.group == OptionGroup::mark : bool(option.value.apply);
  }

  [[noreturn]] void refuse_unknown(Table table, std::string_view key, const Option* found,
                                   const toml::node& node) const {
    if (table == Table::mark && found != nullptr && is_key(*found, Table::root)) {
      refuse(node, fmt::format("{} is not a key of a mark; put it above the first [[mark]]", found->name));
    }
    std::vector<std::string> known;
    for (const Option& option : option_table()) {
      if (is_key(option, table)) known.emplace_back(option.name);
    }
    if (table == Table::root) known.emplace_back("mark");
    const std::string text =
        "unknown key " + one_line(key.substr(0, shown_bytes)) + did_you_mean("", key, known);
    refuse(node, text + (node.is_table() ? "; options stand at the top of the file, in no table" : ""));
  }

  void add_key(Table table, std::string_view key, const toml::node& node) {
    std::string name(key);
    std::replace(name.begin(), name.end(), '_', '-');
    if (name == "inputs") name = "input";
    const Option* const option = find_option(option_table(), name);
    if (option == nullptr || !is_key(*option, table)) refuse_unknown(table, key, option, node);
    if (option->place == OptionPlace::command_line) {
      refuse(node, fmt::format(
                       "{0} {1}, so no file may set it; give --{0} on the command line", option->name,
                       option->name == "shard" ? "differs on each machine" : "names a program that is run"));
    }
    // The options of marks are held back: only their whole table determines the order in which they apply.
    std::vector<OptionUse>& target = option->group == OptionGroup::mark ? flat_mark_ : uses_;
    if (!repeatable(*option) && seen(target, *option)) refuse(node, fmt::format("{} is given twice", name));
    add_values(target, *option, node);
  }

  static bool seen(const std::vector<OptionUse>& uses, const Option& option) {
    return std::any_of(uses.begin(), uses.end(), [&](const OptionUse& use) { return use.option == &option; });
  }

  void add_values(std::vector<OptionUse>& target, const Option& option, const toml::node& node) const {
    const toml::array* const array = node.as_array();
    if (array == nullptr) {
      target.push_back({.option = &option, .value = value(option, node), .place = place(node)});
    } else if (option.value.kind == ValueKind::pair && array->size() == 2) {
      const std::string joined = value(option, *array->get(0)) + "," + value(option, *array->get(1));
      target.push_back({.option = &option, .value = joined, .place = place(node)});
    } else if (repeatable(option)) {
      for (const toml::node& element : *array) {
        target.push_back({.option = &option, .value = value(option, element), .place = place(element)});
      }
    } else {
      refuse_type(option, node);
    }
  }

  [[nodiscard]] std::string value(const Option& option, const toml::node& node) const {
    std::optional<std::string> text = scalar_text(node);
    const TomlType& type = toml_type(option);
    const bool fits = (node.is_string() && type.string) || (node.is_number() && type.number) ||
                      (node.is_boolean() && type.boolean);
    if (!text || !fits) refuse_type(option, node);
    if (!is_path(option, *text) || text->empty() || text->starts_with('/')) return *std::move(text);
    if (*text == "~" || text->starts_with("~/")) return home(node) + text->substr(1);
    return directory_ + *text;
  }

  /// Expands ~ as a shell would, since nothing else does that for a file.
  [[nodiscard]] std::string home(const toml::node& node) const {
    const char* const home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): before the first thread
    if (home == nullptr || *home != '/') refuse(node, "HOME is not set, so ~ means no directory");
    return home;
  }

  [[noreturn]] void refuse_type(const Option& option, const toml::node& node) const {
    refuse(node, fmt::format("{} must be {}", option.name, toml_type(option).wanted));
  }

  void add_mark_tables(const toml::node& node) {
    if (const toml::table* const table = node.as_table()) {
      add_mark_table(*table);
      return;
    }
    const toml::array* const array = node.as_array();
    if (array == nullptr || !array->is_homogeneous<toml::table>())
      refuse(node, "marks must be [[mark]] tables");
    for (const toml::node& element : *array) add_mark_table(*element.as_table());
  }

  void add_mark_table(const toml::table& table) {
    flat_mark_.clear();
    for (const auto& [key, node] : in_file_order(table)) add_key(Table::mark, key, *node);
    if (flat_mark_.empty()) refuse(table, "this mark is empty; give it logo = ... or text = ...");
    open_marks(table, flat_mark_);
  }

  /// Moves the options of one mark to the uses: the option that opens it, its preset, then the others.
  void open_marks(const toml::table& table, const std::vector<OptionUse>& mark) {
    if (mark.empty()) return;
    const auto opens = [](const OptionUse& use) {
      return use.option->name == "logo" || use.option->name == "text";
    };
    const auto openers = std::count_if(mark.begin(), mark.end(), opens);
    if (openers == 0) {
      throw UsageError(fmt::format("{}: {} belongs to a mark; give it logo = ... or text = ...",
                                   mark.front().place, mark.front().option->name));
    }
    if (openers > 1) refuse(table, "one mark cannot be a logo and a text; write two [[mark]] tables");
    std::vector<OptionUse> ordered = mark;
    std::stable_sort(ordered.begin(), ordered.end(), [&](const OptionUse& left, const OptionUse& right) {
      const auto rank = [&](const OptionUse& use) {
        return opens(use) ? 0 : use.option->name == "preset" ? 1 : 2;
      };
      return rank(left) < rank(right);
    });
    std::move(ordered.begin(), ordered.end(), std::back_inserter(uses_));
  }

  std::string path_;
  std::string directory_;  // empty, or with a slash at its end
  std::vector<OptionUse> uses_;
  std::vector<OptionUse> flat_mark_;  // of the table being read
};

std::string read_text(int file, const std::string& path) {
  std::string text;
  std::vector<char> buffer(64U << 10U);
  while (true) {
    const ::ssize_t length = ::read(file, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) throw UsageError(fmt::format("configuration file {}: {}", one_line(path), errno_text()));
    if (length == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(length));
    if (text.size() > largest_job_file) {
      throw UsageError(fmt::format("configuration file {}: is larger than 1 MiB", one_line(path)));
    }
  }
}

}  // namespace

std::vector<OptionUse> parse_job_file(const std::string& path, std::string_view text) {
  if (const auto place = too_deep(text)) {
    const bool is_key = place->what == TooDeep::What::key;
    throw UsageError(fmt::format(
        "{}:{}: {}; no option needs that", one_line(path), place->line,
        is_key ? fmt::format("a key has more than {} parts", most_key_parts)
               : fmt::format("arrays and tables are nested more than {} deep", most_nested_values)));
  }
  try {
    return JobFile(path).uses(toml::parse(text));
  } catch (const toml::parse_error& error) {
    throw UsageError(
        fmt::format("{}:{}: {}", one_line(path), error.source().begin.line, one_line(error.description())));
  }
}

std::vector<OptionUse> read_job_file(int file, const std::string& path) {
  return parse_job_file(path, read_text(file, path));
}

std::vector<OptionUse> read_job_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) throw UsageError(fmt::format("configuration file {}: {}", one_line(path), errno_text()));
  return read_job_file(file.get(), path);
}

}  // namespace wm
