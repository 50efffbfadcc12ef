// Parts that clients send straight to a real S3 server.
#include <functional>
#include <thread>

#include "blob/swift_for_test.hpp"
#include "files/direct.hpp"
#include "files/uploads_for_test.hpp"

namespace bw::files {
namespace {

using blob::test::Swift;
constexpr std::uint64_t mib = 1 << 20, part_bytes = 5 * mib;

TEST(PartPlan, CoversWhatIsToCome) {
    struct Case {
        std::uint64_t first, size, part_bytes;
        int parts;
        std::uint64_t last_bytes;
    };
    const Case cases[] = {
        {0, 1, 8 * mib, 1, 1},
        {0, 8 * mib, 8 * mib, 1, 8 * mib},
        {0, 8 * mib + 1, 8 * mib, 2, 1},
        {5, 8 * mib + 5, 8 * mib, 1, 8 * mib},
        {8 * mib - 1, 8 * mib, 8 * mib, 1, 1},
        {0, 2048 * mib, 8 * mib, 256, 8 * mib},
        {0, 100'000 * mib, 101 * mib, 991, 10 * mib},
        {0, 0, 8 * mib, 0, 0},
    };
    for (const Case& c : cases) {
        const PartPlan plan = plan_parts(c.first, c.size, 8 * mib);
        EXPECT_EQ(plan.part_bytes, c.part_bytes) << c.size;
        ASSERT_EQ(plan.parts(), c.parts) << c.size;
        std::uint64_t at = c.first;
        for (int number = 1; number <= plan.parts(); ++number) {
            EXPECT_EQ(plan.offset_of(number), at);
            at += plan.bytes_of(number);
        }
        EXPECT_EQ(at, c.size);
        if (c.parts > 0)
            EXPECT_EQ(plan.bytes_of(c.parts), c.last_bytes) << c.size;
    }
}

TEST(PartPlan, APartOfAnotherLengthIsMissing) {
    const PartPlan plan{.first = 0, .size = 25, .part_bytes = 10};
    using There = std::vector<blob::StoredPart>;
    EXPECT_EQ(parts_missing(plan, There{{1, "a", 10}, {2, "b", 10}, {3, "c", 5}}, 9),
              std::vector<int>());
    EXPECT_EQ(parts_missing(plan, There{{1, "a", 10}, {2, "b", 9}, {3, "c", 10}}, 9),
              (std::vector<int>{2, 3}));
    EXPECT_EQ(parts_missing(plan, There{{4, "a", 10}}, 2), (std::vector<int>{1, 2}));
}

const SystemClock real_clock; // what is signed goes by it

struct DirectUploads : Uploads {
    DirectUploads() : Uploads(open()) {}
    static std::unique_ptr<blob::Store> open() {
        static SystemRng rng;
        if (!Swift::shared())
            return nullptr;
        blob::S3Options options = Swift::shared()->options();
        options.part_bytes = part_bytes;
        options.copy_bytes = 5 * mib;
        return blob::open_s3_store(options, real_clock, rng, Deadline::in(real_clock, 10s)).value();
    }
    void SetUp() override {
        if (!swift)
            GTEST_SKIP() << "NOT TESTED against S3: ./bw setup installs Swift";
        Uploads::SetUp();
        installation.refresh(tenants);
    }
    void TearDown() override {
        if (swift)
            swift->fail("");
    }
    blob::DirectParts& direct() { return *store->direct(); }
    Upload planned_as(const Bytes& of) {
        Upload upload = planned(of.size());
        upload.sha256 = sha256(of);
        EXPECT_TRUE(make(upload));
        return upload;
    }
    Result<Direct> begun(const Upload& upload) {
        return begin_direct(parts, direct(), *database, north.scope, upload.id, upload.owner);
    }
    std::string url(const Direct& by, int number) {
        return direct().url_of_part(by.object, by.token, number, by.plan.bytes_of(number), 1min);
    }
    int put(const Direct& by, int number, const Bytes& of) {
        return Swift::put(url(by, number),
                          ByteView(of).substr(by.plan.offset_of(number), by.plan.bytes_of(number)));
    }
    void put_all(const Direct& by, const Bytes& of) {
        for (int number = by.plan.parts(); number >= 1; --number)
            ASSERT_EQ(put(by, number, of), 200);
    }
    std::vector<int> missing(const Direct& by) {
        const auto there = parts_there(by, direct(), soon());
        EXPECT_TRUE(there && *there);
        return parts_missing(by.plan, (*there).value(), 100);
    }
    Completing completing(const Direct& by) {
        auto there = parts_there(by, direct(), soon());
        EXPECT_TRUE(there) << there.error().text();
        return Completing(parts, north.scope, by, there->value_or(std::vector<blob::StoredPart>()));
    }
    Result<Upload> joined(const Direct& by) {
        Completing all = completing(by);
        while (!TRY(all.step(*database)))
            continue;
        return all.upload();
    }
    /// As whoever completes it finds it; nullopt: all of it counts already.
    std::optional<Direct> standing(const Upload& upload) {
        auto look = [&](tenancy::TenantTx& tx) -> Result<std::optional<Direct>> {
            auto by = TRY(find_direct(tx, TRY(find_own(tx, upload.id, ada))));
            if (!by)
                return by;
            return std::optional(TRY(go_on(tx, *std::move(by), parts.limits)));
        };
        auto by = in(north, look);
        EXPECT_TRUE(by) << by.error().text();
        return by.value_or(std::nullopt);
    }
    std::string rows() { return value("select count(*) from upload_direct"); }

    Swift* const swift = Swift::shared();
    tenancy::TenantDirectory tenants;
    const Bytes bytes = Bytes(part_bytes, 'a') + Bytes(1000, 'b');
};

TEST_F(DirectUploads, PartsMakeAnUploadLikeAnyOther) {
    const Upload upload = planned_as(bytes);
    const Direct by = begun(upload).value();
    ASSERT_EQ(by.plan.parts(), 2);
    EXPECT_EQ(missing(by), (std::vector<int>{1, 2}));
    put_all(by, bytes);
    EXPECT_EQ(missing(by), std::vector<int>());
    EXPECT_EQ(resumed(upload)->received, 0U)
        << "it counts when it is joined; and HEAD took it over";
    const Direct again = begun(upload).value();
    EXPECT_EQ(again.token, by.token) << "but nothing else came";
    auto done = joined(again);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(done->state, State::complete);
    EXPECT_EQ(content(upload), bytes);
    EXPECT_EQ(rows(), "0");
    EXPECT_EQ(value("select args from jobs where kind = 'file.arrived'"),
              "{\"upload_id\":\"" + upload.id.text() + "\"}");
    EXPECT_EQ(begun(upload).error().code, Code::conflict);
    EXPECT_NE(put(by, 1, bytes), 200) << "a URL that is still good";
    EXPECT_EQ(content(upload), bytes);
}

TEST_F(DirectUploads, OtherBytesThanDeclaredAreRefused) {
    const Upload upload = planned_as(bytes);
    const Direct by = begun(upload).value();
    put_all(by, Bytes(bytes.size(), 'x'));
    EXPECT_EQ(joined(by).error().code, Code::invalid_field);
    EXPECT_EQ(resumed(upload)->state, State::refused);
    EXPECT_EQ(value("select count(*) from jobs"), "0");
}

TEST_F(DirectUploads, ADayLaterItGoesOnWhereItWas) {
    const Upload upload = planned_as(bytes);
    ASSERT_EQ(put(begun(upload).value(), 2, bytes), 200);
    pass(30h);
    const Direct by = begun(upload).value();
    EXPECT_EQ(missing(by), std::vector<int>{1});
    ASSERT_EQ(put(by, 1, bytes), 200);
    ASSERT_TRUE(joined(by));
    EXPECT_EQ(content(upload), bytes);
}

TEST_F(DirectUploads, WhatNobodyCompletesGoesWithItsParts) {
    const Upload upload = planned_as(bytes);
    const Direct by = begun(upload).value();
    ASSERT_EQ(put(by, 1, bytes), 200);
    Sweeper sweeper(parts, installation.database(), tenants);
    pass(71h);
    EXPECT_EQ(sweeper.step(), 0);
    pass(2h);
    EXPECT_EQ(begun(upload).error().code, Code::not_found);
    EXPECT_EQ(sweeper.step(), 1);
    EXPECT_EQ(put(by, 1, bytes), 404) << "the parts are aborted";
    EXPECT_EQ(rows(), "0");
    EXPECT_EQ(value("select sum(bytes) from upload_usage"), "0");
}

TEST_F(DirectUploads, TusAndPartsFenceEachOther) {
    const Upload upload = planned_as(bytes);
    const Direct old = begun(upload).value();
    put_all(old, bytes);
    auto tus = writer(upload, 0);
    ASSERT_TRUE(tus && tus->take(ByteView(bytes).substr(0, 10), *database));
    auto fenced = joined(old);
    ASSERT_FALSE(fenced) << "somebody newer writes";
    EXPECT_EQ(fenced.error().code, Code::conflict);
    ASSERT_TRUE(tus->end(Writer::End::cut, *database));
    // The upload stands behind what those parts were for.
    auto late = writer(upload, 10);
    ASSERT_TRUE(late && late->take(ByteView(bytes).substr(10, 10), *database));
    const Direct by = begun(upload).value();
    EXPECT_EQ(late->end(Writer::End::cut, *database).error().code, Code::conflict);
    EXPECT_EQ(by.plan.first, 10U);
    EXPECT_NE(by.token, old.token);
    EXPECT_NE(put(old, 1, bytes), 200) << "there is never room for two";
    put_all(by, bytes);
    auto done = joined(by);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(content(upload), bytes) << "the first ten by tus";
}

TEST_F(DirectUploads, ThereIsNeverRoomForThePartsOfTwo) {
    const Upload upload = planned_as(bytes);
    const Direct old = begun(upload).value();
    ASSERT_EQ(put(old, 1, bytes), 200);
    auto tus = writer(upload, 0);
    ASSERT_TRUE(tus->take("0123456789", *database) && tus->end(Writer::End::cut, *database));
    ASSERT_TRUE(begun(upload));
    EXPECT_EQ(put(old, 1, bytes), 404);
}

TEST_F(DirectUploads, PartsOfWhoWentOnByTusGoWhenItIsComplete) {
    const Upload upload = planned_as(bytes);
    const Direct by = begun(upload).value();
    ASSERT_EQ(put(by, 1, bytes), 200);
    auto done = all_sent(upload, bytes);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(done->state, State::complete);
    EXPECT_EQ(rows(), "0");
    EXPECT_EQ(direct().parts(by.object, by.token, soon()).error().code, Code::not_found);
    EXPECT_TRUE(content(upload) == bytes);
}

TEST_F(DirectUploads, DevicesThatBeginAtOnceSendPartsOfOne) {
    const Upload upload = planned_as(bytes);
    std::vector<std::string> tokens(4);
    {
        std::vector<std::jthread> devices;
        for (std::string& token : tokens)
            devices.emplace_back([&] {
                auto own = installation.database();
                for (int attempt = 0; attempt < 5 && token.empty(); ++attempt)
                    if (auto by = begin_direct(parts, direct(), *own, north.scope, upload.id, ada))
                        token = by->token;
            });
    }
    const Direct by = begun(upload).value();
    put_all(by, bytes);
    ASSERT_TRUE(joined(by));
    EXPECT_EQ(std::ranges::count(tokens, ""), 0);
    EXPECT_EQ(content(upload), bytes);
}

/// A process that dies between any two steps; another one is asked to complete it.
TEST_F(DirectUploads, AJoinThatWasInterruptedGoesOn) {
    for (int steps = 1; steps < 7; ++steps) {
        const Upload upload = planned_as(bytes);
        put_all(begun(upload).value(), bytes);
        {
            Completing dying = completing(*standing(upload));
            for (int step = 0; step < steps; ++step)
                ASSERT_TRUE(dying.step(*database)) << steps;
        }
        swift->fail("500 1");
        const auto by = standing(upload);
        auto done =
            by ? joined(*by) : complete(parts, *database, north.scope, *resumed(upload), {});
        ASSERT_TRUE(done) << steps << done.error().text();
        EXPECT_EQ(done->state, State::complete);
        EXPECT_EQ(content(upload), bytes);
    }
}

TEST_F(DirectUploads, TwoThatCompleteItBothHearThatItIs) {
    const Upload upload = planned_as(bytes);
    const Direct by = begun(upload).value();
    put_all(by, bytes);
    Completing one = completing(by), two = completing(by);
    bool over_one = false, over_two = false;
    while (!over_one || !over_two) {
        const auto did = one.step(*database), too = two.step(*database);
        ASSERT_TRUE(did && too) << (did ? too : did).error().text();
        over_one = *did;
        over_two = *too;
    }
    EXPECT_EQ(one.upload().state, State::complete);
    EXPECT_EQ(two.upload().state, State::complete);
    EXPECT_EQ(value("select count(*) from jobs"), "1");
}

/// The store, where something happens while it is asked to join.
struct Interrupted final : blob::DirectParts {
    blob::DirectParts& real;
    std::function<void()> while_it_joins, before_it_drops = [] {};
    Interrupted(blob::DirectParts& of, std::function<void()> joining)
        : real(of), while_it_joins(std::move(joining)) {}
    std::uint64_t part_bytes_min() const override { return real.part_bytes_min(); }
    Result<std::string> begin_parts(const std::string& key, Deadline deadline) override {
        return real.begin_parts(key, deadline);
    }
    std::string url_of_part(const std::string& key, const std::string& token, int number,
                            std::uint64_t of, Duration lifetime) const override {
        return real.url_of_part(key, token, number, of, lifetime);
    }
    /// Most servers forget the list when the parts are joined; Swift later.
    Result<std::vector<blob::StoredPart>> parts(const std::string& key, const std::string&,
                                                Deadline) override {
        return fail(Code::not_found, "they are joined", key);
    }
    /// It looked before, and found nothing afterwards.
    Result<bool> join_parts(const std::string& key, const std::string&,
                            const std::vector<blob::StoredPart>&, std::uint64_t,
                            Deadline) override {
        while_it_joins();
        return fail(Code::not_found, "there are no parts", key);
    }
    Result<void> drop_parts(const std::string& key, const std::string& token,
                            Deadline deadline) override {
        before_it_drops();
        return real.drop_parts(key, token, deadline);
    }
};

/// A second tab asks for URLs while the first joins: what is acknowledged stays.
TEST_F(DirectUploads, WhatIsJoinedWhileAnotherOneLooksStays) {
    const Upload upload = planned_as(bytes);
    const Direct by = begun(upload).value();
    put_all(by, bytes);
    Completing first = completing(by);
    ASSERT_TRUE(first.step(*database));
    Interrupted second(direct(), [&] {
        Result<bool> over = false;
        while (over && !*over)
            over = first.step(*database);
        ASSERT_TRUE(over) << over.error().text();
    });
    auto outcome = begin_direct(parts, second, *database, north.scope, upload.id, ada);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::conflict) << "all of it has come";
    EXPECT_EQ(first.upload().state, State::complete);
    EXPECT_TRUE(content(upload) == bytes);
}

/// From when it is decided that old parts go, nobody completes the upload with them.
TEST_F(DirectUploads, WhatIsAboutToBeDroppedCountsNoMore) {
    const Upload upload = planned_as(bytes);
    const Direct by = begun(upload).value();
    put_all(by, bytes);
    Completing first = completing(by);
    ASSERT_TRUE(first.step(*database));
    Interrupted second(direct(), [] {});
    second.before_it_drops = [&] {
        Result<bool> over = false;
        while (over && !*over)
            over = first.step(*database);
        EXPECT_EQ(over ? Code::internal : over.error().code, Code::conflict) << "it is fenced";
        auto look = [&](tenancy::TenantTx& tx) -> Result<std::optional<Direct>> {
            return find_direct(tx, TRY(find_own(tx, upload.id, ada)));
        };
        const auto there = in(north, look);
        ASSERT_TRUE(there && *there) << "for whoever drops it if this one dies";
        EXPECT_FALSE((*there)->stands());
    };
    auto anew = begin_direct(parts, second, *database, north.scope, upload.id, ada);
    ASSERT_TRUE(anew) << anew.error().text();
    EXPECT_NE(anew->object, by.object);
    put_all(*anew, bytes);
    ASSERT_TRUE(joined(*anew));
    EXPECT_TRUE(content(upload) == bytes);
}

TEST_F(DirectUploads, RemovedWhileItIsJoinedItIsGone) {
    for (int steps = 0; steps < 5; ++steps) {
        const Upload upload = planned_as(bytes);
        const Direct by = begun(upload).value();
        put_all(by, bytes);
        Completing late = completing(by);
        for (int step = 0; step < steps; ++step)
            ASSERT_TRUE(late.step(*database));
        ASSERT_TRUE(
            in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, upload.id); }));
        const auto gone = in(north, [&](tenancy::TenantTx& tx) { return as_it_is(tx, upload.id); });
        ASSERT_TRUE(remove_objects(parts, *database, north.scope, *gone, soon()));
        Result<bool> outcome = false;
        while (outcome && !*outcome)
            outcome = late.step(*database);
        EXPECT_FALSE(outcome) << steps;
        for (const char* suffix : {"", ".parts"})
            EXPECT_EQ(store->size(by.object + suffix, soon()).error().code, Code::not_found);
        EXPECT_EQ(put(by, 1, bytes), 404);
    }
}

