// The archive on a real journal and a real database: what is archived comes back as it was, from
// nobody who is erased, and any damage is found.
#include "submissions/archive.hpp"

#include <fstream>

#include "journal/simulated_disk.hpp"
#include "submissions/archive_format.hpp"
#include "submissions/erasure.hpp"
#include "submissions/recorder_for_test.hpp"
#include "support/own_fsync.hpp"

namespace bw::submissions {
namespace {

class ArchiveTest : public RecorderTest {
protected:
    std::unique_ptr<Archive> open() { return open(*journal::open_directory(place.path())); }
    std::unique_ptr<Archive> open(std::unique_ptr<journal::Directory> directory_of_files) {
        auto opened = Archive::open(
            std::move(directory_of_files), directory_of_tenants, keys(),
            [this](ByteView b) { return key.sign(b); }, clock, rng);
        EXPECT_TRUE(opened) << opened.error().text();
        return *std::move(opened);
    }
    void make_archiving_recorder() {
        recorder.reset();
        archive.reset(); // one has it open at a time
        archive = open();
        recorder = make_recorder({.archive = archive.get()});
    }
    /// Everything that is settled, whatever its size and age.
    void archive_all() {
        Archiver archiver(*journal, *archive, installation.database(),
                          [this] { return recorder->settled_seq(); }, clock,
                          {.file_bytes = 4096, .file_age = Duration::zero()});
        for (;;) {
            auto written = archiver.step();
            ASSERT_TRUE(written) << written.error().text();
            if (!*written)
                return;
        }
    }
    std::vector<journal::Entry> read_archive(std::uint64_t to) {
        std::vector<journal::Entry> out;
        for (std::uint64_t at = 0; at < to;) {
            auto next = archive->read(journal->status().epoch, at, 5, 1 << 20, *database,
                                      installation.soon());
            EXPECT_TRUE(next) << next.error().text();
            if (!next)
                break;
            EXPECT_GT(next->to, at);
            at = next->to;
            std::ranges::move(next->entries, std::back_inserter(out));
        }
        return out;
    }
    std::uint64_t erase(std::size_t tenant, UserId user) {
        auto gone =
            database->run(tenants[tenant].scope, installation.soon(), [&](tenancy::TenantTx& tx) {
                return erase_person(tx, user, clock.now());
            });
        EXPECT_TRUE(gone) << gone.error().text();
        return *gone;
    }
    std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> out;
        for (const auto& entry : std::filesystem::directory_iterator(place.path()))
            if (entry.path().extension() == ".archive")
                out.push_back(entry.path());
        std::ranges::sort(out);
        return out;
    }
    static Bytes content_of(const std::filesystem::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::string state_of_rows() {
        return installation.superuser().value("select md5(string_agg((submission_id, state, late, "
                                              "received_at, content, receipt)::text, "
                                              "'|' order by submission_id)) from submissions");
    }
    void lose_the_database() { // as after a restored backup, older than everything recorded
        installation.superuser().run("delete from submissions");
        installation.superuser().run("delete from subject_keys");
        installation.superuser().run("update control.recorder_cursors set seq = 0");
        recorder = make_recorder({.archive = archive.get()});
    }

    ArchiveKeys keys() const { return {persons, store}; }
    Agreed agree_all(const ErasureList& over) {
        auto agreed = agree(over, store, *database, directory_of_tenants, installation.soon());
        EXPECT_TRUE(agreed) << agreed.error().text();
        return agreed.value_or(Agreed());
    }

    const audit::SubjectKeys persons{SecretKey{9, 9, 9}};
    test::TemporaryDirectory place;
    std::filesystem::path store_path() const { return place.path() / "keys"; }
    const KeyStore store{store_path()};
    const ErasureList list{place.path() / "erasures"};
    std::unique_ptr<Archive> archive;
};

TEST_F(ArchiveTest, WhatIsArchivedComesBackWithTheSameProofAndNothingOfItIsReadableInTheFiles) {
    make_archiving_recorder();
    for (int i = 0; i < 40; ++i)
        accept(offer(static_cast<std::size_t>(i) % 2, static_cast<std::size_t>(i) % 5,
                     "key-" + std::to_string(i), "an essay, number " + std::to_string(i)));
    record_all();
    archive_all();
    EXPECT_EQ(archive->archived_seq(journal->status().epoch), 40u);
    auto original = journal->read(0, 100, 1 << 20);
    ASSERT_TRUE(original);
    archive.reset();
    archive = open(); // from the files alone
    const std::vector<journal::Entry> back = read_archive(40);
    ASSERT_EQ(back.size(), 40u);
    for (std::size_t i = 0; i < back.size(); ++i) {
        EXPECT_EQ(back[i].position, (*original)[i].position);
        EXPECT_EQ(back[i].record, (*original)[i].record);
        EXPECT_EQ(back[i].nonce, (*original)[i].nonce);
        EXPECT_EQ(back[i].group->head, (*original)[i].group->head);
        EXPECT_EQ(back[i].group->signature, (*original)[i].group->signature);
        EXPECT_EQ(back[i].group->tree.path(back[i].index),
                  (*original)[i].group->tree.path((*original)[i].index));
    }
    for (const auto& file : files()) {
        EXPECT_EQ(content_of(file).find("an essay"), Bytes::npos);
        EXPECT_EQ(content_of(file).find("key-"), Bytes::npos);
    }
}

TEST_F(ArchiveTest, ADatabaseOlderThanTheJournalIsBroughtUpToDateFromTheArchive) {
    make_archiving_recorder();
    const std::string text(60'000, 'x');
    constexpr int count_all = 450; // over several segments
    for (int i = 0; i < count_all; ++i)
        accept(offer(static_cast<std::size_t>(i) % 2, static_cast<std::size_t>(i) % 5,
                     "k" + std::to_string(i), text + std::to_string(i)));
    record_all();
    const std::string before = state_of_rows();
    archive_all();
    accept(offer(0, 0, "one more", "x"));
    record_all(); // and with it the journal forgets
    ASSERT_GT(journal->first_seq(), 100u);
    installation.superuser().run("delete from submissions where idempotency_key = 'one more'");
    lose_the_database();
    record_all();
    EXPECT_EQ(count("submissions"), std::to_string(count_all + 1));
    installation.superuser().run("delete from submissions where idempotency_key = 'one more'");
    EXPECT_EQ(state_of_rows(), before);
    // The negative control: without the archive it cannot be done.
    installation.superuser().run("update control.recorder_cursors set seq = 0");
    recorder = make_recorder();
    EXPECT_EQ(recorder->step(installation.soon()).error().code, Code::not_found);
}

TEST_F(ArchiveTest, NothingIsForgottenThatIsNotArchivedHoweverOld) {
    archive = open();
    recorder = make_recorder({.keep = Duration::zero(), .archive = archive.get()});
    const std::string text(60'000, 'x');
    for (int i = 0; i < 400; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), text));
    record_all();
    EXPECT_EQ(journal->first_seq(), 1u);
    archive_all();
    record_all(); // nothing new: a journal that is full takes none
    EXPECT_GT(journal->first_seq(), 1u);
}

TEST_F(ArchiveTest, WhoIsErasedIsNoiseInTheArchiveAndComesBackFromNowhere) {
    make_archiving_recorder();
    const UserId gone = seats[0][0].user;
    std::uint64_t theirs = 0;
    for (int i = 0; i < 30; ++i) {
        const Offer o = offer(0, static_cast<std::size_t>(i) % 5, "k" + std::to_string(i), "text");
        theirs += o.user == gone;
        accept(o);
    }
    record_all();
    archive_all();
    ASSERT_GT(theirs, 0u);
    EXPECT_EQ(erase(0, gone), theirs);
    EXPECT_EQ(erase(0, gone), 0u);
    const std::string rest = std::to_string(30 - theirs);
    EXPECT_EQ(count("submissions"), rest);
    for (const journal::Entry& entry : read_archive(30))
        EXPECT_NE(decode_record(entry.record)->statement.user, gone);
    EXPECT_EQ(read_archive(30).size(), 30 - theirs);
    // As after a restored backup that has the rows and keys, and a recorder that goes on at once.
    ASSERT_TRUE(list.add({{tenants[0].scope.tenant(), gone, clock.now()}}));
    lose_the_database();
    recorder = make_recorder(
        {.archive = archive.get(),
         .on_cursor = [this](tenancy::Database& over, Deadline deadline) -> Result<void> {
             auto agreed = agree(list, store, over, directory_of_tenants, deadline);
             return agreed ? Result<void>() : Result<void>(std::move(agreed).error());
         }});
    record_all();
    EXPECT_EQ(count("submissions"), rest);
    EXPECT_EQ(store.of(tenants[0].scope.tenant(), {gone})->size(), 0u);
    // The tree over all of them holds as before.
    auto verified = verify_archive(**journal::view_directory(place.path()));
    ASSERT_TRUE(verified) << verified.error().text();
    EXPECT_EQ(verified->records, 30u);
    // What they send later is not kept either.
    accept(offer(0, 0, "after", "text"));
    record_all();
    EXPECT_EQ(count("submissions"), rest);
}

TEST_F(ArchiveTest, AnErasureThatAFailoverLostIsDoneAgainThoughNothingComes) {
    RecorderOptions options{
        .cursor_interval = 0s,
        .on_cursor = [this](tenancy::Database& over, Deadline deadline) -> Result<void> {
            auto agreed = agree(list, store, over, directory_of_tenants, deadline);
            return agreed ? Result<void>() : Result<void>(std::move(agreed).error());
        }};
    recorder = make_recorder(options);
    const UserId gone = seats[0][0].user;
    accept(offer(0, 0, "k", "text"));
    record_all();
    auto superuser = [&](const char* statement) { installation.superuser().run(statement); };
    superuser("create table kept as select * from submissions");
    ASSERT_TRUE(erase_person(list, store, *database, tenants[0].scope, gone, clock.now(),
                             installation.soon(),
                             [](tenancy::TenantTx&) { return Result<void>(); }));
    EXPECT_EQ(count("submissions"), "0");
    // The standby had the cursor, and not yet the erasure; no connection of ours noticed.
    superuser("delete from subject_keys");
    superuser("insert into submissions select * from kept");
    ASSERT_TRUE(recorder->step(installation.soon()));
    EXPECT_EQ(count("submissions"), "0");
    // Nor does a record that it lacks wait for the next one.
    accept(offer(0, 1, "k", "text"));
    record_all();
    superuser("delete from submissions");
    superuser("update control.recorder_cursors set seq = 1");
    record_all();
    EXPECT_EQ(count("submissions"), "1");
    // The negative control: later is too late for this test.
    options.cursor_interval = 1h;
    recorder = make_recorder(options);
    record_all();
    superuser("delete from subject_keys");
    superuser("insert into submissions select * from kept");
    ASSERT_TRUE(recorder->step(installation.soon()));
    EXPECT_EQ(count("submissions"), "2");
}

TEST_F(ArchiveTest, AnErasureWhileTheArchiverStoresTheKeyLeavesNone) {
    make_archiving_recorder();
    const TenantId tenant = tenants[0].scope.tenant();
    const UserId gone = seats[0][0].user;
    accept(offer(0, 0, "k", "text"));
    accept(offer(0, 1, "k", "text"));
    record_all();
    bool erased = false;
    const test::OwnFsync own([&](const std::filesystem::path& path) {
        // The archiver has seen the key; the erasure found none in the store to drop.
        if (path.string().starts_with(store_path().string()) && !std::exchange(erased, true))
            erase(0, gone);
        return true;
    });
    archive_all();
    ASSERT_TRUE(erased);
    EXPECT_TRUE(store.of(tenant, {gone})->empty());
    EXPECT_EQ(store.of(tenant, {gone, seats[0][1].user})->size(), 1u);
    EXPECT_EQ(read_archive(2).size(), 1u);
}

TEST_F(ArchiveTest, AnErasureTellsTheDatabaseBeforeTheStore) {
    make_archiving_recorder();
    const TenantId tenant = tenants[0].scope.tenant();
    const UserId gone = seats[0][0].user;
    accept(offer(0, 0, "k", "text"));
    record_all();
    archive_all();
    ASSERT_EQ(store.of(tenant, {gone})->size(), 1u);
    auto erase_noted = [&](Result<void> noted) {
        return erase_person(list, store, *database, tenants[0].scope, gone, clock.now(),
                            installation.soon(), [&](tenancy::TenantTx&) { return noted; });
    };
    EXPECT_FALSE(erase_noted(fail(Code::unavailable, "simulated")));
    EXPECT_EQ(list.all()->size(), 1u) << "the list is told first";
    EXPECT_EQ(store.of(tenant, {gone})->size(), 1u);
    EXPECT_EQ(agree_all(list).erased, 1u);
    EXPECT_TRUE(store.of(tenant, {gone})->empty());
    EXPECT_EQ(*erase_noted({}), 0u) << "again";
}

TEST_F(ArchiveTest, ARestoredBackupBringsNobodyBack) {
    make_archiving_recorder();
    const UserId gone = seats[0][0].user;
    accept(offer(0, 0, "k", "text"));
    accept(offer(1, 0, "k", "text"));
    record_all();
    archive_all();
    EXPECT_TRUE(list.all()->empty());
    ASSERT_TRUE(list.add({{tenants[0].scope.tenant(), gone, clock.now()}}));
    // The backup knows nothing of it: the rows are there, and the key.
    EXPECT_EQ(agree_all(list).erased, 1u);
    EXPECT_EQ(count("submissions"), "1");
    EXPECT_EQ(agree_all(list).erased, 0u);
    EXPECT_EQ(store.of(tenants[0].scope.tenant(), {gone})->size(), 0u);
    // Another node's list learns of it.
    const ErasureList other(place.path() / "other");
    EXPECT_EQ(agree_all(other).learned, 1u);
    EXPECT_EQ(other.all()->front().user, gone);
    std::ofstream(place.path() / "erasures", std::ios::app) << "no erasure\n";
    EXPECT_EQ(list.all().error().code, Code::corrupt);
}

TEST_F(ArchiveTest, KeysThatTheBackupLacksAreRestoredAndThoseThatAreNowhereAreMissed) {
    make_archiving_recorder();
    accept(offer(0, 0, "k", "text"));
    record_all();
    archive_all();
    const std::string key_before =
        installation.superuser().value("select encode(wrapped_key, 'hex') from subject_keys");
    lose_the_database();
    EXPECT_EQ(read_archive(1).size(), 1u);
    EXPECT_EQ(installation.superuser().value("select encode(wrapped_key, 'hex') from subject_keys"),
              key_before);
    // The negative control: with the store gone too nobody invents another key.
    lose_the_database();
    std::filesystem::remove_all(place.path() / "keys");
    auto next =
        archive->read(journal->status().epoch, 0, 5, 1 << 20, *database, installation.soon());
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, Code::corrupt);
    EXPECT_EQ(count("subject_keys"), "0");
}

TEST_F(ArchiveTest, WhatWasSealedUnderAnotherKeyThanTheDatabasesStillOpens) {
    make_archiving_recorder();
    accept(offer(0, 0, "k", "text"));
    record_all();
    archive_all();
    lose_the_database();
    // Something else made the person a key meanwhile.
    ASSERT_TRUE(database->run(tenants[0].scope, installation.soon(), [&](tenancy::TenantTx& tx) {
        return persons.of(tx, seats[0][0].user, clock.now(), rng);
    }));
    EXPECT_EQ(read_archive(1).size(), 1u);
}

TEST_F(ArchiveTest, AFullDiskKeepsNoDraftsAndAnOpeningRemovesThem) {
    auto disk = journal::SimulatedDisk::make();
    disk->put("0000-of-an-earlier-version.archive.tmp", "draft");
    archive = open(disk->mount());
    const std::vector<std::string> before = disk->names();
    EXPECT_EQ(before, std::vector<std::string>{"bellwether-archive"});
    recorder = make_recorder({.archive = archive.get()});
    Archiver archiver(*journal, *archive, installation.database(),
                      [this] { return recorder->settled_seq(); }, clock,
                      {.file_age = Duration::zero()});
    disk->capacity = 10;
    for (int i = 0; i < 3; ++i) { // each time more of them, so another file
        accept(offer(0, 0, "k" + std::to_string(i), "text"));
        record_all();
        EXPECT_EQ(archiver.step().error().code, Code::storage_full);
        EXPECT_EQ(disk->names(), before);
    }
    disk->capacity = UINT64_MAX;
    ASSERT_TRUE(archiver.step());
    EXPECT_EQ(archive->archived_seq(journal->status().epoch), 3u);
}

TEST_F(ArchiveTest, WhatAnOpeningCountsSurvivesAPowerCut) {
    auto disk = journal::SimulatedDisk::make();
    archive = open(disk->mount());
    recorder = make_recorder({.archive = archive.get()});
    accept(offer(0, 0, "k", "text"));
    record_all();
    archive_all();
    const std::uint64_t epoch = journal->status().epoch;
    std::string name; // the other one is the marker
    for (const std::string& found : disk->names())
        if (found.ends_with(".archive"))
            name = found;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRng chance(seed);
        auto copy = disk->copy();
        {
            auto killed = copy->mount(); // before it synced the directory
            ASSERT_TRUE(killed->rename(name, "next.tmp"));
            ASSERT_TRUE(killed->sync());
            ASSERT_TRUE(killed->rename("next.tmp", name));
        }
        archive = open(copy->mount());
        ASSERT_EQ(archive->archived_seq(epoch), 1u);
        copy->lose_power(chance);
        archive = open(copy->mount());
        ASSERT_EQ(archive->archived_seq(epoch), 1u) << seed;
    }
}

