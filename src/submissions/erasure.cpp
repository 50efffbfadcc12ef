#include "submissions/erasure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "submissions/submissions_sql.hpp"

namespace bw::submissions {

Result<std::uint64_t> erase_person(tenancy::TenantTx& tx, UserId user, Instant now,
                                   const audit::SubjectKeys& keys, Rng& rng) {
    // Made first if there was none: the recorder looks for an erased one, not for none.
    TRY(keys.of(tx, user, now, rng));
    TRY(audit::erase_subject_key(tx, user, now));
    pg::Params params;
    params.id(user);
    return static_cast<std::uint64_t>(TRY(tx.run(sql::erase_submissions, params)).int8(0, 0));
}

Result<void> ErasureList::add(const Erasure& erasure) const {
    const std::string line = fmt::format("{} {} {}\n", to_rfc3339(erasure.at),
                                         erasure.tenant.text(), erasure.user.text());
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const bool written =
        fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0)
        close(fd);
    if (!written)
        return fail(Code::unavailable,
                    "the erasure cannot be written down: " + std::generic_category().message(error),
                    file_.string());
    return {};
}

Result<std::vector<Erasure>> ErasureList::all() const {
    std::ifstream in(file_);
    std::vector<Erasure> out;
    std::uint64_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        std::istringstream words(line);
        std::string at, tenant, user;
        words >> at >> tenant >> user;
        const auto instant = from_rfc3339(at);
        const auto tenant_id = TenantId::parse(tenant);
        const auto user_id = UserId::parse(user);
        if (!instant || !tenant_id || !user_id) {
            if (in.eof()) // cut off while it was written: it was not acknowledged
                break;
            return fail(Code::corrupt, "this line is no erasure",
                        fmt::format("{}:{}", file_.string(), number));
        }
        out.push_back({*tenant_id, *user_id, *instant});
    }
    return out;
}

Result<std::uint64_t> apply(const std::vector<Erasure>& erasures, tenancy::Database& database,
                            const tenancy::TenantDirectory& tenants, const audit::SubjectKeys& keys,
                            const Clock& clock, Rng& rng) {
    std::uint64_t done = 0;
    for (const Erasure& erasure : erasures) {
        const auto info = tenants.by_id(erasure.tenant);
        if (!info)
            continue; // gone with everything of it
        done += TRY(database.run(info->scope.for_recording(), Deadline::in(clock, 10s),
                                 [&](tenancy::TenantTx& tx) -> Result<std::uint64_t> {
                                     if (!TRY(keys.of(tx, erasure.user, clock.now(), rng)))
                                         return std::uint64_t{0};
                                     TRY(erase_person(tx, erasure.user, erasure.at, keys, rng));
                                     return std::uint64_t{1};
                                 }));
    }
    return done;
}

} // namespace bw::submissions
