#pragma once

// The build id of an ELF file (note NT_GNU_BUILD_ID, see ld(1) --build-id) from the first bytes of its image,
// or from the file. The bytes may be anybody's: everything in them is checked. Pure but for the file.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace wm {

/// Lower-case hexadecimal; none when there is none within `image`. 64-bit files only.
[[nodiscard]] std::optional<std::string> build_id_of(std::span<const std::byte> image);

/// None when the file behind the descriptor cannot be read or has none.
[[nodiscard]] std::optional<std::string> build_id_of_file(int fd);

}  // namespace wm
