#pragma once

// libjpeg reports errors by calling a function that must not return: this one jumps. The frame that calls
// setjmp on `target` must not contain objects with a destructor.

#include <array>
#include <csetjmp>

#include "worker/jpeg/libjpeg.h"

namespace wm {

struct LibjpegErrors {
  jpeg_error_mgr base{};  // first, so that a pointer to it is a pointer to this
  std::jmp_buf target{};
  std::array<char, JMSG_LENGTH_MAX> message{};  // of the error

  jpeg_error_mgr* install() {
    jpeg_std_error(&base);
    base.error_exit = [](j_common_ptr codec) {
      auto* const self = reinterpret_cast<LibjpegErrors*>(codec->err);
      codec->err->format_message(codec, self->message.data());
      std::longjmp(self->target, 1);
    };
    base.emit_message = [](j_common_ptr, int) {};
    base.output_message = [](j_common_ptr) {};
    return &base;
  }
};

}  // namespace wm
