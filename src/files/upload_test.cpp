#include "files/uploads_for_test.hpp"

namespace bw::files {
namespace {

const auto whole = Writer::End::whole, cut = Writer::End::cut;

// ---- the table of README.md ----

enum class Event { write, old_writer_notes, head, all_came, others_came, join, remove, expire };

struct Move {
    State from;
    Event event;
    std::optional<State> to; // nullopt: refused, nothing changes
};

const Move moves[] = {
    {State::open, Event::write, State::open},
    {State::open, Event::old_writer_notes, {}},
    {State::open, Event::head, State::open},
    {State::open, Event::all_came, State::complete},
    {State::open, Event::others_came, State::refused},
    {State::open, Event::join, {}},
    {State::open, Event::remove, State::removing},
    {State::open, Event::expire, State::removing},
    {State::complete, Event::write, {}},
    {State::complete, Event::old_writer_notes, {}},
    {State::complete, Event::head, State::complete},
    {State::complete, Event::join,
     State::merged}, // again: see PartialOnesAreJoinedInTheirOrderOnce
    {State::complete, Event::remove, State::removing},
    {State::complete, Event::expire, State::removing},
    {State::refused, Event::write, {}},
    {State::refused, Event::head, State::refused},
    {State::refused, Event::join, {}},
    {State::refused, Event::remove, State::removing},
    {State::refused, Event::expire, State::removing},
    {State::merged, Event::write, {}},
    {State::merged, Event::old_writer_notes, {}},
    {State::merged, Event::head, State::merged},
    {State::merged, Event::remove, State::removing},
    {State::merged, Event::expire, State::removing},
    {State::removing, Event::write, {}},
    {State::removing, Event::old_writer_notes, {}},
    {State::removing, Event::head, {}},
    {State::removing, Event::join, {}},
    {State::removing, Event::remove, State::removing},
};

struct StateMachine : Uploads {
    /// A partial upload of five bytes in that state.
    Upload in_state(State state) {
        Upload upload = planned(5, Kind::partial);
        if (state == State::refused)
            upload.sha256 = sha256("other");
        auto there = make(upload);
        EXPECT_TRUE(there) << there.error().text();
        if (state == State::open) {
            auto some = writer(upload, 0);
            EXPECT_TRUE(some->take("he", *database) && some->end(cut, *database));
            return upload;
        }
        auto sent = all_sent(upload, "hello");
        EXPECT_EQ(sent.has_value(), state != State::refused);
        if (state == State::merged)
            EXPECT_TRUE(joined({upload.id}));
        if (state == State::removing)
            EXPECT_TRUE(
                in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, upload.id); }));
        return upload;
    }
    Result<Upload> joined(const std::vector<UploadId>& partials) {
        Upload target = planned(0, Kind::joined);
        return in(north,
                  [&](tenancy::TenantTx& tx) { return join(tx, target, partials, parts.limits); });
    }
    bool apply(const Upload& upload, Event event) {
        switch (event) {
        case Event::write:
            return writer(upload, 2).has_value();
        case Event::old_writer_notes:
            return in(north,
                      [&](tenancy::TenantTx& tx) {
                          return note_progress(tx,
                                               {.upload = upload.id, .writer = 1, .received = 1});
                      })
                .has_value();
        case Event::head:
            return resumed(upload).has_value();
        case Event::all_came:
        case Event::others_came: {
            if (event == Event::others_came)
                installation.superuser().run("update uploads set sha256 = sha256('other')");
            auto w = writer(upload, 2);
            EXPECT_TRUE(w->take("llo", *database));
            auto ended = w->end(whole, *database);
            auto outcome = complete(parts, *database, north.scope, *ended, w->sha256());
            EXPECT_EQ(outcome.has_value(), event == Event::all_came);
            return true;
        }
        case Event::join:
            return joined({upload.id}).has_value();
        case Event::remove:
            return in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, upload.id); })
                .has_value();
        case Event::expire:
            pass(10000h);
            return in(north,
                      [&](tenancy::TenantTx& tx) -> Result<void> {
                          for (const Upload& u : TRY(to_remove(tx, 10)))
                              CHECK_OK(begin_removing(tx, u.id));
                          return {};
                      })
                .has_value();
        }
        return false;
    }
    std::string stands(const Upload& upload) {
        return value("select state from uploads where upload_id = '" + to_text(upload.id.uuid) +
                     "'");
    }
};

