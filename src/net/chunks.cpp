#include "net/chunks.hpp"

#include <algorithm>
#include <cstring>

#include "net/text.hpp"

namespace bw::net {

ChunkDecoder::Step ChunkDecoder::feed(const char*& in, const char* end, char*& out) {
    while (in != end) {
        if (state_ == State::data) {
            auto n = static_cast<std::size_t>(
                std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(end - in)));
            std::memmove(out, in, n);
            in += n;
            out += n;
            left_ -= n;
            if (left_ == 0)
                state_ = State::data_cr;
            continue;
        }
        if (Step step = header_byte(*in++); step != Step::need_more)
            return step;
    }
    return Step::need_more;
}

ChunkDecoder::Step ChunkDecoder::header_byte(char c) {
    auto expect = [&](char wanted, State next) {
        state_ = next;
        return c == wanted ? Step::need_more : Step::malformed;
    };
    switch (state_) {
    case State::size_first:
        left_ = 0;
        digits_ = 0;
        if (hex_digit(c) < 0)
            return Step::malformed;
        state_ = State::size;
        return add_digit(hex_digit(c));
    case State::size:
        if (hex_digit(c) >= 0)
            return add_digit(hex_digit(c));
        total_ += left_;
        if (c == ';') {
            state_ = State::extension;
            return add_extra() ? Step::need_more : Step::malformed;
        }
        return expect('\r', State::size_lf);
    case State::extension:
        if (c == '\r')
            return expect('\r', State::size_lf);
        return is_value_char(c) && add_extra() ? Step::need_more : Step::malformed;
    case State::size_lf:
        return expect('\n', left_ > 0 ? State::data : State::trailer_first);
    case State::data_cr:
        return expect('\r', State::data_lf);
    case State::data_lf:
        return expect('\n', State::size_first);
    case State::trailer_first:
        if (c == '\r')
            return expect('\r', State::final_lf);
        state_ = State::trailer_name;
        return is_token_char(c) && add_extra() ? Step::need_more : Step::malformed;
    case State::trailer_name:
        if (c == ':')
            state_ = State::trailer_value;
        return (c == ':' || is_token_char(c)) && add_extra() ? Step::need_more : Step::malformed;
    case State::trailer_value:
        if (c == '\r')
            return expect('\r', State::trailer_lf);
        return is_value_char(c) && add_extra() ? Step::need_more : Step::malformed;
    case State::trailer_lf:
        return expect('\n', State::trailer_first);
    case State::final_lf:
        return c == '\n' ? Step::done : Step::malformed;
    case State::data:
        break; // feed() takes those itself
    }
    return Step::malformed;
}

ChunkDecoder::Step ChunkDecoder::add_digit(int digit) {
    if (++digits_ > 16)
        return Step::malformed;
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return left_ > limits_.body_bytes - total_ ? Step::too_large : Step::need_more;
}

} // namespace bw::net
