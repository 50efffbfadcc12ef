#include "tenancy/directory.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "tenancy/records.hpp"
#include "tenancy/tenancy_sql.hpp"

namespace bw::tenancy {

std::string_view wire_name(TenantState state) {
    switch (state) {
    case TenantState::active:
        return "active";
    case TenantState::suspended:
        return "suspended";
    }
    ensure_failed("wire_name", "a tenant state without a wire name");
}

std::optional<TenantState> tenant_state_from(std::string_view name) {
    for (TenantState state : {TenantState::active, TenantState::suspended})
        if (wire_name(state) == name)
            return state;
    return std::nullopt;
}

Result<bool> TenantDirectory::refresh(Database& database, Deadline deadline) {
    const Instant now = database.clock().now();
    const std::int64_t change =
        TRY(database.run_plain({{sql::directory_change, {}}}, deadline)).front().int8(0, 0);
    const DirectoryStatus known = status();
    const bool whole =
        known.from_file || !known.as_of || until_whole_ == 0 || change < known.change;
    until_whole_ = whole ? whole_every_ - 1 : until_whole_ - 1;
    if (!whole && change == known.change) {
        std::lock_guard lock(mutex_);
        status_.as_of = now;
        return false;
    }
    pg::Params after;
    after.int8(whole ? -1 : known.change);
    auto answers = database.run_plain(
        {{sql::tenant_directory, after}, {sql::operator_credentials, {}}}, deadline);
    if (!answers) {
        until_whole_ = 0; // it may have been the whole one
        return std::move(answers).error();
    }
    auto fresh = whole ? std::make_shared<Snapshot>() : std::make_shared<Snapshot>(*snapshot());
    const pg::Rows &rows = answers->front(), &operators = answers->back();
    for (int i = 0; i < rows.count(); ++i) {
        const auto state = tenant_state_from(rows.text(i, 2));
        if (!state)
            return fail(Code::corrupt, "the directory has a tenant in an unknown state");
        fresh->put(std::make_shared<const TenantInfo>(TenantInfo{
            .scope = TenantScope(rows.id<TenantId>(i, 0), rows.int8(i, 1)),
            .slug = std::string(rows.text(i, 3)),
            .name = std::string(rows.text(i, 5)),
            .zone = std::string(rows.text(i, 6)),
            .locale = std::string(rows.text(i, 7)),
            .state = *state,
            .hosts = words(rows.text(i, 4)),
            .quotas = {rate_of(rows, i, 8), rate_of(rows, i, 10)},
            .bells = bells_in(rows.text(i, 12)),
        }));
    }
    fresh->operators.clear();
    for (int i = 0; i < operators.count(); ++i)
        fresh->operators.push_back(
            {{operators.id<OperatorTokenId>(i, 0), std::string(operators.text(i, 1))},
             *to_array<32>(operators.bytes(i, 2))});
    // Rows may be newer than the counter as it was read: they come again, which changes nothing.
    publish(std::move(fresh), change, now, false);
    return change != known.change || known.from_file || !known.as_of;
}

std::shared_ptr<const TenantInfo> TenantDirectory::by_slug(std::string_view slug) const {
    return slug.contains('.') ? nullptr : by_host(slug);
}

std::shared_ptr<const TenantInfo> TenantDirectory::by_own_host(std::string_view host) const {
    return host.contains('.') ? by_host(host) : nullptr;
}

std::shared_ptr<const TenantInfo> TenantDirectory::by_host(std::string_view host) const {
    const auto now = snapshot();
    auto found = now->hosts.find(host);
    return found == now->hosts.end() ? nullptr : found->second;
}

std::shared_ptr<const TenantInfo> TenantDirectory::by_id(TenantId tenant) const {
    const auto now = snapshot();
    auto found = now->ids.find(tenant);
    return found == now->ids.end() ? nullptr : found->second;
}

std::vector<TenantInfo> TenantDirectory::all() const {
    std::vector<TenantInfo> out;
    for (const auto& [id, info] : snapshot()->ids)
        out.push_back(*info);
    std::ranges::sort(out, {}, &TenantInfo::slug);
    return out;
}

std::optional<Operator> TenantDirectory::operator_with(std::string_view token) const {
    return operator_of(token, snapshot()->operators);
}

DirectoryStatus TenantDirectory::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

std::shared_ptr<const TenantDirectory::Snapshot> TenantDirectory::snapshot() const {
    std::lock_guard lock(mutex_);
    return snapshot_;
}

void TenantDirectory::publish(std::shared_ptr<const Snapshot> fresh, std::int64_t change,
                              Instant as_of, bool from_file) {
    std::lock_guard lock(mutex_);
    status_ = {fresh->ids.size(), change, as_of, from_file};
    snapshot_.swap(fresh); // what was there ends with the argument, after the lock
}

/// Replaces what the tenant had before. A host that moved from one tenant to another in one refresh
/// is taken away only from whoever still has it.
void TenantDirectory::Snapshot::put(Info info) {
    auto each_host = [](const TenantInfo& of, auto&& act) {
        act(of.slug);
        for (const std::string& host : of.hosts)
            act(host);
    };
    Info& place = ids[info->scope.tenant()];
    if (place)
        each_host(*place, [&](const std::string& host) {
            if (auto at = hosts.find(host); at != hosts.end() && at->second == place)
                hosts.erase(at);
        });
    each_host(*info, [&](const std::string& host) { hosts[host] = info; });
    place = std::move(info);
}

} // namespace bw::tenancy
