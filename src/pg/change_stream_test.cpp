// The change stream against a real server: what is committed comes once and in order, what is not
// does not; the snapshot and the stream meet without a gap; slots that are gone, lost or taken say
// so.
#include "pg/change_stream.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "pg/connection.hpp"
#include "pg/private_cluster.hpp"
#include "support/cluster.hpp"

namespace bw::pg {
namespace {

using namespace pgoutput;

class ChangeStreamTest : public testing::Test {
protected:
    void SetUp() override {
        sql("create table t (id bigint primary key, note text not null default '', big text); "
            "alter table t alter big set storage external; create publication p for table t (id, "
            "big)");
        slot_ = "s_" + database_.name();
    }
    void TearDown() override {
        stream_.reset(); // a slot that is read would keep the database from being dropped
        if (auto stream = ChangeStream::open(options(), clock_, soon()))
            (void)(*stream)->drop_slot(slot_, soon());
    }
    StreamServer options() const { return {.conninfo = database_.superuser_conninfo()}; }
    Deadline soon() const { return Deadline::in(clock_, 10s); }
    void sql(const std::string& text) {
        if (!writer_)
            writer_ = Connection::open({.conninfo = database_.superuser_conninfo()}, clock_, soon())
                          .value();
        auto done = writer_->script(text, soon());
        ASSERT_TRUE(done) << text << ": " << writer_->last_error().message;
    }
    std::unique_ptr<ChangeStream> open() {
        return ChangeStream::open(options(), clock_, soon()).value();
    }
    void begin(Lsn from) {
        stream_.reset();
        const Deadline until =
            soon(); // the server may still hold the slot for the connection before
        Result<void> done = fail(Code::conflict, "");
        while (!done && done.error().code == Code::conflict && !until.expired(clock_)) {
            stream_ = open();
            done = stream_->start(slot_, "p", from, soon());
        }
        ASSERT_TRUE(done) << done.error().text();
    }
    static std::string values(const Row& row) {
        std::string out;
        for (const Field& field : row)
            out += field.kind == Field::Kind::null        ? "~ "
                   : field.kind == Field::Kind::unchanged ? "= "
                   : field.bytes.size() > 8
                       ? "# "
                       : to_hex(field.bytes).substr(14 < 2 * field.bytes.size() ? 14 : 0) + " ";
        return out;
    }
    /// What comes until `commits` transactions are over, a word for each message.
    std::string heard(int commits) {
        std::string out;
        const Deadline until = soon();
        while (commits > 0) {
            auto frame = stream_->next(until);
            EXPECT_TRUE(frame && *frame) << (frame ? "nothing came" : frame.error().text());
            if (!frame || !*frame)
                return out;
            const auto* data = std::get_if<Data>(&**frame);
            if (data == nullptr)
                continue;
            Message message;
            EXPECT_TRUE(read(data->message, message));
            if (const auto* commit = std::get_if<Commit>(&message)) {
                end_ = commit->end_lsn;
                --commits;
                out += "commit ";
            } else if (const auto* relation = std::get_if<Relation>(&message)) {
                out += "relation " + relation->name + "/" +
                       std::to_string(relation->columns.size()) + " ";
            } else if (const auto* insert = std::get_if<Insert>(&message)) {
                out += "+ " + values(insert->row);
            } else if (const auto* update = std::get_if<Update>(&message)) {
                out +=
                    "* " + (update->old ? "was " + values(*update->old) : "") + values(update->row);
            } else if (const auto* removed = std::get_if<Delete>(&message)) {
                out += "- " + values(removed->old);
            } else if (std::holds_alternative<Truncate>(message)) {
                out += "truncate ";
            }
        }
        return out;
    }

