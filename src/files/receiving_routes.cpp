#include "files/receiving_routes.hpp"

#include <algorithm>

#include "files/completing.hpp"
#include "telemetry/log.hpp"

namespace bw::files {

namespace {

/// A fast upload gives its thread back after so much, so that others have their turn.
constexpr std::size_t turn_bytes = 8 * 1024 * 1024;
constexpr Duration turn_patience = 30s;

} // namespace

Result<void> ActiveUploads::add(const ActiveKey& key, const std::shared_ptr<Receiving>& receiving) {
    std::lock_guard lock(mutex_);
    CHECK_OK(room_for(key));
    active_.insert_or_assign(key, receiving);
    return {};
}

Result<void> ActiveUploads::check_room(const ActiveKey& key) const {
    std::lock_guard lock(mutex_);
    return room_for(key);
}

Result<void> ActiveUploads::room_for(const ActiveKey& key) const {
    if (active_.contains(key)) // it takes its own place
        return {};
    const auto& [tenant, user, upload] = key;
    std::size_t own = 0, institutions = 0;
    for (auto at = active_.lower_bound({tenant, UserId{}, UploadId{}});
         at != active_.end() && std::get<0>(at->first) == tenant; ++at) {
        ++institutions;
        own += std::get<1>(at->first) == user;
    }
    const std::size_t free = limit_ - std::min(limit_, active_.size());
    if (free == 0 || institutions >= share * free)
        return fail(Code::overloaded, "too many uploads come at once");
    if (own >= person_limit)
        return fail(Code::quota_exceeded,
                    "8 uploads of yours come at once; go on when one of them is done");
    return {};
}

void ActiveUploads::remove(const ActiveKey& key, const Receiving* receiving) {
    std::lock_guard lock(mutex_);
    const auto found = active_.find(key);
    if (found == active_.end())
        return;
    const auto there = found->second.lock();
    if (!there || there.get() == receiving) // another one may have taken its place
        active_.erase(found);
}

std::shared_ptr<Receiving> ActiveUploads::find(const ActiveKey& key) const {
    std::lock_guard lock(mutex_);
    const auto found = active_.find(key);
    return found == active_.end() ? nullptr : found->second.lock();
}

Receiving::Receiving(const RouteParts& parts, ActiveUploads& active, tenancy::TenantScope scope,
                     const Upload& upload, std::optional<Checksum> checksum, std::string request_id,
                     net::Responder respond, Answer answer)
    : parts_(parts), active_(active), scope_(scope), owner_(upload.owner), upload_(upload.id),
      flow_(respond.body()), answer_(std::move(answer)), request_id_(std::move(request_id)),
      writer_(parts.parts, scope, upload, std::move(checksum)), respond_(std::move(respond)) {}

void Receiving::piece(std::string bytes) {
    std::unique_lock lock(mutex_);
    if (over_)
        return;
    pieces_.push_back(std::move(bytes));
    if (std::exchange(working_, true))
        return;
    lock.unlock();
    submit();
}

void Receiving::ended(net::BodyEnd how) {
    std::unique_lock lock(mutex_);
    if (over_ || end_)
        return;
    end_ = how == net::BodyEnd::whole ? Writer::End::whole : Writer::End::cut;
    if (std::exchange(working_, true))
        return;
    lock.unlock();
    submit();
}

void Receiving::give_up(tenancy::Database& database) {
    {
        std::lock_guard lock(mutex_);
        given_up_ = true;
        if (!end_)
            end_ = Writer::End::cut;
        if (over_ || std::exchange(working_, true))
            return; // who is at it sees it soon, or hears of the fence
    }
    work(&database);
}

void Receiving::submit() {
    parts_.lane.submit(scope_.tenant(), Deadline::in(parts_.parts.clock, turn_patience),
                       [self = shared_from_this()](Result<tenancy::Database*> turn) {
                           self->work(std::move(turn));
                       });
}

void Receiving::work(Result<tenancy::Database*> turn) {
    if (!turn) { // no turn in time: what was noted stands, and the client goes on from there
        std::unique_lock lock(mutex_);
        over_ = true;
        pieces_.clear();
        lock.unlock();
        active_.remove(key(), this);
        return answer(std::move(turn).error());
    }
    switch (write_some(**turn)) {
    case Next::again:
        return submit();
    case Next::wait:
    case Next::over:
        return;
    }
}

Receiving::Next Receiving::write_some(tenancy::Database& database) {
    for (std::size_t written = 0;;) {
        std::unique_lock lock(mutex_);
        if (pieces_.empty() && !end_) {
            working_ = false;
            return Next::wait;
        }
        if (pieces_.empty()) {
            over_ = true;
            const Writer::End how = *end_;
            lock.unlock();
            conclude({}, how, database);
            return Next::over;
        }
        if (written >= turn_bytes)
            return Next::again;
        const std::string bytes = std::move(pieces_.front());
        pieces_.pop_front();
        lock.unlock();
        if (auto taken = writer_.take(bytes, database); !taken) {
            lock.lock();
            over_ = true;
            pieces_.clear();
            lock.unlock();
            conclude(std::move(taken), Writer::End::cut, database);
            return Next::over;
        }
        written += bytes.size();
        flow_.taken(bytes.size());
    }
}

void Receiving::conclude(Result<void> outcome, Writer::End how, tenancy::Database& database) {
    Result<Upload> upload = concluded(how, database);
    active_.remove(key(), this);
    if (!outcome)
        return answer(std::move(outcome).error());
    bool given_up = false;
    {
        std::lock_guard lock(mutex_);
        given_up = given_up_;
    }
    if (given_up)
        return answer(fail(Code::conflict, "a newer request goes on with this upload"));
    if (upload && how == Writer::End::cut) // nobody hears it
        return answer(fail(Code::request_timeout, "the body ended early"));
    if (!upload)
        return answer(std::move(upload).error());
    answer(answer_(*upload));
}

Result<Upload> Receiving::concluded(Writer::End how, tenancy::Database& database) {
    Upload upload = TRY(writer_.end(how, database));
    if (upload.received < upload.size)
        return upload;
    return complete(parts_.parts, database, scope_, upload, writer_.sha256());
}

void Receiving::answer(Result<net::Response> outcome) {
    net::Responder respond = *std::exchange(respond_, std::nullopt);
    if (outcome)
        return respond(*std::move(outcome));
    if (auto response = mismatch(outcome.error(), request_id_))
        return respond(*std::move(response));
    respond(std::move(outcome).error());
}

std::optional<net::Response> mismatch(const Error& error, std::string_view request_id) {
    if (error.code != Code::invalid_field)
        return std::nullopt;
    return net::problem_as(460, "The checksum does not match", error, request_id);
}

} // namespace bw::files
