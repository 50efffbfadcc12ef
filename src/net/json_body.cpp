#include "net/json_body.hpp"

namespace bw::net {

Result<JsonObject> json_body(const Request& request,
                             std::initializer_list<std::string_view> members) {
    std::string_view type = request.header("content-type").value_or("");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    if (type != "application/json")
        return fail(Code::unsupported_media_type, "send the body as application/json",
                    "Content-Type");
    return JsonObject::parse(request.body, members);
}

} // namespace bw::net
