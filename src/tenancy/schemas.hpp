// What documents say of tenancy's own texts: JSON Schema for the route tables of the modules above.
#pragma once

#include <string_view>

namespace bw::tenancy {

constexpr std::string_view roles_schema = R"({
    "type": "array",
    "description": "What the access token lets its holder be.",
    "uniqueItems": true,
    "items": {"enum": ["student", "teacher", "administrator"]}
})";

} // namespace bw::tenancy
