// Kept reports: names that are paths, files that are damaged.
#include "storm/report_store.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

#include "storm/report.hpp"
#include "storm/signin.hpp"
#include "support/temporary_directory.hpp"

namespace bw::storm {
namespace {

struct ReportStore : testing::Test {
    test::TemporaryDirectory directory;
    void write(const std::string& name, const std::string& text) {
        std::ofstream(directory.path() / name) << text;
    }
    static std::string report(const std::string& storm = "deadline") {
        DeadlineReport made;
        made.started_at = Instant{1'796'000'000'123};
        made.students = 7;
        made.seconds.resize(3);
        made.seconds[1].clicks = 5;
        made.seconds[1].latencies.add(20ms);
        std::string text = made.json();
        return text.replace(text.find("deadline"), 8, storm);
    }
    StoredReport only() {
        auto found = stored_reports(directory.path(), 10);
        EXPECT_TRUE(found && found->items.size() == 1);
        return found && !found->items.empty() ? found->items.front()
                                              : StoredReport{.id = {}, .head = {}, .damage = {}};
    }
};

TEST_F(ReportStore, WhatWasKeptIsFoundWithItsPlots) {
    ASSERT_TRUE(
        store_report(directory.path() / "new", "deadline", Instant{1'796'000'000'123}, report()));
    const auto found = stored_reports(directory.path() / "new", 10);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->items.size(), 1u);
    const StoredReport& kept = found->items.front();
    ASSERT_TRUE(kept.head) << kept.damage;
    EXPECT_TRUE(kept.id.starts_with("deadline-2026")) << kept.id;
    EXPECT_TRUE(is_report_id(kept.id)) << kept.id;
    EXPECT_EQ(kept.head->users, 7);
    EXPECT_EQ(kept.head->started_at.ms, 1'796'000'000'123);
    const auto whole = stored_report(directory.path() / "new", kept.id);
    ASSERT_TRUE(whole);
    EXPECT_EQ(*whole, report());
    EXPECT_NE(whole->find(R"("name":"clicks","values":[0,5,0])"), std::string::npos) << *whole;
    EXPECT_NE(whole->find(R"("name":"median","values":[null,20,null])"), std::string::npos)
        << *whole;
}

TEST_F(ReportStore, BothScenariosReportsAreWhole) {
    SignInReport signin;
    signin.people = 3;
    signin.with_sso = 1;
    signin.seconds.resize(2);
    const auto head = report_head(signin.json());
    ASSERT_TRUE(head) << head.error().text();
    EXPECT_EQ(head->storm, "signin");
    EXPECT_EQ(head->users, 3);
    EXPECT_TRUE(report_head(report()));
}

TEST_F(ReportStore, TheNewestComeFirstAndNoMoreThanAsked) {
    for (int i = 0; i < 4; ++i) {
        const std::string name = "r" + std::to_string(i) + ".json";
        write(name, report());
        std::filesystem::last_write_time(directory.path() / name,
                                         std::filesystem::file_time_type::clock::now() +
                                             1min * (i % 3));
    }
    const auto found = stored_reports(directory.path(), 2);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->all, 4u);
    ASSERT_EQ(found->items.size(), 2u);
    EXPECT_EQ(found->items[0].id, "r2");
    EXPECT_EQ(found->items[1].id, "r1");
}

TEST_F(ReportStore, ADamagedOneIsListedWithTheReason) {
    const std::string good = report();
    auto without = [&](const char* member) {
        std::string text = good;
        const std::string name = std::string("\"") + member + "\":";
        return text.replace(text.find(name), name.size(), "\"other\":");
    };
    for (const auto& [text, reason] :
         {std::pair{good.substr(0, good.size() / 2), "it is not a JSON object, or was cut"},
          {std::string(), "it is not a JSON object, or was cut"},
          {std::string("[1]"), "it is not a JSON object, or was cut"},
          {std::string("{\"a\":\"\xff\"}"), "it is not a JSON object, or was cut"},
          {std::string(100'000, '['), "it is not a JSON object, or was cut"},
          {without("storm"), "no `storm`"},
          {without("started_at"), "no `started_at`"},
          {without("users"), "no `users`"},
          {without("ok"), "no `ok`"},
          {without("plots"), "no `plots`, or plots without lines"},
          {without("lines"), "no `plots`, or plots without lines"},
          {without("values"), "no `plots`, or plots without lines"},
          {without("marks"), "no `marks`, or marks without a second"},
          {without("second"), "no `marks`, or marks without a second"},
          {good + std::string(stored_report_bytes_limit, ' '), "it is larger than 4 MiB"}}) {
        write("r.json", text);
        const StoredReport found = only();
        EXPECT_FALSE(found.head) << reason;
        EXPECT_NE(found.damage.find(reason), std::string::npos) << found.damage;
        const auto asked = stored_report(directory.path(), "r");
        ASSERT_FALSE(asked);
        EXPECT_EQ(asked.error().code, Code::corrupt);
    }
}

TEST_F(ReportStore, ANameIsNeverAPath) {
    write("good.json", report());
    std::filesystem::create_directory(directory.path() / "in");
    write("in/deeper.json", report());
    write("secret.txt", "a secret");
    for (const char* id : {"", ".", "..", "../good", "in/deeper", "/etc/passwd", "good.json", "-x",
                           "_x", "a b", "%2e%2e", "secret.txt", "ä"}) {
        EXPECT_FALSE(is_report_id(id)) << id;
        const auto found = stored_report(directory.path(), id);
        ASSERT_FALSE(found) << id;
        EXPECT_EQ(found.error().code, Code::not_found) << id;
    }
    EXPECT_FALSE(is_report_id(std::string("a\0b", 3)));
    EXPECT_FALSE(is_report_id(std::string(101, 'a')));
    EXPECT_TRUE(is_report_id(std::string(100, 'a')));
    EXPECT_TRUE(stored_report(directory.path(), "good"));
}

TEST_F(ReportStore, WhatIsNoFileIsNotFollowedAndHoldsNobodyUp) {
    write("target", report());
    std::filesystem::create_symlink(directory.path() / "target", directory.path() / "link.json");
    std::filesystem::create_directory(directory.path() / "folder.json");
    ASSERT_EQ(mkfifo((directory.path() / "pipe.json").c_str(), 0600), 0);
    const auto found = stored_reports(directory.path(), 10);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->items.size(), 3u);
    for (const StoredReport& one : found->items)
        EXPECT_FALSE(one.head) << one.id;
}

TEST_F(ReportStore, WithoutADirectoryThereAreNone) {
    const auto found = stored_reports(directory.path() / "nowhere", 10);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Code::not_found);
}

} // namespace
} // namespace bw::storm
