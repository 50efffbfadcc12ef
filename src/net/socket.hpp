// The concrete Asio types of this module: no type-erased executors, they cost 7 % of a request.
// Included by .cpp files only, through worker.hpp and client_worker.hpp.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>

namespace bw::net {

namespace asio = boost::asio;
using IoExecutor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, IoExecutor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, IoExecutor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;
using IoError = boost::system::error_code;

/// Bytes read and not yet consumed, in one piece.
class InBuffer {
public:
    char* data() { return data_.get(); }
    const char* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    std::string_view view() const { return {data_.get(), size_}; }
    void resize(std::size_t size) { size_ = size; }

    /// What capacity() is after prepare(free).
    std::size_t capacity_with(std::size_t free) const {
        return size_ + free > capacity_ ? std::max(size_ + free, capacity_ * 2) : capacity_;
    }
    /// Room for at least `free` more bytes; moves the bytes if it must.
    asio::mutable_buffer prepare(std::size_t free) {
        if (size_ + free > capacity_) {
            std::size_t wanted = capacity_with(free);
            auto larger = std::make_unique_for_overwrite<char[]>(wanted);
            if (size_ > 0)
                std::memcpy(larger.get(), data_.get(), size_);
            data_ = std::move(larger);
            capacity_ = wanted;
        }
        return {data_.get() + size_, capacity_ - size_};
    }
    void commit(std::size_t n) { size_ += n; }
    void consume(std::size_t n) {
        size_ -= n;
        if (size_ > 0)
            std::memmove(data_.get(), data_.get() + n, size_);
    }
    void release() { *this = InBuffer(); }

private:
    std::unique_ptr<char[]> data_;
    std::size_t size_ = 0, capacity_ = 0;
};

} // namespace bw::net
