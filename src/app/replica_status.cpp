// The report is one line: when (ms), state, bytes and milliseconds of lag (-1: not known), reason.
#include "app/replica_status.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace bw::app {

namespace {

using pg::ReplicaState;
using pg::ReplicaStatus;

// `up` may wait for a primary that does not answer, and for a replica that stops.
constexpr Duration report_age_max = 30s;

} // namespace

Result<void> report_replica(const Installation& installation, const ReplicaStatus& status,
                            Instant now) {
    std::ostringstream line;
    line << now.ms << ' ' << wire_name(status.state) << ' ' << status.lag_bytes.value_or(-1) << ' '
         << (status.lag ? std::chrono::duration_cast<std::chrono::milliseconds>(*status.lag).count()
                        : -1)
         << ' ' << status.reason;
    std::string text = std::move(line).str();
    std::ranges::replace(text, '\n', ' ');
    const std::filesystem::path file = installation.replica_file(), fresh = file.string() + ".new";
    std::ofstream(fresh) << text << '\n';
    std::error_code ec;
    std::filesystem::rename(fresh, file, ec); // readers see the old or the new
    if (ec)
        return fail(Code::unavailable, "cannot write: " + ec.message(), file);
    return {};
}

ReplicaStatus replica_status(const Installation& installation, Instant now) {
    std::ifstream in(installation.replica_file());
    Instant at;
    std::string state;
    std::int64_t bytes = -1, ms = -1;
    ReplicaStatus status;
    if (!(in >> at.ms >> state >> bytes >> ms))
        return status;
    std::getline(in >> std::ws, status.reason);
    for (ReplicaState each :
         {ReplicaState::absent, ReplicaState::building, ReplicaState::catching_up,
          ReplicaState::streaming, ReplicaState::broken})
        if (wire_name(each) == state)
            status.state = each;
    if (status.state == ReplicaState::absent)
        return {};
    if (now - at > report_age_max)
        return {.state = ReplicaState::broken, .reason = "nobody has looked after it for a while"};
    if (bytes >= 0)
        status.lag_bytes = bytes;
    if (ms >= 0)
        status.lag = std::chrono::milliseconds(ms);
    return status;
}

} // namespace bw::app
