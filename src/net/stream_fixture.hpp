// What the tests of streams wait for and read with.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

#include "net/chunks.hpp"
#include "net/stream.hpp"

namespace bw::net {

/// Collects what on_closed is told.
class Ending {
public:
    OnStreamClosed listener() {
        return [this](StreamClosed closed) {
            std::lock_guard lock(mutex_);
            come_.push_back(closed);
            changed_.notify_all();
        };
    }
    StreamClosed wait() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, 20s, [&] { return !come_.empty(); })) {
            ADD_FAILURE() << "no stream was closed";
            return {};
        }
        StreamClosed out = come_.front();
        come_.pop_front();
        return out;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<StreamClosed> come_;
};

/// The body within whole chunks; says so if the last chunk is missing.
inline std::string unchunked(std::string body) {
    ChunkDecoder decoder({.body_bytes = 1 << 30, .extra_bytes = 0});
    char* out = body.data();
    const char* in = out;
    bool whole = decoder.feed(in, body.data() + body.size(), out) == ChunkDecoder::Step::done;
    body.resize(static_cast<std::size_t>(out - body.data()));
    return whole ? body : body + "<not whole>";
}

} // namespace bw::net
