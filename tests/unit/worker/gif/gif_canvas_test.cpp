// What browsers show of GIF files: checked pixel by pixel against what the format's rules and browsers make
// of small files that are written here by hand.

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "worker/gif/canvas.h"
#include "worker/gif/lzw_decoder.h"

using namespace wm;
using namespace std::string_literals;

namespace {

std::string le16(unsigned value) {
  return {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
}

/// Uncompressed: a clear code often enough that codes keep their three bits.
std::string lzw(const std::string& indices) {
  std::vector<unsigned> codes;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (i % 2 == 0) codes.push_back(4);
    codes.push_back(static_cast<unsigned>(indices[i] - '0'));
  }
  codes.push_back(5);
  std::string bytes;
  unsigned buffer = 0;
  int held = 0;
  for (const unsigned code : codes) {
    buffer |= code << held;
    held += 3;
    while (held >= 8) {
      bytes += static_cast<char>(buffer & 0xFF);
      buffer >>= 8;
      held -= 8;
    }
  }
  bytes += static_cast<char>(buffer);
  return "\2"s + static_cast<char>(bytes.size()) + bytes + "\0"s;
}

struct TestFrame {
  unsigned left, top, width, height;
  std::string indices;  // digits
  int disposal = 0;
  int transparent = -1;
  bool interlaced = false;
};

/// Colours 0 to 3 of the palette: R, G, B, W.
std::string gif_of(unsigned width, unsigned height, const std::vector<TestFrame>& frames) {
  std::string file = "GIF89a" + le16(width) + le16(height) + "\x81\1\0"s + "\xff\0\0"s + "\0\xff\0"s +
                     "\0\0\xff"s + "\xff\xff\xff"s;
  for (const TestFrame& frame : frames) {
    const int packed = frame.disposal << 2 | (frame.transparent >= 0 ? 1 : 0);
    file += "\x21\xf9\4"s + static_cast<char>(packed) + "\5\0"s +
            static_cast<char>(std::max(frame.transparent, 0)) + "\0"s;
    file += "," + le16(frame.left) + le16(frame.top) + le16(frame.width) + le16(frame.height) +
            (frame.interlaced ? "\x40"s : "\0"s) + lzw(frame.indices);
  }
  return file + ";";
}

/// One letter a pixel, "." where it is transparent; pages one after another.
std::string shown(const std::string& file) {
  const auto animation = gif::read_frames(std::as_bytes(std::span(file)));
  REQUIRE(animation);
  const gif::ScreenSize screen = gif::screen_of(*animation);
  std::vector<std::uint8_t> pixels(std::size_t{4} * screen.width * screen.height * animation->frames.size());
  const gif::Drawn drawn = gif::draw_frames(*animation, pixels);
  INFO(drawn.fault);
  std::string letters;
  for (std::size_t at = 0; at < pixels.size(); at += 4) {
    if (at > 0 && at / 4 % screen.width == 0)
      letters += at / 4 / screen.width % screen.height == 0 ? '|' : '/';
    const auto* const p = &pixels[at];
    letters += p[3] == 0 ? '.' : p[0] != 0 && p[1] != 0 ? 'W' : p[0] != 0 ? 'R' : p[1] != 0 ? 'G' : 'B';
  }
  CHECK(drawn.transparent == (letters.find('.') != std::string::npos));
  return letters;
}

}  // namespace

TEST_CASE("what no frame of a GIF covers is transparent, whatever its background colour") {
  CHECK(shown(gif_of(3, 2, {{1, 0, 2, 1, "02"}})) == ".RB/...");
  CHECK(shown(gif_of(3, 2, {{0, 0, 3, 2, "012301"}})) == "RGB/WRG");
}

TEST_CASE("a GIF's frames leave, clear or restore what is under them") {
  const TestFrame below{0, 0, 3, 1, "000"};
  const auto three = [&](int disposal) {
    return shown(gif_of(3, 1, {below, {1, 0, 1, 1, "2", disposal}, {2, 0, 1, 1, "1"}}));
  };
  CHECK(three(0) == "RRR|RBR|RBG");
  CHECK(three(1) == "RRR|RBR|RBG");
  CHECK(three(2) == "RRR|RBR|R.G");
  CHECK(three(3) == "RRR|RBR|RRG");
  CHECK(three(4) == "RRR|RBR|RRG");
  CHECK(shown(gif_of(2, 1, {{0, 0, 2, 1, "01", 3}, {0, 0, 1, 1, "2"}})) == "RG|B.");
  CHECK(shown(gif_of(2, 1, {{0, 0, 2, 1, "01", 2}, {0, 0, 1, 1, "2"}})) == "RG|B.");
}