TEST_F(ArchiveTest, NothingIsSealedUnderAKeyThatIsNotDurableInTheStore) {
    make_archiving_recorder();
    accept(offer(0, 0, "k", "text"));
    record_all();
    bool fails = true;
    const test::OwnFsync own(
        [&](const std::filesystem::path& path) { return !fails || path != place.path() / "keys"; });
    Archiver archiver(*journal, *archive, installation.database(),
                      [this] { return recorder->settled_seq(); }, clock,
                      {.file_age = Duration::zero()});
    EXPECT_FALSE(archiver.step());
    EXPECT_FALSE(archiver.step()) << "the store has the key by now, the disk may not";
    EXPECT_TRUE(files().empty());
    fails = false;
    ASSERT_TRUE(archiver.step());
    EXPECT_EQ(files().size(), 1u);
}

TEST(KeyStore, ItsDirectoryIsDurableBeforeAKeyCounts) {
    const test::TemporaryDirectory home;
    const KeyStore store(home.path() / "keys");
    SystemRng rng;
    const auto tenant = TenantId::make(Instant{0}, rng);
    const KeyStore::Wrapped key{{UserId::make(Instant{0}, rng), "wrapped"}};
    EXPECT_TRUE(store.sync(tenant)) << "there is none";
    bool fails = true;
    const test::OwnFsync own(
        [&](const std::filesystem::path& path) { return !fails || path != home.path(); });
    EXPECT_FALSE(store.add(tenant, key));
    EXPECT_FALSE(store.sync(tenant));
    fails = false;
    EXPECT_TRUE(store.sync(tenant));
}

