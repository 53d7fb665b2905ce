#include "worker/jpeg/scan_tokens.h"

namespace wm::jpeg {

void ScanTokens::write(const std::array<std::vector<Code>, tables>& codes, BitWriter& writer) const {
  std::array<Code, no_symbol + 1> all{};  // no_symbol's has no bits
  for (std::size_t table = 0; table < tables; ++table) {
    for (const Code& code : codes[table]) all[table << 8 | code.symbol] = code;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    for (; next < intervals_[i]; ++next) {
      const std::uint32_t token = tokens_[next];
      const Code code = all[token >> 21];
      const unsigned count = count_of(token);
      writer.put(std::uint32_t{code.bits} << count | (token & 0xffff), code.length + count);
    }
    writer.align();
    if (i + 1 == intervals_.size()) break;
    const std::array<std::byte, 2> restart{std::byte{0xff}, static_cast<std::byte>(marker::rst0 + (i & 7))};
    writer.append(restart);
  }
}

void ScanTokens::clear() {
  tokens_.clear();
  intervals_.clear();
  for (SymbolCounts& counts : counts_) counts.fill(0);
  closed_ = 0;
  run_ = 0;
}

}  // namespace wm::jpeg
