// Any bytes as a link: what may stand is what a browser takes to that very host.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "content/links.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view url(reinterpret_cast<const char*>(data), size);
    if (!bw::content::check_link(url, "/url"))
        return 0;
    const bool printable = std::ranges::all_of(
        url, [](char c) { return c > ' ' && c <= '~' && c != '\\' && c != '"'; });
    const std::string_view host = url.substr(8, url.substr(8).find_first_of("/?#"));
    if (!url.starts_with("https://") || !printable || host.find('@') != host.npos ||
        host.find('.') == host.npos)
        std::abort();
    return 0;
}
