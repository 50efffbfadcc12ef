#include "app/operator.hpp"

#include <algorithm>
#include <set>

#include "accounts/vouchers.hpp"
#include "activity/policy.hpp"
#include "app/process_globals.hpp"
#include "attendance/store.hpp"
#include "audit/audit.hpp"
#include "auth/credentials.hpp"
#include "auth/passwords.hpp"
#include "auth/sessions.hpp"
#include "auth/token_issuer.hpp"
#include "base/json.hpp"
#include "content/materials.hpp"
#include "exports/report_exports.hpp"
#include "federation/identities.hpp"
#include "files/upload.hpp"
#include "institution/roster_imports.hpp"
#include "live/store.hpp"
#include "marking/grades.hpp"
#include "notices/notices.hpp"
#include "recordings/recording.hpp"
#include "reporting/outbox.hpp"
#include "roster/users.hpp"
#include "submissions/assignments.hpp"
#include "submissions/erasure.hpp"
#include "tenancy/provisioning.hpp"
#include "tenancy/revocation_feed.hpp"
#include "tenancy/signing_keys.hpp"
#include "timetable/bells.hpp"
#include "timetable/sections.hpp"
#include "timetable/store.hpp"

namespace bw::app {

Result<void> forget_person(tenancy::TenantTx& tx, UserId user, Instant now) {
    CHECK_OK(auth::lock_person(tx, user));
    CHECK_OK(federation::forget_person(tx, user));
    CHECK_OK(marking::forget_person(tx, user));
    CHECK_OK(notices::forget_person(tx, user));
    CHECK_OK(content::forget_person(tx, user)); // before the files that stand there
    CHECK_OK(timetable::forget_person(tx, user, now));
    CHECK_OK(live::forget_person(tx, user)); // after the lessons that name them
    CHECK_OK(activity::forget_person(tx, user));
    CHECK_OK(attendance::forget_person(tx, user));
    CHECK_OK(accounts::forget_person(tx, user));
    CHECK_OK(exports::forget_person(tx, user, system_clock(), system_rng()));
    CHECK_OK(institution::forget_person(tx));
    CHECK_OK(reporting::forget_person(tx));
    CHECK_OK(recordings::forget_person(tx, user, system_clock(), system_rng()));
    CHECK_OK(files::remove_all_of(tx, user)); // the sweep removes the bytes
    return auth::forget_person(tx, user, now);
}

namespace {

constexpr std::string_view actor = "operator";
constexpr Duration storm_token_lifetime = 2h;
constexpr Duration import_time_limit = 2h; // a district of millions on a small machine

void write_plan_line(std::FILE* out, std::string_view kind, const tenancy::TenantInfo& tenant,
                     const std::string& base_host, const submissions::Seat& seat,
                     const std::string& access_token) {
    JsonWriter json;
    json.object()
        .member("kind", kind)
        .member("host", tenant.slug + "." + base_host)
        .member("tenant_id", tenant.scope.tenant().text())
        .member("user_id", seat.user.text())
        .member("assignment_id", seat.assignment.text())
        .member("access_token", access_token)
        .end();
    std::fprintf(out, "%s\n", json.text().c_str());
}

} // namespace

Result<std::unique_ptr<OperatorDesk>> OperatorDesk::open(const Installation& installation,
                                                         const Clock& clock, Rng& rng) {
    const std::string app = TRY(installation.conninfo("bw_app")),
                      own = TRY(installation.conninfo("bw_operator"));
    std::unique_ptr<OperatorDesk> desk(new OperatorDesk(clock, rng, app, own));
    CHECK_OK(desk->directory_.refresh(desk->app_, desk->soon()));
    return desk;
}

OperatorDesk::OperatorDesk(const Clock& clock, Rng& rng, const std::string& app_conninfo,
                           const std::string& operator_conninfo)
    : clock_(clock), rng_(rng), app_(app_conninfo, "bellwether operator", clock),
      operator_(operator_conninfo, "bellwether operator", clock) {}

Result<tenancy::TenantInfo> OperatorDesk::create_tenant(const std::string& slug,
                                                        const std::string& name,
                                                        const std::string& zone) {
    tenancy::TenantInfo made =
        TRY(tenancy::Provisioning::create(operator_, slug, name, zone, clock_, rng_, soon()));
    CHECK_OK(app_.run(made.scope, soon(), [&](tenancy::TenantTx& tx) {
        return audit::record(tx, {actor, "tenant.created", slug, "{}"}, clock_, rng_);
    }));
    CHECK_OK(directory_.refresh(app_, soon()));
    return made;
}

Result<tenancy::TenantInfo> OperatorDesk::tenant(const std::string& slug) const {
    if (auto found = directory_.by_slug(slug))
        return *found;
    std::string known;
    for (const tenancy::TenantInfo& tenant : tenants())
        known += (known.empty() ? "" : ", ") + tenant.slug;
    return fail(Code::not_found,
                "there is no institution '" + slug +
                    "'; there are: " + (known.empty() ? "none" : known),
                "--tenant");
}

Result<OperatorDesk::Imported> OperatorDesk::import_roster(const tenancy::TenantInfo& tenant,
                                                           const roster::Package& package,
                                                           const ImportRequest& request,
                                                           roster::ImportErrors* errors) {
    const Deadline deadline = Deadline::in(clock_, import_time_limit);
    roster::ImportOptions options{.source = request.source,
                                  .clock = clock_,
                                  .rng = rng_,
                                  .shift = request.shift,
                                  .guard = request.guard,
                                  .dry_run = request.dry_run,
                                  .examples = request.examples,
                                  .progress = request.progress,
                                  .recheck = request.recheck};
    if (!request.dry_run)
        options.run = TRY(app_.run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return roster::begin_run(tx, package, options);
        }));
    auto outcome = app_.run(tenant.scope, deadline, [&](tenancy::TenantTx& tx) -> Result<Imported> {
        Imported done;
        done.report = TRY(roster::import(tx, package, options, errors));
        if (request.dry_run)
            return done;
        done.assignments_changed = TRY(submissions::assignments_from_line_items(tx, tenant.zone));
        if (!done.report.nothing_written() || done.assignments_changed > 0)
            CHECK_OK(audit::record(
                tx, {actor, "roster.imported", request.source, done.report.json()}, clock_, rng_));
        return done;
    });
    if (outcome)
        return outcome;
    const Error error = roster::import_error(std::move(outcome).error(), app_.last_sqlstate());
    if (options.run && error.code != Code::outcome_unknown) {
        // The import's own error is what matters; a run that cannot be closed stays `running`.
        auto noted = app_.run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
            return roster::fail_run(tx, *options.run, error, clock_);
        });
        static_cast<void>(noted);
    }
    return error;
}

