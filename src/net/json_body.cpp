#include "net/json_body.hpp"

#include "net/media_type.hpp"

namespace bw::net {

Result<JsonObject> json_body(const Request& request,
                             std::initializer_list<std::string_view> members) {
    CHECK_OK(check_is_json(request));
    return JsonObject::parse(request.body, members);
}

} // namespace bw::net