TEST_F(ArchiveTest, AnEarlierJournalIsRecordedFromTheArchiveAlone) {
    make_archiving_recorder();
    for (int i = 0; i < 12; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), "text"));
    record_all();
    archive_all();
    const std::uint64_t earlier = journal->status().epoch;
    const std::string before = state_of_rows();
    test::TemporaryDirectory elsewhere;
    recorder.reset();
    auto next = *journal::Journal::open(
        {.directory = elsewhere.path()}, [this](ByteView b) { return key.sign(b); }, clock, rng);
    installation.superuser().run("delete from submissions");
    installation.superuser().run("delete from subject_keys");
    installation.superuser().run("update control.recorder_cursors set seq = 5");
    Recorder past(*next, installation.database(), directory_of_tenants, key.kid(), clock,
                  {.archive = archive.get(), .archived_epoch = earlier});
    while (*past.step(installation.soon()) > 0) {
    }
    EXPECT_EQ(past.status().recorded_seq, 12u);
    EXPECT_EQ(count("submissions"), "7");
    installation.superuser().run("update control.recorder_cursors set seq = 0");
    Recorder all(*next, installation.database(), directory_of_tenants, key.kid(), clock,
                 {.archive = archive.get(), .archived_epoch = earlier});
    while (*all.step(installation.soon()) > 0) {
    }
    EXPECT_EQ(state_of_rows(), before);
}

