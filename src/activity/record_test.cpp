// Records and what clients send: the pure part, on tables and on every single byte.
#include "activity/record.hpp"

#include <gtest/gtest.h>

#include "activity/schemas.hpp"
#include "activity/sent.hpp"

namespace bw::activity {
namespace {

Record sample(std::size_t count) {
    SeededRng rng(7);
    Record record{.tenant = TenantId::make({1}, rng),
                  .user = UserId::make({2}, rng),
                  .received_at = {1'700'000'000'123},
                  .activities = {}};
    for (std::size_t i = 0; i < count; ++i) {
        const KindFacts& facts = all_kinds[i % std::size(all_kinds)];
        Activity one{.id = make_uuid_v7({3}, rng), .kind = facts.kind, .age_ms = 1'000};
        if (facts.subject == Subject::none)
            one.page = static_cast<std::uint8_t>(i % std::size(all_pages));
        else
            one.subject = make_uuid_v7({4}, rng);
        record.activities.push_back(one);
    }
    return record;
}

TEST(ActivityRecord, RoundTrips) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{8}, activities_limit}) {
        const Record record = sample(count);
        const auto again = decode_record(encode(record));
        ASSERT_TRUE(again) << again.error().text();
        EXPECT_EQ(*again, record);
    }
}

TEST(ActivityRecord, EveryCutAndEveryFlippedBitIsNoticedOrAnotherRecord) {
    const Record record = sample(3);
    const Bytes good = encode(record);
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(decode_record(ByteView(good).substr(0, length))) << length;
    EXPECT_FALSE(decode_record(good + "x"));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
        const auto read = decode_record(bad);
        EXPECT_TRUE(!read || (*read != record && encode(*read) == bad)) << bit;
    }
}

const std::string id = "0192f3c4-5d6e-7f80-91a2-b3c4d5e6f708";
const std::string sec = "sec_0192f3c45d6e7f8091a2b3c4d5e6f708";

std::string body(const std::string& activity) {
    return R"({"sent_at":"2026-11-23T09:00:30Z","activities":[)" + activity + "]}";
}
std::string view_of(const std::string& more) {
    return R"({"id":")" + id + R"(","kind":"page_viewed",)" + more + "}";
}

