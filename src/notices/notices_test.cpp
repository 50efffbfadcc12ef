// What people were told, as they find it, and what they have read; the mails; what is forgotten.
#include "notices/notices.hpp"

#include <gtest/gtest.h>

#include <future>

#include "notices/jobs.hpp"
#include "notices/mails.hpp"
#include "notices/school_for_test.hpp"

namespace bw::notices {
namespace {

std::string kinds(const Page& page) {
    std::string out;
    for (const Notice& notice : page.items)
        out += (out.empty() ? "" : " ") + std::string(wire_name(notice.kind)) +
               (notice.read_at ? "(read)" : "");
    return out;
}

TEST(Positions, AreTextThatComesBackAndNothingElseIsOne) {
    const Position at{7, Uuid{1, 2, 3}};
    EXPECT_EQ(Position::parse(at.text()), at);
    EXPECT_EQ(Position::parse(the_end.text()), the_end);
    EXPECT_LT(at, Position::behind(7));
    EXPECT_LT(Position::behind(7), (Position{8, Uuid{}}));
    for (const char* text : {"", "AAAA", "!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                             "________________________________"}) // a number below zero
        EXPECT_FALSE(Position::parse(text)) << text;
}

TEST_F(School, WhoeverItIsForFindsItAndNobodyElse) {
    tell(ada);
    announce(section);
    EXPECT_EQ(kinds(page(ada)), "announcement grade_released") << "the newest first";
    EXPECT_EQ(kinds(page(bob)), "announcement");
    EXPECT_EQ(kinds(page(cyd)), "") << "of another section";
    EXPECT_EQ(kinds(page(tess)), "") << "she teaches it";
    auto souths = in(south, [&](tenancy::TenantTx& tx) { return list(tx, ada, the_end, 50); });
    EXPECT_EQ(souths->items.size(), 0U) << "another institution's Ada";
    EXPECT_EQ(page(ada).unread, 2);
    EXPECT_EQ(value("select count(*) from notices where section_id is not null"), "1")
        << "one row for all students";
    run(north, "update enrollments set status = 'inactive' where user_id = " + text_of("b"));
    EXPECT_EQ(kinds(page(bob)), "") << "he has left";
}

TEST_F(School, PagesGoOnWhereTheOneBeforeEnded) {
    for (int i = 0; i < 5; ++i) {
        tell(ada);
        announce(section);
    }
    std::vector<NoticeId> seen;
    std::optional<Position> at = the_end;
    for (int pages = 0; at; ++pages) {
        ASSERT_LT(pages, 5);
        const Page got = page(ada, *at, 3);
        for (const Notice& notice : got.items)
            seen.push_back(notice.id);
        at = got.next;
    }
    ASSERT_EQ(seen.size(), 10U);
    std::ranges::sort(seen);
    EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end()) << "none twice";
}

TEST_F(School, ReadIsWhatItsPersonReadAndNothingOfOthers) {
    tell(ada);
    announce(section);
    tell(bob);
    const Page before = page(ada);
    const NoticeId announcement = before.items[0].id, grade = before.items[1].id,
                   bobs = page(bob).items[0].id;
    auto read = [&](UserId who, std::vector<NoticeId> ids) {
        return *in(north,
                   [&](tenancy::TenantTx& tx) { return mark_read(tx, who, ids, clock.now()); });
    };
    EXPECT_EQ(read(ada, {announcement, bobs}), 1);
    EXPECT_EQ(read(ada, {announcement}), 1) << "again changes nothing";
    EXPECT_EQ(kinds(page(ada)), "announcement(read) grade_released");
    EXPECT_EQ(kinds(page(bob)), "grade_released announcement") << "his are his to read";
    EXPECT_EQ(value("select count(*) from notice_reads"), "1");
    auto up_to = [&](UserId who, NoticeId id) {
        return *in(north, [&](tenancy::TenantTx& tx) {
            return mark_read_up_to(tx, who, id, clock.now());
        });
    };
    tell(ada);
    EXPECT_EQ(up_to(ada, grade), 1) << "what came later is unread";
    EXPECT_EQ(kinds(page(ada)), "grade_released announcement(read) grade_released(read)");
    EXPECT_EQ(up_to(cyd, announcement), 0);
    EXPECT_EQ(up_to(ada, NoticeId{uuid("77")}), 1) << "there is none such";
    EXPECT_EQ(value("select count(*) from notice_reads where user_id = " + text_of("c")), "0");
}

TEST_F(School, NumbersBecomeVisibleInTheirOrder) {
    auto second = installation.database();
    std::future<bool> later;
    const auto first = in(north, [&](tenancy::TenantTx& tx) -> Result<void> {
        CHECK_OK(tell_persons(tx, Kind::grade_released, essay, std::span(&ada, 1), clock.now(),
                              installation.rng()));
        later = std::async(std::launch::async, [&] {
            return second
                ->run(north.scope, soon(),
                      [&](tenancy::TenantTx& other) {
                          return tell_section(other, Kind::announcement, uuid("1f"), section,
                                              clock.now(), installation.rng());
                      })
                .has_value();
        });
        while (value("select count(*) from pg_locks where not granted") == "0")
            std::this_thread::yield();
        EXPECT_EQ(value("select count(*) from notices"), "0") << "neither is there yet";
        return {};
    });
    ASSERT_TRUE(first);
    EXPECT_TRUE(later.get());
    EXPECT_EQ(value("select string_agg(kind, ' ' order by number) from notices"),
              "grade_released announcement");
}

TEST_F(School, WhatIsTakenBackIsGone) {
    announce(section, "1f");
    announce(section, "2f");
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) -> Result<void> {
        TRY(mark_read_up_to(tx, ada, page(ada).items[0].id, clock.now()));
        return take_back(tx, section, uuid("1f"));
    }));
    ASSERT_EQ(page(ada).items.size(), 1U);
    EXPECT_EQ(page(ada).items[0].subject, uuid("2f"));
}

