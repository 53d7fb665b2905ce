# Makes the source that contains the page's parts, and the hashes of style and script for its
# Content-Security-Policy: cmake -DFROM=DIRECTORY -DTO=FILE -P embed_page.cmake

set(scripts base.js axes.js time.js distributions.js problems.js shards.js gallery.js page.js)

# "sha256-" and the digest in Base64, as CSP wants it. CMake has only hexadecimal digits: six of them are four letters.
function(csp_hash text result)
  string(SHA256 digest "${text}")
  string(APPEND digest "00")  # 32 bytes and one more are a multiple of three; its letter becomes "="
  set(letters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(base64 "")
  foreach(start RANGE 0 60 6)
    string(SUBSTRING ${digest} ${start} 6 digits)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${digits} >> ${shift}) & 63")
      string(SUBSTRING ${letters} ${index} 1 letter)
      string(APPEND base64 ${letter})
    endforeach()
  endforeach()
  string(SUBSTRING ${base64} 0 43 base64)
  set(${result} "sha256-${base64}=" PARENT_SCOPE)
endfunction()

file(READ ${FROM}/page.html page)
file(READ ${FROM}/page.css style)
set(script "\"use strict\";\n(() => {\n")
foreach(name ${scripts})
  file(READ ${FROM}/${name} part)
  string(APPEND script "${part}\n")
endforeach()
string(APPEND script "})();\n")
csp_hash("${style}" style_hash)
csp_hash("${script}" script_hash)

set(source "// Made by embed_page.cmake.\n\n#include \"supervisor/report/html/page_parts.h\"\n\nnamespace wm::page_parts {\n")
foreach(name page style script style_hash script_hash)
  string(APPEND source "\nconstinit const std::string_view ${name} = R\"wm_page(${${name}})wm_page\";\n")
endforeach()
string(APPEND source "\n}  // namespace wm::page_parts\n")
file(WRITE ${TO} "${source}")