TEST(SentActivity, AClocksErrorDoesNoHarm) {
    struct Row {
        const char *name, *occurred_at;
        std::uint32_t age_ms;
    };
    for (const Row& row : {Row{"before", "2026-11-23T09:00:00Z", 30'000},
                           Row{"at the same moment", "2026-11-23T09:00:30Z", 0},
                           Row{"after it was sent: clamped", "2026-11-24T09:00:00Z", 0},
                           Row{"another zone", "2026-11-23T10:00:00.250+01:00", 29'750},
                           Row{"just young enough", "2026-11-16T09:00:30Z", 604'800'000}}) {
        const auto sent = read_sent(body(
            view_of(R"("page":"today","occurred_at":")" + std::string(row.occurred_at) + '"')));
        ASSERT_TRUE(sent) << row.name << " " << sent.error().text();
        EXPECT_EQ(sent->front().age_ms, row.age_ms) << row.name;
    }
}

TEST(SentActivity, WhatIsWrongIsNamed) {
    const std::string at = R"("occurred_at":"2026-11-23T09:00:00Z")",
                      open = R"({"id":")" + id + R"(","kind":"section_opened",)" + at;
    struct Row {
        std::string body, field;
    };
    for (const Row& row :
         {Row{"[]", ""},
          Row{"{", ""},
          Row{"{}", "/sent_at"},
          Row{R"({"sent_at":"2026-11-23T09:00:30Z"})", "/activities"},
          Row{R"({"sent_at":"2026-11-23T09:00:30Z","activities":[]})", "/activities"},
          Row{R"({"sent_at":"2026-11-23T09:00:30Z","activities":{}})", "/activities"},
          Row{R"({"sent_at":"yesterday","activities":[1]})", "/sent_at"},
          Row{R"({"sent_at":"2026-11-23T09:00:30Z","user_id":"x","activities":[1]})", "/user_id"},
          Row{R"({"sent_at":"2026-11-23T09:00:30Z","a~/b":1})", "/a~0~1b"},
          Row{R"({"sent_at":"2026-11-23T09:00:30Z","sent_at":"2026-11-23T09:00:30Z"})", "/sent_at"},
          Row{body("7"), "/activities/0"},
          Row{body(view_of(at)), "/activities/0/page"},
          Row{body(view_of(R"("page":"Today",)" + at)), "/activities/0/page"},
          Row{body(view_of(R"("page":"today")")), "/activities/0/occurred_at"},
          Row{body(view_of(R"("page":"today","occurred_at":7)")), "/activities/0/occurred_at"},
          Row{body(view_of(R"("page":"today","occurred_at":"2026-11-16T09:00:29.999Z")")),
              "/activities/0/occurred_at"},
          Row{body(view_of(R"("page":"today","occurred_at":"1013-11-23T09:00:00Z")")),
              "/activities/0/occurred_at"},
          Row{body(view_of(R"("page":"today","subject_id":")" + sec + "\"," + at)),
              "/activities/0/subject_id"},
          Row{body(view_of(R"("page":"today","title":"secret",)" + at)), "/activities/0/title"},
          Row{body(open + "}"), "/activities/0/subject_id"},
          Row{body(open + R"(,"page":"today","subject_id":")" + sec + "\"}"), "/activities/0/page"},
          Row{body(open + R"(,"subject_id":"asg)" + sec.substr(3) + "\"}"),
              "/activities/0/subject_id"},
          Row{body(open + R"(,"subject_id":"sec_0192F3C45D6E7F8091A2B3C4D5E6F708"})"),
              "/activities/0/subject_id"},
          Row{body(R"({"id":"7","kind":"page_viewed","page":"today",)" + at + "}"),
              "/activities/0/id"},
          Row{body(R"({"id":")" + id + R"(","kind":"exam_left","page":"today",)" + at + "}"),
              "/activities/0/kind"},
          Row{body(view_of(R"("page":"today",)" + at) + ',' + view_of(at)),
              "/activities/1/page"}}) {
        const auto sent = read_sent(row.body);
        ASSERT_FALSE(sent) << row.body;
        EXPECT_EQ(sent.error().field, row.field) << row.body;
        EXPECT_EQ(sent.error().code, row.field.empty() ? Code::bad_request : Code::invalid_field);
    }
    std::string many = view_of(R"("page":"today",)" + at);
    for (std::size_t i = 1; i <= activities_limit; ++i)
        many += "," + view_of(R"("page":"today",)" + at);
    EXPECT_EQ(read_sent(body(many)).error().field, "/activities");
}

TEST(SentActivity, TheDocumentKnowsAllKindsAndPages) {
    for (const KindFacts& facts : all_kinds) {
        const bool page = facts.subject == Subject::none;
        const std::string subject =
            page ? R"("page":"other")"
                 : R"("subject_id":")" + std::string(facts.prefix) + sec.substr(3) + '"';
        const auto sent =
            read_sent(body(R"({"id":")" + id + R"(","kind":")" + std::string(facts.name) + "\"," +
                           subject + R"(,"occurred_at":"2026-11-23T09:00:00Z"})"));
        ASSERT_TRUE(sent) << sent.error().text();
        EXPECT_EQ(sent->front().kind, facts.kind);
        EXPECT_NE(activity_schema.find('"' + std::string(facts.name) + '"'), std::string::npos);
    }
    for (const std::string_view page : all_pages)
        EXPECT_NE(activity_schema.find('"' + std::string(page) + '"'), std::string::npos) << page;
}

} // namespace
} // namespace bw::activity
