#include "worker/crash/thread_patience.h"

#include <string>

#include "tests/support/catch.h"

namespace wm::crash {
namespace {

constexpr int asks = 40;

std::string status(char state, const std::string& blocked) {
  return std::string("Name:\tspinner\nUmask:\t0022\nState:\t") + state +
         " (…)\nTgid:\t7\nSigPnd:\tffffffffffffffff\nSigBlk:\t" + blocked + "\nSigIgn:\t0000000000001000\n";
}

const std::string none_blocked(16, '0');

TEST_CASE("a thread that only waits for a processor is waited for longer than others") {
  for (const char state : {'R', 'S', 'D', 'T'}) {
    CHECK(may_answer(status(state, none_blocked), asks, first_look_ns));
    CHECK(may_answer(status(state, none_blocked), asks, patience_ns - 1));
    CHECK(may_answer(status(state, none_blocked), asks, patience_ns) == (state == 'R'));
    CHECK_FALSE(may_answer(status(state, none_blocked), asks, longest_patience_ns));
  }
}

TEST_CASE("a thread that has blocked the signal never answers") {
  CHECK_FALSE(may_answer(status('R', "0000008000000000"), asks, first_look_ns));
  CHECK(may_answer(status('R', "0000004000000000"), asks, first_look_ns));
  CHECK(may_answer(status('R', "ffffff7fffffffff"), asks, first_look_ns));
}

TEST_CASE("a thread whose status cannot be read is waited for as long as others") {
  for (const std::string text : {"", "State:\t", "State:\tR", "SigBlk:\t", "SigBlk:\t00"}) {
    CAPTURE(text);
    CHECK(may_answer(text, asks, patience_ns - 1));
    CHECK(may_answer(text, asks, patience_ns) == (text == "State:\tR"));
  }
}

}  // namespace
}  // namespace wm::crash
