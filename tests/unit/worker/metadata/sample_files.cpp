#include "tests/unit/worker/metadata/sample_files.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>

#include <zlib.h>

#include "worker/jpeg/libjpeg.h"

namespace wm::test {
namespace {

struct Field {
  int tag, type;
  std::string value;  // as it is in the file
};

int type_size(int type) {
  constexpr std::array sizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
  return type > 0 && type < static_cast<int>(sizes.size()) ? sizes.at(static_cast<std::size_t>(type)) : 1;
}

/// Table at `base`, values after it.
std::string directory(const std::vector<Field>& fields, std::size_t base, bool big, std::uint32_t next) {
  std::string table = number(fields.size(), 2, big);
  std::string values;
  const std::size_t values_at = base + 2 + 12 * fields.size() + 4;
  for (const auto& field : fields) {
    table +=
        number(static_cast<unsigned>(field.tag), 2, big) + number(static_cast<unsigned>(field.type), 2, big);
    table += number(field.value.size() / static_cast<std::size_t>(type_size(field.type)), 4, big);
    if (field.value.size() <= 4) {
      table += field.value + std::string(4 - field.value.size(), '\0');
    } else {
      table += number(values_at + values.size(), 4, big);
      values += field.value + std::string(field.value.size() % 2, '\0');
    }
  }
  return table + number(next, 4, big) + values;
}

std::string tiff_head(bool big) {
  return (big ? "MM"s : "II"s) + number(42, 2, big) + number(8, 4, big);
}

ExifView::Directory view_directory(const std::string& block, std::size_t at, bool big,
                                   std::uint32_t* next = nullptr) {
  ExifView::Directory view;
  const auto count = number_at(block, at, 2, big);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = at + 2 + 12 * i;
    const int type = static_cast<int>(number_at(block, entry + 2, 2, big));
    const auto size = number_at(block, entry + 4, 4, big) * static_cast<std::size_t>(type_size(type));
    const auto from = size <= 4 ? entry + 8 : number_at(block, entry + 8, 4, big);
    view[static_cast<int>(number_at(block, entry, 2, big))] = {type, block.substr(from, size)};
  }
  if (next != nullptr) *next = static_cast<std::uint32_t>(number_at(block, at + 2 + 12 * count, 4, big));
  return view;
}

}  // namespace

std::string string_of(metadata::ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string number(std::uint64_t value, int bytes, bool big) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * (big ? bytes - 1 - i : i)) & 0xFF);
  return text;
}

std::uint64_t number_at(const std::string& bytes, std::size_t at, int size, bool big) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) {
    const auto place = at + static_cast<std::size_t>(big ? i : size - 1 - i);
    value = value << 8 | static_cast<unsigned char>(bytes.at(place));
  }
  return value;
}

std::string exif_block(const ExifRecipe& recipe) {
  const bool big = recipe.big;
  const auto build = [&](std::size_t exif_at, std::size_t gps_at, std::size_t thumbnail_at) {
    std::vector<Field> main{{0x010F, 2, "Nordlicht Kamera\0"s},
                            {0x0112, 3, number(6, 2, big)},
                            {0x011A, 5, number(300, 4, big) + number(1, 4, big)},
                            {0x011B, 5, number(300, 4, big) + number(1, 4, big)},
                            {0x0128, 3, number(2, 2, big)}};
    if (recipe.texts) {
      main.push_back({0x013B, 2, "Erika Muster\0"s});
      main.push_back({0x8298, 2, "(c) Erika Muster\0"s});
    }
    main.push_back({0x8769, 4, number(exif_at, 4, big)});
    main.push_back({0x8825, 4, number(gps_at, 4, big)});
    const std::string first =
        directory(main, 8, big, recipe.thumbnail.empty() ? 0U : static_cast<std::uint32_t>(thumbnail_at));
    std::string exif = directory({{0x829A, 5, number(10, 4, big) + number(2500, 4, big)},
                                  {0x9000, 7, "0232"},
                                  {0x9003, 2, "2026:11:25 09:00:00\0"s},
                                  {0x927C, 7, recipe.maker_note},
                                  {0xA001, 3, number(1, 2, big)},
                                  {0xA002, 4, number(64, 4, big)},
                                  {0xA003, 4, number(48, 4, big)}},
                                 exif_at, big, 0);
    std::string gps = directory({{1, 2, "S\0"s},
                                 {2, 5,
                                  number(33, 4, big) + number(1, 4, big) + number(30, 4, big) +
                                      number(1, 4, big) + number(0, 4, big) + number(1, 4, big)}},
                                gps_at, big, 0);
    return std::array{tiff_head(big) + first, exif, gps};
  };
  auto parts = build(0, 0, 0);
  const std::size_t exif_at = parts[0].size();
  const std::size_t gps_at = exif_at + parts[1].size();
  const std::size_t thumbnail_at = gps_at + parts[2].size();
  parts = build(exif_at, gps_at, thumbnail_at);
  std::string block = parts[0] + parts[1] + parts[2];
  if (!recipe.thumbnail.empty()) {
    const std::size_t jpeg_at = thumbnail_at + 2 + 3 * 12 + 4;
    block += directory({{0x0103, 3, number(6, 2, big)},
                        {0x0201, 4, number(jpeg_at, 4, big)},
                        {0x0202, 4, number(recipe.thumbnail.size(), 4, big)}},
                       thumbnail_at, big, 0);
    block += recipe.thumbnail;
  }
  return block;
}

