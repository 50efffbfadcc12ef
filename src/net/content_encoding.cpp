#include "net/content_encoding.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/ensure.hpp"
#include "net/text.hpp"

namespace bw::net {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// RFC 9110 qvalue, in thousandths: "0", "0.5", "1.000"; nullopt for anything else.
std::optional<int> qvalue(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.'))
        return std::nullopt;
    int value = 0;
    for (std::size_t i = 2; i < 5; ++i) {
        char c = i < text.size() ? text[i] : '0';
        if (!is_digit(c))
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    value += text[0] == '1' ? 1000 : 0;
    return value <= 1000 ? std::optional(value) : std::nullopt;
}

struct Coding {
    std::string_view name;
    int q;
};

/// "gzip;q=0.5"
std::optional<Coding> coding(std::string_view member) {
    std::string_view rest = member;
    std::string_view name = trimmed(take_until(rest, ';'));
    if (name.empty() || !std::ranges::all_of(name, is_token_char))
        return std::nullopt;
    if (!member.contains(';'))
        return Coding{name, 1000};
    std::string_view weight = trimmed(rest);
    if (weight.size() < 2 || ascii_lower(weight[0]) != 'q' || weight[1] != '=')
        return std::nullopt;
    auto q = qvalue(weight.substr(2));
    return q ? std::optional(Coding{name, *q}) : std::nullopt;
}

/// zlib's state of one thread.
class Deflater {
public:
    explicit Deflater(int level) : level_(level) {
        constexpr int gzip_format = 16, window_bits = 15, memory_level = 8;
        ENSURE(deflateInit2(&stream_, level, Z_DEFLATED, gzip_format + window_bits, memory_level,
                            Z_DEFAULT_STRATEGY) == Z_OK,
               "zlib has no memory, or no such level");
    }
    ~Deflater() { deflateEnd(&stream_); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    int level() const { return level_; }
    std::string run(std::string_view bytes) {
        ENSURE(deflateReset(&stream_) == Z_OK, "zlib's state is kept whole");
        std::string out(deflateBound(&stream_, bytes.size()), '\0');
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        ENSURE(deflate(&stream_, Z_FINISH) == Z_STREAM_END, "deflateBound is enough for one call");
        out.resize(stream_.total_out);
        return out;
    }

private:
    z_stream stream_{};
    int level_;
};

} // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    return accepts_coding(accept_encoding, "gzip");
}

bool accepts_coding(std::string_view accept_encoding, std::string_view wanted) {
    std::optional<int> wanted_q, any_q, identity_q;
    while (!accept_encoding.empty()) {
        std::string_view member = trimmed(take_until(accept_encoding, ','));
        if (member.empty())
            continue;
        auto read = coding(member);
        if (!read)
            return false;
        if (same_name(read->name, wanted) || (wanted == "gzip" && same_name(read->name, "x-gzip")))
            wanted_q = std::max(wanted_q.value_or(0), read->q);
        else if (read->name == "*")
            any_q = read->q;
        else if (same_name(read->name, "identity"))
            identity_q = read->q;
    }
    int q = wanted_q ? *wanted_q : any_q.value_or(0);
    return q > 0 && q >= identity_q.value_or(0);
}

std::string gzip(std::string_view bytes, int level) {
    thread_local std::unique_ptr<Deflater> deflater;
    if (!deflater || deflater->level() != level)
        deflater = std::make_unique<Deflater>(level);
    return deflater->run(bytes);
}

} // namespace bw::net
