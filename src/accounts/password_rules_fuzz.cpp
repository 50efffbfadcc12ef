// What people type: codes, link tokens, passwords.
#include <cstdlib>

#include "accounts/common_passwords.hpp"
#include "accounts/secrets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw::accounts;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto code = read_code(text); code && read_code(shown_code(*code)) != code)
        std::abort();
    is_link_token(text);
    const std::string own[] = {std::string(text.substr(0, size / 2)), "Lovelace"};
    if (!guessed_first(text, own).empty() && size > 255)
        std::abort();
    return 0;
}
