#include "lane/cores.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace bw::lane {

namespace {

TEST(Cores, AreReadAsPeopleWriteThem) {
    for (const auto& [text, cores] : std::initializer_list<std::pair<const char*, Cores>>{
             {"1", {1}}, {"0,2-3", {0, 2, 3}}, {"3,1-2,2", {1, 2, 3}}}) {
        const auto read = parse_cores(text, "cores");
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(*read, cores) << text;
    }
    for (const char* text : {"", "x", "1,", "-1", "2-1", "1-", "1 2", "100000"}) {
        const auto read = parse_cores(text, "cores");
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().field, "cores");
    }
}

TEST(Cores, ThreadsThatStartLaterKeepToThemToo) {
    const Cores all = allowed_cores();
    ASSERT_FALSE(all.empty());
    std::thread([&] { // not this one, which other tests use
        ASSERT_TRUE(keep_thread_to(0, {all.back()}));
        ASSERT_TRUE(give_way(5));
        std::thread([&] { EXPECT_EQ(allowed_cores(), Cores{all.back()}); }).join();
    })
        .join();
    EXPECT_EQ(allowed_cores(), all);
}

TEST(Cores, ThatThereAreNotAreRefused) {
    EXPECT_EQ(keep_thread_to(0, {1000}).error().code, Code::bad_request);
    EXPECT_EQ(keep_thread_to(2'000'000'000, allowed_cores()).error().code, Code::not_found);
}

} // namespace

} // namespace bw::lane
