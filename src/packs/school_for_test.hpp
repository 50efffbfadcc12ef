// notices' two institutions, where Ada and Bob attend one section, Cyd another and Tess teaches the
// first, with an essay due in each, and the packs of one server process.
#pragma once

#include "notices/school_for_test.hpp"
#include "packs/change_feed.hpp"
#include "packs/routes.hpp"

namespace bw::packs {

/// Moved by hand altogether.
class ByHand final : public Clock {
public:
    Instant now() const override { return {now_.load()}; }
    Monotonic monotonic() const override { return {monotonic_.load()}; }
    void advance(Duration d) {
        step_wall(d);
        monotonic_ += d.count();
    }
    void step_wall(Duration d) {
        now_ += std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
    }

private:
    std::atomic<std::int64_t> now_ = 1795424340000, monotonic_ = 1'000'000'000'000;
};

struct PackSchool : notices::School {
    ByHand hands; // of the packs; the lane and the database go by `clock`
    BellPacks packs{hands};
    ChangeFeed feed{installation.database("bw_app", "feed"), packs, hands};
    tenancy::DatabaseLane lane{lane::Budget{.name = "api", .threads = 0}, clock,
                               [this] { return installation.database("bw_app", "pages"); }};
    int reads = 0; // of the database, for pages
    std::function<void()> while_reading = [] {};
    PageReads page_reads{packs, lane,
                         [this, read = first_page_reader(hands)](auto&&... with) {
                             ++reads;
                             auto page = read(std::forward<decltype(with)>(with)...);
                             std::exchange(while_reading, [] {})();
                             return page;
                         },
                         clock};

    void SetUp() override {
        School::SetUp();
        for (const tenancy::TenantInfo& at : {north, south})
            run(at, "insert into assignments (assignment_id, section_id, title, due_at) values (" +
                        text_of("1e") + ", " + text_of("4") + ", 'Essay', '2026-12-01'), (" +
                        text_of("2e") + ", " + text_of("5") + ", 'Drawing', '2026-12-01');" +
                        "insert into marking (assignment_id, version, anonymous) values (" +
                        text_of("1e") + ", 1, false);" +
                        "insert into marking_schemes (assignment_id, version, points_max, counts, "
                        "made_by, made_at) values (" +
                        text_of("1e") + ", 1, 1000, 'latest', " + text_of("f") +
                        ", '2026-11-01');");
        hear();
    }
    void TearDown() override { lane.stop(); }

    void hear() {
        auto heard = feed.step();
        ASSERT_TRUE(heard) << heard.error().text();
    }
    tenancy::Principal principal(UserId user, const tenancy::TenantInfo& at,
                                 tenancy::Roles roles = tenancy::Role::student) const {
        return {.scope = at.scope,
                .user = user,
                .session = {},
                .roles = roles,
                .expires_at = hands.now() + 1h};
    }
    void answer() {
        while (lane.run_one()) {
        }
    }
    /// What that request hears, all that is asked being answered.
    Result<SharedPack> ask(const tenancy::Principal& who,
                           PageReads::From from = PageReads::From::memory) {
        std::optional<Result<SharedPack>> heard;
        page_reads.ask(who, from, soon(), {},
                       [&](Result<SharedPack> page) { heard = std::move(page); });
        answer();
        EXPECT_TRUE(heard);
        return *heard;
    }
    Result<SharedPack> ask(UserId user) { return ask(principal(user, north)); }
    std::string page(UserId user, const tenancy::TenantInfo* at = nullptr) {
        auto page = ask(principal(user, at ? *at : north));
        EXPECT_TRUE(page) << page.error().text();
        return page ? (*page)->json : "";
    }
    bool held(UserId user, const tenancy::TenantInfo* at = nullptr) const {
        return packs.holds({(at ? *at : north).scope.tenant(), user, tenancy::Role::student});
    }
};

} // namespace bw::packs
