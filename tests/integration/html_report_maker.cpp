// Writes the HTML report of a job that never was: html-report-maker FILE INPUTS PROBLEMS
// [zeros]. For html_report_test.py, and for measuring how long a browser takes for it. zeros: no picture took
// any time or room.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "supervisor/report/html/html_report.h"
#include "tests/support/fake_report.h"

int main(int argc, char* argv[]) {
  if (argc != 4 && argc != 5) {
    std::cerr << "usage: html-report-maker FILE INPUTS PROBLEMS [zeros]\n";
    return 2;
  }
  wm::JobReport job = wm::test::fake_report(std::stoull(argv[2]), std::stoull(argv[3]));
  if (argc == 5) {
    wm::LatencyHistogram zeros;
    for (int i = 0; i < 10; ++i) zeros.add(0);
    job.stages.fill(zeros);
    job.picture_times = job.input_sizes = job.output_sizes = zeros;
  }
  const wm::Gallery gallery = wm::test::fake_gallery(job);
  std::ofstream file(argv[1], std::ios::binary);
  file << wm::html_text({.job = job,
                         .gallery = gallery,
                         .outcome = "A report of the test </title><script>alert(1)</script>",
                         .version = "0.0.0",
                         .crash_link = wm::test::fake_link});
  return file.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}
