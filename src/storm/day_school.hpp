// An institution's day is set up as its administrator would: over the API.
#pragma once

#include "storm/api.hpp"
#include "storm/day_plan.hpp"

namespace bw::storm {

/// Signs in, and makes the institution's timetable that of the day: a bell schedule of `bells`
/// periods from `first` on, and a lesson for each section, which are live if `live` says so.
/// Whatever lessons there were are gone.
Result<void> set_timetable(Api& api, const PlannedAdministrator& administrator,
                           const std::string& password, Instant first, Duration lesson,
                           std::size_t bells, bool live, Deadline deadline);

/// Who has signed in, or refreshed.
struct Session {
    std::string access_token, refresh_token;
    UserId user;
    TenantId tenant;
    Instant renew_at, expires_at;
};
/// The answer to it. corrupt.
Result<Session> read_session(std::string_view body);

net::ClientRequest sign_in_request(const std::string& host, std::string_view username,
                                   std::string_view password);
net::ClientRequest refresh_request(const std::string& host, std::string_view refresh_token);
net::ClientRequest get_request(const std::string& host, std::string target,
                               const std::string& access_token);

} // namespace bw::storm
