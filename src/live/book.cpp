#include "live/book.hpp"

#include <algorithm>
#include <set>

#include "live/live_sql.hpp"
#include "live/store.hpp"

namespace bw::live {

namespace {

/// So many of each that all together are `limit` at most: whoever has few has all of them.
std::size_t share(std::vector<std::size_t> counts, std::size_t limit) {
    std::ranges::sort(counts);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::size_t each = limit / (counts.size() - i);
        if (counts[i] > each)
            return each;
        limit -= counts[i];
    }
    return SIZE_MAX;
}

} // namespace

Result<Book::News> Book::refresh(tenancy::Database& database, Instant now, Deadline deadline) {
    pg::Params params;
    params.instant(now - rules_.behind).instant(now + rules_.ahead);
    const auto answers = TRY(database.run_batch({}, {{sql::classes_between, params}}, deadline));
    const pg::Rows& rows = answers.front();
    News news;
    std::map<TenantId, std::size_t> count, taken;
    for (int row = 0; row < rows.count(); ++row)
        ++count[rows.id<TenantId>(row, 0)];
    std::vector<std::size_t> counts;
    for (const auto& [tenant, classes] : count)
        counts.push_back(classes);
    const std::size_t of_each = share(std::move(counts), rules_.classes);
    std::set<Key> there;
    std::map<TenantId, std::vector<LiveClassId>> wanted;
    for (int row = 0; row < rows.count(); ++row) {
        const Key key{rows.id<TenantId>(row, 0), rows.id<LiveClassId>(row, 1)};
        if (++taken[key.first] > of_each) {
            news.cut = true;
            continue;
        }
        const auto known = classes_.find(key);
        there.insert(key);
        if (known == classes_.end() || known->second.version != rows.int8(row, 2))
            wanted[key.first].push_back(key.second);
    }
    for (auto at = classes_.begin(); at != classes_.end();)
        if (!there.contains(at->first)) {
            news.changed.push_back(at->first);
            at = classes_.erase(at);
        } else {
            ++at;
        }
    std::vector<tenancy::ScopedSteps> groups;
    std::vector<TenantId> tenants;
    for (const auto& [tenant, ids] : wanted) {
        const auto info = directory_.by_id(tenant);
        if (!info || info->state != tenancy::TenantState::active) {
            news.unread.emplace(tenant, fail(Code::unavailable, "the institution is not active"));
            continue;
        }
        tenancy::ScopedSteps& group = groups.emplace_back(info->scope);
        tenants.push_back(tenant);
        for (std::size_t at = 0; at < ids.size(); at += rules_.at_once)
            group.steps.push_back(classes_step(
                std::span(ids).subspan(at, std::min(rules_.at_once, ids.size() - at))));
    }
    if (groups.empty())
        return news;
    const auto read = database.run_each(groups, deadline);
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (!read[i]) {
            news.unread.emplace(tenants[i], read[i].error());
            continue;
        }
        for (const pg::Rows& answer : *read[i])
            for (LiveClass& one : read_classes(answer)) {
                news.changed.emplace_back(tenants[i], one.id);
                put(tenants[i], std::move(one));
            }
    }
    return news;
}

} // namespace bw::live