Result<std::vector<roster::ImportRun>> OperatorDesk::import_runs(const tenancy::TenantInfo& tenant,
                                                                 std::int32_t limit) {
    return app_.run(tenant.scope, soon(),
                    [&](tenancy::TenantTx& tx) { return roster::import_runs(tx, limit); });
}

Result<void> OperatorDesk::set_password(const tenancy::TenantInfo& tenant,
                                        const std::string& username, const std::string& password) {
    if (password.empty() || password.size() > auth::password_bytes_limit)
        return fail(Code::invalid_field,
                    "a password has 1 to " + std::to_string(auth::password_bytes_limit) + " bytes");
    const std::string hash = TRY(auth::hash_password(password));
    return app_.run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        const std::string user = TRY(auth::lock_person(tx, username)).text();
        CHECK_OK(audit::record(tx, {actor, "password.set", user, "{}"}, clock_, rng_));
        TRY(auth::set_password(tx, username, hash, clock_.now()));
        return {};
    });
}

Result<std::int64_t> OperatorDesk::set_password_for_all(const tenancy::TenantInfo& tenant,
                                                        const std::string& hash) {
    if (!auth::is_password_hash(hash))
        return fail(Code::invalid_field,
                    "expected an argon2id hash in its encoded form ($argon2id$v=19$...)");
    return app_.run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
        std::int64_t count = TRY(auth::set_password_for_all(tx, hash, clock_.now()));
        JsonWriter details;
        details.object().member("count", count).end();
        CHECK_OK(audit::record(tx, {actor, "password.set_for_all", tenant.slug, details.text()},
                               clock_, rng_));
        return count;
    });
}

