#include "files/direct.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "files/files_sql.hpp"
#include "telemetry/log.hpp"

namespace bw::files {

namespace {

constexpr std::uint64_t mib = 1024 * 1024, parts_wanted = 1'000;
constexpr Duration step_deadline = 20s;
constexpr int attempts = 3;

std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// Written down, unless a newer writer was there first.
Result<bool> put_direct(tenancy::TenantTx& tx, const Direct& direct) {
    pg::Params params;
    params.id(direct.upload.id)
        .int8(direct.writer)
        .text(direct.object)
        .text(direct.token)
        .int8(number(direct.plan.first))
        .int8(number(direct.plan.part_bytes));
    return !TRY(tx.run(sql::put_direct, params)).empty();
}

} // namespace

int PartPlan::parts() const {
    return static_cast<int>((size - first + part_bytes - 1) / part_bytes);
}
std::uint64_t PartPlan::offset_of(int number) const {
    return first + part_bytes * static_cast<std::uint64_t>(number - 1);
}
std::uint64_t PartPlan::bytes_of(int number) const {
    return std::min(part_bytes, size - offset_of(number));
}

PartPlan plan_parts(std::uint64_t first, std::uint64_t size, std::uint64_t part_bytes_min) {
    const std::uint64_t mibs = ((size - first) / parts_wanted + mib) / mib;
    return {first, size, std::max(part_bytes_min, mibs * mib)};
}

Result<std::optional<Direct>> find_direct(tenancy::TenantTx& tx, const Upload& upload) {
    pg::Params params;
    params.id(upload.id);
    const pg::Rows rows = TRY(tx.run(sql::get_direct, params));
    if (rows.empty())
        return std::optional<Direct>();
    return Direct{.upload = upload,
                  .writer = rows.int8(0, 0),
                  .object = std::string(rows.text(0, 1)),
                  .token = std::string(rows.text(0, 2)),
                  .plan = {.first = static_cast<std::uint64_t>(rows.int8(0, 3)),
                           .size = upload.size,
                           .part_bytes = static_cast<std::uint64_t>(rows.int8(0, 4))}};
}

Result<Direct> go_on(tenancy::TenantTx& tx, Direct direct, const Limits& limits) {
    if (direct.upload.writing && direct.writer == direct.upload.writer) {
        TRY(note_progress(tx, {.upload = direct.upload.id,
                               .writer = direct.writer,
                               .received = direct.plan.first,
                               .goes_on = true,
                               .open_for = limits.direct_open_for}));
        return direct;
    }
    direct.upload = TRY(begin_writing(tx, direct.upload.id, direct.upload.owner, direct.plan.first,
                                      limits.direct_open_for));
    direct.writer = direct.upload.writer;
    if (!TRY(put_direct(tx, direct)))
        return fail(Code::conflict, "somebody else goes on with this upload");
    return direct;
}

namespace {

struct Found {
    Upload upload;
    std::optional<Direct> before; // that counts no more
    std::optional<Direct> goes_on;
};

Result<Found> look(const Parts& parts, tenancy::TenantTx& tx, UploadId id, UserId owner) {
    Found found;
    found.upload = TRY(find_own(tx, id, owner));
    CHECK_OK(not_expired(found.upload));
    CHECK_OK(takes_bytes(found.upload));
    if (found.upload.received == found.upload.size)
        return fail(Code::conflict, "all of it has come: complete it");
    auto direct = TRY(find_direct(tx, found.upload));
    if (direct && direct->stands())
        found.goes_on = TRY(go_on(tx, *std::move(direct), parts.limits));
    else
        found.before = std::move(direct);
    return found;
}

/// The caller writes from now on, and what `before` left counts no more, whoever still joins it.
/// conflict: more came since.
Result<Upload> begin_anew(tenancy::TenantTx& tx, const Upload& seen,
                          const std::optional<Direct>& before, const Limits& limits) {
    Upload begun =
        TRY(begin_writing(tx, seen.id, seen.owner, seen.received, limits.direct_open_for));
    if (!before)
        return begun;
    Direct over = *before;
    over.writer = begun.writer;
    over.plan.first = begun.size; // where no open upload stands
    ENSURE(TRY(put_direct(tx, over)), "a writer was fenced in its own transaction");
    return begun;
}

/// The bucket's rule for what is never finished has removed them. conflict: they are joined.
Result<bool> lost(const Direct& direct, blob::DirectParts& store, Deadline deadline) {
    if (TRY(parts_there(direct, store, deadline)))
        return false;
    auto joined = store.join_parts(direct.object, direct.token, {},
                                   direct.plan.size - direct.plan.first, deadline);
    if (!joined && joined.error().code == Code::not_found)
        return true;
    TRY(std::move(joined));
    return fail(Code::conflict, "all of it has come: complete it");
}

} // namespace

Result<Direct> begin_direct(const Parts& parts, blob::DirectParts& store,
                            tenancy::Database& database, const tenancy::TenantScope& scope,
                            UploadId id, UserId owner) {
    auto soon = [&] { return Deadline::in(parts.clock, step_deadline); };
    for (int attempt = 0; attempt < attempts; ++attempt) {
        Found found = TRY(database.run(
            scope, soon(), [&](tenancy::TenantTx& tx) { return look(parts, tx, id, owner); }));
        if (found.goes_on) {
            if (!TRY(lost(*found.goes_on, store, soon())))
                return *std::move(found.goes_on);
            found.before = std::move(found.goes_on);
        }
        // Fenced before anything is dropped: what was joined meanwhile may be noted, and stays.
        auto begun = database.run(scope, soon(), [&](tenancy::TenantTx& tx) {
            return begin_anew(tx, found.upload, found.before, parts.limits);
        });
        if (!begun && begun.error().code == Code::conflict)
            continue; // more came since
        Direct direct;
        direct.upload = TRY(std::move(begun));
        if (found.before) // first, so that an upload never has the parts of two in the store
            CHECK_OK(store.drop_parts(found.before->object, found.before->token, soon()));
        direct.writer = direct.upload.writer;
        direct.object = object_key(scope.tenant(), id, direct.writer);
        direct.plan =
            plan_parts(direct.upload.received, direct.upload.size, store.part_bytes_min());
        direct.token = TRY(store.begin_parts(direct.object, soon()));
        const bool ours = TRY(database.run(
            scope, soon(), [&](tenancy::TenantTx& tx) { return put_direct(tx, direct); }));
        if (ours)
            return direct;
        if (auto dropped = store.drop_parts(direct.object, direct.token, soon()); !dropped)
            log::warn("upload_part_left", // goes with the upload
                      {{"object", direct.object}, {"error", dropped.error().text()}});
    }
    return fail(Code::unavailable, "others take this upload over at the same time");
}

Result<std::optional<std::vector<blob::StoredPart>>>
parts_there(const Direct& direct, blob::DirectParts& store, Deadline deadline) {
    using There = std::optional<std::vector<blob::StoredPart>>;
    auto there = store.parts(direct.object, direct.token, deadline);
    if (!there && there.error().code == Code::not_found)
        return There();
    return There(TRY(std::move(there)));
}

std::vector<int> parts_missing(const PartPlan& plan, const std::vector<blob::StoredPart>& there,
                               std::size_t limit) {
    std::vector<int> missing;
    for (int number = 1; number <= plan.parts() && missing.size() < limit; ++number) {
        const auto found = std::ranges::find(there, number, &blob::StoredPart::number);
        if (found == there.end() || found->bytes != plan.bytes_of(number))
            missing.push_back(number);
    }
    return missing;
}

} // namespace bw::files
