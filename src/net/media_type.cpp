#include "net/media_type.hpp"

namespace bw::net {

Result<void> check_media_type(const Request& request, std::string_view wanted) {
    std::string_view type = request.header("content-type").value_or("");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    if (type != wanted)
        return fail(Code::unsupported_media_type, "send the body as " + std::string(wanted),
                    "Content-Type");
    return {};
}

} // namespace bw::net
