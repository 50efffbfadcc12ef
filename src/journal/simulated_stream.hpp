// A replicated stream in memory, for tests: it outlives whoever has it open, loses answers, and
// refuses.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "journal/stream.hpp"

namespace bw::journal {

class SimulatedStream : public std::enable_shared_from_this<SimulatedStream> {
public:
    static std::shared_ptr<SimulatedStream> make(std::uint64_t bytes_limit = 1024 * 1024) {
        auto stream = std::make_shared<SimulatedStream>();
        stream->bytes_limit = bytes_limit;
        return stream;
    }
    std::unique_ptr<Stream> open();

    std::uint64_t bytes_limit = 0;
    std::atomic<int> lose_answers = 0; // of that many appends, which take effect
    std::atomic<int> refuse = 0;       // that many appends, without effect
    std::deque<Bytes> messages() const {
        std::lock_guard lock(mutex_);
        return messages_;
    }
    void damage(std::uint64_t number, std::size_t at) {
        std::lock_guard lock(mutex_);
        char& byte = messages_[number - first_][at];
        byte = static_cast<char>(byte ^ 1);
    }

private:
    class Handle;
    mutable std::mutex mutex_;
    std::uint64_t first_ = 1;
    std::deque<Bytes> messages_;
    const Manifest manifest_{.epoch = 0x5eed, .first_segment = 1, .cell = "test"};
};

class SimulatedStream::Handle final : public Stream {
public:
    explicit Handle(std::shared_ptr<SimulatedStream> of) : of_(std::move(of)) {}
    const Manifest& manifest() const override { return of_->manifest_; }
    std::size_t message_bytes_limit() const override { return 64 * 1024; }
    std::uint64_t message_cost(std::size_t bytes) const override { return bytes + 64; }
    std::uint64_t bytes_limit() const override { return of_->bytes_limit; }
    Result<void> append(std::uint64_t number, ByteView message, Deadline) override {
        std::lock_guard lock(of_->mutex_);
        if (of_->refuse > 0) {
            --of_->refuse;
            return fail(Code::unavailable, "simulated: no quorum");
        }
        const std::uint64_t next = of_->first_ + of_->messages_.size();
        if (number != next)
            return number < next && of_->messages_[number - of_->first_] == message
                       ? Result<void>()
                       : Result<void>(fail(Code::conflict, "simulated: another writer"));
        of_->messages_.emplace_back(message);
        if (of_->lose_answers > 0) {
            --of_->lose_answers;
            return fail(Code::unavailable, "simulated: no answer");
        }
        return {};
    }
    Result<Bytes> read(std::uint64_t number, Deadline) const override {
        std::lock_guard lock(of_->mutex_);
        if (number < of_->first_ || number - of_->first_ >= of_->messages_.size())
            return fail(Code::not_found, "simulated: no such message");
        return of_->messages_[number - of_->first_];
    }
    Result<StreamState> state(Deadline) const override {
        std::lock_guard lock(of_->mutex_);
        StreamState out{of_->first_, of_->first_ + of_->messages_.size() - 1, 0};
        for (const Bytes& message : of_->messages_)
            out.bytes += message_cost(message.size());
        return out;
    }
    Result<void> forget_before(std::uint64_t number, Deadline) override {
        std::lock_guard lock(of_->mutex_);
        for (; of_->first_ < number && !of_->messages_.empty(); ++of_->first_)
            of_->messages_.pop_front();
        return {};
    }

private:
    const std::shared_ptr<SimulatedStream> of_;
};

inline std::unique_ptr<Stream> SimulatedStream::open() {
    return std::make_unique<Handle>(shared_from_this());
}

} // namespace bw::journal
