#include "worker/stages/credit_texts.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "worker/stages/text_facts.h"
#include "worker/vips/failure_text.h"

namespace wm {
namespace {

/// Each metadata field holds a single line.
std::string in_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, ' ');
  return text;
}

void check(const TextTemplate& text, const char* option, const std::string& given) {
  check_tag_names(text, fmt::format("{} \"{}\" cannot be written", option, failure_text(given)));
}

}  // namespace

CreditTexts::CreditTexts(const Encoding& encoding, std::int64_t started)
    : started_(local_time(started)),
      copyright_(encoding.copyright),
      artist_(encoding.artist),
      vary_(!copyright_.constant() || !artist_.constant()),
      expanded_(encoding) {
  check(copyright_, "--copyright", encoding.copyright);
  check(artist_, "--artist", encoding.artist);
  const TextFacts of_the_run{.started = started_};
  if (copyright_.constant()) expanded_.copyright = in_one_line(copyright_.expand(of_the_run));
  if (artist_.constant()) expanded_.artist = in_one_line(artist_.expand(of_the_run));
}

const Encoding& CreditTexts::encoding_for(const Picture& picture, const Task& task) {
  if (vary_) {
    const TextFacts facts = text_facts(picture, task, started_);
    if (!copyright_.constant()) expanded_.copyright = in_one_line(copyright_.expand(facts));
    if (!artist_.constant()) expanded_.artist = in_one_line(artist_.expand(facts));
  }
  return expanded_;
}

}  // namespace wm
