#include "supervisor/text/absolute_path.h"

#include <cstddef>
#include <filesystem>
#include <system_error>

namespace wm {

AbsolutePath absolute_path(std::string_view directory, std::string_view given) {
  AbsolutePath result;
  if (!given.starts_with('/')) {
    result.path = directory;
    if (!result.path.ends_with('/')) result.path += '/';
    result.shown_from = static_cast<std::uint32_t>(result.path.size());
  } else {
    result.path = "/";
  }
  const std::size_t root = result.path.size();
  while (!given.empty()) {
    const std::size_t end = given.find('/');
    const std::string_view component = given.substr(0, end);
    if (!component.empty() && component != ".") {
      if (result.path.size() > root) result.path += '/';
      result.path += component;
    }
    given.remove_prefix(end == std::string_view::npos ? given.size() : end + 1);
  }
  if (result.path.size() == root && root > 1) {
    // "." is the directory itself; its children are still shown without a prefix.
    result.path.pop_back();
  }
  return result;
}

std::string absolute_from_here(const std::string& given) {
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  return error ? given : absolute_path(here.string(), given).path;
}

std::string_view last_component(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace wm
