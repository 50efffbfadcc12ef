#include "app/demo.hpp"

#include "app/operator.hpp"
#include "auth/passwords.hpp"
#include "roster/sample.hpp"

namespace bw::app {

namespace {

const std::vector<DemoInstitution> institutions{
    {"north-hill", "North Hill Academy", "Europe/London"},
    {"river-valley", "River Valley School", "America/Chicago"}};
constexpr std::uint64_t seed = 859; // a minute before nine
constexpr const char* password = "bell-at-nine";
constexpr const char* instructions =
    "What have you learnt this week? Write ten lines, in your own words.\n\n"
    "You can hand in as often as you like until the bell: what comes last counts.";
constexpr std::int64_t minute_ms = 60'000;

/// The next full five minutes that leave at least ten to look around.
Instant next_bell(Instant now) {
    constexpr std::int64_t step = 5 * minute_ms;
    return {(now.ms + 10 * minute_ms + step - 1) / step * step};
}

} // namespace

Result<DemoSummary> load_demo(const Installation& installation, bool timetable, const Clock& clock,
                              Rng& rng) {
    auto desk = TRY(OperatorDesk::open(installation, clock, rng));
    const auto today =
        std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(
            std::chrono::milliseconds(clock.now().ms)));
    roster::SampleOptions sample{
        .around = today,
        .due = {today, today + std::chrono::days(2), today + std::chrono::days(7)},
        .first_student = "ada",
        .first_teacher = "grace"};
    DemoSummary demo{false,
                     institutions,
                     sample.first_student,
                     sample.first_teacher,
                     password,
                     roster::sample_title_end(0),
                     next_bell(clock.now())};
    std::string hash;
    for (const DemoInstitution& institution : institutions) {
        auto tenant = desk->tenant(institution.slug);
        if (!tenant) {
            demo.loaded = true;
            if (hash.empty())
                hash = TRY(auth::hash_password(password));
            tenant = TRY(desk->create_tenant(institution.slug, institution.name, institution.zone));
            sample.name = institution.name;
            sample.slug = institution.slug;
            SeededRng chance(seed);
            const roster::Package package =
                TRY(roster::Package::open(roster::sample_zip(sample, chance)));
            TRY(desk->import_roster(*tenant, package, {.source = "demo"}));
            TRY(desk->set_password_for_all(*tenant, hash));
            if (timetable)
                CHECK_OK(desk->make_timetable(*tenant, seed));
        }
        TRY(desk->set_due(*tenant, demo.due_title_end, demo.bell, instructions));
    }
    return demo;
}

} // namespace bw::app
