#include "base/secret_text.hpp"

#include <sodium.h>

namespace bw {

SecretText& SecretText::operator=(SecretText&& other) noexcept {
    if (this != &other) {
        wipe(text_);
        text_ = std::move(other.text_);
        wipe(other.text_);
    }
    return *this;
}

void SecretText::wipe(std::string& text) noexcept {
    // What was longer once may lie behind its end.
    text.resize(text.capacity());
    sodium_memzero(text.data(), text.size());
    text.clear();
}

} // namespace bw