TEST_F(StateMachine, IsTheReadmesTable) {
    for (const Move& move : moves) {
        const std::string what = std::string(wire_name(move.from)) + " on event " +
                                 std::to_string(static_cast<int>(move.event));
        const Upload upload = in_state(move.from);
        ASSERT_EQ(stands(upload), wire_name(move.from)) << what;
        EXPECT_EQ(apply(upload, move.event), move.to.has_value()) << what;
        EXPECT_EQ(stands(upload), wire_name(move.to.value_or(move.from))) << what;
        installation.superuser().run("delete from upload_parts; delete from uploads");
    }
}

// ---- bytes ----

TEST_F(Uploads, ComesTogetherFromManyInterruptedWriters) {
    Upload upload = planned(1'000'000);
    SeededRng rng(3);
    Bytes bytes(upload.size, '\0');
    rng.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    upload.sha256 = sha256(bytes);
    ASSERT_TRUE(make(upload));
    std::uint64_t at = 0;
    while (at < upload.size) {
        auto w = writer(upload, at);
        ASSERT_TRUE(w) << w.error().text();
        const std::uint64_t step =
            std::min<std::uint64_t>(upload.size - at, 1 + rng.u64() % 90'000);
        ASSERT_TRUE(w->take(ByteView(bytes).substr(at, step / 2), *database));
        ASSERT_TRUE(w->take(ByteView(bytes).substr(at + step / 2, step - step / 2), *database));
        auto ended = w->end(at % 2 == 0 ? cut : whole, *database);
        ASSERT_TRUE(ended) << ended.error().text();
        at += step;
        EXPECT_EQ(ended->received, at);
    }
    auto done = complete(parts, *database, north.scope, *resumed(upload), std::nullopt);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(done->state, State::complete);
    EXPECT_EQ(content(upload), bytes);
}

TEST_F(Uploads, ANewerWriterFencesADeadOneAtOnceAndItsBytesCount) {
    const Upload upload = made(20);
    auto dead = writer(upload, 0, {.note_every = 0s});
    ASSERT_TRUE(dead->take("0123456789", *database)) << "noted at once";
    const Upload now = *resumed(upload); // no wait for any lock
    EXPECT_EQ(now.received, 10U);
    auto next = writer(upload, 10);
    ASSERT_TRUE(next);
    // The one that was taken for dead wakes up.
    auto late = dead->take("XXXXX", *database);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::conflict);
    EXPECT_FALSE(dead->end(whole, *database));
    ASSERT_TRUE(next->take("abcdefghij", *database));
    auto ended = next->end(whole, *database);
    ASSERT_TRUE(ended);
    ASSERT_TRUE(complete(parts, *database, north.scope, *ended, std::nullopt));
    EXPECT_EQ(content(upload), "0123456789abcdefghij");
}

TEST_F(Uploads, WhatComesForOneThatIsGoneIsNotKept) {
    const Upload upload = made(5);
    auto late = writer(upload, 0);
    ASSERT_TRUE(late);
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, upload.id); }));
    const auto gone = in(north, [&](tenancy::TenantTx& tx) { return as_it_is(tx, upload.id); });
    ASSERT_TRUE(remove_objects(parts, *database, north.scope, *gone, soon()));
    ASSERT_TRUE(late->take("bytes", *database)) << "nothing has told it yet";
    EXPECT_FALSE(late->end(Writer::End::whole, *database));
    EXPECT_FALSE(store->size(object_key(north.scope.tenant(), upload.id, 1), soon()))
        << "no row would ever name it";
}

TEST_F(Uploads, TwoThatWriteAtOnceNeverMix) {
    const Upload upload = made(10);
    auto one = writer(upload, 0), two = writer(upload, 0);
    ASSERT_TRUE(one && two) << "the second takes over";
    EXPECT_TRUE(one->take("11111", *database)); // nothing is noted yet
    EXPECT_TRUE(two->take("22222", *database));
    EXPECT_FALSE(one->end(whole, *database));
    EXPECT_TRUE(two->end(whole, *database));
    EXPECT_EQ(resumed(upload)->received, 5U);
    auto third = writer(upload, 5);
    ASSERT_TRUE(third->take("33333", *database));
    ASSERT_TRUE(complete(parts, *database, north.scope, *third->end(whole, *database), {}));
    EXPECT_EQ(content(upload), "2222233333");
}

TEST_F(Uploads, AProcessThatDiesKeepsWhatItNoted) {
    const Upload upload = made(30);
    {
        auto w = writer(upload, 0, {.note_every = 5s});
        ASSERT_TRUE(w->take("0123456789", *database));
        clock.advance(6s);
        ASSERT_TRUE(w->take("abcdefghij", *database)) << "notes both";
        ASSERT_TRUE(w->take("lost", *database));
    } // killed
    EXPECT_EQ(resumed(upload)->received, 20U);
    auto w = writer(upload, 20);
    ASSERT_TRUE(w->take("ABCDEFGHIJ", *database));
    ASSERT_TRUE(complete(parts, *database, north.scope, *w->end(whole, *database), {}));
    EXPECT_EQ(content(upload), "0123456789abcdefghijABCDEFGHIJ");
}

