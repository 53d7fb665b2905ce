#include "tests/torture/oracle.h"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/support/journal_rows.h"

namespace wm::test {
namespace {

using nlohmann::json;

std::string fault_of_outputs(const Job& job, const Outputs& expected) {
  if (const auto left = temporary_files_below(job.out()); !left.empty())
    return "temporary file left: " + left.front();
  const Outputs outputs = outputs_of(job);
  for (const auto& [name, bytes] : expected) {
    const auto found = outputs.find(name);
    if (found == outputs.end()) return "output is missing: " + name;
    if (found->second != bytes) return "output has wrong bytes: " + name;
  }
  if (outputs.size() != expected.size()) return "there are outputs that nobody asked for";
  return "";
}

std::string fault_of_journal(const Job& job, std::size_t files) {
  const auto rows = journal_number(job.job_directory(), "SELECT count(*) FROM file");
  const auto marked =
      journal_number(job.job_directory(), "SELECT count(DISTINCT input) FROM file WHERE state = 'marked'");
  const auto expected = static_cast<std::int64_t>(files);
  if (rows == expected && marked == expected) return "";
  return "journal: " + std::to_string(rows) + " rows, " + std::to_string(marked) + " marked, expected " +
         std::to_string(expected);
}

std::string fault_of_end(const Job& job, const ProgramResult& result) {
  if (result.timed_out) return "stalled: " + result.err;
  if (result.exit_code != 0) {
    return "exit code " + std::to_string(result.exit_code) + ", signal " + std::to_string(result.signal) +
           ": " + result.err;
  }
  if (!job.workers("").empty()) return "processes are left";
  return ledger_fault(job, result);
}

std::vector<json> read_log(const Job& job) {
  std::vector<json> records;
  std::istringstream lines(read_file(job.log_file()));
  for (std::string line; std::getline(lines, line);) records.push_back(json::parse(line));
  return records;
}

std::string fault_of_final_lines(const std::vector<json>& log, const Outputs& expected) {
  std::map<std::string, int> times;
  for (const json& record : log) {
    const auto& message = record.at("message").get_ref<const std::string&>();
    if (!message.starts_with("marked ")) continue;
    const std::size_t begin = message.rfind('/') + 1;
    ++times[message.substr(begin, message.rfind(" in ") - begin)];
  }
  for (const auto& [name, bytes] : expected) {
    if (times[name] != 1) return name + " has " + std::to_string(times[name]) + " final lines";
  }
  return "";
}

/// Faults of the log records of workers: gaps, damage, records of `deaths` missing.
std::string fault_of_lanes(const std::vector<json>& log, const std::vector<Death>& deaths) {
  struct Life {
    int pid = 0;
    std::uint64_t records = 0;
  };
  std::map<std::string, Life> living;    // by the worker's name
  std::map<int, std::uint64_t> records;  // by pid
  for (const json& record : log) {
    const auto& message = record.at("message").get_ref<const std::string&>();
    if (message.find("are missing") != std::string::npos ||
        message.find("log ring is damaged") != std::string::npos)
      return "log: " + message;
    if (!record.contains("seq")) continue;
    Life& life = living[record.at("name")];
    const std::uint64_t sequence = record.at("seq");
    if (sequence == 1) {
      constexpr std::string_view first_words = "ready, pid ";
      if (!message.starts_with(first_words)) return "log: a life does not begin with its pid: " + message;
      life = {std::stoi(message.substr(first_words.size())), 0};
    }
    if (sequence != life.records + 1) return "log: a gap before " + record.dump();
    records[life.pid] = life.records = sequence;
  }
  for (const Death& death : deaths) {
    if (records[death.pid] >= death.records) continue;
    return "log: process " + std::to_string(death.pid) + " published " + std::to_string(death.records) +
           " records and died at " + death.point + ", the log has " + std::to_string(records[death.pid]);
  }
  return "";
}

}  // namespace

std::vector<Death> read_deaths(const std::string& kill_directory) {
  std::vector<Death> deaths;
  std::istringstream file(read_file(kill_directory + "/deaths"));
  for (Death death; file >> death.point >> death.action >> death.pid >> death.records;)
    deaths.push_back(death);
  return deaths;
}

Outputs outputs_of(const Job& job) {
  Outputs outputs;
  for (const std::string& name : files_below(job.out())) outputs[name] = read_file(job.out(name));
  return outputs;
}

Identities identities_of(const Job& job) {
  Identities identities;
  for (const std::string& name : files_below(job.out())) identities[name] = identity_of(job.out(name));
  return identities;
}

std::string fault_of_run(const Job& job, const ProgramResult& result, const Outputs& expected,
                         const std::vector<Death>& deaths) {
  if (auto fault = fault_of_end(job, result); !fault.empty()) return fault;
  if (auto fault = fault_of_outputs(job, expected); !fault.empty()) return fault;
  if (auto fault = fault_of_journal(job, expected.size()); !fault.empty()) return fault;
  const std::vector<json> log = read_log(job);
  if (auto fault = fault_of_final_lines(log, expected); !fault.empty()) return fault;
  return fault_of_lanes(log, deaths);
}

std::string fault_of_resumed(const Job& job, const ProgramResult& result, const Outputs& expected,
                             const Identities& published) {
  if (auto fault = fault_of_end(job, result); !fault.empty()) return fault;
  if (auto fault = fault_of_outputs(job, expected); !fault.empty()) return fault;
  if (auto fault = fault_of_journal(job, expected.size()); !fault.empty()) return fault;
  for (const auto& [name, identity] : published) {
    if (identity_of(job.out(name)) != identity) return "published twice: " + name;
  }
  return "";
}

}  // namespace wm::test
