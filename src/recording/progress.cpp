#include "recording/progress.hpp"

#include <algorithm>

#include "recording/recording_sql.hpp"

namespace bw::recording {

std::int64_t as_bigint(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// Named one by one: a revoked right, a missing column or a broken disk must stop a recorder, not
/// set aside everything that was acknowledged.
bool is_about_the_data(const Error& error, const std::string& sqlstate) {
    if (fault(error.code) != Fault::permanent)
        return false;
    constexpr std::string_view classes[] = {
        "21", "22", "23", "54"}; // cardinality, data, constraints, limits of the program
    return sqlstate == "BW001" || std::ranges::any_of(classes, [&](std::string_view c) {
               return sqlstate.starts_with(c);
           });
}

namespace {

pg::Params of_epoch(std::uint64_t epoch) {
    pg::Params params;
    params.int8(as_bigint(epoch));
    return params;
}

Progress progress_in(const pg::Rows& rows) {
    Progress out{.seq = static_cast<std::uint64_t>(rows.int8(0, 0)),
                 .set_aside = static_cast<std::uint64_t>(rows.int8(0, 2))};
    if (!rows.is_null(0, 1))
        out.oldest_set_aside = static_cast<std::uint64_t>(rows.int8(0, 1));
    return out;
}

} // namespace

Result<Progress> read_progress(tenancy::Database& database, std::uint64_t epoch,
                               Deadline deadline) {
    const auto answers = TRY(database.run_batch(
        {}, {{sql::cursor_begin, of_epoch(epoch)}, {sql::cursor_read, of_epoch(epoch)}}, deadline));
    return progress_in(answers[1]);
}

Result<std::optional<Progress>> look_at_progress(tenancy::Database& database, std::uint64_t epoch,
                                                 Deadline deadline) {
    const auto answers =
        TRY(database.run_batch({}, {{sql::cursor_read, of_epoch(epoch)}}, deadline));
    return answers.front().empty() ? std::nullopt : std::optional(progress_in(answers.front()));
}

std::vector<tenancy::Step> progress_steps(std::uint64_t epoch, std::uint64_t from, std::uint64_t to,
                                          const std::vector<SetAside>& set_aside) {
    std::vector<tenancy::Step> steps;
    for (const auto& [seq, sqlstate] : set_aside) {
        pg::Params params;
        params.int8(as_bigint(epoch)).int8(as_bigint(seq)).text(sqlstate);
        steps.push_back({sql::set_aside, std::move(params)});
    }
    pg::Params advance;
    advance.int8(as_bigint(epoch)).int8(as_bigint(from)).int8(as_bigint(to));
    steps.push_back({sql::cursor_advance, std::move(advance)});
    return steps;
}

} // namespace bw::recording
