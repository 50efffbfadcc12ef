#include "submissions/erasure.hpp"

#include <map>
#include <sstream>

#include <fmt/format.h>

#include "audit/subject_keys.hpp"
#include "submissions/submissions_sql.hpp"

namespace bw::submissions {

Result<std::uint64_t> erase_person(tenancy::TenantTx& tx, UserId user, Instant now) {
    // A recorder that saw the key before it went would add a row that the deletion does not see.
    TRY(tx.run(sql::wait_for_recorders));
    TRY(audit::erase_subject_key(tx, user, now));
    pg::Params params;
    params.id(user);
    return static_cast<std::uint64_t>(TRY(tx.run(sql::erase_submissions, params)).int8(0, 0));
}

Result<void> ErasureList::add(const std::vector<Erasure>& erasures) const {
    std::vector<std::string> lines;
    for (const Erasure& erasure : erasures)
        lines.push_back(fmt::format("{} {} {}", to_rfc3339(erasure.at), erasure.tenant.text(),
                                    erasure.user.text()));
    return file_.add(lines);
}

Result<std::vector<Erasure>> ErasureList::all() const {
    std::vector<Erasure> out;
    for (const std::string& line : TRY(file_.lines())) {
        std::istringstream words(line);
        std::string at, tenant, user;
        words >> at >> tenant >> user;
        const auto instant = from_rfc3339(at);
        const auto tenant_id = TenantId::parse(tenant);
        const auto user_id = UserId::parse(user);
        if (!instant || !tenant_id || !user_id)
            return fail(Code::corrupt, "this line is no erasure",
                        fmt::format("{}:{}", file_.path().string(), out.size() + 1));
        out.push_back({*tenant_id, *user_id, *instant});
    }
    return out;
}

Result<std::uint64_t> erase_person(const ErasureList& list, const KeyStore& keys,
                                   tenancy::Database& database, const tenancy::TenantScope& scope,
                                   UserId user, Instant now, Deadline deadline,
                                   const std::function<Result<void>(tenancy::TenantTx&)>& note) {
    CHECK_OK(list.add({{scope.tenant(), user, now}}));
    const auto gone =
        TRY(database.run(scope, deadline, [&](tenancy::TenantTx& tx) -> Result<std::uint64_t> {
            const std::uint64_t submissions = TRY(erase_person(tx, user, now));
            CHECK_OK(note(tx));
            return submissions;
        }));
    // Last: until the database has it, the archiver may store the key that it still finds there.
    TRY(keys.drop(scope.tenant(), {user}));
    return gone;
}

Result<Agreed> agree(const ErasureList& list, const KeyStore& keys, tenancy::Database& database,
                     const tenancy::TenantDirectory& tenants, Deadline deadline,
                     const Forget& forget) {
    std::map<TenantId, std::map<UserId, Instant>> listed;
    for (const Erasure& erasure : TRY(list.all()))
        listed[erasure.tenant].emplace(erasure.user, erasure.at);
    const std::vector<tenancy::TenantInfo> all = tenants.all();
    std::vector<tenancy::ScopedSteps> questions;
    for (const tenancy::TenantInfo& tenant : all)
        questions.push_back({tenant.scope.for_recording(), {audit::erased_subjects_step()}});
    if (questions.empty())
        return Agreed();
    const std::vector<pg::Rows> answers = TRY(database.run_batch(questions, {}, deadline));

    Agreed out;
    std::vector<Erasure> news;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const TenantId tenant = all[i].scope.tenant();
        std::set<UserId> gone;
        for (int row = 0; row < answers[i].count(); ++row) {
            const auto user = answers[i].id<UserId>(row, 0);
            gone.insert(user);
            if (!listed[tenant].contains(user))
                news.push_back({tenant, user, answers[i].instant(row, 1)});
        }
        for (const auto& [user, at] : listed[tenant]) {
            if (!gone.insert(user).second)
                continue;
            TRY(database.run(all[i].scope.for_recording(), deadline,
                             [&](tenancy::TenantTx& tx) -> Result<std::uint64_t> {
                                 const auto gone = TRY(erase_person(tx, user, at));
                                 if (forget) // last: it ends sessions
                                     CHECK_OK(forget(tx, user, at));
                                 return gone;
                             }));
            ++out.erased;
        }
        TRY(keys.drop(tenant, gone));
    }
    out.learned = news.size();
    CHECK_OK(list.add(news));
    return out;
}

} // namespace bw::submissions
