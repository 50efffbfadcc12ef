#include "accounts/class_codes.hpp"

#include "accounts/class_codes_sql.hpp"

namespace bw::accounts {

namespace {

std::vector<Uuid> uuids_of(const std::vector<Student>& students) {
    std::vector<Uuid> out;
    for (const Student& student : students)
        out.push_back(student.id.uuid);
    return out;
}

} // namespace

Result<ClassCode> make_class_code(tenancy::TenantTx& tx, const SecretMacs& macs, SectionId section,
                                  const std::vector<Student>& students, UserId made_by,
                                  Duration lifetime, const Clock& clock, Rng& rng) {
    const Instant now = clock.now();
    const ClassCode made{ClassCodeId::make(now, rng), make_code(class_code_chars, rng),
                         now + lifetime};
    pg::Params older, code, open;
    older.id(section).instant(now);
    code.id(made.id)
        .id(section)
        .bytes(view(macs.of_class_code(tx.tenant(), made.code)))
        .id(made_by)
        .instant(now)
        .instant(made.expires_at);
    open.id(made.id).uuids(uuids_of(students));
    TRY(tx.run({{sql::end_class_codes, older},
                {sql::make_class_code, code},
                {sql::open_class_code, open}}));
    std::vector<std::string> names;
    for (const Student& student : students)
        names.push_back(student.username);
    CHECK_OK(forget_tries(tx, macs, names));
    return made;
}

Result<std::optional<ClassCodeRecord>> latest_class_code(tenancy::TenantTx& tx, SectionId section) {
    pg::Params params;
    params.id(section);
    const auto answers =
        TRY(tx.run({{sql::latest_class_code, params}, {sql::class_code_students, params}}));
    const pg::Rows &code = answers[0], &students = answers[1];
    if (code.empty())
        return std::optional<ClassCodeRecord>();
    ClassCodeRecord record{.id = code.id<ClassCodeId>(0, 0),
                           .made_by = code.id<UserId>(0, 1),
                           .made_at = code.instant(0, 2),
                           .expires_at = code.instant(0, 3),
                           .ended_at = {},
                           .misses = code.int8(0, 5),
                           .students = {}};
    if (!code.is_null(0, 4))
        record.ended_at = code.instant(0, 4);
    for (int i = 0; i < students.count(); ++i) {
        record.students.push_back({students.id<UserId>(i, 0),
                                   std::string(students.text(i, 1)),
                                   std::string(students.text(i, 2)),
                                   std::string(students.text(i, 3)),
                                   {}});
        if (!students.is_null(i, 4))
            record.students.back().used_at = students.instant(i, 4);
    }
    return std::optional(std::move(record));
}

Result<std::optional<ClassCodeId>> end_class_code(tenancy::TenantTx& tx, SectionId section,
                                                  Instant now) {
    pg::Params params;
    params.id(section).instant(now);
    const pg::Rows rows = TRY(tx.run(sql::end_class_codes, params));
    if (rows.empty() || !rows.boolean(0, 1))
        return std::optional<ClassCodeId>();
    return std::optional(rows.id<ClassCodeId>(0, 0));
}

Result<SessionsEnded> end_sessions_of(tenancy::TenantTx& tx, const std::vector<Student>& students,
                                      bool shared_alone, Instant now) {
    pg::Params params;
    params.uuids(uuids_of(students)).instant(now);
    const pg::Rows rows = TRY(
        tx.run(shared_alone ? sql::end_shared_sessions_of_students : sql::end_sessions_of_students,
               params));
    return SessionsEnded{rows.int8(0, 0), rows.int8(0, 1)};
}

} // namespace bw::accounts