TEST_F(Uploads, AnOffsetThatIsNotWhereItStandsIsRefused) {
    const Upload upload = made(10);
    auto w = writer(upload, 0);
    ASSERT_TRUE(w->take("hello", *database) && w->end(cut, *database));
    for (const std::uint64_t at : {0U, 4U, 6U, 10U, 11U}) {
        auto wrong = writer(upload, at);
        ASSERT_FALSE(wrong) << at;
        EXPECT_EQ(wrong.error().code, Code::conflict);
        EXPECT_EQ(wrong.error().field, "Upload-Offset");
    }
    auto too_much = writer(upload, 5);
    EXPECT_EQ(too_much->take("worlds", *database).error().code, Code::payload_too_large);
    EXPECT_TRUE(too_much->end(cut, *database));
    EXPECT_EQ(resumed(upload)->received, 5U);
}

TEST_F(Uploads, AChecksumCountsForAllOfARequestOrNothing) {
    const Upload upload = made(10);
    auto checksum = [] { return parse_checksum("sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=").value(); };
    auto wrong = writer(upload, 0, {.note_every = 0s}, checksum());
    ASSERT_TRUE(wrong->take("hellO", *database));
    EXPECT_EQ(wrong->end(whole, *database).error().code, Code::invalid_field);
    EXPECT_EQ(resumed(upload)->received, 0U);
    auto half = writer(upload, 0, {.note_every = 0s}, checksum());
    ASSERT_TRUE(half->take("hel", *database));
    EXPECT_EQ(half->end(cut, *database)->received, 0U) << "half of it proves nothing";
    auto right = writer(upload, 0, {.note_every = 0s}, checksum());
    ASSERT_TRUE(right->take("hello", *database));
    EXPECT_EQ(right->end(whole, *database)->received, 5U);
    EXPECT_EQ(objects(), 1U) << "what did not count is gone";
}

TEST_F(Uploads, OtherBytesThanDeclaredAreRefused) {
    for (const bool in_one_go : {true, false}) {
        Upload upload = planned(5);
        upload.sha256 = sha256("hello");
        ASSERT_TRUE(make(upload));
        auto first = writer(upload, 0);
        ASSERT_TRUE(first->take(in_one_go ? "hellO" : "he", *database));
        auto ended = first->end(whole, *database);
        std::optional<Sha256> known = first->sha256();
        EXPECT_EQ(known.has_value(), in_one_go);
        if (!in_one_go) {
            auto second = writer(upload, 2);
            ASSERT_TRUE(second->take("llO", *database));
            ended = second->end(whole, *database);
        }
        auto outcome = complete(parts, *database, north.scope, *ended, known);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, Code::invalid_field);
        EXPECT_EQ(resumed(upload)->state, State::refused);
    }
}

TEST_F(Uploads, AnEmptyOneIsCompleteAtOnce) {
    Upload upload = planned(0);
    upload.sha256 = sha256("");
    ASSERT_TRUE(make(upload));
    auto done = complete(parts, *database, north.scope, upload, std::nullopt);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(done->state, State::complete);
}

// ---- joining ----

TEST_F(StateMachine, PartialOnesAreJoinedInTheirOrderOnce) {
    const Upload one = made(5, Kind::partial), two = made(6, Kind::partial);
    ASSERT_TRUE(all_sent(two, " world"));
    EXPECT_FALSE(joined({one.id, two.id})) << "one is not whole";
    ASSERT_TRUE(all_sent(one, "hello"));
    EXPECT_FALSE(joined({one.id, one.id})) << "twice the same";
    EXPECT_FALSE(joined({one.id, UploadId::make(clock.now(), installation.rng())}));
    auto both = joined({one.id, two.id});
    ASSERT_TRUE(both) << both.error().text();
    auto done = complete(parts, *database, north.scope, *both, std::nullopt);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(content(*done), "hello world");
    EXPECT_EQ(joined({one.id, two.id})->id, both->id) << "asked again, the answer was lost";
    EXPECT_FALSE(joined({two.id})) << "it is part of another one";
    EXPECT_FALSE(joined({two.id, one.id})) << "that would be something else";
    EXPECT_EQ(value("select bytes from upload_usage"), "11");
    // The parts go with the joined one, whatever becomes of those that they came from.
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, one.id); }));
    const auto gone = in(north, [&](tenancy::TenantTx& tx) { return as_it_is(tx, one.id); });
    ASSERT_TRUE(remove_objects(parts, *database, north.scope, *gone, soon()));
    EXPECT_EQ(content(*done), "hello world");
    EXPECT_EQ(value("select bytes from upload_usage"), "11");
}

