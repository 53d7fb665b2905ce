#include "common/preview/preview_request.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "common/json/json_text.h"
#include "common/os/memory_file.h"

namespace wm {
namespace {

using Binary = Json::binary_t;

constexpr std::size_t longest_text = 4096;  // of a failure

Json binary(const std::string& text) {
  return Binary(std::vector<std::uint8_t>(text.begin(), text.end()));
}

std::string text_from(const Json& json) {
  const auto& bytes = json.get_binary();
  return {bytes.begin(), bytes.end()};
}

char letter(PreviewAnswer::Kind kind) {
  switch (kind) {
    case PreviewAnswer::Kind::picture:
      return 'P';
    case PreviewAnswer::Kind::recipe:
      return 'R';
    case PreviewAnswer::Kind::failed:
      break;
  }
  return 'F';
}

}  // namespace

UniqueFd to_sealed_file(const PreviewRequest& request) {
  Json json;
  json["kind"] = static_cast<unsigned>(request.kind);
  json["input"] = binary(request.input);
  json["counter"] = request.counter;
  json["pictures"] = request.pictures;
  json["cells"] = Json::array();
  for (const PreviewCell& cell : request.cells) {
    const auto* const first = reinterpret_cast<const std::uint8_t*>(cell.picture.data());
    json["cells"].push_back({binary(cell.caption), binary(cell.problem),
                             Binary(std::vector<std::uint8_t>(first, first + cell.picture.size()))});
  }
  const std::vector<std::uint8_t> text = to_cbor(json);
  return create_sealed_file("wm-preview", std::as_bytes(std::span(text)));
}

PreviewRequest preview_request_from(int fd) {
  const auto bytes = read_whole_file(fd, std::numeric_limits<std::size_t>::max());
  const Json json = json_from_cbor(bytes);
  PreviewRequest request;
  const auto kind = json.at("kind").get<unsigned>();
  if (kind > static_cast<unsigned>(PreviewKind::recipe)) {
    throw std::runtime_error("the question for a preview is damaged");
  }
  request.kind = static_cast<PreviewKind>(kind);
  request.input = text_from(json.at("input"));
  request.counter = json.at("counter").get<std::uint64_t>();
  request.pictures = json.at("pictures").get<unsigned>();
  for (const Json& cell : json.at("cells")) {
    const std::string picture = text_from(cell.at(2));
    const auto picture_bytes = std::as_bytes(std::span(picture));
    request.cells.push_back({.caption = text_from(cell.at(0)),
                             .problem = text_from(cell.at(1)),
                             .picture = {picture_bytes.begin(), picture_bytes.end()}});
  }
  if (request.pictures < 1 || request.pictures > most_previewed || request.cells.size() > most_previewed) {
    throw std::runtime_error("the question for a preview is damaged");
  }
  return request;
}

std::vector<std::byte> to_bytes(const PreviewAnswer& answer) {
  const auto text = std::as_bytes(std::span(answer.text));
  const bool picture = answer.kind == PreviewAnswer::Kind::picture;
  const auto rest =
      picture ? std::span<const std::byte>(answer.bytes) : text.first(std::min(text.size(), longest_text));
  std::vector<std::byte> bytes(rest.size() + 1);
  bytes.front() = static_cast<std::byte>(letter(answer.kind));
  std::copy(rest.begin(), rest.end(), bytes.begin() + 1);
  return bytes;
}

PreviewAnswer preview_answer_from(std::span<const std::byte> bytes) {
  const char kind = bytes.empty() ? '\0' : std::to_integer<char>(bytes.front());
  const auto rest = bytes.subspan(bytes.empty() ? 0 : 1);
  if (kind == letter(PreviewAnswer::Kind::picture)) {
    return {.kind = PreviewAnswer::Kind::picture, .bytes = {rest.begin(), rest.end()}, .text = {}};
  }
  const bool recipe = kind == letter(PreviewAnswer::Kind::recipe);
  if ((!recipe && kind != letter(PreviewAnswer::Kind::failed)) || rest.size() > longest_text) {
    throw std::runtime_error("the answer to a preview makes no sense");
  }
  return {.kind = recipe ? PreviewAnswer::Kind::recipe : PreviewAnswer::Kind::failed,
          .bytes = {},
          .text = std::string(reinterpret_cast<const char*>(rest.data()), rest.size())};
}

}  // namespace wm
