// By pgoutput over a replication slot of the store's own.
#include <utility>

#include "reporting/change_source.hpp"
#include "reporting/primary_tables.hpp"
#include "reporting/projector.hpp"

namespace bw::reporting {

namespace {

constexpr Duration command_timeout = 10s;
constexpr Duration slot_timeout =
    10min; // a slot begins when the transactions that run then have ended

/// Why there is no slot to be had on this server; the reason of `error` if there should be.
Error without_slots(Error error, pg::LogProbe& probe, const Clock& clock) {
    const auto fault = probe.why_no_slots(stream_role, Deadline::in(clock, command_timeout));
    if (!fault || !*fault)
        return error;
    return fail(Code::precondition_failed,
                **fault + ": where that cannot be changed, reports follow by the outbox "
                          "('bellwether reports outbox on', then --report-source outbox)");
}

class SlotSource : public ChangeSource {
public:
    SlotSource(const ProjectorOptions& options, pg::LogProbe& probe, const Clock& clock,
               std::unique_ptr<pg::ChangeStream> stream)
        : options_(options), probe_(probe), clock_(clock), stream_(std::move(stream)) {}

    Result<pg::LogIdentity> identify() override {
        identity_ = TRY(stream_->identify(soon()));
        slot_ = TRY(stream_->slot(options_.slot, soon()));
        if (slot_ && slot_->active)
            return fail(Code::conflict,
                        "another process reads the replication slot " + options_.slot);
        return identity_;
    }
    Held held() const override {
        return slot_ ? Held{slot_->bytes_behind, slot_->bytes_left} : Held{};
    }
    Result<std::string> mark() override { return published_mark(probe_, soon()); }
    Result<std::optional<std::string>> why_anew(const Watermark& at) override {
        if (!at.seen.empty())
            return "the store followed by the outbox before";
        if (!slot_)
            return "the replication slot is gone";
        if (slot_->lost)
            return "the replication slot was lost: the store was away for longer than the primary "
                   "keeps its log";
        if (slot_->confirmed > at.lsn)
            return "the replication slot is further than the store";
        return std::nullopt;
    }

    Result<Watermark> begin_snapshot(const pg::LogIdentity& identity,
                                     const std::stop_token&) override {
        CHECK_OK(stream_->drop_slot(options_.slot, soon()));
        const Instant as_of =
            TRY(probe_.sample(soon())).at; // what was committed by then is in the snapshot
        const auto slot = stream_->create_slot(options_.slot, Deadline::in(clock_, slot_timeout));
        if (!slot)
            return without_slots(slot.error(), probe_, clock_);
        reader_ = TRY(pg::SnapshotReader::open(options_.reader, clock_, soon()));
        CHECK_OK(reader_->begin(slot->snapshot, soon()));
        return Watermark{identity.system, identity.timeline, slot->consistent, as_of};
    }
    pg::SnapshotReader& reader() override { return *reader_; }
    Result<void> end_snapshot() override {
        reader_.reset();
        TRY(stream_->identify(soon())); // any command ends the exported snapshot
        return {};
    }

    Result<void> start(const Watermark& from) override {
        identity_ = {from.system, from.timeline, from.lsn};
        return stream_->start(options_.slot, publication, from.lsn, soon());
    }
    Result<bool> read(Deadline until, const std::stop_token&, Listener& listener) override {
        const auto frame = TRY(stream_->next(until));
        if (!frame)
            return true;
        if (const auto* keepalive = std::get_if<pg::pgoutput::Keepalive>(&*frame)) {
            listener.nothing_until(keepalive->end);
            return true;
        }
        CHECK_OK(pg::pgoutput::read(std::get<pg::pgoutput::Data>(*frame).message, message_));
        if (const auto* begin = std::get_if<pg::pgoutput::Begin>(&message_))
            CHECK_OK(listener.begins(begin->final_lsn));
        else if (const auto* commit = std::get_if<pg::pgoutput::Commit>(&message_))
            listener.whole(
                {identity_.system, identity_.timeline, commit->end_lsn, commit->commit_at});
        else
            CHECK_OK(listener.change(message_));
        return false;
    }
    bool tells_in_batches() const override { return false; }
    Result<void> confirm(const Watermark& at, bool ask) override {
        return stream_->confirm(at.lsn, ask);
    }

private:
    Deadline soon() const { return Deadline::in(clock_, command_timeout); }

    const ProjectorOptions& options_;
    pg::LogProbe& probe_;
    const Clock& clock_;
    const std::unique_ptr<pg::ChangeStream> stream_;
    std::optional<pg::SlotState> slot_;
    pg::LogIdentity identity_;
    std::unique_ptr<pg::SnapshotReader> reader_;
    pg::pgoutput::Message message_;
};

} // namespace

Result<std::unique_ptr<ChangeSource>> open_slot_source(const ProjectorOptions& options,
                                                       pg::LogProbe& probe, const Clock& clock) {
    auto stream =
        pg::ChangeStream::open(options.stream, clock, Deadline::in(clock, command_timeout));
    if (!stream)
        return without_slots(stream.error(), probe, clock);
    return std::unique_ptr<ChangeSource>(
        std::make_unique<SlotSource>(options, probe, clock, *std::move(stream)));
}

} // namespace bw::reporting
