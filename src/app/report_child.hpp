// The process that keeps reports, as `up` runs it beside `serve`: on ports that are held for it, so
// that `serve` finds it at the same address whenever it was started again. Whatever becomes of it,
// the platform goes on without reports.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/serve.hpp"
#include "app/serve_child.hpp"

namespace bw::app {

/// A TCP port that no other user's process gets, and of ours only one that asks for it.
class HeldPort {
public:
    /// `port` 0: any.
    static Result<HeldPort> hold(const std::string& address, std::uint16_t port);
    HeldPort(HeldPort&& other) noexcept;
    ~HeldPort();
    const std::string& address() const { return address_; } // with the port

private:
    HeldPort(int socket, std::string address) : socket_(socket), address_(std::move(address)) {}
    int socket_; // bound, and nobody listens: connecting is refused until the child does
    std::string address_;
};

class ReportChild {
public:
    /// What `serve` was told, as far as it concerns reports. `standby`: the slot of the replica
    /// that may take over; nothing that it has not flushed comes into reports.
    static Result<std::unique_ptr<ReportChild>> prepare(const std::filesystem::path& data,
                                                        const ServeOptions& serve,
                                                        const std::optional<std::string>& standby,
                                                        const Clock& clock);

    const std::string& address() const { return port_.address(); }
    const std::string& admin_address() const { return admin_.address(); }
    void start();
    void tend(); // as ServeChild's
    /// There is no other standby now than this: the process is started again with it.
    void follow(const std::optional<std::string>& standby);
    void ask_to_stop() const { child_.ask_to_stop(); }
    void stop() { child_.stop(); }

private:
    ReportChild(HeldPort port, HeldPort admin, std::filesystem::path data, ServeOptions options,
                const Clock& clock);

    const HeldPort port_, admin_;
    const std::filesystem::path data_;
    ServeOptions options_;
    ServeChild child_;
};

} // namespace bw::app
