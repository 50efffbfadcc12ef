// A Responder's target that passes everything on, for those who want to know or hold something
// while a request is answered.
#pragma once

#include <memory>
#include <utility>

#include "net/http.hpp"

namespace bw::app {

class PassingTarget : public net::Responder::Target {
public:
    explicit PassingTarget(std::shared_ptr<Target> inner) : inner_(std::move(inner)) {}

    void answer(std::move_only_function<net::Response()> make) override {
        inner_->answer(std::move(make));
    }
    void send(net::Response response) override { inner_->send(std::move(response)); }
    void refuse(Error error) override { inner_->refuse(std::move(error)); }
    bool attend(std::shared_ptr<net::Stream> stream) override {
        return inner_->attend(std::move(stream));
    }
    void receive(std::shared_ptr<net::BodySink> sink) override { inner_->receive(std::move(sink)); }
    void taken(std::size_t bytes) override { inner_->taken(bytes); }

private:
    const std::shared_ptr<Target> inner_; // shared with nobody: it was the request's Responder's
};

} // namespace bw::app
