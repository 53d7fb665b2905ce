#include "supervisor/input/natural_order.h"

#include <algorithm>
#include <string>
#include <vector>

#include "supervisor/input/directory_listing.h"
#include "tests/support/catch.h"

namespace wm {
namespace {

using Names = std::vector<std::string>;

/// In ascending order, from a listing that got them in another one.
Names sorted(Names names) {
  std::reverse(names.begin(), names.end());
  DirectoryListing listing;
  for (const std::string& name : names) listing.add(name, 0);
  listing.sort();
  Names result;
  while (const auto entry = listing.next()) result.emplace_back(entry->name);
  return result;
}

TEST_CASE("names are in the order in which a person counts them") {
  for (const Names& names : {
           Names{"img1.jpg", "img2.jpg", "img10.jpg", "img100.jpg"},
           Names{"img007.jpg", "img8.jpg", "img009.jpg", "img010.jpg"},
           Names{"1.jpg", "2.jpg", "10.jpg", "a.jpg"},
           Names{"v1.2.jpg", "v1.10.jpg", "v2.0.jpg"},
           Names{"a.jpg", "a (1).jpg", "a (2).jpg", "a (10).jpg", "a-2.jpg"},
           Names{"2024-1-9 x.jpg", "2024-1-10 x.jpg", "2024-02-01 x.jpg"},
           Names{"0", "00", "01", "1", "10"},
           Names{"IMG_1.JPG", "IMG_2.JPG", "img_1.jpg"},  // byte by byte, whatever the locale
           Names{"x99999999999999999999999998.jpg", "x99999999999999999999999999.jpg"},
           Names{"p.jpg", "p.png", "p\xC3\xA4.jpg"},
           Names{".hidden", "a"},
       }) {
    CHECK(sorted(names) == names);
  }
}

TEST_CASE("a listing is in that order whatever its names have in common") {
  for (const std::string& common :
       {std::string(), std::string("x"), std::string("x1"), std::string("2024-05-"), std::string("a.b"),
        std::string("007"), std::string(100, 'n')}) {
    Names names;
    for (const std::string end : {"",
                                  "1",
                                  "01",
                                  "2",
                                  "10",
                                  "0",
                                  "a",
                                  "-1",
                                  "1a",
                                  "1.jpg",
                                  "10.jpg",
                                  ".jpg",
                                  ".png",
                                  "1.1",
                                  "123456789",
                                  "1234567890",
                                  "12345678901.jpg",
                                  "\xFF",
                                  "a1b2",
                                  "a1b10"}) {
      if (!(common + end).empty()) names.push_back(common + end);
    }
    names.push_back(common + std::string(120, '9'));
    names.push_back(common + std::string(119, '9') + "8");
    const Names result = sorted(names);
    CHECK(std::is_sorted(result.begin(), result.end(), naturally_before));
    CHECK(result.size() == names.size());
  }
}

TEST_CASE("the order is strict, total and transitive") {
  const Names names{"",
                    "1",
                    "01",
                    "001",
                    "1a",
                    "a1",
                    "a01",
                    "a1.jpg",
                    "a01.png",
                    "a1.png",
                    "a10",
                    "a2",
                    "a",
                    "a.",
                    ".a",
                    "a..b",
                    "a0",
                    "a00",
                    "0a",
                    "a-1",
                    "a-01",
                    "a 1",
                    "\xFF",
                    "\xFF"
                    "1",
                    "1.10",
                    "1.9",
                    "01.9",
                    "1.09",
                    "a1b2",
                    "a1b10",
                    "a01b",
                    "a1b02",
                    "a.jpg",
                    "a.JPG",
                    "A.jpg",
                    "a1.1.1",
                    "a1.1.01"};
  for (const auto& a : names) {
    CHECK_FALSE(naturally_before(a, a));
    for (const auto& b : names) {
      if (a != b) CHECK(naturally_before(a, b) != naturally_before(b, a));
      for (const auto& c : names) {
        if (naturally_before(a, b) && naturally_before(b, c) && !naturally_before(a, c)) {
          FAIL(a << " < " << b << " < " << c);
        }
      }
    }
  }
}

}  // namespace
}  // namespace wm
