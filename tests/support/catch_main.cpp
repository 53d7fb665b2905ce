#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "tests/support/skip.h"

int main(int argc, char* argv[]) {
  const int result = Catch::Session().run(argc, argv);
  return result == 0 && wm::test::something_was_skipped ? wm::test::exit_skipped : result;
}
