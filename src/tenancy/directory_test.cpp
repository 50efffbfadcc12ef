// The directory: what each refresh reads, whom each host leads to, and the file that stands in for
// a database that is away.
#include "tenancy/directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/installation.hpp"
#include "tenancy/provisioning.hpp"

namespace bw::tenancy {
namespace {

using test::Installation;

struct Directory : testing::Test {
    Installation installation;
    std::unique_ptr<Database> server = installation.database(),
                              desk = installation.database("bw_operator");
    TenantDirectory directory;

    bool refresh() {
        auto changed = directory.refresh(*server, installation.soon());
        EXPECT_TRUE(changed) << changed.error().text();
        return changed && *changed;
    }
    TenantRecord make(const TenantSettings& settings) {
        auto made =
            Provisioning::create(*desk, settings, std::nullopt, "test", installation.clock(),
                                 installation.rng(), installation.soon());
        EXPECT_TRUE(made) << made.error().text();
        return made ? made->tenant : TenantRecord{};
    }
    Result<TenantRecord> change(const TenantRecord& tenant, const TenantSettings& to) {
        return Provisioning::change(*desk, tenant.id, tenant.version, to, "test",
                                    installation.clock(), installation.soon());
    }
    std::string slug_at(std::string_view host) const {
        auto found = host.contains('.') ? directory.by_own_host(host) : directory.by_slug(host);
        return found ? found->slug : "-";
    }
};

TEST_F(Directory, ReadsWhatChangedAndNothingElse) {
    const TenantRecord elm = make({.slug = "elm", .name = "Elm", .zone = "UTC"});
    EXPECT_TRUE(refresh());
    EXPECT_FALSE(refresh());
    make({.slug = "oak", .name = "Oak", .zone = "UTC"});
    const auto before = directory.by_slug("elm");
    EXPECT_TRUE(refresh());
    EXPECT_EQ(directory.by_slug("elm"), before) << "an unchanged institution was read again";
    EXPECT_EQ(slug_at("oak"), "oak");

    TenantSettings settings = elm.settings;
    settings.quotas.principal = Rate{5, 10};
    ASSERT_TRUE(change(elm, settings));
    EXPECT_TRUE(refresh());
    EXPECT_EQ(directory.by_slug("elm")->quotas.principal, (Rate{5, 10}));
    EXPECT_EQ(directory.status().tenants, 2U);
}

TEST_F(Directory, ReadsAllAgainWhenTheCounterWentBackAndNowAndThen) {
    make({.slug = "elm", .name = "Elm", .zone = "UTC"});
    ASSERT_TRUE(refresh());
    // A database restored from before.
    installation.superuser().run("update control.directory_changes set value = 0; update "
                                 "control.tenants set name = 'Restored', change = 0");
    EXPECT_TRUE(refresh());
    EXPECT_EQ(directory.by_slug("elm")->name, "Restored");
    // By hand, without the counter.
    TenantDirectory often(3);
    ASSERT_TRUE(often.refresh(*server, installation.soon()));
    installation.superuser().run("delete from control.tenants");
    ASSERT_TRUE(often.refresh(*server, installation.soon()));
    EXPECT_NE(often.by_slug("elm"), nullptr);
    ASSERT_TRUE(often.refresh(*server, installation.soon()));
    ASSERT_TRUE(often.refresh(*server, installation.soon()));
    EXPECT_EQ(often.by_slug("elm"), nullptr);
}

TEST_F(Directory, AFailedRefreshKeepsWhatWasKnown) {
    make({.slug = "elm", .name = "Elm", .zone = "UTC"});
    refresh();
    const DirectoryStatus known = directory.status();
    Database nowhere("host=/nonexistent dbname=none user=bw_app", "test", installation.clock());
    EXPECT_FALSE(directory.refresh(nowhere, installation.soon()));
    EXPECT_EQ(slug_at("elm"), "elm");
    EXPECT_EQ(directory.status().as_of, known.as_of);
}

TEST_F(Directory, NoChangeIsMissedHoweverManyWriteAtOnce) {
    constexpr int writers = 4, each = 12;
    std::atomic<int> running = writers;
    {
        std::vector<std::jthread> threads;
        for (int w = 0; w < writers; ++w)
            threads.emplace_back([&, w] {
                auto own = installation.database("bw_operator");
                for (int i = 0; i < each; ++i) {
                    const std::string slug = "w" + std::to_string(w) + "-" + std::to_string(i);
                    auto made = Provisioning::create(*own, slug, slug, "UTC", installation.clock(),
                                                     installation.rng(), installation.soon());
                    EXPECT_TRUE(made) << made.error().text();
                }
                --running;
            });
        while (running > 0)
            refresh();
    }
    refresh();
    EXPECT_EQ(directory.status().tenants, static_cast<std::size_t>(writers * each));
}

TEST_F(Directory, HostsLeadToOneInstitution) {
    const TenantRecord elm = make({.slug = "elm",
                                   .name = "Elm",
                                   .zone = "UTC",
                                   .hosts = {"Learn.Elm.example", "elm.example"}});
    EXPECT_EQ(elm.settings.hosts, (std::vector<std::string>{"elm.example", "learn.elm.example"}));
    const TenantRecord oak = make({.slug = "oak", .name = "Oak", .zone = "UTC"});
    refresh();
    EXPECT_EQ(slug_at("elm"), "elm");
    EXPECT_EQ(slug_at("elm.example"), "elm");
    EXPECT_EQ(slug_at("learn.elm.example"), "elm");
    EXPECT_EQ(slug_at("other.example"), "-");

    // Nobody else can have them, as a host or as a slug.
    for (auto [slug, host, field] :
         {std::tuple{"ash", "elm.example", "/hosts"}, std::tuple{"ash", "elm", "/hosts"},
          std::tuple{"elm", "ash.example", "/slug"}}) {
        auto taken = Provisioning::create(
            *desk, {.slug = slug, .name = "Ash", .zone = "UTC", .hosts = {host}}, std::nullopt,
            "test", installation.clock(), installation.rng(), installation.soon());
        ASSERT_FALSE(taken);
        EXPECT_EQ(taken.error().code, Code::conflict);
        EXPECT_EQ(taken.error().field, field);
    }
    TenantSettings grabbing = oak.settings;
    grabbing.hosts = {"elm.example"};
    EXPECT_EQ(change(oak, grabbing).error().code, Code::conflict);

    // Another slug: the old one goes on leading here and stays taken.
    TenantSettings renamed = elm.settings;
    change_slug(renamed, "elm-grove");
    auto now = change(elm, renamed);
    ASSERT_TRUE(now) << now.error().text();
    refresh();
    EXPECT_EQ(slug_at("elm"), "elm-grove");
    EXPECT_EQ(slug_at("elm-grove"), "elm-grove");
    grabbing.hosts = {"elm"};
    EXPECT_EQ(change(oak, grabbing).error().code, Code::conflict);

    // Freed, it is anybody's; with the next refresh it leads there, and nowhere in between.
    renamed.hosts = {"elm.example"};
    ASSERT_TRUE(change(*now, renamed));
    refresh();
    EXPECT_EQ(slug_at("elm"), "-");
    EXPECT_EQ(slug_at("learn.elm.example"), "-");
    EXPECT_EQ(slug_at("elm.example"), "elm-grove");
    ASSERT_TRUE(change(oak, grabbing));
    refresh();
    EXPECT_EQ(slug_at("elm"), "oak");
}

TEST_F(Directory, AHostThatMovesBetweenTwoRefreshesLeadsToItsNewInstitution) {
    const TenantRecord elm =
        make({.slug = "elm", .name = "Elm", .zone = "UTC", .hosts = {"moving.example"}});
    const TenantRecord oak = make({.slug = "oak", .name = "Oak", .zone = "UTC"});
    refresh();
    TenantSettings without = elm.settings, with = oak.settings;
    without.hosts.clear();
    with.hosts = {"moving.example"};
    ASSERT_TRUE(change(elm, without));
    ASSERT_TRUE(change(oak, with));
    refresh();
    EXPECT_EQ(slug_at("moving.example"), "oak");
    EXPECT_EQ(directory.by_slug("elm")->hosts.size(), 0U);
}

// ---- the file ----

TEST_F(Directory, ComesBackFromItsFile) {
    make({.slug = "elm",
          .name = "Elm \"Grove\" \u00e9",
          .zone = "Europe/London",
          .locale = "en-GB",
          .hosts = {"elm.example"},
          .quotas = {Rate{100, 200}, std::nullopt}});
    const TenantRecord oak = make({.slug = "oak", .name = "Oak", .zone = "UTC"});
    ASSERT_TRUE(Provisioning::set_state(*desk, oak.id, TenantState::suspended, "test",
                                        installation.clock(), installation.soon()));
    ASSERT_TRUE(OperatorTokens::create(*desk, "ops", "test", installation.clock(),
                                       installation.rng(), installation.soon()));
    refresh();
    const std::string file = directory.to_file("here");

    TenantDirectory other;
    ASSERT_TRUE(other.from_file(file, "here"));
    const auto elm = other.by_own_host("elm.example");
    ASSERT_NE(elm, nullptr);
    EXPECT_EQ(elm->scope, directory.by_slug("elm")->scope);
    EXPECT_EQ(elm->name, "Elm \"Grove\" \u00e9");
    EXPECT_EQ(elm->zone, "Europe/London");
    EXPECT_EQ(elm->locale, "en-GB");
    EXPECT_EQ(elm->quotas, (Quotas{Rate{100, 200}, std::nullopt}));
    EXPECT_EQ(other.by_slug("oak")->state, TenantState::suspended);
    EXPECT_EQ(other.status().tenants, 2U);
    EXPECT_TRUE(other.status().from_file);
    EXPECT_EQ(other.status().as_of, directory.status().as_of) << "it must not look fresher";
    EXPECT_EQ(file.find("ops"), std::string::npos);

    // The first refresh reads all and ends it.
    ASSERT_TRUE(*other.refresh(*server, installation.soon()));
    EXPECT_FALSE(other.status().from_file);
    EXPECT_EQ(other.by_slug("elm")->name, "Elm \"Grove\" \u00e9");
}

TEST_F(Directory, ADamagedFileIsRefusedWhole) {
    make({.slug = "elm", .name = "Elm", .zone = "UTC", .hosts = {"elm.example"}});
    refresh();
    const std::string good = directory.to_file("here");
    auto resigned = [&](const std::string& from, const std::string& to) {
        std::string body = good.substr(good.find('\n') + 1);
        const std::size_t at = body.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        body.replace(at, from.size(), to);
        return "bellwether-directory 1 " + to_hex(view(sha256(body))) + "\n" + body;
    };
    std::vector<std::pair<std::string, std::string>> cases = {
        {"empty", ""},
        {"another version", "bellwether-directory 2" + good.substr(22)},
        {"no list", resigned("\"tenants\"", "\"t\"")},
        {"a slug that is none", resigned("\"elm\"", "\"ELM\"")},
        {"a host that is none", resigned("elm.example", "elm example")},
        {"a state that is none", resigned("\"active\"", "\"asleep\"")},
        {"an id that is none", resigned("ten_", "usr_")},
        {"no generation", resigned("\"generation\"", "\"g\"")},
        {"not JSON", resigned("{", "[")},
    };
    for (std::size_t cut = 1; cut < good.size(); cut += 7)
        cases.emplace_back("cut at " + std::to_string(cut), good.substr(0, cut));
    for (std::size_t at = 0; at < good.size(); at += 5) {
        std::string flipped = good;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        cases.emplace_back("a bit at " + std::to_string(at), flipped);
    }
    for (const auto& [what, text] : cases) {
        TenantDirectory other;
        auto taken = other.from_file(text, "here");
        ASSERT_FALSE(taken) << what;
        EXPECT_EQ(taken.error().code, Code::corrupt) << what;
        EXPECT_EQ(other.status().tenants, 0U) << what;
    }
    TenantDirectory other;
    EXPECT_EQ(other.from_file(good, "there").error().code, Code::corrupt);
    EXPECT_TRUE(other.from_file(good, "here"));
    EXPECT_TRUE(
        other.from_file(resigned("Elm", "Ulm"), "here")); // the tool above does make good ones
}

} // namespace
} // namespace bw::tenancy
