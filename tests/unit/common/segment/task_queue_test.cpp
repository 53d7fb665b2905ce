#include "common/segment/task_queue.h"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "common/segment/mapped_segment.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

constexpr WorkerIndex first{0};
constexpr WorkerIndex second{1};

MappedSegment make_segment(unsigned workers = 2, unsigned slots = 4) {
  return MappedSegment::create({.workers = workers, .slots = slots, .ring_bytes = 4096});
}

Task make_task(std::uint64_t id) {
  return {.id = static_cast<TaskId>(id),
          .attempt = 2,
          .input = "/in/\xff\n.jpg",
          .output = "sub/out.jpg",
          .found = {.device = 7, .inode = 8, .size = 9, .mtime_ns = 10, .ctime_ns = -11, .owner = 12},
          .output_root = {.device = 13, .inode = 14},
          .own_output = {.inode = 5, .size = 6, .mtime_ns = -7},
          .may_be_own = MayBeOwn::cut_off};
}

TEST_CASE("a task arrives as it was placed and its result comes back") {
  const MappedSegment segment = make_segment();
  TaskQueue queue = segment.tasks();
  queue.place(3, make_task(77), 1);

  const auto claim = queue.claim(second);
  REQUIRE(claim);
  const Task task = queue.task(*claim).value();
  CHECK(task.id == TaskId{77});
  CHECK(task.attempt == 2);
  CHECK(task.input == "/in/\xff\n.jpg");
  CHECK(task.output == "sub/out.jpg");
  CHECK(task.found == make_task(77).found);
  CHECK(task.own_output == OutputIdentity{.inode = 5, .size = 6, .mtime_ns = -7});
  CHECK(task.output_root == OutputRoot{.device = 13, .inode = 14});
  CHECK(task.may_be_own == MayBeOwn::cut_off);
  CHECK(queue.look(3) == SlotWord{SlotState::claimed, second, 1});

  queue.finish(*claim, {.failure = Failure{FailureKind::corrupt, "broken"}, .stage_ns = {1, 2, 3, 4}});
  CHECK(queue.look(3) == SlotWord{SlotState::done, second, 1});
  const auto outcome = queue.result(3, 1);
  REQUIRE(outcome);
  CHECK(outcome->failure->kind == FailureKind::corrupt);
  CHECK(outcome->failure->message == "broken");
  CHECK(outcome->stage_ns == StageTimes{1, 2, 3, 4});
}

TEST_CASE("what became of a picture without marks comes back whole") {
  const MappedSegment segment = make_segment();
  TaskQueue queue = segment.tasks();
  const auto returned = [&](const Published& published) {
    queue.place(0, make_task(1), 1);
    queue.finish(queue.claim(first).value(), {.published = published});
    const auto outcome = queue.result(0, 1);
    queue.release(0);
    REQUIRE(outcome);
    return outcome->published;
  };
  const Published published{.result = Result::copied,
                            .bytes = 9,
                            .inode = 8,
                            .mtime_ns = -1,
                            .left_out = "mark 1: blank",
                            .notes = "XMP"};
  const Published same = returned(published);
  CHECK(same.result == Result::copied);
  CHECK(identity_of(same) == identity_of(published));
  CHECK(same.left_out == "mark 1: blank");
  CHECK(same.notes == "XMP");
  CHECK(returned({.result = Result::left_out}).result == Result::left_out);

  // Texts that are too long together are cut, the notes first.
  const std::string most(max_message_bytes - 1, 'm');
  const Published cut = returned({.left_out = most, .notes = "XMP"});
  CHECK(cut.left_out == most);
  CHECK(cut.notes == "X");
}

TEST_CASE("what was scribbled on is neither a task nor a result") {
  const MappedSegment segment = make_segment();
  TaskQueue queue = segment.tasks();
  queue.place(3, make_task(77), 1);
  auto* const payloads = reinterpret_cast<SlotPayload*>(reinterpret_cast<std::byte*>(&segment.header()) +
                                                        offsets_of(segment.shape()).payloads);
  SlotPayload& payload = payloads[3];
  const auto claim = queue.claim(second);
  REQUIRE(queue.task(*claim));

  SECTION("another path") {
    payload.output[0] ^= 1;
    CHECK_FALSE(queue.task(*claim));
  }
  SECTION("another length") {
    --payload.input_bytes;
    CHECK_FALSE(queue.task(*claim));
  }
  SECTION("an impossible length") {
    payload.output_bytes = 0xFFFF;
    CHECK_FALSE(queue.task(*claim));
  }
  SECTION("another file to replace") {
    ++payload.own_output.inode;
    CHECK_FALSE(queue.task(*claim));
  }
  SECTION("the task of another ticket") {
    CHECK_FALSE(queue.task({claim->slot, claim->worker, 2}));
  }
  SECTION("another file") {
    ++payload.found.inode;
    CHECK_FALSE(queue.task(*claim));
  }
  SECTION("another result") {
    const FileStamp input{.device = 1, .inode = 2, .size = 3, .mtime_ns = -4, .ctime_ns = 5};
    queue.finish(*claim, {.published = {.bytes = 5, .input = input, .damaged = true}});
    REQUIRE(queue.result(3, 1));
    CHECK(queue.result(3, 1)->published.damaged);
    CHECK(queue.result(3, 1)->published.input == input);
    ++payload.result.input.size;
    CHECK_FALSE(queue.result(3, 1));
    --payload.result.input.size;
    REQUIRE(queue.result(3, 1));
    payload.result.published_bytes = 6;
    CHECK_FALSE(queue.result(3, 1));
  }
  SECTION("a flag that is none") {
    queue.finish(*claim, {.published = {.bytes = 5}});
    CHECK_FALSE(queue.result(3, 1)->published.damaged);
    payload.result.damaged = 2;
    CHECK_FALSE(queue.result(3, 1));
  }
  SECTION("another end") {
    queue.finish(*claim, {.published = {.bytes = 5}});
    payload.result.result = static_cast<std::uint16_t>(Result::left_out);
    CHECK_FALSE(queue.result(3, 1));
  }
  SECTION("the result of another ticket") {
    queue.finish(*claim, {.published = {.bytes = 5}});
    CHECK_FALSE(queue.result(3, 2));
  }
}