TEST_F(ArchiveTest, APauseInArchivingIsAGapThatIsNamedAndNothingElseIsMissed) {
    make_archiving_recorder();
    accept(offer(0, 0, "archived", "x"));
    record_all();
    archive_all();
    recorder = make_recorder({.keep = Duration::zero()}); // without the archive
    const std::string text(60'000, 'x');
    for (int i = 0; i < 400; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), text));
    record_all();
    ASSERT_GT(journal->first_seq(), 2u);
    make_archiving_recorder();
    // Until it is named, a database that is older than it is not gone on with.
    installation.superuser().run("update control.recorder_cursors set seq = 0");
    auto older = make_recorder({.archive = archive.get()})->check_next(installation.soon());
    ASSERT_FALSE(older);
    EXPECT_TRUE(older.error().detail.starts_with("record 2 is gone")) << older.error().text();
    installation.superuser().run("update control.recorder_cursors set seq = 401");
    record_all();
    archive_all();
    archive.reset();
    archive = open();
    EXPECT_EQ(archive->archived_seq(journal->status().epoch), 401u);
    auto missed =
        archive->read(journal->status().epoch, 1, 5, 1 << 20, *database, installation.soon());
    ASSERT_FALSE(missed);
    EXPECT_EQ(missed.error().code, Code::not_found);

    // A database older than that lacks those alone, says so, and holds up nothing.
    const std::string row = std::to_string(*archive->gap_end(journal->status().epoch, 2));
    lose_the_database();
    EXPECT_TRUE(recorder->check_next(installation.soon()));
    record_all();
    EXPECT_EQ(count("submissions"), std::to_string(1 + 401 - std::stoul(row)));
    EXPECT_EQ(
        installation.superuser().value(
            "select string_agg(seq || ' ' || sqlstate, ', ') from control.recorder_set_aside"),
        row + " BWGAP");
    EXPECT_EQ(recorder->status().set_aside, 1u);
    EXPECT_EQ(recorder->settled_seq(), 401u);
    recorder = make_recorder({.archive = archive.get()});
    ASSERT_TRUE(recorder->cursor(installation.soon()));
    EXPECT_EQ(recorder->settled_seq(), 401u) << "nor after a restart";
}