ExifView view_exif(const std::string& block) {
  const bool big = block.at(0) == 'M';
  ExifView view;
  std::uint32_t next = 0;
  view.main = view_directory(block, number_at(block, 4, 4, big), big, &next);
  if (view.main.contains(0x8769))
    view.exif = view_directory(block, number_at(view.main[0x8769].second, 0, 4, big), big);
  if (view.main.contains(0x8825))
    view.gps = view_directory(block, number_at(view.main[0x8825].second, 0, 4, big), big);
  if (next != 0) view.thumbnail = view_directory(block, next, big);
  return view;
}

std::string thumbnail_of(const std::string& exif_block) {
  const bool big = exif_block.at(0) == 'M';
  auto thumbnail = view_exif(exif_block).thumbnail;
  if (!thumbnail.contains(0x0201)) return {};
  return exif_block.substr(number_at(thumbnail[0x0201].second, 0, 4, big),
                           number_at(thumbnail[0x0202].second, 0, 4, big));
}

std::string plain_jpeg(int width, int height, int level, int quality) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &data, &size);
  encoder.image_width = static_cast<JDIMENSION>(width);
  encoder.image_height = static_cast<JDIMENSION>(height);
  encoder.input_components = 3;
  encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  std::vector<JSAMPLE> row(static_cast<std::size_t>(width) * 3, static_cast<JSAMPLE>(level));
  JSAMPROW rows = row.data();
  while (encoder.next_scanline < encoder.image_height) jpeg_write_scanlines(&encoder, &rows, 1);
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  std::string file(reinterpret_cast<const char*>(data), size);
  std::free(data);  // NOLINT: libjpeg allocates with malloc
  return file;
}

namespace {

struct Jump {
  jpeg_error_mgr base{};
  std::jmp_buf target{};
};

bool decode(jpeg_decompress_struct& decoder, Jump& jump, const std::string& jpeg, double& sum) {
  if (setjmp(jump.target) != 0) return false;
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(jpeg.data()), jpeg.size());
  jpeg_read_header(&decoder, TRUE);
  decoder.out_color_space = JCS_GRAYSCALE;
  jpeg_start_decompress(&decoder);
  static std::array<JSAMPLE, 65536> row;
  JSAMPROW rows = row.data();
  while (decoder.output_scanline < decoder.output_height) {
    jpeg_read_scanlines(&decoder, &rows, 1);
    for (std::size_t i = 0; i < decoder.output_width; ++i) sum += row.at(i);
  }
  return decoder.err->num_warnings == 0;
}

}  // namespace

double mean_level(const std::string& jpeg, int* width, int* height) {
  Jump jump;
  jpeg_decompress_struct decoder{};
  decoder.err = jpeg_std_error(&jump.base);
  jump.base.error_exit = [](j_common_ptr codec) {
    std::longjmp(reinterpret_cast<Jump*>(codec->err)->target, 1);
  };
  jump.base.output_message = [](j_common_ptr) {};
  double sum = 0;
  const bool good = decode(decoder, jump, jpeg, sum);
  if (width != nullptr) *width = static_cast<int>(decoder.output_width);
  if (height != nullptr) *height = static_cast<int>(decoder.output_height);
  const double area = static_cast<double>(decoder.output_width) * decoder.output_height;
  jpeg_destroy_decompress(&decoder);
  return good ? sum / area : -1;
}