TEST_F(School, NothingStaysOfWhoeverIsErasedAndOfWhatIsLongAgo) {
    tell(ada);
    announce(section);
    tell(bob);
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) -> Result<void> {
        TRY(mark_read_up_to(tx, ada, page(ada).items[0].id, clock.now()));
        return forget_person(tx, ada);
    }));
    EXPECT_EQ(value("select count(*) from notices where user_id = " + text_of("a")), "0");
    EXPECT_EQ(value("select count(*) from notice_reads"), "0");
    EXPECT_EQ(kinds(page(bob)), "grade_released announcement");

    const auto kind = notice_kinds(clock).front();
    auto forget = [&] {
        const jobs::Job job{};
        auto outcome = kind.handler({job, north, *database, soon(), {}});
        ASSERT_TRUE(outcome);
        ASSERT_TRUE(
            in(north, [&](tenancy::TenantTx& tx) { return std::get<jobs::Effect>(*outcome)(tx); }));
    };
    clock.advance(notices_kept - 1ms);
    forget();
    EXPECT_EQ(page(bob).items.size(), 2U);
    clock.advance(2ms);
    forget();
    EXPECT_EQ(page(bob).items.size(), 0U);
    tell(bob);
    EXPECT_EQ(page(bob).items.size(), 1U) << "numbers go on";
}

TEST_F(School, MailsGoToWhoeverHasAnAddress) {
    const audit::SubjectKeys keys{SecretKey{9}};
    auto send = [&] {
        return *in(north, [&](tenancy::TenantTx& tx) {
            return send_mails(tx, north, "grade_released", {{"assignment", "Essay"}},
                              std::vector{ada, bob, cyd}, {keys, clock, installation.rng()});
        });
    };
    EXPECT_EQ(send(), 2U) << "Cyd has no address";
    EXPECT_EQ(value("select count(*) from mail_outbox where template = 'grade_released'"), "2");
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) {
        return audit::erase_subject_key(tx, ada, clock.now());
    }));
    EXPECT_EQ(send(), 1U) << "nothing to whoever is erased";
}

TEST_F(School, NobodyIsWrittenToUnlessTheInstitutionWantsIt) {
    auto policy = [&] { return *in(north, [](tenancy::TenantTx& tx) { return read_policy(tx); }); };
    EXPECT_FALSE(policy().grade_mails || policy().announcement_mails);
    auto want = [&](std::int64_t version, bool grades, bool announcements) {
        return in(north, [&](tenancy::TenantTx& tx) {
            return change_policy(tx, {version, grades, announcements}, clock.now());
        });
    };
    ASSERT_TRUE(want(0, true, false));
    EXPECT_TRUE(policy().grade_mails);
    EXPECT_FALSE(policy().announcement_mails);
    const auto late = want(0, false, false);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::precondition_failed);
    ASSERT_TRUE(want(1, false, true));
    EXPECT_TRUE(policy().announcement_mails);
}

} // namespace
} // namespace bw::notices
