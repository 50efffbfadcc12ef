// What is asked of a report: its arguments, from text and to text, and whose classes they may be
// about. Does not belong here: HTTP (routes), running it (desk).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/desk.hpp"
#include "tenancy/database.hpp"

namespace bw::reporting {

/// What the asker says for a parameter, if anything.
using Said = std::function<std::optional<std::string>(std::string_view parameter)>;

/// One for each parameter, in order; monostate: not said. invalid_field: what was wrong, and what
/// is expected; `field` is the parameter.
Result<std::vector<columnar::Value>> arguments_from(const Report& report, const Said& said);

/// The same from a JSON object of texts: `{"section": "sec_..", "from": "2026-09-01"}`; `field` is
/// a JSON pointer below "/arguments". A member that the report does not take is invalid_field.
Result<std::vector<columnar::Value>> arguments_from_json(const Report& report,
                                                         std::string_view json);
/// Those that were said.
std::string arguments_json(const Report& report, const std::vector<columnar::Value>& arguments);

/// How an id of that kind begins, "usr"; empty: it is no id.
std::string_view id_prefix(Kind kind);

/// Whose classes it is about: all (`whole`), or those that `user` teaches now. not_found, with the
/// parameter in `field`: what is asked for is not the institution's, or no class of theirs.
Result<ReportRequest> placed(ReportRequest request, UserId user, bool whole, Instant now,
                             tenancy::TenantTx& tx);

} // namespace bw::reporting
