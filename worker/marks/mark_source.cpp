#include "worker/marks/mark_source.h"

#include "worker/marks/logo_mark.h"
#include "worker/marks/text_mark.h"

namespace wm {

std::unique_ptr<MarkSource> make_mark_source(const Mark& mark) {
  if (const auto* logo = std::get_if<Logo>(&mark.source)) return std::make_unique<LogoMark>(*logo);
  return std::make_unique<TextMark>(std::get<Text>(mark.source));
}

}  // namespace wm
