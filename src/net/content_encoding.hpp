// Codings of content: who wants which, and the bytes of gzip. What may be compressed is the
// response policy's to say.
#pragma once

#include <string>
#include <string_view>

namespace bw::net {

/// May, and should, the answer be of `coding` ("gzip", "br") by this Accept-Encoding value (RFC
/// 9110, 12.5.3)? Not if the value is malformed, or if it likes `identity` better.
bool accepts_coding(std::string_view accept_encoding, std::string_view coding);
bool accepts_gzip(std::string_view accept_encoding);

/// One gzip member (RFC 1952) at zlib's `level`, 1 to 9. Keeps zlib's 256 KiB a thread for the next
/// call.
std::string gzip(std::string_view bytes, int level);

} // namespace bw::net
