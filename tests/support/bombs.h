#pragma once

// Small files that ask for gigabytes or minutes: what strangers send. Made when a test needs them, without an
// encoder. Each takes what makes it large, so that a test can have one below a limit, too.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wm::test::bombs {

/// `text` over and over, deflated (zlib).
[[nodiscard]] std::string deflated(std::string_view text, std::size_t times);

/// A grey PNG of one bit a sample, all black.
[[nodiscard]] std::string png(unsigned width, unsigned height, std::string_view chunks = {});
/// RGBA of 16 bits.
[[nodiscard]] std::string deep_png(unsigned width, unsigned height);
[[nodiscard]] std::string png_chunk(std::string_view type, std::string_view data);
/// Text chunks that become `megabytes` each; type zTXt or iTXt.
[[nodiscard]] std::string png_texts(std::string_view type, unsigned count, unsigned megabytes);
[[nodiscard]] std::string png_profile(unsigned megabytes);
/// Hexadecimal EXIF blocks of `megabytes`, as ImageMagick writes them.
[[nodiscard]] std::string png_raw_profiles(unsigned count, unsigned megabytes);
/// An XMP packet with an element of `attributes` attributes.
[[nodiscard]] std::string xmp_packet(std::size_t attributes);
[[nodiscard]] std::string png_xmp(std::string_view packet);
/// Pixels in chunks of one byte.
[[nodiscard]] std::string png_of_crumbs(unsigned width, unsigned height);

/// A file of `frames` frames of one pixel each on a large screen.
[[nodiscard]] std::string gif(unsigned width, unsigned height, unsigned frames, std::string_view blocks = {});

/// An animation of frames of one pixel on a large canvas.
[[nodiscard]] std::string webp(unsigned width, unsigned height, unsigned frames);

/// `pages` pages of RGB or grey, all of the same deflated strip.
[[nodiscard]] std::string tiff(unsigned width, unsigned height, unsigned pages, unsigned bands = 1,
                               unsigned bits = 8);
/// One page with so many tags that nobody knows.
[[nodiscard]] std::string tiff_of_tags(unsigned tags);
/// A directory whose `tags` tags all have the same value of `bytes` bytes.
[[nodiscard]] std::string tiff_block(unsigned tags, std::size_t bytes);

/// A progressive JPEG: one scan of DC coefficients, then `scans` scans without any coefficient.
[[nodiscard]] std::string jpeg(unsigned width, unsigned height, unsigned scans);
[[nodiscard]] std::string jpeg_segment(unsigned char marker, std::string_view payload);
/// Puts segments after the first marker of a whole JPEG.
[[nodiscard]] std::string with_segments(std::string_view jpeg, std::string_view segments);

}  // namespace wm::test::bombs
