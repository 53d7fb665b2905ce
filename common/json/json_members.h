#pragma once

// Reads the members of a JSON object that may be damaged or come from an untrusted source. A member that is
// present must have the right type and fit into the value. A fault is remembered, so that the reader checks
// only once at the end. May be used from any thread, each object by one at a time.

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/json/json_text.h"

namespace wm {

class JsonMembers {
 public:
  /// Borrows `json`. Anything other than an object is a fault.
  explicit JsonMembers(const Json& json);

  /// Whether everything read so far was valid.
  [[nodiscard]] bool good() const noexcept { return good_; }
  void fail() noexcept { good_ = false; }

  /// The member; null when it is missing or a JSON null.
  [[nodiscard]] const Json* find(const char* key) const;

  /// Must be present.
  JsonMembers& text(const char* key, std::string& value);
  JsonMembers& texts(const char* key, std::vector<std::string>& values);
  template <std::integral Value>
  JsonMembers& integer(const char* key, Value& value) {
    if (find(key) == nullptr) fail();
    return integer_or_null(key, value);
  }

  // May be null or missing: then the value is left unchanged.
  JsonMembers& text_or_null(const char* key, std::string& value);
  JsonMembers& flag_or_null(const char* key, bool& value);
  JsonMembers& number_or_null(const char* key, double& value);
  template <std::integral Value>
  JsonMembers& integer_or_null(const char* key, Value& value) {
    std::optional<Value> read;
    integer_or_null(key, read);
    if (read) value = *read;
    return *this;
  }
  template <std::integral Value>
  JsonMembers& integer_or_null(const char* key, std::optional<Value>& value) {
    if (const auto number = signed_or_unsigned(key)) {
      const bool fits = number->negative
                            ? std::signed_integral<Value> &&
                                  static_cast<std::int64_t>(number->bits) >=
                                      static_cast<std::int64_t>(std::numeric_limits<Value>::min())
                            : number->bits <= static_cast<std::uint64_t>(std::numeric_limits<Value>::max());
      if (!fits) fail();
      if (fits) value = static_cast<Value>(number->bits);
    }
    return *this;
  }
  /// A text such as "0x1f".
  JsonMembers& hexadecimal_or_null(const char* key, std::optional<std::uint64_t>& value);

  /// Must be an array. `read` gets each element and returns whether it is valid.
  template <class Read>
  JsonMembers& each(const char* key, const Read& read) {
    const auto* const elements = array(key);
    if (elements == nullptr) {
      fail();
      return *this;
    }
    visit(*elements, [&](const Json& element) {
      if (good_ && !read(element)) fail();
    });
    return *this;
  }

 private:
  struct Integer {
    bool negative = false;
    std::uint64_t bits = 0;
  };
  [[nodiscard]] std::optional<Integer> signed_or_unsigned(const char* key);
  [[nodiscard]] const Json* array(const char* key) const;
  template <class Visit>
  static void visit(const Json& array, const Visit& visit) {
    const std::size_t size = size_of(array);
    for (std::size_t i = 0; i < size; ++i) visit(element(array, i));
  }
  [[nodiscard]] static std::size_t size_of(const Json& array);
  [[nodiscard]] static const Json& element(const Json& array, std::size_t index);

  const Json& json_;
  bool good_;
};

}  // namespace wm
