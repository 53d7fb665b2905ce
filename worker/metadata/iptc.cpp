#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/utf8.h"

namespace wm::metadata {
namespace {

// Record and number of a data set.
constexpr std::uint16_t charset = 0x015A, record_version = 0x0200, by_line = 0x0250, credit = 0x026E,
                        copyright_notice = 0x0274, preview_format = 0x02C8, preview_data = 0x02CA;
constexpr std::string_view utf8_charset = "\x1B%G";

struct DataSet {
  std::uint16_t id = 0;
  ByteSpan whole, data;
};

struct Record {
  std::vector<DataSet> sets;
  ByteSpan rest;
};

Record read_record(ByteSpan iptc) {
  Record record;
  std::size_t at = 0;
  while (inside(iptc, at, 5) && u8(iptc, at) == 0x1C) {
    std::size_t size = u16(iptc, at + 3);
    std::size_t head = 5;
    if ((size & 0x8000U) != 0) {  // extended: the number of bytes that contain the size
      const std::size_t bytes = size & 0x7FFFU;
      if (bytes > 4 || !inside(iptc, at + 5, bytes)) break;
      size = number_at(iptc, at + 5, bytes, Endian::big);
      head += bytes;
    }
    if (!inside(iptc, at + head, size)) break;
    record.sets.push_back(
        {.id = u16(iptc, at + 1), .whole = part(iptc, at, head + size), .data = part(iptc, at + head, size)});
    at += head + size;
  }
  record.rest = part(iptc, at);
  return record;
}

void append_set(Bytes& iptc, std::uint16_t id, std::string_view text) {
  append_u8(iptc, 0x1C);
  append_u16(iptc, id);
  text = text.substr(0, 0x7FFF);
  append_u16(iptc, static_cast<std::uint32_t>(text.size()));
  append(iptc, text);
}

bool survives(std::uint16_t id, CarryPolicy policy) {
  if (policy == CarryPolicy::keep) return true;
  return policy == CarryPolicy::copyright &&
         (id == charset || id == record_version || id == by_line || id == credit || id == copyright_notice);
}

/// The encoding of new texts beside the old ones.
enum class Coding { utf8, utf8_to_be_named, latin1 };

Coding coding_for(const Record& record, const MetadataPlan& plan) {
  const bool ascii = is_ascii(plan.artist) && is_ascii(plan.copyright);
  for (const auto& set : record.sets) {
    if (set.id == charset && text_of(set.data) == utf8_charset) return Coding::utf8;
  }
  if (ascii) return Coding::utf8;
  const bool old_ascii = std::ranges::all_of(record.sets, [](const DataSet& set) {
    return set.id == record_version || is_ascii(text_of(set.data));
  });
  return old_ascii ? Coding::utf8_to_be_named : Coding::latin1;
}

bool is_preview(std::uint16_t id) {
  return id >= preview_format && id <= preview_data;
}

}  // namespace

bool is_iptc(ByteSpan block) {
  return !read_record(block).sets.empty();
}

Bytes edited_iptc(ByteSpan iptc, const MetadataPlan& plan, Losses& losses) {
  if (plan.policy == CarryPolicy::none) return {};
  const Record record = read_record(iptc);
  const Coding coding = coding_for(record, plan);
  const auto coded = [&](const std::string& text) {
    return coding == Coding::latin1 ? latin1_of_utf8(text) : std::optional(text);
  };
  const auto artist = coded(plan.artist);
  const auto copyright = coded(plan.copyright);
  if (!artist || !copyright) losses.add("new copyright or artist in IPTC: its character set lacks letters");

  std::vector<std::pair<std::uint16_t, std::string>> news;
  if (artist && !artist->empty()) news.emplace_back(by_line, *artist);
  if (copyright && !copyright->empty()) news.emplace_back(copyright_notice, *copyright);
  Bytes result;
  if (coding == Coding::utf8_to_be_named && !news.empty()) append_set(result, charset, utf8_charset);
  const auto put_before = [&](std::uint32_t id) {
    while (!news.empty() && news.front().first < id) {
      append_set(result, news.front().first, news.front().second);
      news.erase(news.begin());
    }
  };
  const auto is_new = [news](std::uint16_t id) {
    return std::ranges::any_of(news, [id](const auto& text) { return text.first == id; });
  };
  for (const auto& set : record.sets) {
    if (!survives(set.id, plan.policy) || is_new(set.id)) continue;
    if (is_preview(set.id) && plan.thumbnail != ThumbnailPolicy::keep) {
      if (set.id == preview_data) losses.add("preview picture in IPTC");
      continue;
    }
    if (set.id == charset && coding == Coding::utf8_to_be_named && !is_new(charset) && !result.empty())
      continue;
    put_before(set.id);
    append(result, set.whole);
  }
  put_before(0x10000);
  if (plan.policy == CarryPolicy::keep) append(result, record.rest);
  return result;
}

}  // namespace wm::metadata
