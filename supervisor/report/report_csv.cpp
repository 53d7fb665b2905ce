#include "supervisor/report/report_csv.h"

#include <array>

#include <fmt/format.h>

#include "common/text/utf8.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

constexpr std::array<std::string_view, 18> csv_columns{
    "input",    "output",  "encoding",    "state",        "kind",      "message",
    "attempts", "seconds", "input_bytes", "output_bytes", "jpeg_path", "jpeg_reason",
    "notes",    "run",     "done_run",    "started",      "worker",    "crash"};

std::string joined(const std::array<std::string, csv_columns.size()>& cells) {
  std::string row;
  for (const std::string& cell : cells) row += (row.empty() && &cell == cells.data() ? "" : ",") + cell;
  return row + "\r\n";
}

bool is_text(std::string_view path) {
  return is_utf8(path) && path.find('\0') == std::string_view::npos;
}

template <class Number>
std::string unless_zero(Number number) {
  return number == 0 ? std::string{} : fmt::format("{}", number);
}

}  // namespace

std::string csv_cell(std::string_view text) {
  constexpr std::string_view begins_formula = "=+-@\t\r\n";
  std::string cell;
  if (!text.empty() && begins_formula.find(text.front()) != std::string_view::npos) cell += '\'';
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char letter : cell) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

std::string csv_heading() {
  std::array<std::string, csv_columns.size()> cells;
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = csv_columns[i];
  return joined(cells);
}

std::string csv_row(const InputHistory& input, const std::string& output_directory) {
  const std::string output =
      output_directory.empty() ? "./" + input.output : output_directory + "/" + input.output;
  const bool as_they_are = is_text(input.input) && is_text(output);
  const auto path = [&](const std::string& bytes) {
    return csv_cell(as_they_are ? bytes : percent_encoded(bytes));
  };
  const auto seconds = static_cast<double>(input.elapsed_us) / 1e6;
  return joined({path(input.input), path(output), as_they_are ? "" : "percent",
                 std::string(recorded_state_names[static_cast<std::size_t>(input.state)]),
                 input.failure ? std::string(name(input.failure->kind)) : "",
                 input.failure ? csv_cell(input.failure->message) : "", fmt::format("{}", input.attempts),
                 input.elapsed_us == 0 ? "" : fmt::format("{:.6f}", seconds),
                 input.size ? fmt::format("{}", *input.size) : "",
                 input.output_bytes ? fmt::format("{}", *input.output_bytes) : "",
                 std::string(name(input.jpeg_route)), csv_cell(input.jpeg_reason), csv_cell(input.notes),
                 fmt::format("{}", input.run), unless_zero(input.done_run),
                 input.started_ns <= 0 ? "" : utc_time(input.started_ns),
                 input.worker == 0 ? "" : fmt::format("worker-{:02}", input.worker), csv_cell(input.crash)});
}

}  // namespace wm