/// A bucket's rule for what is never finished may be faster than we.
TEST_F(DirectUploads, PartsThatTheStoreLostBeginAnew) {
    const Upload upload = planned_as(bytes);
    const Direct old = begun(upload).value();
    put_all(old, bytes);
    ASSERT_TRUE(direct().drop_parts(old.object, old.token, soon()));
    EXPECT_EQ(joined(old).error().code, Code::conflict);
    const Direct by = begun(upload).value();
    EXPECT_NE(by.token, old.token);
    put_all(by, bytes);
    EXPECT_TRUE(joined(by));
}

TEST_F(DirectUploads, NobodyTakesOverSomebodyElses) {
    const Upload upload = planned_as(bytes);
    auto as = [&](const tenancy::TenantInfo& tenant, UserId who) {
        return begin_direct(parts, direct(), *database, tenant.scope, upload.id, who).error().code;
    };
    EXPECT_EQ(as(north, bob), Code::not_found);
    EXPECT_EQ(as(south, ada), Code::not_found);
    EXPECT_EQ(resumed(upload)->writer, 0);
}

/// Numbers that left nothing cost nothing: asked one by one these would take minutes.
TEST_F(DirectUploads, ManyWritersThatLeftNothingAreRemovedAtOnce) {
    const Upload upload = planned_as(bytes);
    ASSERT_TRUE(writer(upload, 0)->end(Writer::End::cut, *database));
    installation.superuser().run("update uploads set writer = 10000, state = 'removing'");
    const auto gone = in(north, [&](tenancy::TenantTx& tx) { return as_it_is(tx, upload.id); });
    EXPECT_TRUE(remove_objects(parts, *database, north.scope, *gone, Deadline::in(clock, 5s)));
}

} // namespace
} // namespace bw::files
