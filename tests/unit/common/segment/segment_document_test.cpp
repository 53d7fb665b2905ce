// docs/shared_memory_format.md says what the structures say.

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/segment/inherited_descriptors.h"
#include "common/segment/layout.h"
#include "common/segment/worker_exit.h"
#include "tests/support/catch.h"
#include "tests/support/documents.h"

namespace wm {
namespace {

std::string section(const std::string& heading) {
  return test::section(test::document("docs/shared_memory_format.md"), heading);
}

/// 1,273,856
std::string with_commas(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

struct Field {
  std::size_t offset;
  std::string_view type, name;
};

/// Every field has a row with its offset and its type, and there is no other row.
void check_fields(const std::string& heading, const std::vector<Field>& fields) {
  const std::string part = section(heading);
  for (const Field& field : fields) {
    const std::string row = fmt::format("\n| {} | {} | `{}` |", field.offset, field.type, field.name);
    CAPTURE(row);
    CHECK(part.find(row) != std::string::npos);
  }
  std::size_t rows = 0;
  std::istringstream lines(part);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 2 && line.starts_with("| ") && line[2] >= '0' && line[2] <= '9') ++rows;
  }
  CHECK(rows == fields.size());
}

TEST_CASE("the document has every field of the header at its place") {
  using H = SegmentHeader;
  check_fields("## Header", {{offsetof(H, magic), "u64", "magic"},
                             {offsetof(H, abi), "u64", "abi"},
                             {offsetof(H, total_bytes), "u64", "total_bytes"},
                             {offsetof(H, shape), "u32 × 3", "shape"},
                             {offsetof(H, reserved), "u32", "reserved"},
                             {offsetof(H, owned_until_ns), "atomic i64", "owned_until_ns"},
                             {offsetof(H, stopping), "atomic u32", "stopping"},
                             {offsetof(H, dispatcher_waiting), "atomic u32", "dispatcher_waiting"},
                             {offsetof(H, collector_waiting), "atomic u32", "collector_waiting"},
                             {offsetof(H, claim_hint), "atomic u32", "claim_hint"}});
  CHECK(section("## Header").find(fmt::format("\n{} bytes.", sizeof(H))) != std::string::npos);
}

TEST_CASE("the document has every field of a worker status at its place") {
  using C = WorkerStatus;
  const std::string path = fmt::format("char[{}]", sizeof(C::path));
  const std::string message = fmt::format("char[{}]", sizeof(C::boot_message));
  // Without the words of the section on memory.
  const std::string status = section("## Worker status");
  CHECK(status.find(fmt::format("\n{} bytes, aligned to {}", sizeof(C), alignof(C))) != std::string::npos);
  for (const Field& field : std::vector<Field>{{offsetof(C, waiting), "atomic u32", "waiting"},
                                               {offsetof(C, phase), "atomic u32", "phase"},
                                               {offsetof(C, retire), "atomic u32", "retire"},
                                               {offsetof(C, stage), "atomic u32", "stage"},
                                               {offsetof(C, task), "atomic u64", "task"},
                                               {offsetof(C, memory_wanted), "atomic u64", "memory_wanted"},
                                               {offsetof(C, memory_granted), "atomic u64", "memory_granted"},
                                               {offsetof(C, path_bytes), "u32", "path_bytes"},
                                               {offsetof(C, boot_message_bytes), "u32", "boot_message_bytes"},
                                               {offsetof(C, path), path, "path"},
                                               {offsetof(C, boot_message), message, "boot_message"}}) {
    const std::string row = fmt::format("\n| {} | {} | `{}` |", field.offset, field.type, field.name);
    CAPTURE(row);
    CHECK(status.find(row) != std::string::npos);
  }
}

TEST_CASE("the document has every field of a slot's payload at its place") {
  using P = SlotPayload;
  using R = SlotResult;
  const auto result = [](std::size_t offset) { return offsetof(P, result) + offset; };
  const std::string path = fmt::format("char[{}]", sizeof(P::input));
  const std::string message = fmt::format("char[{}]", sizeof(P::message));
  const std::string reason = fmt::format("char[{}]", sizeof(P::reason));
  check_fields("### The payload", {{offsetof(P, task_checksum), "u64", "task_checksum"},
                                   {offsetof(P, task), "u64", "task"},
                                   {offsetof(P, found), "u64 × 2, i64 × 3, u64", "found"},
                                   {offsetof(P, attempt), "u32", "attempt"},
                                   {offsetof(P, input_bytes), "u16", "input_bytes"},
                                   {offsetof(P, output_bytes), "u16", "output_bytes"},
                                   {offsetof(P, output_root), "u64 × 2", "output_root"},
                                   {offsetof(P, own_output), "u64, i64, i64", "own_output"},
                                   {offsetof(P, may_be_own), "u64", "may_be_own"},
                                   {offsetof(P, input), path, "input"},
                                   {offsetof(P, output), path, "output"},
                                   {result(offsetof(R, checksum)), "u64", "result_checksum"},
                                   {result(offsetof(R, failed)), "u8", "failed"},
                                   {result(offsetof(R, failure_kind)), "u8", "failure_kind"},
                                   {result(offsetof(R, message_bytes)), "u16", "message_bytes"},
                                   {result(offsetof(R, blame)), "u8", "blame"},
                                   {result(offsetof(R, route)), "u8", "route"},
                                   {result(offsetof(R, reason_bytes)), "u16", "reason_bytes"},
                                   {result(offsetof(R, stage_ns)), "u64 × 4", "stage_ns"},
                                   {result(offsetof(R, published_bytes)), "u64", "published_bytes"},
                                   {result(offsetof(R, published_inode)), "u64", "published_inode"},
                                   {result(offsetof(R, published_mtime_ns)), "i64", "published_mtime_ns"},
                                   {result(offsetof(R, input)), "u64 × 2, i64 × 3, u64", "input"},
                                   {result(offsetof(R, texts_rendered)), "u32", "texts_rendered"},
                                   {result(offsetof(R, result)), "u16", "result"},
                                   {result(offsetof(R, left_out_bytes)), "u16", "left_out_bytes"},
                                   {result(offsetof(R, damaged)), "u64", "damaged"},
                                   {offsetof(P, message), message, "message"},
                                   {offsetof(P, reason), reason, "reason"}});
  CHECK(section("### The payload").find(fmt::format("\n{} bytes, aligned to {}", sizeof(P), alignof(P))) !=
        std::string::npos);
}

TEST_CASE("the document has the fields of a ring's header at their places") {
  using L = LogRingHeader;
  const std::string part = section("## Log rings");
  for (const Field& field :
       std::vector<Field>{{offsetof(L, tail), "atomic u64", "tail"},
                          {offsetof(L, dropped), "atomic u64", "dropped"},
                          {offsetof(L, producer_waiting), "atomic u32", "producer_waiting"},
                          {offsetof(L, head), "atomic u64", "head"}}) {
    const std::string row = fmt::format("\n| {} | {} | `{}` |", field.offset, field.type, field.name);
    CAPTURE(row);
    CHECK(part.find(row) != std::string::npos);
  }
  CHECK(part.find(fmt::format("\n| {} | bytes | ring |", sizeof(L))) != std::string::npos);
}

TEST_CASE("the document's sizes and offsets of the parts are right") {
  const std::string parts = section("## Parts");
  const auto has = [&](const std::string& text) {
    CAPTURE(text);
    CHECK(parts.find(text) != std::string::npos);
  };
  constexpr SegmentShape shape{.workers = 8, .slots = 128, .ring_bytes = 262'144};
  constexpr SegmentOffsets at = offsets_of(shape);
  has(fmt::format("| header | 0 | {} |", sizeof(SegmentHeader)));
  has(fmt::format("| worker statuses | `up({})` = {} | workers × {} |", sizeof(SegmentHeader), at.statuses,
                  sizeof(WorkerStatus)));
  has(fmt::format("| slot payloads | `up(words + slots × 8)` | slots × {} |", sizeof(SlotPayload)));
  has(fmt::format("| log rings | `up(payloads + slots × {})` | workers × `up({} + ring_bytes)` |",
                  sizeof(SlotPayload), sizeof(LogRingHeader)));
  has(fmt::format("| `ring_bytes` | {} |", with_commas(shape.ring_bytes)));
  // However its lines are broken.
  std::string prose = parts;
  std::ranges::replace(prose, '\n', ' ');
  const std::string example = fmt::format(
      "With 8 workers: words at {}, payloads at {}, rings at {}, {} bytes from ring to ring, {} "
      "bytes in all.",
      with_commas(at.words), with_commas(at.payloads), with_commas(at.rings), with_commas(at.ring_stride),
      with_commas(at.total));
  CAPTURE(example);
  CHECK(prose.find(example) != std::string::npos);
}

TEST_CASE("the document has the version of the segment") {
  const std::string text = section("## Header");
  CHECK(text.find(fmt::format("`segment_version` ({})", segment_version)) != std::string::npos);
  CHECK(text.find(fmt::format("0x{:016X}", abi_hash())) != std::string::npos);
  CHECK(text.find(fmt::format("0x{:08X}_{:06X}", segment_magic >> 24, segment_magic & 0xFF'FFFF)) !=
        std::string::npos);
}

TEST_CASE("the document has every descriptor that a worker inherits") {
  const std::string part = section("## Inherited descriptors");
  for (int fd = inherited::segment; fd < inherited::end; ++fd) {
    CAPTURE(fd);
    CHECK(part.find(fmt::format("\n| {} | ", fd)) != std::string::npos);
  }
  CHECK(part.find(fmt::format("\n| {} | ", +inherited::end)) == std::string::npos);
  CHECK(part.find(fmt::format("`{}`", traced_worker_word)) != std::string::npos);
  CHECK(part.find(fmt::format("mark {} to {} close-on-exec", +inherited::segment, inherited::end - 1)) !=
        std::string::npos);
}

}  // namespace
}  // namespace wm
