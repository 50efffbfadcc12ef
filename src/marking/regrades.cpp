#include "marking/regrades.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "marking/marking_sql.hpp"

namespace bw::marking {

namespace {

Result<Regrade> read_regrade(const pg::Rows& rows, int row) {
    Regrade out{.id = rows.id<RegradeId>(row, 0),
                .assignment = rows.id<AssignmentId>(row, 1),
                .user = rows.id<UserId>(row, 2),
                .number = rows.int8(row, 3),
                .text = std::string(rows.text(row, 5)),
                .made_at = rows.instant(row, 6)};
    bool known = false;
    for (RegradeState state :
         {RegradeState::open, RegradeState::upheld, RegradeState::changed, RegradeState::withdrawn})
        if (wire_name(state) == rows.text(row, 4)) {
            out.state = state;
            known = true;
        }
    if (!known)
        return fail(Code::corrupt, "a state of a request that this program does not know");
    if (auto answer = rows.optional_text(row, 7))
        out.answer = std::string(*answer);
    if (!rows.is_null(row, 8))
        out.ended_by = rows.id<UserId>(row, 8);
    if (!rows.is_null(row, 9))
        out.ended_at = rows.instant(row, 9);
    return out;
}

Result<std::optional<Regrade>> only(const pg::Rows& rows) {
    if (rows.empty())
        return std::optional<Regrade>();
    return std::optional(TRY(read_regrade(rows, 0)));
}

Result<void> end(tenancy::TenantTx& tx, RegradeId id, RegradeState state,
                 std::optional<std::string_view> answer, UserId by, Instant now) {
    pg::Params params;
    params.id(id).text(wire_name(state)).optional_text(answer).id(by).instant(now);
    if (TRY(tx.run(sql::end_regrade, params)).empty())
        return fail(Code::conflict, "the request has been answered or withdrawn");
    return {};
}

} // namespace

std::string_view wire_name(RegradeState state) {
    switch (state) {
    case RegradeState::open:
        return "open";
    case RegradeState::upheld:
        return "upheld";
    case RegradeState::changed:
        return "changed";
    case RegradeState::withdrawn:
        return "withdrawn";
    }
    ensure_failed("wire_name", "a state of a request without a name");
}

std::optional<Instant> asked_until(const Scheme& scheme, Instant released_at) {
    return scheme.regrade_window ? std::optional(released_at + *scheme.regrade_window)
                                 : std::nullopt;
}

Result<Regrade> ask_regrade(tenancy::TenantTx& tx, AssignmentId assignment, UserId user,
                            const std::string& text, Instant now, Rng& rng) {
    const auto marking = TRY(marking_of(tx, assignment));
    const auto grades = TRY(grades_of(tx, assignment, user, 1));
    if (!marking || grades.empty())
        return fail(Code::not_found, "no grade of yours has been released");
    const auto until = asked_until(marking->scheme, grades.front().released_at);
    if (!until)
        return fail(Code::conflict, "grades of this assignment are not looked at again on request; "
                                    "ask the teacher");
    if (now >= *until)
        return fail(Code::conflict, "this could be asked until " + to_rfc3339(*until));
    pg::Params params;
    const RegradeId id = RegradeId::make(now, rng);
    params.id(id).id(assignment).id(user).int8(grades.front().number).text(text).instant(now);
    if (TRY(tx.run(sql::ask_regrade, params)).empty())
        return fail(Code::conflict, "you have asked about this grade already");
    return Regrade{.id = id,
                   .assignment = assignment,
                   .user = user,
                   .number = grades.front().number,
                   .text = text,
                   .made_at = now};
}

Result<std::optional<Regrade>> find_regrade(tenancy::TenantTx& tx, RegradeId id) {
    pg::Params params;
    params.id(id);
    return only(TRY(tx.run(sql::regrade_by_id, params)));
}

Result<std::optional<Regrade>> latest_regrade(tenancy::TenantTx& tx, AssignmentId assignment,
                                              UserId user) {
    pg::Params params;
    params.id(assignment).id(user);
    return only(TRY(tx.run(sql::latest_regrade, params)));
}

Result<RegradePage> list_regrades(tenancy::TenantTx& tx, AssignmentId assignment, bool open_only,
                                  std::optional<std::pair<Instant, RegradeId>> after, int limit) {
    const auto start = after.value_or(std::pair{Instant{0}, RegradeId{}});
    pg::Params params;
    params.id(assignment)
        .boolean(open_only)
        .instant(start.first)
        .id(start.second)
        .int8(limit + 1); // one more tells whether there is a next page
    const pg::Rows rows = TRY(tx.run(sql::list_regrades, params));
    RegradePage page;
    for (int row = 0; row < std::min(rows.count(), limit); ++row)
        page.items.push_back(TRY(read_regrade(rows, row)));
    if (rows.count() > limit)
        page.next = {page.items.back().made_at, page.items.back().id};
    return page;
}

Result<Regrade> withdraw_regrade(tenancy::TenantTx& tx, RegradeId id, UserId student, Instant now) {
    auto request = TRY(find_regrade(tx, id));
    if (!request || request->user != student)
        return fail(Code::not_found, "there is no such request");
    CHECK_OK(end(tx, id, RegradeState::withdrawn, std::nullopt, student, now));
    request->state = RegradeState::withdrawn;
    request->ended_by = student;
    request->ended_at = now;
    return *std::move(request);
}

Result<bool> decide_regrade(tenancy::TenantTx& tx, const Pseudonyms& pseudonyms,
                            const Regrade& request, RegradeState outcome, const std::string& answer,
                            UserId by, Instant now) {
    ENSURE(outcome == RegradeState::upheld || outcome == RegradeState::changed,
           "a decision that is none");
    bool released = false;
    if (outcome == RegradeState::changed) {
        const WorkId work = pseudonyms.of(tx.tenant(), request.assignment, request.user);
        const auto done =
            TRY(release(tx, pseudonyms, request.assignment,
                        {.works = std::vector{work}, .reason = answer, .by = by, .now = now}));
        released = !done.released.empty();
        if (!released && TRY(grades_of(tx, request.assignment, request.user, 1)).front().number ==
                             request.number)
            return fail(Code::conflict, "the work's result is what was released: change the mark "
                                        "first, or uphold the grade");
    }
    CHECK_OK(end(tx, request.id, outcome, answer, by, now));
    return released;
}

} // namespace bw::marking
