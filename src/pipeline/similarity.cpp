#include "pipeline/similarity.hpp"

#include <cmath>

#include "pipeline/similarity_sql.hpp"

namespace bw::pipeline {

namespace {

constexpr std::size_t numbers_of_span = 7, span_bytes = numbers_of_span * 4;

std::int64_t thousandths(double score) {
    return std::lround(score * 1000);
}

/// From the other side.
std::vector<Span> turned(std::vector<Span> spans) {
    for (Span& span : spans)
        std::swap(span.here, span.there);
    std::ranges::sort(spans, {}, [](const Span& span) { return span.here.word; });
    return spans;
}

pg::Params by_id(const Uuid& id) {
    pg::Params params;
    params.uuid(id);
    return params;
}

} // namespace

Result<std::optional<Prepared>> prepare(tenancy::TenantTx& tx, SubmissionId submission) {
    const pg::Rows rows = TRY(tx.run(sql::text_of, by_id(submission.uuid)));
    if (rows.empty() || !rows.boolean(0, 3))
        return std::optional<Prepared>();
    Prepared text{.submission = submission,
                  .assignment = rows.id<AssignmentId>(0, 0),
                  .author = rows.id<UserId>(0, 1),
                  .words = words_of(rows.bytes(0, 2))};
    discount_template(text.words, rows.text(0, 4));
    text.prints = distinct(prints_of(text.words));
    return std::optional(std::move(text));
}

Result<void> keep(tenancy::TenantTx& tx, const Prepared& text) {
    pg::Params earlier, row, prints;
    earlier.id(text.submission).id(text.assignment).id(text.author);
    row.id(text.submission)
        .id(text.assignment)
        .id(text.author)
        .int4(static_cast<std::int32_t>(text.words.size()))
        .int4(static_cast<std::int32_t>(counting(text.words)));
    prints.id(text.submission).int8s(text.prints);
    TRY(tx.run({{sql::drop_earlier_texts, std::move(earlier)},
                {sql::keep_text, std::move(row)},
                {sql::keep_prints, std::move(prints)}}));
    return {};
}

Result<Suspects> find_suspects(tenancy::TenantTx& tx, const Prepared& text) {
    const pg::Rows texts = TRY(tx.run(sql::texts_of_assignment, by_id(text.assignment.uuid)));
    pg::Params params;
    params.id(text.submission)
        .int8s(text.prints)
        .int8(texts_before_common(texts.int8(0, 0)))
        .int8(shared_prints_min)
        .int8(candidates_limit);
    const pg::Rows rows = TRY(tx.run(sql::candidates, params));
    Suspects out;
    std::vector<Uuid> ids;
    for (int row = 0; row < rows.count(); ++row)
        if (rows.is_null(row, 1))
            out.common.insert(static_cast<std::uint64_t>(rows.int8(row, 0)));
        else
            ids.push_back(rows.uuid(row, 1));
    if (ids.empty())
        return out;
    pg::Params wanted;
    wanted.uuids(ids);
    const pg::Rows found = TRY(tx.run(sql::candidate_texts, wanted));
    for (int row = 0; row < found.count(); ++row)
        out.texts.push_back({found.id<SubmissionId>(row, 0), found.id<AssignmentId>(row, 1),
                             Bytes(found.bytes(row, 2)), std::string(found.text(row, 3))});
    return out;
}

std::vector<Found> compare(const Prepared& text, const Suspects& suspects) {
    std::vector<Word> words = text.words;
    discount(words, suspects.common);
    const Comparable here(std::move(words));
    std::vector<Found> out;
    for (const Suspects::Text& suspect : suspects.texts) {
        std::vector<Word> of_other = words_of(suspect.content);
        discount_template(of_other, suspect.text_template);
        discount(of_other, suspects.common);
        Match match = here.with(Comparable(std::move(of_other)));
        if (match.score >= score_kept &&
            std::min(match.words_here, match.words_there) >= words_threshold)
            out.push_back({suspect.submission, suspect.assignment, std::move(match)});
    }
    return out;
}

Result<void> keep(tenancy::TenantTx& tx, const Prepared& text, const std::vector<Found>& found) {
    std::vector<Uuid> submissions, others, assignments, other_assignments;
    std::vector<std::int64_t> scores, words;
    std::vector<Bytes> spans;
    auto add = [&](const Uuid& submission, const Uuid& assignment, const Uuid& other,
                   const Uuid& other_assignment, const Match& match, std::uint32_t words_shared,
                   const std::vector<Span>& of) {
        submissions.push_back(submission);
        assignments.push_back(assignment);
        others.push_back(other);
        other_assignments.push_back(other_assignment);
        scores.push_back(thousandths(match.score));
        words.push_back(words_shared);
        spans.push_back(encode(of));
    };
    for (const Found& one : found) {
        add(text.submission.uuid, text.assignment.uuid, one.other.uuid, one.other_assignment.uuid,
            one.match, one.match.words_here, one.match.spans);
        add(one.other.uuid, one.other_assignment.uuid, text.submission.uuid, text.assignment.uuid,
            one.match, one.match.words_there, turned(one.match.spans));
    }
    std::vector<tenancy::Step> steps;
    if (!found.empty()) {
        pg::Params params;
        params.uuids(submissions).uuids(others).uuids(assignments).uuids(other_assignments);
        params.int8s(scores).int8s(words).bytes_array(spans);
        steps.push_back({sql::keep_matches, std::move(params)});
    }
    steps.push_back({sql::mark_compared, by_id(text.submission.uuid)});
    if (TRY(tx.run(steps)).back().affected() == 0)
        return fail(Code::unavailable, "the text was taken out while it was compared, for another "
                                       "template perhaps: it is compared anew");
    return {};
}

Bytes encode(const std::vector<Span>& spans) {
    Bytes out;
    out.reserve(spans.size() * span_bytes);
    for (const Span& s : spans)
        for (const std::uint32_t number : {s.words, s.here.word, s.here.byte, s.here.bytes,
                                           s.there.word, s.there.byte, s.there.bytes})
            put_le(out, number);
    return out;
}

Result<std::vector<Span>> decode_spans(ByteView bytes) {
    if (bytes.size() % span_bytes != 0)
        return fail(Code::corrupt, "these are no passages");
    std::vector<Span> spans;
    for (; !bytes.empty(); bytes.remove_prefix(span_bytes)) {
        auto number = [&](std::size_t i) { return get_le<std::uint32_t>(bytes.substr(i * 4, 4)); };
        spans.push_back(
            {number(0), {number(1), number(2), number(3)}, {number(4), number(5), number(6)}});
    }
    return spans;
}

// ---- what an assignment's teachers decide ----

Result<Settings> get_settings(tenancy::TenantTx& tx, AssignmentId assignment) {
    const pg::Rows rows = TRY(tx.run(sql::get_settings, by_id(assignment.uuid)));
    if (rows.empty())
        return fail(Code::not_found, "there is no such assignment");
    return Settings{.on = rows.boolean(0, 0),
                    .text_template = std::string(rows.text(0, 1)),
                    .version = rows.int8(0, 2),
                    .takes_texts = rows.boolean(0, 3),
                    .compared = rows.int8(0, 4),
                    .waiting = rows.int8(0, 5)};
}

Result<std::int64_t> set_settings(tenancy::TenantTx& tx, AssignmentId assignment, bool on,
                                  const std::string& text_template, std::int64_t version) {
    const Settings before = TRY(get_settings(tx, assignment));
    if (on && !before.takes_texts)
        return fail(Code::conflict, "texts are compared, and this assignment asks for answers",
                    "/similarity");
    pg::Params params;
    params.id(assignment).int8(version).boolean(on).text(text_template);
    const pg::Rows rows = TRY(tx.run(sql::set_settings, params));
    if (rows.empty())
        return fail(Code::precondition_failed,
                    "the assignment was changed meanwhile; read it again and decide anew",
                    "If-Match");
    if (before.text_template != text_template)
        TRY(tx.run({{sql::forget_assignment, by_id(assignment.uuid)},
                    {sql::forget_pairs, by_id(assignment.uuid)}}));
    return rows.int8(0, 0);
}

Result<std::vector<SubmissionId>> not_yet_compared(tenancy::TenantTx& tx, AssignmentId assignment,
                                                   SubmissionId after, int limit) {
    pg::Params params;
    params.id(assignment).id(after).int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::not_yet_compared, params));
    std::vector<SubmissionId> out;
    for (int row = 0; row < rows.count(); ++row)
        out.push_back(rows.id<SubmissionId>(row, 0));
    return out;
}

