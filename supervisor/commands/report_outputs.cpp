#include "supervisor/commands/report_outputs.h"

#include <cstddef>
#include <string_view>

#include "supervisor/report/html/html_report.h"
#include "supervisor/report/report_csv.h"
#include "supervisor/report/report_json.h"
#include "supervisor/text/usage_error.h"

namespace wm {

namespace {

bool has_failed(const InputHistory& input) {
  return input.state == RecordedState::failed || input.state == RecordedState::quarantined;
}

}  // namespace

ReportOutputs::ReportOutputs(const SubcommandLine& line) {
  if (const auto where = line.value("json")) json.emplace(*where, "--json", job_report_json_beginning());
  if (const auto where = line.value("html")) {
    html.emplace(*where, "--html", html_report_mark);
    page = *where;
  }
  if (const auto where = line.value("csv")) csv.emplace(*where, "--csv", csv_heading());
  if (line.has("failed0")) failed0.emplace("-", "--failed0", "");
  check_places();
}

std::vector<ReportOutput*> ReportOutputs::wanted() {
  std::vector<ReportOutput*> outputs;
  for (auto* const output : {&json, &html, &csv, &failed0}) {
    if (*output) outputs.push_back(&**output);
  }
  return outputs;
}

void ReportOutputs::check_places() {
  const auto outputs = wanted();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t other = 0; other < i; ++other) {
      if (outputs[i]->is_standard_output() && outputs[other]->is_standard_output())
        throw UsageError("only one of --json -, --csv -, --html - and --failed0 can have standard output");
      if (outputs[i]->is_same_file(*outputs[other]))
        throw UsageError("two of --json, --csv and --html name the same file; give each its own");
    }
  }
}

void ReportOutputs::begin_rows() {
  if (csv) csv->write(csv_heading());
}

void ReportOutputs::add_row(const InputHistory& input, const std::string& output_directory) {
  if (csv) csv->write(csv_row(input, output_directory));
  if (failed0 && has_failed(input)) failed0->write(input.input + '\0');
}

void ReportOutputs::hold_row(const InputHistory& input, const std::string& output_directory) {
  if (csv && !held_csv_) held_csv_.emplace();
  if (csv) held_csv_->add(csv_row(input, output_directory));
  if (failed0 && !held_failed0_) held_failed0_.emplace();
  if (failed0 && has_failed(input)) held_failed0_->add(input.input + '\0');
}

void ReportOutputs::end_shard(bool count) {
  const auto end = [&](std::optional<Spool>& held, ReportOutput& output) {
    count ? held->move_to([&](std::string_view rows) { output.write(rows); }) : held->clear();
  };
  if (held_csv_) end(held_csv_, *csv);
  if (held_failed0_) end(held_failed0_, *failed0);
}

bool ReportOutputs::commit() {
  for (ReportOutput* const output : wanted()) output->complete();
  bool is_printed = true;
  for (ReportOutput* const output : wanted()) is_printed = output->commit() && is_printed;
  return is_printed;
}

}  // namespace wm
