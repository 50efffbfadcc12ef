#include "year/fill_store.hpp"

#include <cstdio>

#include "columnar/appender.hpp"
#include "columnar/store.hpp"

namespace bw::year {

namespace {

constexpr std::uint64_t memory_bytes_max = 2ULL << 30;
constexpr std::int64_t told_every = 10'000'000;

Result<void> append(columnar::Connection& store, const Week& week) {
    CHECK_OK(store.begin());
    {
        auto rows = TRY(columnar::Appender::open(store, "base", "activities"));
        for (const Opening& one : week.openings) {
            rows.uuid(one.tenant).uuid(one.user).uuid(one.id).text(one.kind);
            one.page.empty() ? rows.null() : rows.text(one.page);
            one.subject == Uuid{} ? rows.null() : rows.uuid(one.subject);
            one.section == Uuid{} ? rows.null() : rows.uuid(one.section);
            CHECK_OK(rows.micros(one.occurred_us).micros(one.received_us).end_row());
        }
        CHECK_OK(rows.flush());
    }
    return store.commit();
}

} // namespace

Result<std::int64_t> fill_store(const std::filesystem::path& directory, const Schools& schools,
                                const Plan& plan, const Clock& clock) {
    const auto later = [&] { return Deadline::in(clock, std::chrono::hours(1)); };
    const auto store =
        TRY(columnar::Store::open(std::filesystem::canonical(directory / "current"),
                                  {.memory_bytes_max = memory_bytes_max, .threads = 2}, clock));
    const auto connection = TRY(store->connect());
    CHECK_OK(connection->script("delete from base.activities; insert into stream.outdated values "
                                "(make_timestamptz(0)); drop schema if exists rollup cascade; "
                                "drop schema if exists work cascade",
                                later()));
    std::int64_t count = 0;
    Result<void> done;
    live(schools, plan, [&](Week& week) {
        if (!done)
            return;
        done = append(*connection, week);
        const std::int64_t before = count / told_every;
        count += static_cast<std::int64_t>(week.openings.size());
        if (count / told_every != before)
            std::printf("%ld activities\n", count);
    });
    CHECK_OK(std::move(done));
    CHECK_OK(connection->script("checkpoint", later()));
    return count;
}

} // namespace bw::year
