// Completions: uploads that are being completed in this process, in turns on the lane, each once.
// Whoever asks for the same upload waits for the same answer, and none holds a thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "files/completing.hpp"
#include "files/receiving_routes.hpp"

namespace bw::files {

/// Thread-safe.
class Completions : public std::enable_shared_from_this<Completions> {
public:
    Completions(tenancy::DatabaseLane& lane, const Clock& clock) : lane_(lane), clock_(clock) {}
    static constexpr std::size_t limit = 64, person_limit = 4; // at once
    static constexpr Duration patience = 20s;

    /// Called once: with the upload as it stands, which is still `open` when `patience` was over
    /// before its end; or with what went wrong.
    using Told = std::move_only_function<void(Result<Upload>)>;
    /// False, and `told` is as it was: nobody completes it.
    bool wait(const ActiveKey& key, Told& told);
    /// Begins, or waits with those who do already. overloaded, quota_exceeded: too many at once.
    void start(const ActiveKey& key, std::unique_ptr<Completing> completing, Told told);

private:
    struct Waiter {
        Deadline until;
        Told told;
    };
    struct Running {
        const ActiveKey key;
        const std::unique_ptr<Completing> completing; // of whoever has the turn
        std::vector<Waiter> waiters = {};             // guarded by mutex_
    };
    Result<void> room_for(const ActiveKey& key) const;
    void submit(std::shared_ptr<Running> running);
    void turn(const std::shared_ptr<Running>& running, Result<tenancy::Database*> database);

    tenancy::DatabaseLane& lane_;
    const Clock& clock_;
    std::mutex mutex_;
    std::map<ActiveKey, std::shared_ptr<Running>> running_; // shared with their turns
};

} // namespace bw::files
