// Ids out of the args of this module's jobs. Internal.
#pragma once

#include "base/json_object.hpp"

namespace bw::pipeline {

template <class IdType>
Result<IdType> id_in_args(const JsonObject& args, const char* name) {
    constexpr std::size_t id_bytes_limit = 64;
    auto id = IdType::parse(TRY(args.string(name, id_bytes_limit)));
    if (!id)
        return fail(Code::invalid_field, "this is no such id", name);
    return *id;
}

} // namespace bw::pipeline
