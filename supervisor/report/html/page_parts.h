#pragma once

// The parts of the HTML report's page. They are written as page.html, page.css and the *.js files beside this
// header, and compiled in by embed_page.cmake: the program reads no file of its own.

#include <string_view>

namespace wm::page_parts {

extern const std::string_view page;  // {{policy}}, {{title}}, {{outcome}}, {{style}}, {{data}}, {{script}}
extern const std::string_view style;
extern const std::string_view script;
extern const std::string_view style_hash;  // "sha256-...", for the Content-Security-Policy
extern const std::string_view script_hash;

}  // namespace wm::page_parts
