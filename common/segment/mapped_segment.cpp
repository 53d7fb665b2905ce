#include "common/segment/mapped_segment.h"

#include <sys/stat.h>

#include <bit>
#include <stdexcept>

#include "common/os/errno_error.h"
#include "common/os/mappable_descriptor.h"
#include "common/os/memory_file.h"

namespace wm {
namespace {

namespace ipc = boost::interprocess;

bool plausible(const SegmentShape& shape) {
  return shape.workers >= 1 && shape.workers <= max_workers && shape.slots >= 1 && shape.slots <= 1U << 20 &&
         shape.ring_bytes >= 4096 && shape.ring_bytes <= 1U << 28 && std::has_single_bit(shape.ring_bytes);
}

}  // namespace

MappedSegment::MappedSegment(UniqueFd memory, const SegmentShape& shape)
    : memory_(std::move(memory)),
      shape_(shape),
      offsets_(offsets_of(shape)),
      region_(MappableDescriptor(memory_.get()), ipc::read_write, 0, offsets_.total) {}

MappedSegment MappedSegment::create(const SegmentShape& shape) {
  if (!plausible(shape)) throw std::invalid_argument("a segment of impossible shape was asked for");
  MappedSegment segment(create_memory_file("wm-segment", offsets_of(shape).total), shape);
  segment.write_header();  // the file is zeroed, which is the correct initial value of every atomic
  return segment;
}

void MappedSegment::write_header() const noexcept {
  SegmentHeader& head = header();
  head.magic = segment_magic;
  head.abi = abi_hash();
  head.total_bytes = offsets_.total;
  head.shape = shape_;
}

MappedSegment MappedSegment::attach(UniqueFd memory) {
  const auto stranger = [] {
    return std::runtime_error("the inherited memory is not a segment of this version of wm-supervisor");
  };
  struct stat status {};
  check_errno(::fstat(memory.get(), &status), "fstat of the segment");
  if (static_cast<std::size_t>(status.st_size) < sizeof(SegmentHeader)) throw stranger();
  SegmentShape shape;
  {
    const ipc::mapped_region first(MappableDescriptor(memory.get()), ipc::read_only, 0,
                                   sizeof(SegmentHeader));
    const auto* const header = static_cast<const SegmentHeader*>(first.get_address());
    if (header->magic != segment_magic || header->abi != abi_hash()) throw stranger();
    shape = header->shape;
  }
  if (!plausible(shape) || offsets_of(shape).total != static_cast<std::size_t>(status.st_size))
    throw stranger();
  return {std::move(memory), shape};
}

template <typename T>
T* MappedSegment::at(std::size_t offset) const noexcept {
  return reinterpret_cast<T*>(static_cast<char*>(region_.get_address()) + offset);
}

SegmentHeader& MappedSegment::header() const noexcept {
  return *at<SegmentHeader>(0);
}

WorkerStatus& MappedSegment::status(WorkerIndex worker) const {
  if (number(worker) >= shape_.workers) throw std::out_of_range("no such worker");
  return at<WorkerStatus>(offsets_.statuses)[number(worker)];
}

TaskQueue MappedSegment::tasks() const {
  return {std::span(at<std::atomic<std::uint64_t>>(offsets_.words), shape_.slots),
          std::span(at<SlotPayload>(offsets_.payloads), shape_.slots), header().claim_hint};
}

LogRing MappedSegment::log_ring(WorkerIndex worker) const {
  if (number(worker) >= shape_.workers) throw std::out_of_range("no such log ring");
  const std::size_t start = offsets_.rings + number(worker) * offsets_.ring_stride;
  return {*at<LogRingHeader>(start),
          std::span(at<std::byte>(start + sizeof(LogRingHeader)), shape_.ring_bytes)};
}

}  // namespace wm