std::string jpeg_segment(int marker, const std::string& payload) {
  return "\xFF"s + static_cast<char>(marker) + number(payload.size() + 2, 2) + payload;
}

std::string jpeg_with(const std::string& jpeg, const std::string& segments, bool jfif) {
  const std::size_t jfif_size = 2 + number_at(jpeg, 4, 2);
  return jpeg.substr(0, jfif ? 2 + jfif_size : 2) + segments + jpeg.substr(2 + jfif_size);
}

std::vector<std::pair<int, std::string>> jpeg_segments(const std::string& file) {
  std::vector<std::pair<int, std::string>> all;
  std::size_t at = 2;
  while (at + 4 <= file.size()) {
    const int marker = static_cast<unsigned char>(file.at(at + 1));
    if (marker == 0xDA || marker == 0xD9) break;
    const auto length = number_at(file, at + 2, 2);
    all.emplace_back(marker, file.substr(at + 4, length - 2));
    at += 2 + length;
  }
  return all;
}

std::vector<std::string> payloads(const std::string& file, int marker, const std::string& head) {
  std::vector<std::string> found;
  for (const auto& [kind, payload] : jpeg_segments(file)) {
    if (kind == marker && payload.rfind(head, 0) == 0) found.push_back(payload);
  }
  return found;
}

std::string coded_part(const std::string& jpeg) {
  std::size_t at = 2;
  while (true) {
    const int marker = static_cast<unsigned char>(jpeg.at(at + 1));
    if (marker < 0xE0 || marker == 0xFF) break;
    at += 2 + number_at(jpeg, at + 2, 2);
  }
  return jpeg.substr(at, jpeg.find("\xFF\xD9"s, at) + 2 - at);
}

std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string covered = type + data;
  const auto sum =
      ::crc32(0, reinterpret_cast<const Bytef*>(covered.data()), static_cast<uInt>(covered.size()));
  return number(data.size(), 4) + covered + number(sum, 4);
}

std::string png_file(int colour, const std::string& before, const std::string& after) {
  const std::string header = number(2, 4) + number(2, 4) + "\x08"s + static_cast<char>(colour) + "\0\0\0"s;
  const std::string rows = colour == 3 ? "\0\0\1\0\1\0"s : "\0abcdef\0ghijkl"s;
  std::array<Bytef, 256> packed{};
  uLongf size = packed.size();
  compress(packed.data(), &size, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  const std::string data(reinterpret_cast<const char*>(packed.data()), size);
  return "\x89PNG\r\n\x1a\n"s + png_chunk("IHDR", header) +
         (colour == 3 ? png_chunk("PLTE", "\x10\x20\x30\x40\x50\x60"s) : ""s) + before +
         png_chunk("IDAT", data) + after + png_chunk("IEND", "");
}

std::vector<std::pair<std::string, std::string>> png_chunks(const std::string& file) {
  std::vector<std::pair<std::string, std::string>> all;
  for (std::size_t at = 8; at < file.size();) {
    const auto length = number_at(file, at, 4);
    all.emplace_back(file.substr(at + 4, 4), file.substr(at + 8, length));
    const std::string covered = file.substr(at + 4, 4 + length);
    const auto sum =
        ::crc32(0, reinterpret_cast<const Bytef*>(covered.data()), static_cast<uInt>(covered.size()));
    if (sum != number_at(file, at + 8 + length, 4)) all.back().first = "CRC!";
    at += 12 + length;
  }
  return all;
}

std::string riff_chunk(const std::string& type, const std::string& data) {
  return type + number(data.size(), 4, false) + data + std::string(data.size() % 2, '\0');
}

std::string webp_file(const std::string& chunks) {
  const std::string body = "WEBP" + chunks;
  return "RIFF" + number(body.size(), 4, false) + body;
}

std::vector<std::pair<std::string, std::string>> riff_chunks(const std::string& file) {
  std::vector<std::pair<std::string, std::string>> all;
  for (std::size_t at = 12; at < file.size();) {
    const auto size = number_at(file, at + 4, 4, false);
    all.emplace_back(file.substr(at, 4), file.substr(at + 8, size));
    at += 8 + size + size % 2;
  }
  return all;
}

std::string gif_file(int frames, const std::string& before, const std::string& after) {
  std::string file = "GIF89a\1\0\1\0\x80\0\0"s + "\0\0\0\xFF\xFF\xFF"s;
  file += "\x21\xFF\x0BNETSCAPE2.0\3\1\0\0\0"s + before;
  for (int i = 0; i < frames; ++i)
    file += "\x21\xF9\4\0\x0A\0\0\0"s + ",\0\0\0\0\1\0\1\0\0"s + "\2\2\x44\1\0"s;
  return file + after + ";";
}

std::string tiff_file(bool big, const std::vector<std::vector<TiffFieldRecipe>>& pages) {
  std::string file = tiff_head(big);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    std::vector<Field> fields{{256, 3, number(1, 2, big)}, {257, 3, number(1, 2, big)},
                              {258, 3, number(8, 2, big)}, {259, 3, number(1, 2, big)},
                              {262, 3, number(1, 2, big)}, {273, 4, number(4, 4, big)},
                              {277, 3, number(1, 2, big)}, {279, 4, number(1, 4, big)}};
    for (const auto& field : pages[i]) fields.push_back({field.tag, field.type, field.value});
    std::sort(fields.begin(), fields.end(), [](const Field& a, const Field& b) { return a.tag < b.tag; });
    const std::string page = directory(fields, file.size(), big, 0);
    const bool last = i + 1 == pages.size();
    file += directory(fields, file.size(), big,
                      last ? 0U : static_cast<std::uint32_t>(file.size() + page.size()));
  }
  return file;
}

