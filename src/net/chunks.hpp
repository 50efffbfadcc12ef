// ChunkDecoder: undoes the chunked transfer coding in place, byte by byte, so that how the bytes
// were cut on the network cannot change the outcome. Strict: CRLF only, no blanks around sizes,
// bounded extensions and trailers (both are dropped).
#pragma once

#include <cstddef>
#include <cstdint>

namespace bw::net {

class ChunkDecoder {
public:
    struct Limits {
        std::size_t body_bytes;
        std::size_t extra_bytes; // extensions and trailers of one body together
    };
    enum class Step : std::uint8_t { need_more, done, malformed, too_large };

    explicit ChunkDecoder(Limits limits) : limits_(limits) {}

    /// Reads [in, end), advancing `in`; body bytes go to `out`, advancing it. `out` must not lie
    /// behind `in`.
    Step feed(const char*& in, const char* end, char*& out);

private:
    enum class State : std::uint8_t {
        size_first,
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf, // one chunk
        trailer_first,
        trailer_name,
        trailer_value,
        trailer_lf,
        final_lf,
    };
    Step header_byte(char c);
    Step add_digit(int digit);
    bool add_extra() { return ++extra_ <= limits_.extra_bytes; }

    Limits limits_;
    State state_ = State::size_first;
    int digits_ = 0;
    std::uint64_t left_ = 0; // of the chunk
    std::size_t total_ = 0;  // of the body, with the chunk announced last
    std::size_t extra_ = 0;
};

} // namespace bw::net