// ---- what is read back ----

Result<PairPage> list_pairs(tenancy::TenantTx& tx, AssignmentId assignment, std::int64_t score_min,
                            const std::optional<Pair>& after, int limit) {
    constexpr std::int64_t above_all = 1001;
    pg::Params params;
    params.id(assignment)
        .int8(score_min)
        .int8(after ? after->score : above_all)
        .id(after ? after->submission : SubmissionId{})
        .id(after ? after->other : SubmissionId{})
        .int8(limit + 1); // one more tells whether there is a next page
    const pg::Rows rows = TRY(tx.run(sql::list_pairs, params));
    PairPage page;
    for (int row = 0; row < std::min(rows.count(), limit); ++row)
        page.items.push_back({.submission = rows.id<SubmissionId>(row, 0),
                              .other = rows.id<SubmissionId>(row, 2),
                              .author = rows.id<UserId>(row, 1),
                              .other_author = rows.id<UserId>(row, 3),
                              .other_assignment = rows.id<AssignmentId>(row, 4),
                              .score = rows.int8(row, 5),
                              .words = rows.int8(row, 6)});
    if (rows.count() > limit)
        page.next = page.items.back();
    return page;
}

Result<Report> report_of(tenancy::TenantTx& tx, SubmissionId submission, UserId caller,
                         bool reads_all, std::int64_t score_min, int limit) {
    pg::Params params;
    params.id(submission).id(caller).int8(score_min).int8(limit + 1).boolean(reads_all);
    pg::Params whose;
    whose.id(submission).id(caller);
    const auto answers = TRY(tx.run({{sql::get_text, by_id(submission.uuid)},
                                     {sql::matches_of, std::move(params)},
                                     {sql::whose_text, std::move(whose)}}));
    if (answers[2].empty())
        return fail(Code::not_found, "there is no such submission");
    Report report{.author = answers[2].id<UserId>(0, 0),
                  .text = Bytes(answers[2].bytes(0, 1)),
                  .caller_teaches = answers[2].boolean(0, 2),
                  .identity_hidden = answers[2].boolean(0, 3)};
    if (const pg::Rows& text = answers[0]; !text.empty()) {
        report.words = text.int8(0, 0);
        report.words_counted = text.int8(0, 1);
        if (!text.is_null(0, 2))
            report.compared_at = text.instant(0, 2);
    }
    const pg::Rows& rows = answers[1];
    for (int row = 0; row < std::min(rows.count(), limit); ++row)
        report.matches.push_back({.other = rows.id<SubmissionId>(row, 0),
                                  .other_author = rows.id<UserId>(row, 1),
                                  .other_assignment = rows.id<AssignmentId>(row, 2),
                                  .score = rows.int8(row, 3),
                                  .words = rows.int8(row, 4),
                                  .spans = TRY(decode_spans(rows.bytes(row, 5))),
                                  .other_text = rows.is_null(row, 6)
                                                    ? std::nullopt
                                                    : std::optional(Bytes(rows.bytes(row, 6)))});
    report.more = rows.count() > limit;
    return report;
}

} // namespace bw::pipeline
