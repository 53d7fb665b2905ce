#pragma once

// The build id of an ELF file (note NT_GNU_BUILD_ID, see ld(1) --build-id) from the first bytes of its image,
// or from the file. The bytes are untrusted: everything in them is checked. Pure, except for reading the
// file.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace wm {

/// Lower-case hexadecimal; none when `image` does not contain it. 64-bit files only.
[[nodiscard]] std::optional<std::string> build_id_of(std::span<const std::byte> image);

/// None when the file open at the descriptor cannot be read or has no build id.
[[nodiscard]] std::optional<std::string> build_id_of_file(int fd);

}  // namespace wm