Result<std::uint64_t> OperatorDesk::erase_person(const Installation& installation,
                                                 const tenancy::TenantInfo& tenant,
                                                 const std::string& person) {
    std::optional<UserId> user = UserId::parse(person);
    if (!user)
        if (auto found = TRY(roster::user_by_username(app_, tenant.scope, person, soon())))
            user = found->id;
    if (!user)
        return fail(Code::not_found,
                    "no active user has this name; who is inactive is named by id (usr_..)",
                    "person");
    return submissions::erase_person(
        submissions::ErasureList(installation.erasures()),
        submissions::KeyStore(installation.person_keys()), app_, tenant.scope, *user, clock_.now(),
        soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            CHECK_OK(audit::record(tx, {actor, "person.erased", user->text(), "{}"}, clock_, rng_));
            return forget_person(tx, *user, clock_.now());
        });
}

Result<submissions::ExportSummary>
OperatorDesk::export_assignment(const tenancy::TenantInfo& tenant, AssignmentId assignment,
                                const std::filesystem::path& out, const ReceiptKeys& keys,
                                decltype(submissions::ExportSource::prove) prove,
                                std::function<void(std::uint64_t)> progress, bool contents) {
    CHECK_OK(app_.run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) {
        return audit::record(tx, {actor, "submissions.exported", assignment.text(), "{}"}, clock_,
                             rng_);
    }));
    return submissions::export_assignment({.database = app_,
                                           .tenant = tenant,
                                           .keys = keys.published(),
                                           .key = keys.current,
                                           .prove = std::move(prove),
                                           .progress = std::move(progress),
                                           .contents = contents},
                                          assignment, out, clock_);
}

Result<void> OperatorDesk::make_timetable(const tenancy::TenantInfo& tenant, std::uint64_t seed) {
    return app_.run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
        const Instant now = clock_.now();
        const timetable::Stored before = TRY(timetable::lock_timetable(tx));
        timetable::Timetable there = before.timetable;
        there.zone = tenant.zone;
        timetable::Generated made = TRY(timetable::generated(tx, {}, there, seed, now));
        const timetable::Plan plan =
            TRY(timetable::save_timetable(tx, before, std::move(made.timetable), now));
        CHECK_OK(audit::record(tx, {actor, "timetable.generated", tx.tenant().text(), "{}"}, clock_,
                               rng_));
        return timetable::write_bells(tx, plan, now, rng_);
    });
}

Result<std::int64_t> OperatorDesk::set_due(const tenancy::TenantInfo& tenant,
                                           const std::string& title, Instant due_at,
                                           const std::string& instructions) {
    return app_.run(tenant.scope, soon(), [&](tenancy::TenantTx& tx) -> Result<std::int64_t> {
        std::int64_t count = TRY(submissions::set_due_by_title(tx, title, due_at, instructions));
        CHECK_OK(audit::record(tx, {actor, "assignments.due_set", title, "{}"}, clock_, rng_));
        return count;
    });
}

