// A second node without a network: its copy on a simulated disk, and faults on the way to it.
#pragma once

#include <atomic>

#include "journal/follower.hpp"
#include "journal/testing.hpp"

namespace bw::journal {

class FollowerForTest final : public Follower {
public:
    std::string name() const override { return "for test"; }
    Result<FollowerHas> has(const Manifest& journal, Deadline) override {
        CHECK_OK(reach(journal));
        ++asked;
        return copy_->has();
    }
    Result<FollowerHas> append(const Manifest& journal, std::span<const Bytes> messages,
                               std::uint64_t forgotten_seq, Deadline) override {
        CHECK_OK(reach(journal));
        if (takes_nothing)
            return copy_->has();
        std::vector<ByteView> views(messages.begin(), messages.end());
        CHECK_OK(copy_->append(views, forgotten_seq));
        if (lose_answers > 0) {
            --lose_answers;
            return fail(Code::unavailable, "simulated: the answer is lost");
        }
        return copy_->has();
    }
    /// As after a crash of that node.
    void restart() { copy_.reset(); }
    /// As another machine in its place, while nobody asks it.
    void replace(std::shared_ptr<SimulatedDisk> by) {
        copy_.reset();
        disk = std::move(by);
    }

    std::atomic<bool> away = false, takes_nothing = false;
    std::atomic<int> lose_answers = 0, asked = 0;
    std::shared_ptr<SimulatedDisk> disk = SimulatedDisk::make();

private:
    Result<void> reach(const Manifest& journal) {
        if (away)
            return fail(Code::unavailable, "simulated: the follower is away");
        if (!copy_)
            copy_ = TRY(
                FollowerCopy::open(disk->mount(), small_options(), journal.epoch, clock_, rng_));
        return {};
    }
    SystemClock clock_;
    SeededRng rng_{17};
    std::unique_ptr<FollowerCopy> copy_;
};

} // namespace bw::journal
