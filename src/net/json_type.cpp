#include "net/json_type.hpp"

namespace bw::net {

Result<void> check_is_json(const Request& request) {
    std::string_view type = request.header("content-type").value_or("");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    if (type != "application/json")
        return fail(Code::unsupported_media_type, "send the body as application/json",
                    "Content-Type");
    return {};
}

} // namespace bw::net
