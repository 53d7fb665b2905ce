// Hostile bytes as JOB_DIR/evidence-RUN-N: read at once and in pieces, and written again.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "supervisor/journal/evidence_log.h"

namespace {

wm::UnrecordedOutputs read(std::string_view text, std::size_t piece) {
  wm::RunEvidence evidence;
  wm::EvidenceReader reader(evidence);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) reader.add(text.substr(0, piece));
  wm::UnrecordedOutputs outputs;
  wm::add_run(std::move(evidence), outputs);
  return outputs;
}

bool says_something(const wm::UnrecordedOutputs::Doubt& doubt) {
  return doubt.was_free || !doubt.found.empty() || !doubt.published.empty();
}

}  // namespace

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  wm::UnrecordedOutputs outputs = read(text, size);
  const std::size_t piece = size == 0 ? 1 : 1 + data[size - 1] % size;
  const wm::UnrecordedOutputs in_pieces = read(text, piece);
  if (in_pieces.in_doubt != outputs.in_doubt || in_pieces.published != outputs.published) __builtin_trap();
  std::erase_if(outputs.in_doubt, [](const auto& entry) { return !says_something(entry.second); });
  const std::string again = wm::evidence_text(outputs.in_doubt);
  if (read(again, again.size()).in_doubt != outputs.in_doubt) __builtin_trap();
  return 0;
}
