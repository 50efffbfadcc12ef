// What an institution's routes and operators' have in common.
#pragma once

#include "base/json_object.hpp"
#include "jobs/desk.hpp"
#include "net/http.hpp"

namespace bw::jobs {

constexpr std::size_t kind_bytes_limit = 64, error_bytes_limit = 200;

constexpr net::Parameter kind_parameter{.name = "kind",
                                        .description = "Only those of this kind.",
                                        .schema = R"({"type": "string", "maxLength": 64})",
                                        .example = "submission.similarity"};

Result<std::optional<std::string>> kind_in(const net::Request& request);
/// The members that a redrive's body has, beside others.
Result<Redrive> redrive_in(const JsonObject& body);
net::Response redrive_response(const Redrive& wanted, const Redriven& done);

} // namespace bw::jobs