TEST_F(ArchiveTest, AFileIsReadOnceAndItsEndInNoSmallerPiecesThanItsBegin) {
    auto disk = journal::SimulatedDisk::make();
    archive = open(disk->mount());
    recorder = make_recorder({.archive = archive.get()});
    for (int i = 0; i < 40; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), Bytes(1000, 'x')));
    record_all();
    Archiver archiver(*journal, *archive, installation.database(),
                      [this] { return recorder->settled_seq(); }, clock,
                      {.file_age = Duration::zero()});
    ASSERT_TRUE(archiver.step());
    std::vector<std::uint64_t> pieces;
    for (std::uint64_t at = 0; at < 40;) {
        auto next =
            archive->read(journal->status().epoch, at, 100, 7000, *database, installation.soon());
        ASSERT_TRUE(next) << next.error().text();
        pieces.push_back(next->to - at);
        at = next->to;
        disk->fail_next_read = at < 40;
    }
    EXPECT_EQ(pieces, (std::vector<std::uint64_t>{6, 6, 6, 6, 6, 6, 4}));
}

TEST_F(ArchiveTest, OneThatIsNotMountedIsNotBegunAnew) {
    make_archiving_recorder(); // the first use: there are no keys
    accept(offer(0, 0, "k", "text"));
    record_all();
    archive_all();
    auto opens = [&](const std::shared_ptr<journal::SimulatedDisk>& disk) {
        auto opened = Archive::open(
            disk->mount(), directory_of_tenants, keys(), [this](ByteView b) { return key.sign(b); },
            clock, rng);
        EXPECT_TRUE(opened || opened.error().code == Code::not_found);
        return opened.has_value();
    };
    auto empty = journal::SimulatedDisk::make();
    EXPECT_FALSE(opens(empty));
    EXPECT_TRUE(empty->names().empty());
    empty->put("bellwether-archive", "");
    EXPECT_TRUE(opens(empty)) << "an operator says that it is to begin";
    auto unmarked = journal::SimulatedDisk::make(); // of an earlier version, or a copy
    unmarked->put(files().front().filename().string(), content_of(files().front()));
    EXPECT_TRUE(opens(unmarked));
    EXPECT_EQ(unmarked->names().size(), 2u);
}