namespace {

std::string big_directory(const std::vector<BigField>& fields, std::size_t at, bool big) {
  std::string table = number(fields.size(), 8, big);
  std::string values;
  const std::size_t values_at = at + 8 + 20 * fields.size() + 8;
  for (const auto& field : fields) {
    table += number(static_cast<unsigned>(field.tag), 2, big) +
             number(static_cast<unsigned>(field.type), 2, big) + number(field.count, 8, big);
    if (field.value.size() <= 8) {
      table += field.value + std::string(8 - field.value.size(), '\0');
    } else {
      table += number(values_at + values.size(), 8, big);
      values += field.value;
    }
  }
  return table + number(0, 8, big) + values;
}

}  // namespace

std::string big_tiff_file(const std::vector<BigField>& more, const std::vector<BigField>& exif, bool big) {
  const std::string head =
      (big ? "MM"s : "II"s) + number(43, 2, big) + number(8, 2, big) + number(0, 2) + number(16, 8, big);
  const auto page = [&](std::size_t exif_at) {
    std::vector<BigField> fields{{256, 3, 1, number(1, 2, big)}, {257, 3, 1, number(1, 2, big)},
                                 {258, 3, 1, number(8, 2, big)}, {259, 3, 1, number(1, 2, big)},
                                 {262, 3, 1, number(1, 2, big)}, {273, 16, 1, number(16, 8, big)},
                                 {277, 3, 1, number(1, 2, big)}, {279, 16, 1, number(1, 8, big)}};
    for (const auto& field : more) fields.push_back(field);
    if (!exif.empty()) fields.push_back({34665, 18, 1, number(exif_at, 8, big)});
    return big_directory(fields, 16, big);
  };
  const std::size_t exif_at = 16 + page(0).size();
  return head + page(exif_at) + (exif.empty() ? "" : big_directory(exif, exif_at, big));
}

std::string xmp_packet(const std::string& properties, int padding) {
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta "
         "xmlns:x=\"adobe:ns:meta/\">"
         "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">" +
         properties + "</rdf:RDF></x:xmpmeta>" + std::string(static_cast<std::size_t>(padding), ' ') +
         "<?xpacket end=\"w\"?>";
}

Carried carry(const std::string& input, const std::string& output, const metadata::MetadataPlan& plan) {
  auto result = metadata::carry_over(bytes_of(input), bytes_of(output), plan);
  return {string_of(result.bytes), std::move(result.losses)};
}

}  // namespace wm::test