    SystemClock clock_;
    test::TestDatabase database_ = test::TestCluster::get().make_database();
    std::unique_ptr<Connection> writer_;
    std::unique_ptr<ChangeStream> stream_;
    std::string slot_;
    Lsn end_;
};

constexpr Statement now_there{"cs_now_there", 1, "select count(*) from t where id < $1::bigint"};

TEST_F(ChangeStreamTest, SnapshotAndStreamMeetWithoutAGap) {
    sql("insert into t (id) values (1), (2)");
    auto maker = open();
    auto made = maker->create_slot(slot_, soon());
    ASSERT_TRUE(made) << made.error().text();
    sql("insert into t (id) values (3)");
    auto reader = SnapshotReader::open(options(), clock_, soon());
    ASSERT_TRUE(reader) << reader.error().text();
    ASSERT_TRUE((*reader)->begin(made->snapshot, soon()));
    sql("insert into t (id) values (4)");
    std::string seen;
    const std::string_view columns[] = {"id"};
    auto rows = (*reader)->copy("public", "t", columns, 10s, [&](const Row& row) -> Result<void> {
        seen += values(row);
        return {};
    });
    ASSERT_TRUE(rows) << rows.error().text();
    EXPECT_EQ(*rows, 2);
    EXPECT_EQ(seen, "01 02 ");
    EXPECT_EQ((*reader)->run(now_there, {"100"}, soon()).value().int8(0, 0), 2);
    const std::string_view both[] = {"id", "note"};
    EXPECT_EQ((*reader)->types("public", "t", both, soon()).value(),
              (std::vector<std::uint32_t>{20, 25}));
    reader->reset();
    begin(made->consistent);
    EXPECT_EQ(heard(2), "relation t/2 + 03 ~ commit + 04 ~ commit ");
}

TEST_F(ChangeStreamTest, TellsEveryKindOfChange) {
    const Lsn from = open()->create_slot(slot_, soon()).value().consistent;
    sql("insert into t (id, big) values (1, repeat('x', 100000))");
    sql("update t set note = 'n' where id = 1");
    sql("begin; insert into t (id) values (7); rollback");
    sql("update t set id = 2, big = 'y' where id = 1");
    sql("delete from t where id = 2");
    sql("truncate t");
    sql("alter table t add column extra bigint; insert into t (id) values (5)");
    begin(from);
    EXPECT_EQ(heard(6), "relation t/2 + 01 # commit * 01 = commit * was 01 ~ 02 79 commit - 02 ~ "
                        "commit relation t/2 truncate commit "
                        "relation t/2 + 05 ~ commit ")
        << "a column outside the list stays unsaid";
}

TEST_F(ChangeStreamTest, WhatIsNotConfirmedComesAgain) {
    const Lsn from = open()->create_slot(slot_, soon()).value().consistent;
    sql("insert into t (id) values (1)");
    sql("insert into t (id) values (2)");
    begin(from);
    EXPECT_EQ(heard(1), "relation t/2 + 01 ~ commit ");
    const Lsn first = end_;
    EXPECT_EQ(heard(1), "+ 02 ~ commit ");
    begin(from); // the first connection ends with this; what it read was not confirmed
    EXPECT_EQ(heard(2), "relation t/2 + 01 ~ commit + 02 ~ commit ");
    begin(first); // our own position is later than the slot's
    EXPECT_EQ(heard(1), "relation t/2 + 02 ~ commit ");
    ASSERT_TRUE(stream_->confirm(end_));
    sql("insert into t (id) values (3)");
    EXPECT_EQ(heard(1), "+ 03 ~ commit ");
    begin(from); // the slot's is later than ours
    EXPECT_EQ(heard(1), "relation t/2 + 03 ~ commit ");
    EXPECT_GT(open()->slot(slot_, soon()).value()->confirmed, first);
}

TEST_F(ChangeStreamTest, AnIdleServerSaysHowFarItIs) {
    const Lsn from = open()->create_slot(slot_, soon()).value().consistent;
    begin(from);
    sql("create table other (id bigint); insert into other values (1)"); // log that is not for us
    Lsn far;
    const Deadline until = soon();
    while (far <= from && !until.expired(clock_)) {
        ASSERT_TRUE(stream_->confirm(from, true));
        auto frame = stream_->next(Deadline::in(clock_, 1s));
        ASSERT_TRUE(frame) << frame.error().text();
        if (*frame)
            if (const auto* keepalive = std::get_if<Keepalive>(&**frame))
                far = keepalive->end;
    }
    EXPECT_GT(far, from);
    auto nothing = stream_->next(Deadline::in(clock_, 1ms));
    ASSERT_TRUE(nothing);
}

TEST_F(ChangeStreamTest, SlotsThatAreAbsentOrTakenSaySo) {
    auto stream = open();
    auto identity = stream->identify(soon());
    ASSERT_TRUE(identity);
    EXPECT_GE(identity->system.size(), 15U);
    EXPECT_EQ(identity->timeline, 1U);
    EXPECT_GT(identity->flushed, Lsn{});
    EXPECT_FALSE(stream->slot(slot_, soon()).value());
    EXPECT_EQ(stream->start(slot_, "p", {}, soon()).error().code, Code::not_found);
    ASSERT_TRUE(stream->create_slot(slot_, soon()));
    EXPECT_EQ(stream->create_slot(slot_, soon()).error().code, Code::conflict);
    begin({});
    EXPECT_TRUE(stream->slot(slot_, soon()).value()->active);
    EXPECT_EQ(stream->start(slot_, "p", {}, soon()).error().code, Code::conflict);
    stream_.reset();
    ASSERT_TRUE(stream->drop_slot(slot_, soon()));
    ASSERT_TRUE(stream->drop_slot(slot_, soon())) << "what is not there is fine";
    EXPECT_FALSE(stream->slot(slot_, soon()).value());
    EXPECT_FALSE(SnapshotReader::open(options(), clock_, soon())
                     .value()
                     ->begin("00000003-0000001B-1", soon()))
        << "a snapshot that is over";
}

TEST_F(ChangeStreamTest, TheProbeTellsInstantAndPositionTogether) {
    LogProbe probe(options(), {}, clock_);
    auto before = probe.sample(soon());
    ASSERT_TRUE(before) << before.error().text();
    EXPECT_LT(before->at - clock_.now(), 2s);
    EXPECT_GT(before->at - clock_.now(), -2s);
    EXPECT_FALSE(before->standbys_flushed) << "nobody follows";
    sql("insert into t (id) values (1)");
    sql("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = "
        "current_database() and pid <> pg_backend_pid()");
    EXPECT_FALSE(probe.sample(soon())) << "its connection was ended";
    auto after = probe.sample(soon());
    ASSERT_TRUE(after) << "it opens another";
    EXPECT_GE(after->flushed, before->flushed);
}

/// The position of a standby that is away is what its slot remembers; one that copies the cluster
/// once is no standby.
TEST_F(ChangeStreamTest, StandbysThatAreNamedCountConnectedOrNot) {
    const std::string standby = slot_ + "_standby", copying = slot_ + "_copying";
    const auto flushed = [&](std::vector<std::string> names) {
        return LogProbe(options(), std::move(names), clock_).sample(soon()).value();
    };
    sql("select pg_create_physical_replication_slot('" + copying + "', true, true)");
    EXPECT_FALSE(flushed({}).standbys_flushed) << "a slot as pg_basebackup makes it, and connected";
    sql("select pg_create_physical_replication_slot('" + standby + "', true)");
    sql("insert into t (id) values (1)");
    EXPECT_FALSE(flushed({}).standbys_flushed) << "none is connected";
    const LogSample behind = flushed({standby});
    ASSERT_TRUE(behind.standbys_flushed);
    EXPECT_GT(*behind.standbys_flushed, Lsn{});
    EXPECT_LT(*behind.standbys_flushed, behind.flushed);
    EXPECT_EQ(flushed({standby, "nobody"}).standbys_flushed, Lsn{}) << "one is not there";
    sql("select pg_drop_replication_slot('" + standby + "'); select pg_drop_replication_slot('" +
        copying + "')");
}

TEST_F(ChangeStreamTest, SlotsAreListedByTheBeginningOfTheirNames) {
    auto stream = open();
    ASSERT_TRUE(stream->create_slot(slot_, soon()));
    const auto listed = open()->slots(slot_.substr(0, slot_.size() - 1), soon()).value();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].first, slot_);
    EXPECT_FALSE(listed[0].second.active);
    EXPECT_TRUE(open()->slots("nobody", soon()).value().empty());
}

TEST_F(ChangeStreamTest, AServerThatGoesAwayIsUnavailable) {
    ASSERT_TRUE(open()->create_slot(slot_, soon()));
    begin({});
    sql("select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = "
        "'" +
        slot_ + "'");
    Result<std::optional<Frame>> frame = std::nullopt;
    while (frame)
        frame = stream_->next(soon());
    EXPECT_EQ(frame.error().code, Code::unavailable);
    EXPECT_EQ(stream_->next(soon()).error().code, Code::unavailable);
    EXPECT_FALSE(stream_->confirm({}));
}

} // namespace
} // namespace bw::pg