Result<OperatorDesk::StormTokens>
OperatorDesk::issue_storm_tokens(std::size_t students, const std::string& issuer,
                                 const std::string& base_host, const SecretKey& master,
                                 const auth::RoutingHints& hints, std::FILE* out) {
    tenancy::KeyRing ring(master);
    ring.merge(TRY(tenancy::SigningKeys::list(app_, soon())), clock_.now());
    if (!ring.signer(clock_.now()))
        return fail(Code::not_found, "there is no signing key; a server with role auth makes one");
    const auth::TokenIssuer tokens({.issuer = issuer, .lifetime = storm_token_lifetime}, ring,
                                   hints, clock_, rng_);
    const std::vector<tenancy::TenantInfo> all = tenants();
    std::vector<std::vector<submissions::Seat>> seats;
    std::size_t total = 0;
    for (const tenancy::TenantInfo& tenant : all) {
        seats.push_back(TRY(app_.run(tenant.scope, soon(), [](tenancy::TenantTx& tx) {
            return submissions::storm_seats(tx);
        })));
        total += seats.back().size();
    }
    if (total == 0)
        return fail(Code::not_found,
                    "no student is enrolled in a section with assignments; import a roster first");
    StormTokens issued;
    std::size_t taken = 0;
    for (std::size_t t = 0; t < all.size(); ++t) {
        const std::int64_t epoch = TRY(app_.run(
            all[t].scope, soon(), [](tenancy::TenantTx& tx) { return tenancy::latest_epoch(tx); }));
        auto token_of = [&](const submissions::Seat& seat,
                            tenancy::Role role) -> Result<std::string> {
            return TRY(tokens.issue(all[t].scope, {seat.user, role, tokens.new_session(), epoch}))
                .access_token;
        };
        // Evenly: seat number n of all is taken when n * students / total passes a whole number.
        std::set<AssignmentId> assignments;
        std::size_t here = 0;
        for (const submissions::Seat& seat : seats[t]) {
            const std::size_t before = taken * std::min(students, total) / total;
            if (++taken * std::min(students, total) / total == before)
                continue;
            ++here;
            assignments.insert(seat.assignment);
            write_plan_line(out, "student", all[t], base_host, seat,
                            TRY(token_of(seat, tenancy::Role::student)));
        }
        issued.students += here;
        issued.staff +=
            TRY(app_.run(all[t].scope, soon(), [&](tenancy::TenantTx& tx) -> Result<std::size_t> {
                auto staff =
                    TRY(submissions::storm_staff(tx, {assignments.begin(), assignments.end()}));
                for (const submissions::Seat& seat : staff)
                    write_plan_line(out, "teacher", all[t], base_host, seat,
                                    TRY(token_of(seat, tenancy::Role::teacher)));
                JsonWriter details;
                details.object().member("students", here).member("staff", staff.size()).end();
                CHECK_OK(audit::record(
                    tx, {actor, "storm_tokens.issued", all[t].slug, details.text()}, clock_, rng_));
                return staff.size();
            }));
    }
    if (std::fflush(out) != 0)
        return fail(Code::storage_full, "cannot write the plan file");
    return issued;
}

Result<OperatorDesk::StormPeople> OperatorDesk::write_storm_people(std::size_t people,
                                                                   StormShares shares,
                                                                   const std::string& base_host,
                                                                   const SigningKey& refresh_key,
                                                                   std::FILE* out) {
    const auth::RefreshTokens tokens({refresh_key.seed()});
    const std::vector<tenancy::TenantInfo> all = tenants();
    StormPeople written;
    for (std::size_t t = 0; t < all.size(); ++t) {
        // What one institution lacks the next ones make up for.
        const std::size_t wanted = (people - written.people) / (all.size() - t);
        CHECK_OK(app_.run(all[t].scope, soon(), [&](tenancy::TenantTx& tx) -> Result<void> {
            const auto here = TRY(auth::storm_people(
                tx, static_cast<std::int32_t>(std::min<std::size_t>(wanted, 1'000'000))));
            const std::int64_t epoch = TRY(tenancy::latest_epoch(tx));
            std::vector<auth::NewSession> begun;
            for (const auth::StormPerson& person : here) {
                JsonWriter json;
                json.object()
                    .member("host", all[t].slug + "." + base_host)
                    .member("username", person.username)
                    .member("user_id", person.user.text());
                const double way = rng_.unit();
                if (way < shares.refresh) {
                    const Instant now = clock_.now(), end = now + 24h;
                    begun.push_back({AuthSessionId::make(now, rng_), person.user, "storm", end});
                    json.member("refresh_token", tokens.write({.tenant = all[t].scope.tenant(),
                                                               .user = person.user,
                                                               .session = begun.back().session,
                                                               .generation = 0,
                                                               .issued_at = now,
                                                               .expires_at = end,
                                                               .epoch = epoch,
                                                               .roles = tenancy::Role::student}));
                } else if (way < shares.refresh + shares.sso &&
                           !person.roles.has(tenancy::Role::administrator)) {
                    json.member("sso", true);
                    ++written.with_sso;
                }
                json.end();
                std::fprintf(out, "%s\n", json.text().c_str());
            }
            CHECK_OK(auth::begin_sessions(tx, begun));
            written.people += here.size();
            written.with_refresh += begun.size();
            JsonWriter details;
            details.object().member("sessions", begun.size()).end();
            return audit::record(tx, {actor, "storm_people.written", all[t].slug, details.text()},
                                 clock_, rng_);
        }));
    }
    if (written.people == 0)
        return fail(Code::not_found, "nobody has a password; see 'password set-for-all --help'");
    if (std::fflush(out) != 0)
        return fail(Code::storage_full, "cannot write the plan file");
    return written;
}

} // namespace bw::app