TEST_F(ArchiveTest, AnArchiveWithNothingOfAJournalSaysSoAgainAndAgain) {
    archive = open();
    for (int i = 0; i < 2; ++i) {
        auto none = archive->read(7, 0, 5, 1 << 20, *database, installation.soon());
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().code, Code::not_found);
        EXPECT_EQ(archive->archived_seq(7), 0u);
    }
}

TEST_F(ArchiveTest, ARecorderInTheMiddleOfABatchLeavesNothingOfWhoIsErased) {
    make_archiving_recorder();
    const UserId gone = seats[0][0].user;
    accept(offer(0, 0, "k", "text"));
    record_all();
    // What a recorder does that saw the key before it went, and has not committed yet.
    test::Session batch(installation.superuser_conninfo());
    batch.run("begin; create temporary table more on commit drop as select * from submissions; "
              "update more set submission_id = gen_random_uuid(); "
              "insert into submissions select * from more");
    std::atomic<bool> done = false;
    std::jthread erasing([&] {
        erase(0, gone);
        done = true;
    });
    const Deadline deadline = Deadline::in(clock, 20s);
    auto waits = [&] {
        return installation.superuser().value("select count(*) from pg_stat_activity where "
                                              "datname = current_database() and "
                                              "wait_event_type = 'Lock'") != "0";
    };
    while (!done && !waits() && !deadline.expired(clock))
        std::this_thread::yield();
    EXPECT_FALSE(done) << "the erasure did not wait";
    batch.run("commit");
    erasing.join();
    EXPECT_EQ(count("submissions"), "0");
}

TEST_F(ArchiveTest, AnyFlippedBitIsFound) {
    make_archiving_recorder();
    for (int i = 0; i < 3; ++i)
        accept(offer(0, 0, "k" + std::to_string(i), "text"));
    record_all();
    archive_all();
    const std::filesystem::path file = files().front();
    const Bytes whole = content_of(file);
    EXPECT_TRUE(parse_archive(whole, "whole"));
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Bytes damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        ASSERT_FALSE(parse_archive(damaged, "damaged")) << at;
        ASSERT_FALSE(parse_archive(ByteView(whole).substr(0, at), "cut")) << at;
    }
}

TEST_F(ArchiveTest, AMissingFileIsNamed) {
    make_archiving_recorder();
    for (int i = 0; i < 3; ++i) {
        accept(offer(0, 0, "k" + std::to_string(i), "text"));
        record_all();
        archive_all();
    }
    ASSERT_EQ(files().size(), 3u);
    archive.reset();
    std::filesystem::remove(files()[1]);
    auto opened = Archive::open(
        *journal::open_directory(place.path()), directory_of_tenants, keys(),
        [this](ByteView b) { return key.sign(b); }, clock, rng);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt);
}

} // namespace
} // namespace bw::submissions
