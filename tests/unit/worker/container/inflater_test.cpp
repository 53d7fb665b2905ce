#include "worker/container/inflater.h"

#include <string>

#include "tests/support/catch.h"

namespace wm::container {
namespace {

Bytes packed(const std::string& text) {
  uLongf size = compressBound(text.size());
  Bytes result(size);
  REQUIRE(compress(reinterpret_cast<Bytef*>(result.data()), &size,
                   reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
  result.resize(size);
  return result;
}

TEST_CASE("a stream may come in pieces of any size") {
  const std::string text(100'000, 'x');
  const Bytes stream = packed(text);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, stream.size()}) {
    CAPTURE(piece);
    Inflater inflater;
    std::string plain;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      inflater.unpack(part(stream, at, piece), [&](ByteSpan made) {
        plain += text_of(made);
        return true;
      });
    }
    CHECK(inflater.state() == Inflater::State::ended);
    CHECK(plain == text);
  }
}

TEST_CASE("unpacking ends when that is enough, or the stream is damaged") {
  const Bytes stream = packed(std::string(1'000'000, 'x'));
  CHECK(inflated(stream, 1'000'000)->size() == 1'000'000);
  CHECK_FALSE(inflated(stream, 999'999));
  CHECK_FALSE(inflated(part(stream, 0, stream.size() - 5), 1'000'000));
  CHECK_FALSE(inflated({}, 10));
  std::size_t pieces = 0;
  Inflater inflater;
  inflater.unpack(stream, [&](ByteSpan) { return ++pieces < 3; });
  CHECK(pieces == 3);
  CHECK(inflater.state() == Inflater::State::open);
  Bytes damaged = stream;
  damaged[0] = std::byte{0xFF};
  CHECK(Inflater().unpack(damaged, [](ByteSpan) { return true; }) == Inflater::State::damaged);
}

}  // namespace
}  // namespace wm::container