TEST_CASE("a GIF's transparent index, and one beyond its colours, leave what is there") {
  CHECK(shown(gif_of(3, 1, {{0, 0, 3, 1, "000"}, {0, 0, 3, 1, "121", 0, 2}})) == "RRR|GRG");
  CHECK(shown(gif_of(3, 1, {{0, 0, 3, 1, "020", 0, 2}})) == "R.R");
  std::string two_colours = gif_of(3, 1, {{0, 0, 3, 1, "032"}});
  two_colours[10] = '\x80';
  two_colours.erase(19, 6);
  CHECK(shown(two_colours) == "R..");
}

TEST_CASE("an interlaced GIF frame comes in four passes") {
  // Rows as they are stored: 0, 8, 4, 2, 6, 1, 3, 5, 7.
  CHECK(shown(gif_of(1, 9, {{0, 0, 1, 9, "012301230", 0, -1, true}})) == "R/G/W/B/B/W/R/R/G");
  CHECK(shown(gif_of(1, 2, {{0, 0, 1, 2, "12", 0, -1, true}})) == "G/B");
}

TEST_CASE("a GIF's screen may be larger than all frames and grows to hold the first one") {
  CHECK(shown(gif_of(2, 2, {{0, 0, 1, 1, "3"}})) == "W./..");
  CHECK(shown(gif_of(1, 1, {{1, 0, 2, 1, "01"}})) == ".RG");
  CHECK(shown(gif_of(0, 0, {{0, 0, 2, 1, "01"}})) == "RG");
  CHECK(shown(gif_of(2, 1, {{0, 0, 2, 1, "00"}, {1, 0, 3, 1, "222"}, {5, 5, 1, 1, "1"}})) == "RR|RB|RB");
}

TEST_CASE("a screen of 640 x 480 is one, however small its frame is") {
  const std::string file = gif_of(640, 480, {{0, 0, 1, 1, "1"}});
  const gif::ScreenSize screen = gif::screen_of(*gif::read_frames(std::as_bytes(std::span(file))));
  CHECK(screen.width == 640);
  CHECK(screen.height == 480);
}

TEST_CASE("no bytes lead a GIF's decoder astray") {
  const std::string good =
      gif_of(9, 9, {{0, 0, 9, 9, std::string(81, '1'), 3}, {2, 2, 5, 5, std::string(25, '2'), 2, 1}});
  for (std::size_t at = 13; at < good.size(); ++at) {
    for (const char change : {'\x01', '\x40', '\xff'}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ change);
      const auto animation = gif::read_frames(std::as_bytes(std::span(bad)));
      if (!animation || animation->frames.empty()) continue;
      const gif::ScreenSize screen = gif::screen_of(*animation);
      const std::size_t size = std::size_t{4} * screen.width * screen.height * animation->frames.size();
      if (size > 1U << 24) continue;
      std::vector<std::uint8_t> pixels(size);
      (void)gif::draw_frames(*animation, pixels);
    }
  }
}

TEST_CASE("codes of all sizes come out as the indices that went in") {
  // An encoder of its own: grows its table as far as it goes, and clears it when it is full.
  std::vector<std::uint8_t> indices;
  unsigned state = 1;
  for (int i = 0; i < 60000; ++i) {
    state = state * 1103515245 + 12345;
    indices.push_back(static_cast<std::uint8_t>(state >> 16 & (i < 30000 ? 0xFF : 3)));
  }
  std::vector<std::byte> bytes;
  std::uint64_t buffer = 0;
  int held = 0;
  const auto put = [&](unsigned code, int bits) {
    buffer |= std::uint64_t{code} << held;
    for (held += bits; held >= 8; held -= 8, buffer >>= 8)
      bytes.push_back(static_cast<std::byte>(buffer & 0xFF));
  };
  std::vector<std::vector<int>> children;
  unsigned next = 0;
  int bits = 0;
  const auto clear = [&] {
    if (bits > 0) put(256, bits);
    children.assign(4096, std::vector<int>{});
    next = 258;
    bits = 9;
  };
  bits = 9;
  clear();
  unsigned prefix = indices[0];
  for (std::size_t i = 1; i < indices.size(); ++i) {
    auto& known = children[prefix];
    if (known.empty()) known.assign(256, -1);
    if (known[indices[i]] >= 0) {
      prefix = static_cast<unsigned>(known[indices[i]]);
      continue;
    }
    put(prefix, bits);
    if (next == 4096) {
      clear();
    } else {
      known[indices[i]] = static_cast<int>(next);
      if (next++ == 1U << bits) ++bits;
    }
    prefix = indices[i];
  }
  put(prefix, bits);
  put(257, bits);
  put(0, 7);
  std::vector<std::uint8_t> decoded(indices.size());
  const gif::LzwResult result = gif::decode_lzw(bytes, 8, decoded);
  CHECK(result.end == gif::LzwEnd::end_code);
  CHECK(result.indices == indices.size());
  CHECK(decoded == indices);
}
