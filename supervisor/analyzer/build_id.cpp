#include "supervisor/analyzer/build_id.h"

#include <elf.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include <fmt/format.h>

namespace wm {
namespace {

/// The value at `offset`; none when it is not within the bytes.
template <typename Value>
std::optional<Value> value_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(Value)) return std::nullopt;
  Value value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 3) & ~std::uint64_t{3};
}

std::optional<std::string> build_id_in_notes(std::span<const std::byte> notes) {
  std::uint64_t at = 0;
  while (const auto note = value_at<Elf64_Nhdr>(notes, at)) {
    const std::uint64_t name_at = at + sizeof *note;
    const std::uint64_t text_at = name_at + padded(note->n_namesz);
    const std::uint64_t next = text_at + padded(note->n_descsz);
    if (text_at > notes.size() || note->n_descsz > notes.size() - text_at) return std::nullopt;
    const bool is_gnu = note->n_namesz == 4 && std::memcmp(notes.data() + name_at, "GNU", 4) == 0;
    if (is_gnu && note->n_type == NT_GNU_BUILD_ID) {
      std::string id;
      for (const std::byte byte : notes.subspan(text_at, note->n_descsz)) {
        id += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
      }
      return id;
    }
    at = next;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> build_id_of(std::span<const std::byte> image) {
  const auto header = value_at<Elf64_Ehdr>(image, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64) {
    return std::nullopt;
  }
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = value_at<Elf64_Phdr>(image, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment) break;
    if (segment->p_type != PT_NOTE || segment->p_offset > image.size()) continue;
    const std::uint64_t there = std::min<std::uint64_t>(segment->p_filesz, image.size() - segment->p_offset);
    if (auto id = build_id_in_notes(image.subspan(segment->p_offset, there))) return id;
  }
  return std::nullopt;
}

std::optional<std::string> build_id_of_file(int fd) {
  std::array<std::byte, 4096> head{};
  const ssize_t got = ::pread(fd, head.data(), head.size(), 0);
  if (got <= 0) return std::nullopt;
  return build_id_of(std::span(head).first(static_cast<std::size_t>(got)));
}

}  // namespace wm