TEST_F(StateMachine, OnlyPartialOnesOfOnesOwnAreJoined) {
    const Upload single = made(5);
    ASSERT_TRUE(all_sent(single, "hello"));
    EXPECT_FALSE(joined({single.id}));
    Upload foreign = planned(5, Kind::partial);
    foreign.owner = bob;
    ASSERT_TRUE(make(foreign));
    ASSERT_TRUE(all_sent(foreign, "hello"));
    EXPECT_EQ(joined({foreign.id}).error().code, Code::bad_request);
}

// ---- whose, and how much ----

TEST_F(Uploads, NobodyFindsSomebodyElses) {
    const Upload upload = made(5);
    auto as = [&](const tenancy::TenantInfo& tenant, UserId who) {
        return in(tenant, [&](tenancy::TenantTx& tx) -> Result<Upload> {
            TRY(begin_writing(tx, upload.id, who, 0, 1h));
            return find_own(tx, upload.id, who);
        });
    };
    EXPECT_EQ(as(north, bob).error().code, Code::not_found);
    EXPECT_EQ(as(south, ada).error().code, Code::not_found) << "the same person's id elsewhere";
    EXPECT_EQ(resumed(upload)->writer, 0) << "nobody was fenced by strangers";
    EXPECT_TRUE(as(north, ada));
}

TEST_F(Uploads, RoomIsTakenWhenItIsAskedForAndGivenBackWhenItIsGone) {
    const Limits limits{.upload_bytes = 100, .person_bytes = 150, .tenant_bytes = 300};
    auto attempt = [&](std::uint64_t size, UserId owner) {
        Upload upload = planned(size);
        upload.owner = owner;
        auto done = in(north, [&](tenancy::TenantTx& tx) { return create(tx, upload, limits); });
        return done ? upload.id.text() : std::string(wire_name(done.error().code));
    };
    EXPECT_EQ(attempt(101, ada), "payload_too_large");
    const std::string first = attempt(100, ada);
    EXPECT_TRUE(first.starts_with("upl_"));
    EXPECT_EQ(attempt(51, ada), "quota_exceeded") << "what was begun and left expires";
    installation.superuser().run("update uploads set state = 'complete'");
    EXPECT_EQ(attempt(51, ada), "payload_too_large") << "waiting does not help";
    EXPECT_TRUE(attempt(50, ada).starts_with("upl_"));
    EXPECT_TRUE(attempt(100, bob).starts_with("upl_"));
    EXPECT_TRUE(attempt(50, bob).starts_with("upl_"));
    EXPECT_EQ(value("select sum(bytes) from upload_usage"), "300");
    const UploadId id = *UploadId::parse(first);
    for (int again = 0; again < 2; ++again)
        ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, id); }));
    EXPECT_EQ(value("select sum(bytes) from upload_usage"), "200") << "once";
    EXPECT_TRUE(attempt(100, ada).starts_with("upl_"));
}

TEST_F(Uploads, AnInstitutionWithoutRoomIsToldToComeAgainInMinutes) {
    const Limits limits{.tenant_bytes = 10};
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return create(tx, planned(10), limits); }));
    auto full = in(north, [&](tenancy::TenantTx& tx) { return create(tx, planned(1), limits); });
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, Code::storage_full);
    EXPECT_GE(full.error().retry_after, 1min);
    EXPECT_TRUE(in(south, [&](tenancy::TenantTx& tx) { return create(tx, planned(1), limits); }));
}

TEST_F(Uploads, APersonHasSoManyAndNoMore) {
    const Limits limits{.person_uploads = 3};
    auto attempt = [&](UserId owner) {
        Upload upload = planned(0);
        upload.owner = owner;
        return in(north, [&](tenancy::TenantTx& tx) { return create(tx, upload, limits); });
    };
    const auto first = attempt(ada);
    ASSERT_TRUE(first && attempt(ada) && attempt(ada));
    const auto fourth = attempt(ada);
    ASSERT_FALSE(fourth);
    EXPECT_EQ(fourth.error().code, Code::quota_exceeded);
    EXPECT_GE(fourth.error().retry_after, 10min) << "when some may have expired";
    EXPECT_TRUE(attempt(bob));
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, first->id); }));
    EXPECT_TRUE(attempt(ada));
}

