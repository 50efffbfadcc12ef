#include "pipeline/words.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include <utf8proc.h>
#include <xxhash.h>

#include "base/ensure.hpp"

namespace bw::pipeline {

namespace {

enum class Role : std::uint8_t { letter, alone, inside, between };

bool is_apostrophe(utf8proc_int32_t c) {
    return c == '\'' || c == 0x2019 || c == 0x02BC;
}

/// Of a script that is written without spaces: Han, hiragana, katakana.
bool stands_alone(utf8proc_int32_t c) {
    constexpr std::array<std::array<utf8proc_int32_t, 2>, 5> ranges = {{{0x3041, 0x30FF},
                                                                        {0x31F0, 0x31FF},
                                                                        {0x3400, 0x9FFF},
                                                                        {0xF900, 0xFAFF},
                                                                        {0x20000, 0x3FFFF}}};
    return c >= ranges[0][0] &&
           std::ranges::any_of(ranges, [&](const auto& r) { return r[0] <= c && c <= r[1]; });
}

Role role_of(utf8proc_int32_t c) {
    if (c < 0x80) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter ? Role::letter : c == '\'' ? Role::inside : Role::between;
    }
    if (is_apostrophe(c))
        return Role::inside;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return stands_alone(c) ? Role::alone : Role::letter;
    case UTF8PROC_CATEGORY_CF: // zero-width spaces and joiners, soft hyphens
        return Role::inside;
    default:
        return Role::between;
    }
}

/// What ends the quotation that `c` begins; 0: it begins none.
utf8proc_int32_t closing_of(utf8proc_int32_t c) {
    switch (c) {
    case '"':
        return '"';
    case 0x201C: // “
        return 0x201D;
    case 0x201E: // „
        return 0x201C;
    case 0x00AB: // «
        return 0x00BB;
    default:
        return 0;
    }
}

/// The hash of the normal form (NFKC_Casefold, Unicode Standard section 3.13); 0: nothing is left.
std::uint64_t hash_of(std::string_view letters, std::string& buffer) {
    if (std::ranges::all_of(letters, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        buffer.assign(letters);
        for (char& c : buffer)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return buffer.empty() ? 0 : XXH3_64bits(buffer.data(), buffer.size());
    }
    utf8proc_uint8_t* normal = nullptr;
    const utf8proc_ssize_t size = utf8proc_map(
        reinterpret_cast<const utf8proc_uint8_t*>(letters.data()),
        static_cast<utf8proc_ssize_t>(letters.size()), &normal,
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
                                       UTF8PROC_CASEFOLD | UTF8PROC_IGNORE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(normal, &std::free);
    return size <= 0 ? 0 : XXH3_64bits(normal, static_cast<std::size_t>(size));
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::vector<Word> read() {
        for (std::size_t at = 0; at < text_.size();) {
            utf8proc_int32_t c = -1;
            const utf8proc_ssize_t size =
                utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text_.data()) + at,
                                 static_cast<utf8proc_ssize_t>(text_.size() - at), &c);
            const std::size_t bytes = size > 0 ? static_cast<std::size_t>(size) : 1;
            take(size > 0 ? c : 0, at, bytes);
            at += bytes;
        }
        end_word();
        return std::move(words_);
    }

private:
    void take(utf8proc_int32_t c, std::size_t at, std::size_t bytes) {
        switch (role_of(c)) {
        case Role::alone:
            end_word();
            add_letter(at, bytes);
            end_word();
            break;
        case Role::letter:
            add_letter(at, bytes);
            break;
        case Role::inside:
            break;
        case Role::between:
            end_word();
            punctuation(c);
            return;
        }
        if (c != '\n')
            newlines_ = 0;
    }

    void add_letter(std::size_t at, std::size_t bytes) {
        if (letters_.empty())
            begin_ = at;
        letters_.append(text_.substr(at, bytes));
        end_ = at + bytes;
    }

    void end_word() {
        if (letters_.empty())
            return;
        if (const std::uint64_t hash = hash_of(letters_, buffer_); hash != 0)
            words_.push_back({hash, static_cast<std::uint32_t>(begin_),
                              static_cast<std::uint32_t>(end_ - begin_)});
        letters_.clear();
    }

    void punctuation(utf8proc_int32_t c) {
        if (c == '\n' && ++newlines_ == 2)
            closing_ = 0; // a paragraph ends, and a quotation that nobody closed with it
        if (c != '\n' && c != '\r' && c != ' ' && c != '\t')
            newlines_ = 0;
        if (closing_ != 0 && c == closing_) {
            closing_ = 0;
            if (words_.size() - quoted_from_ <= quotation_words_limit) {
                for (std::size_t i = quoted_from_; i < words_.size(); ++i)
                    words_[i].counts = false;
                return;
            }
        }
        if (closing_ == 0 && closing_of(c) != 0) {
            closing_ = closing_of(c);
            quoted_from_ = words_.size();
        }
    }

    const std::string_view text_;
    std::vector<Word> words_;
    std::string letters_, buffer_; // of the word that has begun, without what is invisible
    std::size_t begin_ = 0, end_ = 0, quoted_from_ = 0;
    utf8proc_int32_t closing_ = 0;
    int newlines_ = 0;
};

} // namespace

std::vector<Word> words_of(std::string_view text) {
    ENSURE(text.size() <= UINT32_MAX, "places in a text have 32 bits");
    return Reader(text).read();
}

std::size_t counting(const std::vector<Word>& words) {
    return static_cast<std::size_t>(std::ranges::count(words, true, &Word::counts));
}

} // namespace bw::pipeline
