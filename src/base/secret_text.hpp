// Text that nobody is to find in freed memory: a password, a code, a client's secret.
#pragma once

#include <string>
#include <utility>

namespace bw {

/// Wiped at its end and when it is moved from, and so is the string that it was made of if that was
/// given away. Other copies (a request's body, a parser's) are their owners'.
class SecretText {
public:
    SecretText() = default;
    SecretText(std::string&& text) noexcept : text_(std::move(text)) { wipe(text); }
    SecretText(const std::string& text) : text_(text) {}
    SecretText(const char* text) : text_(text) {}
    SecretText(SecretText&& other) noexcept : SecretText(std::move(other.text_)) {}
    SecretText& operator=(SecretText&& other) noexcept;
    ~SecretText() { wipe(text_); }

    const std::string& text() const { return text_; }

private:
    static void wipe(std::string& text) noexcept; // also what a moved-from string keeps; empty then
    std::string text_;
};

} // namespace bw