TEST_CASE("programs that see the segment differently do not work together") {
  // Also in docs/shared_memory_format.md. What is meant by the bytes may change, too: see segment_version.
  CHECK(abi_hash() == 0x2B83FE8557382481);
}

TEST_CASE("an empty queue has nothing to claim, and a task is claimed once") {
  const MappedSegment segment = make_segment();
  TaskQueue queue = segment.tasks();
  CHECK_FALSE(queue.claim(first));
  queue.place(0, make_task(1), 1);
  CHECK(queue.claim(first));
  CHECK_FALSE(queue.claim(second));
}

TEST_CASE("a worker whose task was given away cannot finish it any more") {
  const MappedSegment segment = make_segment();
  TaskQueue queue = segment.tasks();
  queue.place(0, make_task(1), 1);
  const auto claim = queue.claim(first);
  queue.place(0, make_task(1), 2);  // the supervisor took it for dead
  CHECK_FALSE(queue.finish(*claim, {}));
  CHECK(queue.look(0) == SlotWord{SlotState::ready, WorkerIndex{}, 2});
}

TEST_CASE("a task can be withdrawn until it is claimed") {
  const MappedSegment segment = make_segment();
  TaskQueue queue = segment.tasks();
  queue.place(0, make_task(1), 1);
  queue.place(1, make_task(2), 2);
  REQUIRE(queue.claim(first));
  CHECK_FALSE(queue.withdraw(0, 1));
  CHECK(queue.withdraw(1, 2));
  CHECK_FALSE(queue.claim(first));
}

TEST_CASE("paths of the greatest length fit, longer ones are refused") {
  const MappedSegment segment = make_segment();
  TaskQueue queue = segment.tasks();
  Task task = make_task(1);
  task.input = std::string(max_path_bytes, 'x');
  queue.place(0, task, 1);
  CHECK(queue.task(*queue.claim(first)).value().input == task.input);
  task.input += 'x';
  CHECK_THROWS_AS(queue.place(1, task, 2), std::length_error);
}

TEST_CASE("a word that nobody can have written is noticed") {
  CHECK_FALSE(unpack(~std::uint64_t{0}));
  CHECK_FALSE(unpack(std::uint64_t{4} << 56));
  const SlotWord word{SlotState::done, WorkerIndex{65535}, (std::uint64_t{1} << 40) - 1};
  CHECK(unpack(pack(word)) == word);
}

TEST_CASE("many workers share many tasks, each done once") {
  constexpr unsigned workers = 4;
  constexpr std::uint64_t tasks = 20'000;
  const MappedSegment segment = make_segment(workers, 16);
  TaskQueue queue = segment.tasks();
  std::atomic<bool> stopping{false};

  std::vector<std::thread> threads;
  for (unsigned i = 0; i < workers; ++i) {
    threads.emplace_back([&, i] {
      TaskQueue mine = segment.tasks();
      while (!stopping.load()) {
        if (const auto claim = mine.claim(static_cast<WorkerIndex>(i))) {
          const Task task = mine.task(*claim).value();
          mine.finish(*claim, {.published = {.bytes = number(task.id)}});
        } else {
          std::this_thread::yield();
        }
      }
    });
  }

  std::set<std::uint64_t> done;
  std::uint64_t placed = 0;
  std::uint64_t duplicates = 0;
  while (done.size() + duplicates < tasks) {
    for (SlotIndex slot = 0; slot < queue.size(); ++slot) {
      const auto word = queue.look(slot);
      if (word->state == SlotState::done) {
        if (!done.insert(queue.result(slot, word->ticket)->published.bytes).second) ++duplicates;
        queue.release(slot);
      } else if (word->state == SlotState::free && placed < tasks) {
        ++placed;
        queue.place(slot, make_task(placed), placed);
      }
    }
  }
  stopping = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(duplicates == 0);
  CHECK(done.size() == tasks);
}

TEST_CASE("a stranger's memory is not taken for a segment") {
  const MappedSegment segment = make_segment();
  segment.header().abi ^= 1;
  CHECK_THROWS_AS(MappedSegment::attach(UniqueFd(::dup(segment.fd()))), std::runtime_error);
  segment.header().abi ^= 1;
  segment.header().shape.slots = 1U << 19;  // more than the file holds
  CHECK_THROWS_AS(MappedSegment::attach(UniqueFd(::dup(segment.fd()))), std::runtime_error);
}

TEST_CASE("two mappings of a segment see the same tasks") {
  const MappedSegment segment = make_segment();
  const MappedSegment other = MappedSegment::attach(UniqueFd(::dup(segment.fd())));
  segment.tasks().place(0, make_task(5), 1);
  TaskQueue queue = other.tasks();
  REQUIRE(queue.claim(first));
  CHECK(segment.tasks().look(0)->state == SlotState::claimed);
}

}  // namespace
}  // namespace wm
