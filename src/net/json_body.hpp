// A request's JSON body as a strict object: what every operation that takes one asks for first.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/json_object.hpp"
#include "net/http.hpp"

namespace bw::net {

/// unsupported_media_type unless it is application/json; then JsonObject::parse.
Result<JsonObject> json_body(const Request& request,
                             std::initializer_list<std::string_view> members);

} // namespace bw::net
