// Receiving: a request's bytes between its connection, which must not block, and a Writer, which
// does. A turn on the lane writes what has come; a slow client holds no thread between its turns.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "files/routes.hpp"

namespace bw::files {

/// Whose upload: nobody interrupts somebody else's.
using ActiveKey = std::tuple<TenantId, UserId, UploadId>;

class Receiving;

/// The uploads whose bytes come to this process now. Thread-safe.
class ActiveUploads {
public:
    explicit ActiveUploads(std::size_t limit) : limit_(limit) {}
    /// At once, of one person: a household's devices. Nobody else is kept out by those who dawdle.
    static constexpr std::size_t person_limit = 8;
    /// Of an institution: so many times what is free. One alone has three quarters of the places;
    /// several share, and there is always a place for the next (Choudhury and Hahne, "Dynamic queue
    /// length thresholds", 1998).
    static constexpr std::size_t share = 3;

    /// overloaded: too many at once; quota_exceeded: of this person.
    Result<void> add(const ActiveKey& key, const std::shared_ptr<Receiving>& receiving);
    void remove(const ActiveKey& key, const Receiving* receiving);
    std::shared_ptr<Receiving> find(const ActiveKey& key) const;
    /// The same, without taking the place.
    Result<void> check_room(const ActiveKey& key) const;

private:
    Result<void> room_for(const ActiveKey& key) const;

    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::map<ActiveKey, std::weak_ptr<Receiving>> active_;
};

/// What an upload's failure is over HTTP: 460 where the bytes are not those that were announced
/// (tus 1.0.0, Checksum); nullopt: as any other.
std::optional<net::Response> mismatch(const Error& error, std::string_view request_id);

class Receiving final : public net::BodySink, public std::enable_shared_from_this<Receiving> {
public:
    /// Called once, on a lane's thread: the upload as it stands when its bytes ended.
    using Answer = std::function<net::Response(const Upload&)>;

    Receiving(const RouteParts& parts, ActiveUploads& active, tenancy::TenantScope scope,
              const Upload& upload, std::optional<Checksum> checksum, std::string request_id,
              net::Responder respond, Answer answer);

    void piece(std::string bytes) override;
    void ended(net::BodyEnd how) override;
    /// Somebody else goes on with the upload: keeps what has come, here and now if it can, and ends
    /// its connection. Never waits.
    void give_up(tenancy::Database& database);
    ActiveKey key() const { return {scope_.tenant(), owner_, upload_}; }

private:
    void submit();
    void work(Result<tenancy::Database*> turn);
    enum class Next : std::uint8_t { wait, again, over };
    Next write_some(tenancy::Database& database);
    void conclude(Result<void> outcome, Writer::End how, tenancy::Database& database);
    Result<Upload> concluded(Writer::End how, tenancy::Database& database);
    void answer(Result<net::Response> outcome);

    const RouteParts& parts_;
    ActiveUploads& active_;
    const tenancy::TenantScope scope_;
    const UserId owner_;
    const UploadId upload_;
    net::Responder::BodyFlow flow_;
    const Answer answer_;
    const std::string request_id_;
    std::mutex mutex_; // guards what follows
    std::deque<std::string> pieces_;
    std::optional<Writer::End> end_;
    bool given_up_ = false;
    bool working_ = false; // whoever set it has the writer and the responder, until it is false
    bool over_ = false;
    Writer writer_;
    std::optional<net::Responder> respond_;
};

} // namespace bw::files