TEST_F(Uploads, AnUploadHasSoManyWritersAndNoMore) {
    const Upload upload = made(10);
    installation.superuser().run("update uploads set writer = 9999");
    auto last = writer(upload, 0);
    ASSERT_TRUE(last && last->take("01234", *database) && last->end(cut, *database));
    EXPECT_EQ(writer(upload, 5).error().code, Code::payload_too_large);
    EXPECT_EQ(writer(upload, 4).error().code, Code::conflict) << "it is not there, before all else";
    EXPECT_EQ(resumed(upload)->received, 5U);
}

// ---- the end ----

/// One machine's clock that is a month ahead removes nothing: expiry goes by the database's.
TEST_F(Uploads, AClockThatWasSteppedRemovesNothing) {
    tenancy::TenantDirectory tenants;
    installation.refresh(tenants);
    Sweeper sweeper(parts, installation.database(), tenants);
    const Upload open = made(10), done = made(5);
    ASSERT_TRUE(all_sent(done, "hello"));
    clock.advance(24h * 60);
    EXPECT_EQ(sweeper.step(), 0);
    EXPECT_TRUE(writer(open, 0));
    EXPECT_EQ(content(done), "hello");
}

/// A creation whose answer was lost holds its room for half an hour.
TEST_F(Uploads, WhatNobodyBeganToSendExpiresSoon) {
    const Upload unbegun = made(10), begun = made(10);
    ASSERT_TRUE(writer(begun, 0)->end(cut, *database)) << "without a byte, but somebody is at it";
    EXPECT_FALSE(resumed(unbegun)->expired);
    pass(1h);
    EXPECT_TRUE(resumed(unbegun)->expired);
    EXPECT_FALSE(resumed(begun)->expired);
    tenancy::TenantDirectory tenants;
    installation.refresh(tenants);
    EXPECT_EQ(Sweeper(parts, installation.database(), tenants).step(), 1);
    EXPECT_EQ(value("select bytes from upload_usage"), "10");
}

TEST_F(Uploads, WhatExpiredIsSweptWithItsBytes) {
    tenancy::TenantDirectory tenants;
    installation.refresh(tenants);
    Sweeper sweeper(parts, installation.database(), tenants);
    const Upload old = made(10), fresh = made(10), done = made(5);
    {
        auto w = writer(old, 0, {.note_every = 0s});
        ASSERT_TRUE(w->take("01234", *database));
        ASSERT_TRUE(w->take("5", *database));
    }
    ASSERT_TRUE(all_sent(done, "hello"));
    EXPECT_EQ(sweeper.step(), 0);
    pass(23h);
    auto w = writer(fresh, 0);
    ASSERT_TRUE(w->take("1", *database) && w->end(cut, *database)) << "more came: it lives on";
    pass(2h);
    EXPECT_EQ(sweeper.step(), 1);
    EXPECT_EQ(resumed(old).error().code, Code::not_found);
    EXPECT_EQ(resumed(fresh)->received, 1U);
    EXPECT_EQ(content(done), "hello");
    pass(31 * 24h);
    EXPECT_EQ(sweeper.step(), 2);
    EXPECT_EQ(value("select count(*) from upload_parts"), "0");
    EXPECT_EQ(value("select sum(bytes) from upload_usage"), "0");
    EXPECT_EQ(objects(), 0U);
}

TEST_F(Uploads, ARemovalThatWasInterruptedGoesOn) {
    tenancy::TenantDirectory tenants;
    installation.refresh(tenants);
    Sweeper sweeper(parts, installation.database(), tenants);
    const Upload upload = made(5);
    ASSERT_TRUE(all_sent(upload, "hello"));
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return begin_removing(tx, upload.id); }));
    // killed here
    EXPECT_EQ(resumed(upload).error().code, Code::not_found) << "gone for everybody";
    EXPECT_EQ(objects(), 1U);
    EXPECT_EQ(sweeper.step(), 1);
    EXPECT_EQ(objects(), 0U);
    EXPECT_EQ(value("select count(*) from uploads"), "0");
}

TEST_F(Uploads, AllOfAPersonGoesWithThem) {
    tenancy::TenantDirectory tenants;
    installation.refresh(tenants);
    Sweeper sweeper(parts, installation.database(), tenants);
    ASSERT_TRUE(all_sent(made(5), "hello"));
    made(7);
    ASSERT_TRUE(in(north, [&](tenancy::TenantTx& tx) { return remove_all_of(tx, ada); }));
    EXPECT_EQ(sweeper.step(), 2);
    EXPECT_EQ(objects(), 0U);
    EXPECT_EQ(value("select count(*) from uploads"), "0");
}

} // namespace
} // namespace bw::files
